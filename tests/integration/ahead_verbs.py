"""The actions that go ahead in slices, a tenant where each has much to do, and what that tenant holds afterwards."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from parley.actions import agent_bots, companies, contact_end, merge_users, sla_policies, stages, teams, workspaces
from parley.actions.context import Context
from parley.actions.customers import Carried
from parley.domain.principals import Principal
from tests.integration.small_tenant import ADMINISTRATOR, CONTACT, OTHER, SmallTenant

MANY = 23
OTHER_CONTACT, LEAVING = 77, 2
_APART = "tallies|versions|inboxes"  # how often it was written, and what is drawn by lot
_NOT_COMPARED = {"tenant_id", "uuid", "version", "message_id", "event_id", "pubsub_token", "public_token", "position"}


@dataclass(frozen=True)
class Verb:
    """``run`` does it; ``done`` is what holds of a conversation that it has done; ``prepare`` makes all of the tenant's its business."""

    run: Callable[[Context, Principal], Awaitable[None]]
    done: str
    prepare: str = ""


VERBS = {
    "delete a team": Verb(lambda context, me: teams.delete_team(context, me, 1), "team_id IS NULL"),
    "merge contacts": Verb(lambda context, me: contact_end.merge_contacts(context, me, CONTACT, OTHER_CONTACT), f"contact_id = {CONTACT}"),
    "delete a contact": Verb(lambda context, me: contact_end.delete_contact(context, me, OTHER_CONTACT), "url_context IS NULL"),
    "erase a contact": Verb(
        lambda context, me: contact_end.erase_personal_data(context, me, "OTHER@example.com"), "additional_attributes = '{}'"
    ),
    "merge companies": Verb(lambda context, me: companies.merge_companies(context, me, 1, 2), "company_id = 1"),
    "move a workspace": Verb(
        lambda context, me: workspaces.change_workspace(context, me, 2, {"company_id": 1, "name": "moved"}, Carried(tags={})),
        "company_id = 1",
    ),
    "delete a bot": Verb(
        lambda context, me: agent_bots.delete_agent_bot(context, me, 50),
        "assignee_bot_id IS NULL",
        "UPDATE conversations SET assignee_user_id = NULL, assignee_bot_id = 50 WHERE tenant_id = $1",
    ),
    "delete a service level": Verb(lambda context, me: sla_policies.delete_policy(context, me, 1), "sla_policy_id IS NULL"),
    "close a state": Verb(
        lambda context, me: stages.change_state(context, me, 50, {"is_final": True}),
        "status = 'resolved'",
        "UPDATE conversations SET stage_id = 50, waiting_since = now() WHERE tenant_id = $1",
    ),
    "move a stage": Verb(
        lambda context, me: stages.change_stage(context, me, 50, {"state_id": 51}),
        "status = 'resolved'",
        "UPDATE conversations SET stage_id = 50, waiting_since = now() WHERE tenant_id = $1",
    ),
    "merge users": Verb(
        lambda context, me: merge_users.merge_users(context, me, primary=OTHER, secondary=LEAVING), f"assignee_user_id = {OTHER}"
    ),
}


async def fill(world: SmallTenant, prepare: str = "") -> None:
    """``MANY`` conversations, works and contacts, each of which everything else has to do with."""
    for user_id, role in ((ADMINISTRATOR, "administrator"), (LEAVING, "agent"), (OTHER, "agent")):
        await world.owner.execute("INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", user_id, f"User {user_id}")
        await world.insert("memberships", user_id=user_id, name=f"User {user_id}", role=role)
    for company in (1, 2):
        await world.insert("companies", id=company, name=f"company {company}")
        await world.insert("workspaces", id=company, company_id=company, name=f"workspace {company}")
    await world.insert("contacts", id=OTHER_CONTACT, name="Other", email="other@example.com", identifier="other")
    await world.insert("bots", id=50, name="Robot")
    await world.insert("states", id=50, name="custom", ordinal=50, is_custom=True)
    await world.insert("states", id=51, name="ended", ordinal=51, is_custom=True, is_final=True)
    await world.insert("stages", id=50, name="custom", state_id=50, ordinal=50, chatwoot_status="open", is_custom=True)
    await world.insert("sla_policies", id=1, name="Gold")
    await world.insert("parts", id=1, kind="product", name="Part")
    for number in range(1, MANY + 1):
        await _fill_one(world, number)
    if prepare:
        await world.owner.execute(prepare.replace("$1", str(world.tenant.id)))


async def _fill_one(world: SmallTenant, number: int) -> None:
    of = {"conversation_number": number}
    await world.conversation(
        number, team_id=1, contact_id=OTHER_CONTACT, company_id=2, workspace_id=2, sla_policy_id=1, assignee_user_id=LEAVING,
        url_context="https://example.com", additional_attributes='{"browser": "x"}', created_by_id=OTHER_CONTACT,
    )  # fmt: skip
    if number % 2:
        await world.insert("conversation_members", **of, kind="user", id=LEAVING)
        await world.insert("conversation_owners", **of, kind="user", id=OTHER)
    await world.insert("mentions", **of, user_id=LEAVING)
    await world.insert("conversation_drafts", **of, user_id=LEAVING, message="begun")
    said = await world.message(number, "hello", author_id=OTHER_CONTACT)
    await world.message(number, "psst", kind="outgoing", author_kind="user", author_id=OTHER, visibility="private", private_to=["user:2"])
    await world.message(number, "Other left", kind="activity", author_id=OTHER_CONTACT, event_type="annotated")
    await world.insert("survey_responses", **of, id=number, message_id=said, assigned_user_id=LEAVING, rating=5)
    await world.insert("sla_trackers", **of, id=number, sla_policy_id=1)
    await world.insert("works", id=number, kind="ticket", number=number, title="It", stage="queued", state="open", part_id=1,
                       team_id=1, company_id=2, workspace_id=2)  # fmt: skip
    for place, person in enumerate(("user:2", "user:3", f"contact:{OTHER_CONTACT}")[: 2 + number % 2]):
        await world.insert("work_people", work_id=number, role="owner", person=person, position=place)
    await world.insert("work_people", work_id=number, role="reporter", person=f"contact:{OTHER_CONTACT}", position=0)
    await world.insert("contacts", id=1000 + number, name="Employee", company_id=2, workspace_id=2)


async def contents(world: SmallTenant) -> dict[str, list[str]]:
    """Every row of the tenant's, without what differs between two that were treated alike: instants are only there or not."""
    tables = await world.owner.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' WHERE c.relkind = 'r'"
    )
    return {name: await _rows(world, name) for (name,) in tables if not re.search(_APART, name)}


async def _rows(world: SmallTenant, table: str) -> list[str]:
    rows = await world.owner.fetch(f"SELECT to_jsonb(t)::text FROM {table} t WHERE tenant_id = $1", world.tenant.id)
    return sorted(msgspec.json.encode(_plain(table, msgspec.json.decode(row[0])), order="deterministic").decode() for row in rows)


def _plain(table: str, row: dict[str, Any]) -> dict[str, Any]:
    more = {"events": {"id"}, "messages": {"id"}, "reporting_events": {"id", "value", "value_in_business_hours"}}.get(table, set())
    kept = {key: value for key, value in row.items() if key not in _NOT_COMPARED | more}
    if table == "events":  # one that broke off counts what it did itself
        kept["data"] = {key: value for key, value in row["data"].items() if key != "conversations"}
    return {key: value is not None if key.endswith("_at") or key == "as_of" else value for key, value in kept.items()}
