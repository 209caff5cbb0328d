"""Reports by agent, inbox, team, label and channel (contract 3.5), and of outgoing messages, first answers and labels of inboxes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ..domain.reports import Subject
from ..domain.stages import STATUSES
from ..reference.notation import shape, table
from ..store import reports
from ..store.reports import Summary
from .encode_types import channel
from .endpoints import REPORTS, Call, Endpoint, Family
from .readers import Json
from .report_parameters import HOURS, SPAN, span
from .reports import PERMITS

BUCKETS = ("0-1h", "1-4h", "4-8h", "8-24h", "24h+")


async def summaries(call: Call, by: Subject) -> dict[int, Summary]:
    in_hours = call.given.get("business_hours", False)
    return await reports.list_summaries(call.connection, call.tenant_id, by, span(call.given), in_business_hours=in_hours)


def _summary_of(by: Subject) -> Callable[[Call], Awaitable[list[Json]]]:
    async def view(call: Call) -> list[Json]:
        found, known = await summaries(call, by), await reports.list_named(call.connection, call.tenant_id, by)
        return [_shown(number, name, found.get(number), named=by == "label") for number, name in sorted(known.items())]

    view.__name__ = f"summarise_{by}s"
    return view


def _shown(number: int, name: str, found: Summary | None, *, named: bool) -> Json:
    shown: Json = {"id": number, "name": name} if named else {"id": number}
    empty = found or Summary(number, 0, 0, None, None, None)
    return shown | {
        "conversations_count": empty.conversations,
        "resolved_conversations_count": empty.resolutions,
        "avg_resolution_time": empty.avg_resolution_s,
        "avg_first_response_time": empty.avg_first_response_s,
        "avg_reply_time": empty.avg_reply_s,
    }


async def summarise_channels(call: Call) -> Json:
    found: Json = {}
    for kind, status, count in await reports.count_by_channel(call.connection, call.tenant_id, span(call.given)):
        row = found.setdefault(channel(kind), dict.fromkeys((*STATUSES, "total"), 0))
        row[status] += count
        row["total"] += count
    return found


async def distribute_first_responses(call: Call) -> Json:
    rows = await reports.first_response_buckets(call.connection, call.tenant_id, span(call.given))
    return {channel(kind): dict(zip(BUCKETS, counts, strict=True)) for kind, counts in rows}


async def tabulate_inbox_labels(call: Call) -> Json:
    inboxes, labels = (
        await reports.list_named(call.connection, call.tenant_id, "inbox"),
        await reports.list_named(call.connection, call.tenant_id, "label"),
    )
    rows = sorted(set(call.given.get("inbox_ids", inboxes)) & set(inboxes), key=lambda number: (inboxes[number].lower(), number))
    columns = sorted(set(call.given.get("label_ids", labels)) & set(labels), key=lambda number: (labels[number].lower(), number))
    counted = await reports.count_tagged(call.connection, call.tenant_id, span(call.given), rows, columns)
    return {
        "inboxes": [{"id": number, "name": inboxes[number]} for number in rows],
        "labels": [{"id": number, "title": labels[number]} for number in columns],
        "matrix": [[counted.get((row, column), 0) for column in columns] for row in rows],
    }


async def count_outgoing_messages(call: Call) -> list[Json]:
    by: Subject = call.given["group_by"]
    known = await reports.list_named(call.connection, call.tenant_id, by)
    found = await reports.count_outgoing(call.connection, call.tenant_id, span(call.given), by)
    return [{"id": number, "name": known.get(number), "outgoing_messages_count": count} for number, count in found.items()]


def _row(path: str, view: Any, summary: str, answer: str, query: str, **example: Any) -> Endpoint:
    return Endpoint(
        "GET", f"{REPORTS}/{path}", view, summary, answer, query=query, example=example, access="administrators", permits=PERMITS
    )


_GROUP = """
    id*                            int64    Its number.
    conversations_count*           int64    Conversations opened.
    resolved_conversations_count*  int64    How often one was resolved.
    avg_resolution_time*           number?  Until it was resolved.
    avg_first_response_time*       number?  Until the first answer.
    avg_reply_time*                number?  For each answer.
"""

FAMILY = Family(
    endpoints=(
        *(
            _row(
                f"summary_reports/{by}",
                _summary_of(by),
                f"Report by {by}",
                "[label-summary]" if by == "label" else "[group-summary]",
                table(SPAN, HOURS),
            )
            for by in ("agent", "inbox", "team", "label")
        ),
        _row("summary_reports/channel", summarise_channels, "Report by channel", "{channel-summary}", SPAN),
        _row(
            "reports/first_response_time_distribution",
            distribute_first_responses,
            "Report how long first answers took",
            "{response-buckets}",
            SPAN,
        ),
        _row(
            "reports/inbox_label_matrix",
            tabulate_inbox_labels,
            "Report labels by inbox",
            """
            inboxes*  [report-inbox]  The rows, by name.
            labels*   [report-label]  The columns, by title.
            matrix*   [[int64]]       Conversations with the label in the inbox.
            """,
            table(SPAN, "inbox_ids  [int64]  Of these inboxes only.\nlabel_ids  [int64]  Of these labels only."),
        ),
        _row(
            "reports/outgoing_messages_count",
            count_outgoing_messages,
            "Report outgoing messages",
            "[outgoing-count]",
            table("group_by*  <agent team inbox label>  Counted by whose conversation it is.", SPAN),
            group_by="agent",
        ),
    ),
    shapes=(
        shape(
            "group-summary",
            "An agent, inbox or team. Times are seconds, null where there is nothing to average.",
            _GROUP,
        ),
        shape("label-summary", "A label.", table(_GROUP, "name*  text  Its title.")),
        shape(
            "channel-summary",
            "Conversations opened, by status.",
            "\n".join(f"{name}*  int64  How many." for name in (*STATUSES, "total")),
        ),
        shape("response-buckets", "First answers, by how long they took.", "\n".join(f"{name}*  int64  How many." for name in BUCKETS)),
        shape("report-inbox", "An inbox.", "id*  int64  Its number.\nname*  text  Its name."),
        shape("report-label", "A label.", "id*  int64  Its number.\ntitle*  text  Its title."),
        shape(
            "outgoing-count",
            "Outgoing messages.",
            "id*  int64  Whose.\nname*  text?  Their name.\noutgoing_messages_count*  int64  How many.",
        ),
    ),
)
