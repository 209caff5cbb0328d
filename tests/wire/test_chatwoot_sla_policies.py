"""SLA policies, applied SLAs, the audit log and integrations on Chatwoot's wire (contract 3.5)."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    ADA,
    BO,
    FULL,
    MAIL,
    OTHER,
    POLICY,
    STOREFRONT,
    T0,
    TEAM,
    World,
    add_conversation,
    add_tags,
    build,
    insert,
    run,
)  # fmt: skip
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(_more)
    return world


async def _more(connection: Any) -> None:
    """Thirty missed ones in the mail, one that is kept; with the full conversation's 31 are missed."""
    await insert(connection, "allocators", kind="sla_policy", next_id=100)
    await insert(connection, "sla_policies", id=8, name="=Silver", resolution_s=60)
    for place in range(31):
        number, at = 100 + place, T0 + timedelta(days=1, minutes=place)
        await add_conversation(connection, number, inbox_id=MAIL, sla_policy_id=8, **({"assignee_user_id": BO} if place == 0 else {}))
        status = "hit" if place == 30 else "active_with_misses" if place % 2 else "missed"
        await insert(
            connection, "sla_trackers", id=1000 + place, conversation_number=number, sla_policy_id=8, status=status, created_at=at,
            updated_at=at,
        )  # fmt: skip
    await add_tags(connection, 100, ["Late"])


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_missed_slas_come_in_pages(chatwoot: Chatwoot) -> None:
    first = chatwoot.get("applied_slas")
    assert first["meta"] == {"count": 31, "current_page": 1}
    second = chatwoot.get("applied_slas", params={"page": 2})
    numbers = [row["conversation"]["id"] for row in first["payload"] + second["payload"]]
    assert numbers == [*range(129, 99, -1), FULL]
    assert len(first["payload"]) == 25
    assert second["payload"][-1]["sla_events"][0]["event_type"] == "frt"
    assert second["payload"][-1]["conversation"]["assignee"]["id"] == BO
    assert second["payload"][-1]["applied_sla"]["sla_name"] == "Gold"
    assert chatwoot.get("applied_slas", params={"page": 3})["payload"] == []


@pytest.mark.parametrize(
    ("asked", "total", "missed", "rate"),
    [
        ({}, 32, 31, "3.12%"),
        ({"inbox_id": MAIL}, 31, 30, "3.23%"),
        ({"inbox_id": STOREFRONT}, 1, 1, "0%"),
        ({"team_id": TEAM}, 1, 1, "0%"),
        ({"sla_policy_id": 8, "assigned_agent_id": BO}, 1, 1, "0%"),
        ({"sla_policy_id": 987}, 0, 0, "100%"),
        ({"label_list": "late,never"}, 1, 1, "0%"),
        ({"since": int(T0.timestamp()) + 86400 + 30 * 60}, 1, 0, "100%"),
        ({"until": int(T0.timestamp()) + 60}, 1, 1, "0%"),
    ],
)
def test_metrics_follow_each_filter(chatwoot: Chatwoot, asked: dict[str, Any], total: int, missed: int, rate: str) -> None:
    found = chatwoot.get("applied_slas/metrics", params=asked)
    assert found == {"total_applied_slas": total, "number_of_sla_misses": missed, "hit_rate": rate}
    assert chatwoot.get("applied_slas", params=asked)["meta"]["count"] == missed


def test_missed_slas_as_csv(chatwoot: Chatwoot) -> None:
    answer = chatwoot.ask("GET", "applied_slas/download", params={"sla_policy_id": 8})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(StringIO(answer.text)))
    assert len(rows) == 31
    assert rows[-1][:6] == ["100", "'=Silver", "Bo", "", "Mail", "Late"]
    assert rows[-1][6].endswith("/app/accounts/1/conversations/100")
    whole = list(csv.reader(StringIO(chatwoot.ask("GET", "applied_slas/download", params={"team_id": TEAM}).text)))
    assert whole[1][7] == "First response time"


def test_reports_are_for_administrators_and_report_managers(chatwoot: Chatwoot) -> None:
    for path in ("applied_slas", "applied_slas/metrics", "applied_slas/download"):
        assert chatwoot.ask("GET", path, who="powerless").status_code == 200
        for who in ("agent", "manager", "bot", "contact", "foreign", ""):
            assert chatwoot.ask("GET", path, who=who).status_code == 401, (path, who)
    assert chatwoot.ask("GET", "applied_slas/metrics", who="foreign", account=OTHER).json()["total_applied_slas"] == 0
    chatwoot.get("applied_slas", params={"page": 0}, expect=400)
    chatwoot.get("applied_slas/metrics", params={"since": "yesterday"}, expect=400)


def test_the_life_of_an_sla_policy(chatwoot: Chatwoot, live: Live, world: World) -> None:
    body = {"sla_policy": {"name": "Platinum", "first_response_time_threshold": 30.5, "only_during_business_hours": True}}
    made = chatwoot.post("sla_policies", body)["payload"]
    assert made == {
        "id": made["id"], "name": "Platinum", "description": None, "first_response_time_threshold": 30.5,
        "next_response_time_threshold": None, "only_during_business_hours": True, "resolution_time_threshold": None,
    }  # fmt: skip
    assert made in chatwoot.get("sla_policies", who="agent")["payload"]
    assert chatwoot.get(f"sla_policies/{made['id']}")["payload"] == made
    headers = {"authorization": world.tokens["admin"]}
    theirs = httpx.post(f"{live.url}/slas.list", json={}, headers=headers).json()["slas"]
    assert {"Platinum": "published"}.items() <= {one["name"]: one["status"] for one in theirs}.items()
    changed = chatwoot.call("PATCH", f"sla_policies/{made['id']}", {"resolution_time_threshold": 60, "name": "P"})["payload"]
    assert (changed["resolution_time_threshold"], changed["name"]) == (60, "P")
    assert chatwoot.call("DELETE", f"sla_policies/{made['id']}") is None
    chatwoot.get(f"sla_policies/{made['id']}", expect=404)


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({}, "name"),
        ({"name": "x", "first_response_time_threshold": "soon"}, "first_response_time_threshold"),
        ({"name": "x", "resolution_time_threshold": -1}, "resolution_time_threshold"),
    ],
)
def test_a_bad_policy_is_refused(chatwoot: Chatwoot, body: object, attribute: str) -> None:
    assert chatwoot.post("sla_policies", body, expect=422)["attributes"] == [attribute]


def test_policies_are_seen_by_agents_and_changed_by_administrators(chatwoot: Chatwoot) -> None:
    for who in ("agent", "powerless", "bot", "contact", "foreign", ""):
        assert chatwoot.ask("POST", "sla_policies", {"name": "x"}, who=who).status_code == 401
        assert chatwoot.ask("DELETE", f"sla_policies/{POLICY}", who=who).status_code == 401
    for method in ("GET", "PATCH", "DELETE"):
        body = None if method == "GET" else {}
        assert chatwoot.ask(method, f"sla_policies/{POLICY}", body, who="foreign", account=OTHER).status_code == 404


def test_a_deleted_policy_leaves_its_conversations_without_one(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("sla_policies", {"name": "Short"})["payload"]
    macro = {"name": "m", "actions": [{"action_name": "add_sla", "action_params": [made["id"]]}]}
    conversation = chatwoot.get("conversations", params={"inbox_id": STOREFRONT, "status": "all"})["data"]["payload"]
    assert [one["id"] for one in conversation] == [FULL]
    chatwoot.call("DELETE", f"sla_policies/{POLICY}")
    assert chatwoot.get(f"conversations/{FULL}")["sla_policy_id"] is None
    done = chatwoot.post(f"macros/{chatwoot.post('macros', macro)['payload']['id']}/execute", {"conversation_ids": [FULL]})
    assert done["payload"][0]["skipped"] == []
    assert chatwoot.get(f"conversations/{FULL}")["sla_policy_id"] == made["id"]
    assert chatwoot.get("applied_slas/metrics", params={"inbox_id": STOREFRONT})["total_applied_slas"] == 1


def test_the_audit_log_tells_who_changed_what(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("webhooks", {"url": "https://x.test/audit"})["payload"]["webhook"]
    chatwoot.call("PATCH", f"webhooks/{made['id']}", {"name": "Audit"})
    chatwoot.call("DELETE", f"webhooks/{made['id']}")
    page = chatwoot.get("audit_logs")
    assert (page["per_page"], page["current_page"]) == (15, 1)
    told = [
        (one["action"], one["auditable_id"], one["auditable_type"], one["user_id"], one["username"], one["audited_changes"])
        for one in page["audit_logs"][:3]
    ]
    assert told == [
        ("destroy", made["id"], "Webhook", ADA, "u1@x.test", {}),
        ("update", made["id"], "Webhook", ADA, "u1@x.test", {"name": []}),
        ("create", made["id"], "Webhook", ADA, "u1@x.test", {}),
    ]


def test_the_audit_log_in_pages(chatwoot: Chatwoot) -> None:
    before = chatwoot.get("audit_logs")["total_entries"]
    for place in range(16):
        chatwoot.post("custom_roles", {"name": f"R{place}"})
    first, second = (chatwoot.get("audit_logs", params={"page": page}) for page in (1, 2))
    assert first["total_entries"] == before + 16
    assert len(first["audit_logs"]) == 15
    assert not {one["id"] for one in first["audit_logs"]} & {one["id"] for one in second["audit_logs"]}
    chatwoot.post("conversations/" + str(FULL) + "/toggle_status", {"status": "open"})  # a conversation's life is no audit
    assert chatwoot.get("audit_logs")["total_entries"] == before + 16
    for who in ("agent", "powerless", "bot", "contact", "foreign", ""):
        assert chatwoot.ask("GET", "audit_logs", who=who).status_code == 401
    foreign = chatwoot.ask("GET", "audit_logs", who="foreign", account=OTHER).json()
    assert foreign["audit_logs"] == []


def test_integrations_and_portals(chatwoot: Chatwoot) -> None:
    assert [one["id"] for one in chatwoot.get("integrations/apps", who="agent")["payload"]] == ["webhook", "dashboard_apps"]
    refused = chatwoot.post("integrations/hooks", {"app_id": "slack"}, expect=422)
    assert refused["attributes"] == ["app_id"]
    assert "slack" in refused["message"]
    for method in ("PATCH", "DELETE"):
        chatwoot.call(method, "integrations/hooks/1", {}, expect=404)
    for path in ("portals", "portals/1", "portals/1/articles"):
        assert chatwoot.ask("GET", path).json() == {"error": "Resource could not be found"}
