"""How conversations stand now (contract 3.5, live_reports)."""

from __future__ import annotations

from ..domain.problems import NotFound
from ..domain.reports import Subject
from ..reference.notation import shape
from ..store import reports
from .endpoints import REPORTS, Call, Endpoint, Family
from .readers import Json
from .reports import PERMITS

_GROUPS: dict[str, Subject] = {"assignee_id": "agent", "team_id": "team"}


async def show_live_metrics(call: Call) -> Json:
    team = call.given.get("team_id")
    if team is not None and team not in await reports.list_named(call.connection, call.tenant_id, "team"):
        raise NotFound()
    now = await reports.live(call.connection, call.tenant_id, team_id=team)
    return {"open": now.open, "unattended": now.unattended, "unassigned": now.unassigned, "pending": now.pending}


async def show_grouped_live_metrics(call: Call) -> list[Json]:
    """Only who has open conversations; nobody's are under null."""
    by = call.given["group_by"]
    found = await reports.live_by(call.connection, call.tenant_id, _GROUPS[by])
    return [
        {by: number, "open": one.open, "unattended": one.unattended, "unassigned": one.unassigned}
        for number, one in found.items()
        if one.open
    ]


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            f"{REPORTS}/live_reports/conversation_metrics",
            show_live_metrics,
            "Show open conversations",
            "report-standing",
            query="team_id  int64  Of this team only.",
            access="administrators",
            permits=PERMITS,
        ),
        Endpoint(
            "GET",
            f"{REPORTS}/live_reports/grouped_conversation_metrics",
            show_grouped_live_metrics,
            "Show open conversations by agent or team",
            "[report-standing-group]",
            query=f"group_by*  <{' '.join(_GROUPS)}>  By whom.",
            example={"group_by": "assignee_id"},
            access="administrators",
            permits=PERMITS,
        ),
    ),
    shapes=(
        shape(
            "report-standing-group",
            "Open conversations of an agent or a team.",
            """
            assignee_id  int64?  Whose, where grouped by agent.
            team_id      int64?  Whose, where grouped by team.
            open*        int64   Open.
            unattended*  int64   Open, and somebody waits.
            unassigned*  int64   Open, and nobody's.
            """,
        ),
    ),
)
