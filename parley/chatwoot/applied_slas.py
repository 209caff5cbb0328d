"""Applied SLAs (contract 3.5, EE; free here): the missed ones in pages, how often, and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from ..domain.conversations import Conversation, SlaEvent, Tracker
from ..reference.notation import shape, table
from ..store import conversations, people
from ..store.applied_slas import AppliedFilter, count_applied, list_missed
from ..store.database import Connection
from .csv_file import csv_file
from .encode_people import agent
from .encode_sla import applied_sla, sla_event
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .page import Page
from .readers import Json

_ALL = f"{ACCOUNT}/applied_slas"
PAGE, BATCH = 25, 500
_EVENTS = {"frt": "First response time", "nrt": "Next response time", "rt": "Resolution time"}
_HEADERS: tuple[str, ...] = (
    "Conversation ID", "SLA policy breached", "Assignee", "Team", "Inbox", "Labels", "Link to the conversation", "Breached events",
)  # fmt: skip


async def list_applied_slas(call: Call) -> Json:
    page = call.given.get("page", 1)
    asked = _asked(call.given)
    _, missed = await count_applied(call.connection, call.tenant_id, asked)
    numbers = await list_missed(call.connection, call.tenant_id, asked, limit=PAGE, offset=call.offset(PAGE))
    shown, trackers = await _read(call.connection, call.tenant_id, numbers)
    rows = [_shown(call, row, shown, trackers[row.number]) for row in shown.conversations]
    return {"payload": rows, "meta": {"count": missed, "current_page": page}}


async def measure_applied_slas(call: Call) -> Json:
    total, missed = await count_applied(call.connection, call.tenant_id, _asked(call.given))
    rate = round((total - missed) * 100 / total, 2) if total else 100.0
    return {"total_applied_slas": total, "number_of_sla_misses": missed, "hit_rate": f"{rate:g}%"}


async def download_applied_slas(call: Call) -> Response:
    asked = _asked(call.given)
    rows, offset = [_HEADERS], 0
    while numbers := await list_missed(call.connection, call.tenant_id, asked, limit=BATCH, offset=offset):
        shown, trackers = await _read(call.connection, call.tenant_id, numbers)
        rows += [_line(call, row, shown, trackers[row.number]) for row in shown.conversations]
        offset += len(numbers)
    return csv_file("breached_conversation", rows)


async def _read(connection: Connection, tenant_id: int, numbers: Sequence[int]) -> tuple[Page, dict[int, Tracker]]:
    """What the rows refer to, in a fixed number of statements."""
    rows = await conversations.get_conversations(connection, tenant_id, numbers)
    trackers = await conversations.get_trackers(connection, tenant_id, numbers)
    page = Page(
        conversations=rows,
        contacts=await people.get_contacts(connection, tenant_id, {row.contact_id for row in rows}),
        members=await people.get_members(connection, tenant_id, {row.assignee_user_id for row in rows if row.assignee_user_id is not None}),
        teams=await people.get_teams(connection, tenant_id, {row.team_id for row in rows if row.team_id is not None}, None),
        inboxes=await people.get_inboxes(connection, tenant_id, {row.inbox_id for row in rows}),
        tags=await conversations.get_tags(connection, tenant_id, {tag_id for row in rows for tag_id in row.tag_ids}),
        sla_events=await conversations.get_sla_events(connection, tenant_id, [one.id for one in trackers.values()]),
    )
    return page, trackers


def _asked(given: Json) -> AppliedFilter:
    labels = given.get("label_list")
    return AppliedFilter(
        since=_moment(given.get("since")),
        until=_moment(given.get("until")),
        inbox_id=given.get("inbox_id"),
        team_id=given.get("team_id"),
        sla_policy_id=given.get("sla_policy_id"),
        agent_id=given.get("assigned_agent_id"),
        labels=None if labels is None else [one.strip() for one in labels.split(",") if one.strip()],
    )


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _shown(call: Call, row: Conversation, page: Page, tracker: Tracker) -> dict[str, Any]:
    shown: Json = {"id": row.number, "contact": {"name": page.contacts[row.contact_id].name}, "labels": page.labels(row)}
    member = page.members.get(row.assignee_user_id or 0)
    if member is not None and (assignee := agent(member, call.wire)) is not None:
        shown["assignee"] = assignee
    return {
        "applied_sla": applied_sla(tracker),
        "conversation": shown,
        "sla_events": [sla_event(one) for one in _events(page, tracker)],
    }


def _line(call: Call, row: Conversation, page: Page, tracker: Tracker) -> tuple[str, ...]:
    member, team = page.members.get(row.assignee_user_id or 0), page.teams.get(row.team_id or 0)
    missed = dict.fromkeys(_EVENTS[one.kind] for one in _events(page, tracker))
    return (
        str(row.number),
        tracker.policy_name,
        member.name if member else "",
        team.name if team else "",
        page.inboxes[row.inbox_id].name,
        ", ".join(page.labels(row)),
        f"{call.wire.base_url}/app/accounts/{call.tenant_id}/conversations/{row.number}",
        ", ".join(missed),
    )


def _events(page: Page, tracker: Tracker) -> Iterable[SlaEvent]:
    return (one for one in page.sla_events if one.tracker_id == tracker.id)


_QUERY = """
    since              int64(0..4102444800)  Only where the policy applies since this moment, in seconds since 1970.
    until              int64(0..4102444800)  Only where it began to apply until then.
    inbox_id           int64  Of this inbox.
    team_id            int64  Of this team.
    sla_policy_id      int64  Of this policy.
    assigned_agent_id  int64  Of this agent.
    label_list         text   With any of these labels, a comma between two.
    """
_PAGE = "page  int32(1..1000000)  Which page of 25."
_ACCESS: dict[str, Any] = {"access": "administrators", "permits": "report_manage"}

FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _ALL,
            list_applied_slas,
            "List missed SLAs",
            """
            payload*  [applied-sla-row]  Those that were missed, the newest first.
            meta*     applied-sla-meta   How many there are.
            """,
            query=table(_QUERY, _PAGE),
            **_ACCESS,
        ),
        Endpoint(
            "GET",
            f"{_ALL}/metrics",
            measure_applied_slas,
            "Measure SLAs",
            """
            total_applied_slas*    int64  How often a policy applied.
            number_of_sla_misses*  int64  How often one was missed.
            hit_rate*              text   How many of a hundred were kept, as 98.5%.
            """,
            query=_QUERY,
            **_ACCESS,
        ),
        Endpoint(
            "GET",
            f"{_ALL}/download",
            download_applied_slas,
            "Download missed SLAs as CSV",
            "csv",
            media="text/csv",
            query=_QUERY,
            **_ACCESS,
            text="A file with a line for each: conversation, policy, assignee, team, inbox, labels, link, what was missed.",
        ),
    ),
    shapes=(
        shape(
            "applied-sla-row",
            "An SLA that was missed.",
            """
            applied_sla*   applied-sla  The SLA.
            conversation*  applied-sla-conversation  Where.
            sla_events*    [sla-event]  What was missed.
            """,
        ),
        shape(
            "applied-sla-conversation",
            "The conversation of an applied SLA.",
            """
            id*       int64   Its number.
            contact*  applied-sla-contact  Who wrote.
            labels*   [text]  Its labels.
            assignee  agent   Who answers; absent when no user does.
            """,
        ),
        shape("applied-sla-contact", "Who wrote.", "name*  text  Their name."),
        shape(
            "applied-sla-meta",
            "The page.",
            """
            count*         int64  How many were missed.
            current_page*  int32  Which page this is.
            """,
        ),
    ),
)
