"""groups.*: over HTTP, against the official document."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.wire import devrev_people
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_people import sql


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    return devrev_people.build(module_database, live.url)


def make(devrev: Devrev, name: str, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = devrev.call("groups.create", {"name": name, "description": "for a test", **more}, expect=201)["group"]
    return made


def test_a_groups_life(devrev: Devrev, module_database: str) -> None:
    made = make(devrev, "Night shift", owner="DEVU-2", type="static")
    assert (made["name"], made["member_type"], made["is_default"]) == ("Night shift", "dev_user", False)
    assert (made["owner"]["display_id"], made["created_by"]["display_id"]) == ("DEVU-2", "DEVU-1")
    changed = devrev.call("groups.update", {"id": made["id"], "description": "", "name": "Day shift", "owner": None})["group"]
    assert (changed["name"], changed["description"], "owner" in changed) == ("Day shift", "", False)
    assert changed["modified_date"] > made["modified_date"]
    assert devrev.get("groups.get", f"id={made['display_id']}", who="bob").json()["group"] == changed
    assert devrev.call("groups.update", {"id": made["id"]})["group"] == changed
    assert devrev_people.events(module_database, "team.created")
    assert '"changed": ["description", "name", "owner"]' in devrev_people.events(module_database, "team.updated")[-1]


def test_a_name_is_unique_whatever_its_case(devrev: Devrev) -> None:
    made = make(devrev, "Once")
    twice = {"name": "ONCE", "description": ""}
    assert devrev.call("groups.create", twice, expect=409)["type"] == "conflict"
    assert devrev.call("groups.update", {"id": "GROUP-1", "name": "once"}, expect=409)["type"] == "conflict"
    assert devrev.call("groups.update", {"id": made["id"], "name": "ONCE"})["group"]["name"] == "ONCE"


def test_of_twins_one_gets_the_name(devrev: Devrev) -> None:
    with ThreadPoolExecutor(4) as all_at_once:
        asked = [all_at_once.submit(devrev.post, "groups.create", {"name": "Twin", "description": ""}) for _ in range(4)]
        assert sorted(one.result().status_code for one in asked) == [201, 409, 409, 409]


def test_members_come_and_go(devrev: Devrev, module_database: str) -> None:
    group = make(devrev, "Members")["id"]
    assert devrev.call("groups.members.count", {"group": group}) == {"count": 0, "has_more": False}
    for member in ("DEVU-1", "DEVU-2", "DEVU-5"):
        assert devrev.call("groups.members.add", {"group": group, "member": member}) == {}
    told = len(devrev_people.events(module_database, "team.member_added"))
    devrev.call("groups.members.add", {"group": group, "member": "DEVU-2"})
    assert len(devrev_people.events(module_database, "team.member_added")) == told, "who is a member stays one, untold"
    assert devrev.get("groups.members.count", f"group={group}").json() == {"count": 3, "has_more": False}
    everything = devrev.call("groups.members.list", {"group": group})["members"]
    assert [(one["member"]["type"], one["member"]["display_id"]) for one in everything] == [
        ("dev_user", "DEVU-1"),
        ("dev_user", "DEVU-2"),
        ("dev_user", "DEVU-5"),
    ]
    first = devrev.get("groups.members.list", f"group={group}&limit=2").json()
    rest = devrev.call("groups.members.list", {"group": group, "limit": 2, "cursor": first["next_cursor"]})
    assert first["members"] + rest["members"] == everything
    assert devrev.call("groups.members.list", {"group": group, "limit": 2, "mode": "before"})["members"] == everything[1:]
    gone = {"group": group, "member": "DEVU-2"}
    assert devrev.call("groups.members.remove", gone) == {}
    assert devrev.call("groups.members.remove", gone, expect=404)["type"] == "not_found"
    assert devrev.call("groups.members.count", {"group": group})["count"] == 2


def test_a_group_of_rev_users(devrev: Devrev) -> None:
    group = make(devrev, "Customers", member_type="rev_user")["id"]
    devrev.call("groups.members.add", {"group": group, "member": "REVU-1", "member_rev_org": "REV-1"})
    devrev.call("groups.members.add", {"group": group, "member": "REVU-2"})
    devrev.call("groups.members.add", {"group": group, "member": "REVU-5"})
    shown = devrev.call("groups.members.list", {"group": group})["members"]
    orgs = {one["member"]["display_id"]: one.get("member_rev_org", {}).get("display_id") for one in shown}
    assert orgs == {"REVU-1": "REV-1", "REVU-2": "REV-2", "REVU-5": None}
    wrong = {"group": group, "member": "REVU-1", "member_rev_org": "REV-2"}
    assert devrev.call("groups.members.remove", wrong, expect=404)["type"] == "not_found"
    devrev.call("groups.members.remove", wrong | {"member_rev_org": "REV-1"})
    assert devrev.call("groups.members.count", {"group": group})["count"] == 2
    refused = devrev.call("groups.members.add", {"group": group, "member": "DEVU-1"}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "member")
    wrong_org = devrev.call("groups.members.add", wrong, expect=400)
    assert (wrong_org["type"], wrong_org["field_name"]) == ("invalid_id", "member_rev_org")


def test_filters_and_pages(devrev: Devrev, module_database: str) -> None:
    for place in range(4):
        make(devrev, f"page-{place}")
    sql(module_database, "DELETE FROM origins WHERE noun = 'team'")
    sql(
        module_database,
        "INSERT INTO origins (tenant_id, noun, local_id, system, external_id, sync_unit_id, in_status, in_at)"
        " VALUES (1, 'team', 1, 'zendesk', 'z-7', 1, 'succeeded', '2024-05-05T00:00:00Z')",
    )

    def found(**asked: Any) -> list[str]:
        return [one["display_id"] for one in devrev.call("groups.list", asked)["groups"]]

    everything = found(limit=1000)
    assert found(member_type=["rev_user"])[0] == "GROUP-2"
    assert "GROUP-1" not in found(member_type=["rev_user"])
    assert found(name=["Tier 1", "nothing"]) == ["GROUP-1"]
    assert set(everything) - set(found(created_by=["DEVU-1"])) == {"GROUP-1", "GROUP-2"}
    assert found(created_by=["DEVU-2", "SYSU-0", "SYSU-2"]) == []
    assert found(group_type=["static"]) == found(is_default=False) == everything
    assert found(group_type=["dynamic"]) == found(is_default=True) == found(ingestion_source=["scim"]) == []
    assert found(ingestion_source=["airdrop"]) == ["GROUP-1"]
    for asked, numbers in (
        ({"origin_system": ["zendesk"]}, ["GROUP-1"]),
        ({"origin_system": ["jira"]}, []),
        ({"external_reference": ["z-7"]}, ["GROUP-1"]),
        ({"last_sync_in": {"status": ["succeeded", "failed"]}}, ["GROUP-1"]),
        ({"last_sync_in": {"status": ["failed"]}}, []),
        ({"last_sync_in": {"sync_unit": ["SYNC-1"]}}, ["GROUP-1"]),
        ({"last_sync_in": {"sync_date": {"type": "range", "after": "2024-05-05T00:00:00Z"}}}, ["GROUP-1"]),
        ({"last_sync_in": {"sync_date": {"type": "range", "before": "2024-05-04T00:00:00Z"}}}, []),
        ({"last_sync_out": {"status": ["succeeded"]}}, []),
    ):
        assert found(sync_metadata=asked) == numbers, asked
    imported = devrev.get("groups.list", "sync_metadata.external_reference=z-7&sync_metadata.last_sync_in.status=succeeded").json()[
        "groups"
    ]
    assert imported[0]["sync_metadata"]["origin_system"] == "zendesk"
    seen: list[str] = []
    body: dict[str, Any] = {"limit": 3}
    while True:
        answer = devrev.call("groups.list", body)
        seen += [one["display_id"] for one in answer["groups"]]
        if "next_cursor" not in answer:
            break
        body["cursor"] = answer["next_cursor"]
    assert seen == everything


ADA = {"group": "GROUP-1", "member": "DEVU-1"}
NEW = {"name": "x", "description": "x"}


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("groups.create", {"name": "x"}, 400, "missing_required_field", "description"),
        ("groups.create", {"description": "x"}, 400, "missing_required_field", "name"),
        ("groups.create", NEW | {"member_type": "sys_user"}, 400, "invalid_enum_value", "member_type"),
        ("groups.create", NEW | {"type": "dynamic"}, 400, "value_not_permitted", "type"),
        ("groups.create", NEW | {"dynamic_group_info": {}}, 400, "value_not_permitted", "dynamic_group_info"),
        ("groups.create", NEW | {"owner": "DEVU-999"}, 400, "invalid_id", "owner"),
        ("groups.create", NEW | {"owner": "DEVU-4"}, 400, "invalid_id", "owner"),
        ("groups.create", NEW | {"owner": "TAG-1"}, 400, "unexpected_id_type", "owner"),
        ("groups.create", NEW | {"colour": "red"}, 400, "invalid_field", "colour"),
        ("groups.create", NEW | {"name": 1}, 400, "unexpected_json_type", "name"),
        ("groups.get", {"id": "GROUP-999"}, 404, "not_found", None),
        ("groups.get", {"id": "don:identity:dvrv-us-1:devo/globex:group/1"}, 400, "invalid_id", "id"),
        ("groups.update", {"id": "GROUP-999", "name": "x"}, 404, "not_found", None),
        ("groups.list", {"space": ["x"]}, 400, "value_not_permitted", "space"),
        (
            "groups.list",
            {"sync_metadata": {"last_sync_in": {"sync_history": ["x"]}}},
            400,
            "value_not_permitted",
            "sync_metadata.last_sync_in.sync_history",
        ),
        ("groups.members.add", {"group": "GROUP-999", "member": "DEVU-1"}, 404, "not_found", None),
        ("groups.members.add", {"group": "GROUP-1", "member": "DEVU-999"}, 400, "invalid_id", "member"),
        ("groups.members.add", {"group": "GROUP-1", "member": "DEVU-4"}, 400, "invalid_id", "member"),
        ("groups.members.add", {"group": "GROUP-1", "member": "GROUP-2"}, 400, "value_not_permitted", "member"),
        (
            "groups.members.add",
            {"group": "GROUP-1", "member": "DEVU-1", "member_rev_org": "REV-1"},
            400,
            "value_not_permitted",
            "member_rev_org",
        ),
        ("groups.members.list", {"group": "GROUP-999"}, 404, "not_found", None),
        ("groups.members.count", {"group": "GROUP-999"}, 404, "not_found", None),
        ("groups.members.count", {}, 400, "missing_required_field", "group"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)


@pytest.mark.parametrize("who", ["bob", "contact"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("groups.create", NEW),
        ("groups.update", {"id": "GROUP-1", "name": "x"}),
        ("groups.members.add", {"group": "GROUP-1", "member": "DEVU-2"}),
        ("groups.members.remove", {"group": "GROUP-1", "member": "DEVU-2"}),
    ],
)
def test_only_an_administrator_changes_groups(devrev: Devrev, who: str, path: str, body: object) -> None:
    assert devrev.call(path, body, who=who, expect=403)["type"] == "forbidden"


def test_others_see_what_is_theirs(devrev: Devrev) -> None:
    assert devrev.call("groups.list", who="globex")["groups"] == []
    assert devrev.call("groups.members.list", {"group": "GROUP-1"}, who="globex", expect=404)["type"] == "not_found"
    assert devrev.call("groups.list", who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("groups.create", {"name": "By a bot", "description": ""}, who="bot", expect=201)
