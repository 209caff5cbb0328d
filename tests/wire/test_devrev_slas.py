"""slas.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

TARGET = {"metric": "METRIC-1", "target": 30}
URGENT = {"name": "urgent", "selector": {"applies_to": "conversation", "priority": ["p0"]}, "metrics": [TARGET]}


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def make(devrev: Devrev, name: str = "Silver", *, status: str = "draft", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = devrev.call("slas.create", {"name": name, **more}, expect=201)["sla"]
    for step in {"draft": (), "published": ("published",), "archived": ("published", "archived")}[status]:
        made = devrev.call("slas.transition", {"id": made["id"], "status": step})["sla"]
    return made


def ask(dsn: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of the database, as its owner."""

    async def fetch() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query, *values)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


def test_an_slas_life(devrev: Devrev) -> None:
    made = make(devrev, description="d", evaluation_period="monthly", sla_type="external", applies_to=["conversation"], policies=[URGENT])
    assert {key: made[key] for key in ("name", "status", "description", "evaluation_period", "sla_type")} == {
        "name": "Silver", "status": "draft", "description": "d", "evaluation_period": "monthly", "sla_type": "external",
    }  # fmt: skip
    assert made["created_by"]["display_id"] == "DEVU-1"
    (policy,) = made["policies"]
    assert policy["selector"] == {"applies_to": "conversation", "priority": ["p0"]}
    assert [(one["metric"]["name"], one["target"]) for one in policy["metrics"]] == [("First response", 30)]
    other = URGENT | {"name": "first"}
    changed = devrev.call("slas.update", {"id": made["display_id"], "policies": [other, URGENT], "name": "Gilt"}, expect=201)["sla"]
    assert ([one["name"] for one in changed["policies"]], changed["name"]) == (["first", "urgent"], "Gilt")
    assert changed["description"] == "d"
    assert changed["modified_date"] > made["modified_date"]
    assert devrev.call("slas.get", {"id": made["id"]})["sla"] == changed
    assert devrev.get("slas.get", f"id={made['id']}").json()["sla"] == changed
    for status in ("draft", "archived"):
        answer = devrev.call("slas.transition", {"id": made["id"], "status": status}, expect=400)
        assert (answer["type"], answer["field_name"], answer["allowed_values"]) == ("value_not_permitted", "status", ["published"])
    published = devrev.call("slas.transition", {"id": made["id"], "status": "published"})["sla"]
    assert published["status"] == "published"
    refused = devrev.call("slas.update", {"id": made["id"], "name": "x"}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "id")
    assert devrev.call("slas.transition", {"id": made["id"], "status": "archived"})["sla"]["status"] == "archived"
    for status in ("draft", "published", "archived"):
        assert devrev.call("slas.transition", {"id": made["id"], "status": status}, expect=400)["type"] == "value_not_permitted"


FULL = {
    "applies_to": "conversation", "custom_fields": {"tnt__tier": "gold", "tnt__seats": None}, "groups": ["GROUP-1"],
    "owners": ["DEVU-2", "SVCACC-1", "SYSU-2", "SYSU-0"], "parts": ["PROD-1", "FEAT-2"], "priority": ["p1", "p0"], "severity": ["high"],
    "source_channel": ["email"], "subtype": ["bug_report"], "tags": ["TAG-1"], "ticket_source_channel": ["slack"],
    "issue_selector": {
        "custom_fields": {"tnt__any": 1}, "owners": ["DEVU-1"], "parts": ["CAPL-3"], "rev_orgs": ["REV-1"], "stage_name": ["triage"],
        "subtype": ["x"], "tags": ["TAG-2"],
    },
}  # fmt: skip


def test_all_that_a_policy_has_is_shown_again(devrev: Devrev) -> None:
    office = devrev.call("org-schedules.create", {"name": "Desk", "timezone": "Europe/Rome"}, expect=201)["org_schedule"]
    target = TARGET | {"warning_target": 20, "performance": 99.5, "org_schedule_id": office["display_id"]}
    accounts = {
        "created_by": ["DEVU-1"], "owned_by": ["SVCACC-1"], "created_date": {"after": "2026-01-01T00:00:00.000Z"}, "tags": ["TAG-1"],
        "display_name": ["Initech"], "tier": ["gold"], "stage": ["STAGE-1"], "domains": ["a.test"], "custom_fields": {"tnt__x": [1]},
    }  # fmt: skip
    made = make(devrev, policies=[{"name": "all", "selector": FULL, "metrics": [target]}], account_selector=accounts)
    selector = made["policies"][0]["selector"]
    named = {key: [one["display_id"] for one in selector[key]] for key in ("groups", "owners", "parts", "tags")}
    assert named == {key: FULL[key] for key in named}
    same = ("applies_to", "custom_fields", "priority", "severity", "source_channel", "subtype", "ticket_source_channel")
    assert {key: selector[key] for key in same} == {key: FULL[key] for key in same}
    assert (selector["tags"][0]["name"], selector["groups"][0]["name"], selector["parts"][0]["name"]) == ("vip", "Tier 1", "Widget")
    assert [one["display_id"] for one in selector["parts"][0]["owned_by"]] == ["DEVU-1", "DEVU-3"]
    issue, asked = selector["issue_selector"], FULL["issue_selector"]
    assert {key: [one["display_id"] for one in issue[key]] for key in ("owners", "parts", "rev_orgs", "tags")} == {
        key: asked[key] for key in ("owners", "parts", "rev_orgs", "tags")  # type: ignore[index]
    }  # fmt: skip
    assert (issue["stage_name"], issue["subtype"], issue["custom_fields"]) == (["triage"], ["x"], {"tnt__any": 1})
    (shown,) = made["policies"][0]["metrics"]
    assert (shown["metric"]["display_id"], shown["target"], shown["warning_target"], shown["performance"]) == ("METRIC-1", 30, 20, 99.5)
    assert shown["org_schedule"] == {key: office[key] for key in ("id", "display_id", "name", "status", "timezone")}
    assert made["account_filter"] == accounts | {
        "created_by": [devrev_world.don("devu/1", "identity")], "owned_by": [devrev_world.don("svcacc/1", "identity")],
        "tags": [devrev_world.don("tag/1")], "stage": [devrev_world.don("custom_stage/1")],
    }  # fmt: skip
    cleared = devrev.call("slas.update", {"id": made["id"], "policies": []}, expect=201)["sla"]
    assert cleared["policies"] == []
    assert cleared["account_filter"] == made["account_filter"]


def test_what_is_not_in_force_cannot_be_published(devrev: Devrev) -> None:
    office = devrev.call("org-schedules.create", {"name": "Desk", "timezone": "UTC"}, expect=201)["org_schedule"]
    spare = devrev.call("metric-definitions.create", {"name": "Idle", "applies_to": ["conversation"]}, expect=201)["metric_definition"]
    target = {"metric": spare["id"], "target": 5, "org_schedule_id": office["id"]}
    made = make(devrev, policies=[URGENT | {"metrics": [target]}])
    publish = {"id": made["id"], "status": "published"}
    assert "schedule 'Desk' is draft" in devrev.call("slas.transition", publish, expect=400)["reason"]
    devrev.call("org-schedules.transition", {"id": office["id"], "status": "published"})
    devrev.call("metric-definitions.update", {"id": spare["id"], "status": "inactive"})
    assert "metric 'Idle' is inactive" in devrev.call("slas.transition", publish, expect=400)["reason"]
    refused = devrev.call("slas.create", {"name": "x", "policies": [URGENT | {"metrics": [target]}]}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "policies[0].metrics[0].metric")
    devrev.call("metric-definitions.update", {"id": spare["id"], "status": "active"})
    assert devrev.call("slas.transition", publish)["sla"]["status"] == "published"
    devrev.call("org-schedules.transition", {"id": office["id"], "status": "archived"})
    refused = devrev.call("slas.create", {"name": "x", "policies": [URGENT | {"metrics": [target]}]}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "policies[0].metrics[0].org_schedule_id")


def test_what_a_policy_names_stays(devrev: Devrev) -> None:
    tag = devrev.call("tags.create", {"name": "held"}, expect=201)["tag"]
    policy = {"name": "p", "selector": {"applies_to": "conversation", "tags": [tag["id"]]}}
    made = make(devrev, policies=[policy])
    assert devrev.call("tags.delete", {"id": tag["id"]}, expect=409)["type"] == "conflict"
    devrev.call("slas.update", {"id": made["id"], "policies": [], "account_selector": {"tags": [tag["id"]]}}, expect=201)
    assert devrev.call("tags.delete", {"id": tag["id"]}, expect=409)["type"] == "conflict"
    devrev.call("slas.update", {"id": made["id"], "account_selector": {}}, expect=201)
    devrev.call("tags.delete", {"id": tag["id"]})


def test_filters_and_pages(devrev: Devrev) -> None:
    before = {one["display_id"] for one in devrev.call("slas.list", {"limit": 1000})["slas"]}
    assert {"SLA-1", "SLA-2"} <= before
    mine = [
        make(devrev, "a", applies_to=["ticket", "conversation"]),
        make(devrev, "b", applies_to=["incident"], sla_type="internal"),
        make(devrev, "c", applies_to=["ticket", "issue"], status="published"),
        make(devrev, "d", sla_type="internal", status="archived"),
    ]
    names = {one["display_id"]: one["name"] for one in mine}

    def found(**asked: Any) -> str:
        rows = devrev.call("slas.list", {"limit": 1000, **asked})["slas"]
        return "".join(names.get(one["display_id"], "") for one in rows)

    assert found() == "abcd"
    assert found(sort_by=["created_date:desc"]) == "dcba"
    assert found(sort_by=["modified_date:desc"]) == "dcba"
    assert found(status=["draft"]) == "ab"
    assert found(status=["published", "archived"]) == "cd"
    assert found(sla_type=["internal"]) == "bd"
    assert found(applies_to=["ticket"]) == "ac"
    assert found(applies_to=["ticket", "issue"]) == "acd", "an internal SLA applies to issues when it does not say"
    assert found(applies_to=["ticket", "issue"], applies_to_op="any") == "acd"
    assert found(applies_to=["ticket", "issue"], applies_to_op="all") == "c"
    assert found(applies_to=["ticket"], status=["draft"], sla_type=["external"]) == "a"
    assert [one["name"] for one in devrev.get("slas.list", "sla_type=internal&status=draft,archived&limit=9").json()["slas"]] == ["b", "d"]
    everything = [one["id"] for one in devrev.call("slas.list", {"limit": 1000})["slas"]]
    seen, body = [], {"limit": 2}
    while True:
        page = devrev.call("slas.list", body)
        seen += [one["id"] for one in page["slas"]]
        if "next_cursor" not in page:
            break
        body = {"limit": 2, "cursor": page["next_cursor"]}
    assert seen == everything
    last = devrev.call("slas.list", {"limit": 2, "mode": "before"})
    assert [one["id"] for one in last["slas"]] == everything[-2:]


def test_assign(devrev: Devrev, live: Live) -> None:
    first, second = make(devrev, status="published"), make(devrev, status="published")
    absent = {"type": "not_found", "message": "there is no such rev org", "status": 404}
    told = devrev.call("slas.assign", {"id": first["id"], "rev_orgs": ["REV-1", "REV-77", "REV-2", "REV-1"]})["results"]
    assert [one["rev_org"]["display_id"] for one in told] == ["REV-1", "REV-77", "REV-2", "REV-1"]
    assert [one.get("error") for one in told] == [None, absent, None, None]
    assert told[0]["rev_org"]["display_name"] == "Initech EU"
    held = "SELECT workspace_id, sla_policy_id FROM sla_workspaces WHERE tenant_id = 1 ORDER BY 1"
    number, other = (int(one["display_id"].partition("-")[2]) for one in (first, second))
    assert ask(live.dsn, held) == [(1, number), (2, number)]
    devrev.call("slas.assign", {"id": second["display_id"], "rev_orgs": ["REV-2"]})
    assert ask(live.dsn, held) == [(1, number), (2, other)]
    devrev.call("slas.assign", {"rev_orgs": ["REV-1"]})
    assert ask(live.dsn, held) == [(2, other)]
    assert devrev.call("slas.assign", {"rev_orgs": []})["results"] == []
    for one in (make(devrev), make(devrev, status="archived"), make(devrev, status="published", sla_type="internal")):
        refused = devrev.call("slas.assign", {"id": one["id"], "rev_orgs": ["REV-1"]}, expect=400)
        assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "id")
    assert ask(live.dsn, held) == [(2, other)]
    kinds = ask(live.dsn, "SELECT kind FROM events WHERE tenant_id = 1 AND kind ~ 'sla_policy.(un)?assigned' ORDER BY id")
    assert kinds == [("sla_policy.assigned",), ("sla_policy.assigned",), ("sla_policy.unassigned",)]


def test_a_conversation_shows_its_sla_as_it_is_here(devrev: Devrev) -> None:
    """The SLA of the world's trackers is published; archiving it shows on both sides."""
    shown = devrev.call("slas.transition", {"id": "SLA-1", "status": "archived"})["sla"]
    row = next(one for one in devrev.call("conversations.list", {"limit": 1000})["conversations"] if one["display_id"] == "CONV-1")
    assert row["sla_summary"]["sla_tracker"]["sla"] == {key: shown[key] for key in ("id", "display_id", "name", "sla_type", "status")}


def policy(**selector: Any) -> dict[str, Any]:
    return {"name": "x", "policies": [{"name": "p", "selector": {"applies_to": "conversation"} | selector}]}


def target(**metric: Any) -> dict[str, Any]:
    return {"name": "x", "policies": [URGENT | {"metrics": [TARGET | metric]}]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "policies": [URGENT] * 101}, "policies"),
        ({"name": "x", "policies": [URGENT | {"metrics": [TARGET] * 101}]}, "policies[0].metrics"),
        (policy(tags=["TAG-1"] * 101), "policies[0].selector.tags"),
        (policy(issue_selector={"stage_name": ["triage"] * 101}), "policies[0].selector.issue_selector.stage_name"),
        ({"name": "x", "account_selector": {"tier": ["gold"] * 101}}, "account_selector.tier"),
    ],
)
def test_a_hundred_of_each_at_most(devrev: Devrev, live: Live, body: dict[str, Any], field: str) -> None:
    before = ask(live.dsn, "SELECT count(*) FROM sla_policies")
    refused = devrev.call("slas.create", body, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", field)
    assert ask(live.dsn, "SELECT count(*) FROM sla_policies") == before


def test_a_hundred_policies_are_taken(devrev: Devrev) -> None:
    assert len(make(devrev, policies=[URGENT] * 100)["policies"]) == 100


def test_no_timers_run_yet(devrev: Devrev) -> None:
    """What an SLA promises is kept, and no conversation is measured by it."""
    made = make(devrev, status="published", policies=[URGENT | {"selector": {"applies_to": "conversation"}}])
    devrev.call("slas.assign", {"id": made["id"], "rev_orgs": ["REV-2"]})
    try:
        opened = devrev.call("conversations.create", {"type": "support", "members": ["REVU-2"]}, expect=201)["conversation"]
        assert opened["account"]["display_id"] == "ACC-2"
        assert not {"sla_summary", "sla_tracker"} & opened.keys()
    finally:
        devrev.call("slas.assign", {"rev_orgs": ["REV-2"]})


TWICE = {"name": "x", "policies": [URGENT | {"metrics": [TARGET, TARGET]}]}
TICKETS = {"name": "x", "policies": [URGENT | {"selector": {"applies_to": "ticket"}}]}
SELECTOR, METRIC = "policies[0].selector", "policies[0].metrics[0]"


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("create", {}, 400, "missing_required_field", "name"),
        ("create", {"name": ""}, 400, "value_not_permitted", "name"),
        ("create", {"name": "x", "status": "draft"}, 400, "invalid_field", "status"),
        ("create", {"name": "x", "sla_type": "secret"}, 400, "invalid_enum_value", "sla_type"),
        ("create", {"name": "x", "sla_type": "internal", "applies_to": ["issue", "ticket"]}, 400, "value_not_permitted", "applies_to"),
        ("create", {"name": "x", "evaluation_period": "daily"}, 400, "invalid_enum_value", "evaluation_period"),
        ("create", {"name": "x", "policies": [{"name": "p"}]}, 400, "missing_required_field", "policies[0].selector"),
        ("create", {"name": "x", "policies": [{"name": "p", "selector": {}}]}, 400, "missing_required_field", f"{SELECTOR}.applies_to"),
        ("create", policy(applies_to="part"), 400, "invalid_enum_value", f"{SELECTOR}.applies_to"),
        ("create", policy(applies_to="issue") | {"applies_to": ["ticket"]}, 400, "value_not_permitted", f"{SELECTOR}.applies_to"),
        ("create", policy(tags=["TAG-99999"]), 400, "invalid_id", f"{SELECTOR}.tags[0]"),
        ("create", policy(tags=["TAG-1", "PROD-1"]), 400, "unexpected_id_type", f"{SELECTOR}.tags[1]"),
        ("create", policy(tags=["don:core:dvrv-us-1:devo/globex:tag/1"]), 400, "invalid_id", f"{SELECTOR}.tags[0]"),
        ("create", policy(parts=["PROD-1", "PROD-2"]), 400, "invalid_id", f"{SELECTOR}.parts[1]"),
        ("create", policy(groups=["GROUP-99999"]), 400, "invalid_id", f"{SELECTOR}.groups[0]"),
        ("create", policy(owners=["DEVU-99999"]), 400, "invalid_id", f"{SELECTOR}.owners[0]"),
        ("create", policy(owners=["SVCACC-2"]), 400, "invalid_id", f"{SELECTOR}.owners[0]"),
        ("create", policy(owners=["REVU-1"]), 400, "unexpected_id_type", f"{SELECTOR}.owners[0]"),
        ("create", policy(priority=["p9"]), 400, "invalid_enum_value", f"{SELECTOR}.priority[0]"),
        ("create", policy(custom_fields={"tnt__nothing": 1}), 400, "invalid_field", f"{SELECTOR}.custom_fields.tnt__nothing"),
        ("create", policy(issue_selector={"rev_orgs": ["REV-99999"]}), 400, "invalid_id", f"{SELECTOR}.issue_selector.rev_orgs[0]"),
        ("create", policy(issue_selector={"stage": 1}), 400, "invalid_field", f"{SELECTOR}.issue_selector.stage"),
        ("create", target(metric="METRIC-99999"), 400, "invalid_id", f"{METRIC}.metric"),
        ("create", target(metric="SLA-1"), 400, "unexpected_id_type", f"{METRIC}.metric"),
        ("create", target(org_schedule_id="SCHED-99999"), 400, "invalid_id", f"{METRIC}.org_schedule_id"),
        ("create", target(target=-1), 400, "value_not_permitted", f"{METRIC}.target"),
        ("create", target(warning_target=31), 400, "value_not_permitted", f"{METRIC}.warning_target"),
        ("create", target(performance=101), 400, "value_not_permitted", f"{METRIC}.performance"),
        ("create", TWICE, 400, "value_not_permitted", "policies[0].metrics[1].metric"),
        ("create", TICKETS, 400, "value_not_permitted", f"{METRIC}.metric"),
        ("create", {"name": "x", "account_selector": {"owned_by": ["DEVU-99999"]}}, 400, "invalid_id", "account_selector.owned_by[0]"),
        ("create", {"name": "x", "account_selector": {"stage": ["STAGE-99999"]}}, 400, "invalid_id", "account_selector.stage[0]"),
        ("create", {"name": "x", "account_selector": {"colour": []}}, 400, "invalid_field", "account_selector.colour"),
        ("get", {"id": "SLA-99999"}, 404, "not_found", None),
        ("get", {"id": "don:core:dvrv-us-1:devo/globex:sla/1"}, 400, "invalid_id", "id"),
        ("update", {"id": "SLA-99999", "name": "x"}, 404, "not_found", None),
        ("update", {"id": "SLA-1", "applies_to": ["ticket"]}, 400, "invalid_field", "applies_to"),
        ("transition", {"id": "SLA-99999", "status": "published"}, 404, "not_found", None),
        ("transition", {"id": "SLA-1", "status": "gone"}, 400, "invalid_enum_value", "status"),
        ("transition", {"id": "SLA-1"}, 400, "missing_required_field", "status"),
        ("assign", {"id": "SLA-99999", "rev_orgs": ["REV-1"]}, 404, "not_found", None),
        ("assign", {"rev_orgs": ["REV-1", "REV-AbCdEfGh"]}, 400, "invalid_id", "rev_orgs[1]"),
        ("assign", {"id": "SLA-1"}, 400, "missing_required_field", "rev_orgs"),
        ("assign", {"id": "SLA-1", "rev_orgs": ["ACC-1"]}, 400, "unexpected_id_type", "rev_orgs[0]"),
        ("list", {"applies_to_op": "none"}, 400, "invalid_enum_value", "applies_to_op"),
        ("list", {"sort_by": ["name:asc"]}, 400, "invalid_enum_value", "sort_by[0]"),
        ("list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
    ],
)  # fmt: skip
def test_bad_input_names_the_field(devrev: Devrev, live: Live, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    count = "SELECT count(*), max(updated_at) FROM sla_policies"
    before = ask(live.dsn, count)
    answer = devrev.call(f"slas.{path}", body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert ask(live.dsn, count) == before


def test_who_may(devrev: Devrev) -> None:
    made = make(devrev)["display_id"]
    reads: dict[str, Any] = {"get": {"id": made}, "list": {}}
    writes: dict[str, Any] = {
        "create": {"name": "y"}, "update": {"id": made, "name": "y"}, "transition": {"id": made, "status": "published"},
        "assign": {"rev_orgs": ["REV-1"]},
    }  # fmt: skip
    for path, body in reads.items():
        devrev.call(f"slas.{path}", body, who="bob", expect=200)
    for path, body in writes.items():
        assert devrev.call(f"slas.{path}", body, who="bob", expect=403)["type"] == "forbidden"
    for path, body in (reads | writes).items():
        assert devrev.call(f"slas.{path}", body, who="contact", expect=403)["type"] == "forbidden"
    for path in ("get", "update", "transition"):
        assert devrev.call(f"slas.{path}", (reads | writes)[path], who="globex", expect=404)["type"] == "not_found"
    assert devrev.call("slas.list", {}, who="globex")["slas"] == []
    (told,) = devrev.call("slas.assign", {"rev_orgs": ["REV-1"]}, who="globex")["results"]
    assert told["error"]["type"] == "not_found"
    assert "display_name" not in told["rev_org"]
    assert devrev.call("slas.get", {"id": made})["sla"]["status"] == "draft"
