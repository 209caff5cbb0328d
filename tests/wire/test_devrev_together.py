"""What one family's merges and deletions do to the others' rows: tickets, links, SLAs, groups and files."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest

from tests.wire import devrev_customers_world as customers_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = customers_world.build(module_database, live.url)
    customers_world.ask(module_database, "SELECT setval('user_ids', 10000)")  # the world's users came with ids of their own
    return world


def number_of(thing: Any) -> int:
    return int(thing["display_id"].partition("-")[2])


def make(devrev: Devrev, path: str, noun: str, **fields: Any) -> Any:
    return devrev.call(f"{path}.create", fields, expect=201)[noun]


def ticket(devrev: Devrev, **more: Any) -> Any:
    fields = {"type": "ticket", "title": "Broken", "applies_to_part": "PROD-1", "owned_by": ["DEVU-1"]}
    return make(devrev, "works", "work", **fields | more)


def link(devrev: Devrev, source: str, target: str) -> Any:
    return make(devrev, "links", "link", link_type="is_related_to", source=source, target=target)


def assigned(devrev: Devrev, rev_org: str, **policy: Any) -> Any:
    """A published SLA that the rev org has."""
    selector = {"applies_to": "conversation"} | policy
    sla = make(devrev, "slas", "sla", name=f"SLA of {rev_org}", policies=[{"name": "p", "selector": selector}])
    devrev.call("slas.transition", {"id": sla["id"], "status": "published"})
    devrev.call("slas.assign", {"id": sla["id"], "rev_orgs": [rev_org]})
    return sla


def links_of(devrev: Devrev, whose: str) -> list[set[str]]:
    """The ends of each link of an object, in the order made."""
    told = sorted(devrev.call("links.list", {"object": whose})["links"], key=last_number)
    return [{one["source"]["display_id"], one["target"]["display_id"]} for one in told]


def last_number(thing: Any) -> int:
    return int(thing["id"].split("/")[-1])


def opened(devrev: Devrev, *members: str) -> Any:
    return make(devrev, "conversations", "conversation", type="support", members=list(members))


def test_merged_accounts_are_one_everywhere(devrev: Devrev, module_database: str) -> None:
    primary, secondary = (make(devrev, "accounts", "account", display_name=name) for name in ("Kept", "Gone"))
    org = make(devrev, "rev-orgs", "rev_org", account=secondary["id"], display_name="Gone East")
    mine = ticket(devrev, rev_org=org["id"])
    plain = ticket(devrev, account=secondary["id"])
    sla, conversation = assigned(devrev, org["id"]), opened(devrev)
    for target in (mine["id"], conversation["id"], primary["id"]):
        link(devrev, secondary["id"], target)
    double = link(devrev, primary["id"], conversation["id"])
    assert devrev.call("accounts.delete", {"id": secondary["id"]}, expect=409)["type"] == "conflict"
    devrev.call("accounts.merge", {"primary_account": primary["id"], "secondary_account": secondary["id"]})
    for one in (mine, plain):
        shown = devrev.call("works.get", {"id": one["id"]})["work"]
        assert shown["account"]["id"] == primary["id"]
        assert shown["modified_date"] > one["modified_date"]
    listed = devrev.call("works.list", {"type": ["ticket"], "ticket": {"rev_org": [org["id"]]}})["works"]
    assert [one["id"] for one in listed] == [mine["id"]]
    assert links_of(devrev, primary["id"]) == [
        {primary["display_id"], mine["display_id"]},
        {primary["display_id"], conversation["display_id"]},
    ]
    assert devrev.call("links.get", {"id": double["id"]})["link"]["id"] == double["id"]
    held = (
        "SELECT w.company_id, s.sla_policy_id FROM sla_workspaces s"
        " JOIN workspaces w ON w.tenant_id = 1 AND w.id = s.workspace_id WHERE w.id = $1"
    )
    assert customers_world.ask(module_database, held, number_of(org)) == [(number_of(primary), last_number(sla))]
    told = "SELECT count(*) FROM events WHERE tenant_id = 1 AND kind = 'ticket.updated' AND (data ->> 'id')::bigint = ANY ($1::bigint[])"
    assert customers_world.ask(module_database, told, [number_of(mine), number_of(plain)]) == [(2,)]
    gone = "SELECT count(*) FROM tombstones WHERE tenant_id = 1 AND noun = 'link'"
    assert customers_world.ask(module_database, gone) == [(2,)]


def test_merged_rev_users_are_one_everywhere(devrev: Devrev, module_database: str) -> None:
    account = make(devrev, "accounts", "account", display_name="Theirs")
    org = make(devrev, "rev-orgs", "rev_org", account=account["id"], display_name="Theirs East")
    primary = make(devrev, "rev-users", "rev_user", display_name="Kept")
    secondary = make(devrev, "rev-users", "rev_user", display_name="Gone", rev_org=org["id"])
    assigned(devrev, org["id"])
    mine = ticket(devrev, reported_by=[secondary["id"]], rev_org=org["id"])
    both = ticket(devrev, reported_by=[secondary["id"], primary["id"]])
    for target in (mine["id"], primary["id"]):
        link(devrev, secondary["id"], target)
    group = make(devrev, "groups", "group", name="Beta testers", description="d", member_type="rev_user")
    devrev.call("groups.members.add", {"group": group["id"], "member": secondary["id"]})
    devrev.call("rev-users.merge", {"primary_user": primary["id"], "secondary_user": secondary["id"]})
    for one in (mine, both):
        shown = devrev.call("works.get", {"id": one["id"]})["work"]
        assert [person["id"] for person in shown["reported_by"]] == [primary["id"]]
    assert links_of(devrev, primary["id"]) == [{primary["display_id"], mine["display_id"]}]
    members = devrev.call("groups.members.list", {"group": group["id"]})["members"]
    assert [one["member"]["id"] for one in members] == [primary["id"]]
    shown = devrev.call("rev-users.get", {"id": primary["id"]})["rev_user"]
    assert shown["rev_org"]["id"] == org["id"]
    assert customers_world.ask(module_database, "SELECT 1 FROM sla_workspaces WHERE workspace_id = $1", number_of(org)) == [(1,)]
    gone = f"contact:{number_of(secondary)}"
    left = "SELECT 1 FROM work_people WHERE person = $1 UNION ALL SELECT 1 FROM links WHERE $1 IN (source, target)"
    assert customers_world.ask(module_database, left, gone) == []


def test_merged_dev_users_are_one_everywhere(devrev: Devrev, module_database: str) -> None:
    primary, secondary = (
        make(devrev, "dev-users", "dev_user", email=f"{name}@acme.test", full_name=name, state="shadow") for name in ("kept", "gone")
    )
    account = make(devrev, "accounts", "account", display_name="Owned", owned_by=[secondary["id"], "DEVU-1"])
    org = make(devrev, "rev-orgs", "rev_org", account=account["id"], display_name="Owned East")
    conversation = opened(devrev)
    mine, both = ticket(devrev, owned_by=[secondary["id"]]), ticket(devrev, owned_by=[secondary["id"], primary["id"]])
    for target in (mine["id"], primary["id"], conversation["id"]):
        link(devrev, secondary["id"], target)
    sla = assigned(devrev, org["id"], owners=[secondary["id"]])
    devrev.call("dev-users.merge", {"primary_user": primary["id"], "secondary_user": secondary["id"]})
    for one in (mine, both):
        shown = devrev.call("works.get", {"id": one["id"]})["work"]
        assert [person["id"] for person in shown["owned_by"]] == [primary["id"]]
    found = devrev.call("works.list", {"owned_by": [primary["id"]]})["works"]
    assert {one["id"] for one in found} == {mine["id"], both["id"]}
    assert links_of(devrev, primary["id"]) == [
        {primary["display_id"], mine["display_id"]},
        {primary["display_id"], conversation["display_id"]},
    ]
    owners = devrev.call("accounts.get", {"id": account["id"]})["account"]["owned_by"]
    assert [one["id"] for one in owners] == [primary["id"], devrev.call("dev-users.get", {"id": "DEVU-1"})["dev_user"]["id"]]
    assert len(devrev.call("accounts.list", {"owned_by": [primary["id"]]})["accounts"]) == 1
    policy = devrev.call("slas.get", {"id": sla["id"]})["sla"]["policies"][0]
    assert [one["id"] for one in policy["selector"]["owners"]] == [primary["id"]]
    assert customers_world.ask(module_database, "SELECT 1 FROM sla_workspaces WHERE workspace_id = $1", number_of(org)) == [(1,)]


def test_what_a_rev_org_has_goes_with_it_to_another_account(devrev: Devrev) -> None:
    old, new = (make(devrev, "accounts", "account", display_name=name) for name in ("Seller", "Buyer"))
    org = make(devrev, "rev-orgs", "rev_org", account=old["id"], display_name="Sold")
    person = make(devrev, "rev-users", "rev_user", rev_org=org["id"])
    conversation = opened(devrev, person["id"])
    mine = ticket(devrev, rev_org=org["id"])
    devrev.call("rev-orgs.update", {"id": org["id"], "account": new["id"]})
    shown = devrev.call("conversations.get", {"id": conversation["id"]})["conversation"]
    assert shown["account"]["id"] == new["id"]
    shown = devrev.call("works.get", {"id": mine["id"]})["work"]
    assert (shown["account"]["id"], shown["rev_org"]["id"]) == (new["id"], org["id"])
    assert devrev.call("rev-orgs.delete", {"id": org["id"]}, expect=409)["type"] == "conflict"


def test_a_deleted_rev_user_stays_behind_a_ticket(devrev: Devrev) -> None:
    person = make(devrev, "rev-users", "rev_user", display_name="Reporter")
    mine = ticket(devrev, reported_by=[person["id"]])
    devrev.call("rev-users.delete", {"id": person["id"]})
    devrev.call("rev-users.get", {"id": person["id"]}, expect=404)
    (shown,) = devrev.call("works.get", {"id": mine["id"]})["work"]["reported_by"]
    assert (shown["id"], shown.get("state")) == (person["id"], "deleted")


def test_a_file_has_one_parent_in_all_families(devrev: Devrev, module_database: str) -> None:
    note = {"type": "timeline_comment", "object": opened(devrev)["id"], "body": "see"}
    account = make(devrev, "accounts", "account", display_name="Filed", artifacts=["ARTIFACT-11"])
    for artifact, parent in (
        ("ARTIFACT-11", account["id"]),
        ("ARTIFACT-1", "don:identity:dvrv-us-1:devo/acme:devu/1"),
        ("ARTIFACT-2", "don:identity:dvrv-us-1:devo/acme:revu/1"),
    ):
        answer = devrev.call("timeline-entries.create", note | {"artifacts": [artifact]}, expect=400)
        assert (answer["type"], answer["existing_parent"]) == ("artifact_already_attached_to_a_parent", parent)
    customers_world.ask(module_database, "UPDATE attachments SET parent = 'job:7' WHERE id = 12 RETURNING 1")
    for artifact in ("ARTIFACT-1", "ARTIFACT-2", "ARTIFACT-4", "ARTIFACT-11", "ARTIFACT-12"):
        answer = devrev.call("accounts.create", {"display_name": "Thief", "artifacts": [artifact]}, expect=400)
        assert answer["type"] == "artifact_already_attached_to_a_parent"
    assert answer["existing_parent"].endswith(":job/7")
    devrev.call("timeline-entries.create", note | {"artifacts": ["ARTIFACT-13"]}, expect=201)


@pytest.mark.parametrize("kind", ["rev_user", "account", "account of a change"])
def test_what_is_deleted_meanwhile_is_an_invalid_id(devrev: Devrev, module_database: str, kind: str) -> None:
    new = {"type": "support", "title": f"meanwhile {kind}"}
    if kind == "rev_user":
        thing = make(devrev, "rev-users", "rev_user", display_name="Fleeting")
        path, body, field = "conversations.create", new | {"members": [thing["id"]]}, "members"
        gone = "DELETE FROM contacts WHERE tenant_id = 1 AND id = $1"
    else:
        thing, field = make(devrev, "accounts", "account", display_name="Fleeting"), "account"
        gone = "DELETE FROM companies WHERE tenant_id = 1 AND id = $1"
        path, body = "conversations.create", new | {"account": thing["id"]}
        if kind == "account of a change":
            path, body = "conversations.update", {"id": "CONV-3", "title": "meanwhile", "account": thing["id"]}
    with ThreadPoolExecutor(1) as pool:
        answer = asyncio.run(_while_deleted(module_database, gone, number_of(thing), lambda: pool.submit(devrev.post, path, body)))
    assert (answer.status_code, answer.json()["type"], answer.json()["field_name"]) == (400, "invalid_id", field)
    left = "SELECT 1 FROM conversations WHERE title LIKE 'meanwhile%'"
    assert customers_world.ask(module_database, left) == []


async def _while_deleted(dsn: str, gone: str, number: int, ask: Any) -> Any:
    """Deletes in a transaction that commits once the server waits for it."""
    connection, watch = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(gone, number)
            asked, deadline = ask(), time.monotonic() + 20
            waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            while not await watch.fetchval(waits):
                assert not asked.done(), asked.result().text
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)
        return await asyncio.to_thread(asked.result)
    finally:
        await connection.close()
        await watch.close()
