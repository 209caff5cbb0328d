"""Reports as CSV (contract 3.5): by agent, inbox, label and team, in sum, and when conversations come in. Times are seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from ..domain.reports import AVERAGES, Metric, Report, Subject
from ..reference.notation import table
from ..store import reports
from .csv_file import csv_file
from .endpoints import REPORTS, Call, Endpoint, Family
from .report_groups import summaries
from .report_parameters import HOURS, SPAN, offset, period, span
from .reports import PERMITS, seconds

_COLUMNS = ("Conversations", "Avg first response time (s)", "Avg resolution time (s)", "Avg reply time (s)", "Resolutions")
_SUMMED: dict[Metric, str] = {
    "conversations_count": "Conversations",
    "incoming_messages_count": "Incoming messages",
    "outgoing_messages_count": "Outgoing messages",
    "avg_first_response_time": "Avg first response time (s)",
    "avg_resolution_time": "Avg resolution time (s)",
    "resolutions_count": "Resolutions",
    "reply_time": "Avg reply time (s)",
}
_FILES: dict[str, Subject] = {"agents": "agent", "inboxes": "inbox", "labels": "label", "teams": "team"}


def _file_of(by: Subject) -> Any:
    async def view(call: Call) -> Response:
        found = await summaries(call, by)
        known = await reports.list_named(call.connection, call.tenant_id, by)
        rows: list[Sequence[Any]] = [(by.capitalize(), *_COLUMNS)]
        for number, name in sorted(known.items()):
            one = found.get(number)
            counts = (one.conversations, one.resolutions) if one else (0, 0)
            times = (one.avg_first_response_s, one.avg_resolution_s, one.avg_reply_s) if one else (None, None, None)
            rows.append((name, counts[0], *("" if value is None else seconds(value) for value in times), counts[1]))
        return csv_file(f"{by}_report", rows)

    view.__name__ = f"download_{by}_report"
    return view


async def download_conversations_summary(call: Call) -> Response:
    """Every metric in sum."""
    asked = Report("conversations_count", span=span(call.given), in_business_hours=call.given.get("business_hours", False))
    row: list[Any] = []
    for metric in _SUMMED:
        value = await reports.total(call.connection, call.tenant_id, replace(asked, metric=metric))
        row.append(("" if value is None else seconds(value)) if metric in AVERAGES else int(value or 0))
    return csv_file("conversations_summary_report", [list(_SUMMED.values()), row])


async def download_conversation_traffic(call: Call) -> Response:
    """How many conversations were opened in each hour of each day, in the asker's time."""
    when, shift = span(call.given), offset(call.given)
    period(call.given | {"group_by": "hour"}, when)
    points = await reports.series(call.connection, call.tenant_id, Report("conversations_count", span=when, period="hour", offset=shift))
    days: dict[str, list[int]] = {}
    for one in points:
        local = one.at + shift
        days.setdefault(local.date().isoformat(), [0] * 24)[local.hour] += int(one.value or 0)
    header = ["Day", *(f"{hour:02}:00" for hour in range(24))]
    return csv_file("conversation_traffic", [header, *([day, *counts] for day, counts in sorted(days.items()))])


def _row(name: str, view: Any, summary: str, query: str) -> Endpoint:
    text = f"{summary}, as a CSV file."
    return Endpoint(
        "GET",
        f"{REPORTS}/reports/{name}",
        view,
        summary,
        "csv",
        query=query,
        text=text,
        access="administrators",
        permits=PERMITS,
        media="text/csv",
    )


FAMILY = Family(
    endpoints=(
        *(_row(name, _file_of(by), f"Download the report by {by}", table(SPAN, HOURS)) for name, by in _FILES.items()),
        _row("conversations_summary", download_conversations_summary, "Download all metrics in sum", table(SPAN, HOURS)),
        _row(
            "conversation_traffic",
            download_conversation_traffic,
            "Download when conversations come in",
            table(SPAN, "timezone_offset  number(-14..14)  The asker's hours from UTC."),
        ),
    ),
)
