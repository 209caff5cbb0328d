"""Reports over time and in sum (contract 3.5): for administrators, and for agents whose custom role may see reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from ..domain.reports import AVERAGES, METRICS, Metric, Report, Span
from ..reference.notation import shape, table
from ..store import people, reports
from .encode_types import epoch
from .endpoints import REPORTS, Call, Endpoint, Family
from .readers import Json
from .report_parameters import HOURS, SPAN, STEPS, SUBJECT, offset, period, span, subject

PERMITS = "report_manage"
PER_PAGE = 25
_SUMMARY: tuple[Metric, ...] = (
    "conversations_count", "incoming_messages_count", "outgoing_messages_count", "avg_first_response_time", "avg_resolution_time",
    "resolutions_count", "reply_time",
)  # fmt: skip
_BOT_SUMMARY: tuple[Metric, ...] = ("bot_resolutions_count", "bot_handoffs_count")


async def report_over_time(call: Call) -> Any:
    """An unknown metric is an empty object, as in the original."""
    if call.given["metric"] not in METRICS:
        return {}
    asked = await _report(call)
    points = await reports.series(call.connection, call.tenant_id, asked)
    if asked.metric in AVERAGES:
        return [{"value": seconds(one.value or 0.0), "timestamp": epoch(one.at), "count": one.counted} for one in points]
    return [{"value": int(one.value or 0), "timestamp": epoch(one.at)} for one in points]


async def report_summary(call: Call) -> Json:
    return await _with_previous(call, _SUMMARY)


async def report_bot_summary(call: Call) -> Json:
    return await _with_previous(call, _BOT_SUMMARY)


async def report_bot_metrics(call: Call) -> Json:
    """Rates are whole percents of the conversations that were opened."""
    asked = call.given.get("inbox_ids")
    opened, written, resolved, handed = await reports.bot_metrics(call.connection, call.tenant_id, span(call.given), asked)
    return {
        "conversation_count": opened,
        "message_count": written,
        "resolution_rate": 100 * resolved // opened if opened else 0,
        "handoff_rate": 100 * handed // opened if opened else 0,
    }


async def report_conversations(call: Call) -> Any:
    """How conversations stand now: of the account, or of each agent. No type is an empty 422, as in the original."""
    kind = call.given.get("type")
    if not kind:
        return Response(status_code=422)
    if kind == "account":
        now = await reports.live(call.connection, call.tenant_id)
        return {"open": now.open, "unattended": now.unattended, "unassigned": now.unassigned, "pending": now.pending}
    return await _by_agent(call)


async def _by_agent(call: Call) -> list[Json]:
    """A page of agents, who has most open first."""
    known = await reports.list_named(call.connection, call.tenant_id, "agent")
    asked = [number for number in known if number == call.given.get("user_id", number)]
    asked = asked[call.offset(PER_PAGE) :][:PER_PAGE]
    now = await reports.live_by(call.connection, call.tenant_id, "agent")
    page = (await people.get_members(call.connection, call.tenant_id, asked)).values()
    shown = [
        {
            "id": one.id,
            "name": one.name,
            "email": one.email,
            "thumbnail": call.wire.picture_url(one.picture_id, one.picture_name),
            "availability": call.wire.availability(one),
            "metric": {"open": now[one.id].open, "unattended": now[one.id].unattended} if one.id in now else {"open": 0, "unattended": 0},
        }
        for one in page
    ]
    return sorted(shown, key=lambda one: (-one["metric"]["open"], one["id"]))


async def _with_previous(call: Call, metrics: tuple[Metric, ...]) -> Json:
    """What each metric comes to, and what it came to in the same time before."""
    about, number = await subject(call)
    asked = Report("conversations_count", about, number, span(call.given), in_business_hours=call.given.get("business_hours", False))
    return await _sums(call, asked, metrics) | {"previous": await _sums(call, replace(asked, span=asked.span.before), metrics)}


async def _sums(call: Call, asked: Report, metrics: tuple[Metric, ...]) -> Json:
    found: Json = {}
    for metric in metrics:
        value = await reports.total(call.connection, call.tenant_id, replace(asked, metric=metric))
        found[metric] = (None if value is None else seconds(value)) if metric in AVERAGES else int(value or 0)
    return found


async def _report(call: Call) -> Report:
    about, number = await subject(call)
    when: Span = span(call.given)
    in_hours = call.given.get("business_hours", False)
    return Report(call.given["metric"], about, number, when, period(call.given, when), offset(call.given), in_hours)


def seconds(value: float) -> str:
    """An average as this wire has it: a decimal in a string."""
    return str(round(value, 6))


def _row(name: str, view: Any, summary: str, answer: str, query: str, text: str = "", **example: Any) -> Endpoint:
    return Endpoint(
        "GET", f"{REPORTS}/{name}", view, summary, answer, query=query, text=text, example=example, access="administrators", permits=PERMITS
    )  # fmt: skip


_SUMS = """
    conversations_count*      int64  Conversations opened.
    incoming_messages_count*  int64  Messages of contacts.
    outgoing_messages_count*  int64  Messages to contacts, and notes.
    avg_first_response_time*  text?  Seconds until the first answer, on average.
    avg_resolution_time*      text?  Seconds until it was resolved, on average.
    resolutions_count*        int64  How often one was resolved.
    reply_time*               text?  Seconds that contacts waited for each answer, on average.
"""
_BOT_SUMS = """
    bot_resolutions_count*  int64  Resolved by a bot alone.
    bot_handoffs_count*     int64  Handed over to people by a bot.
"""

FAMILY = Family(
    endpoints=(
        _row(
            "reports",
            report_over_time,
            "Report a metric over time",
            "[report-point] | report-nothing",
            table(f"metric*  text  One of {', '.join(METRICS)}; another is an empty object.", SUBJECT, SPAN, STEPS, HOURS),
            "Steps begin where the asker's day does, a week on Monday. Conversations and messages count when they were opened or "
            "written, all else when it ended. Without both ends of the time, only steps in which something happened are told.",
            metric="conversations_count",
            type="account",
        ),
        _row(
            "reports/summary",
            report_summary,
            "Report all metrics in sum",
            table(_SUMS, "previous*  report-sums  The same of as long a time before."),
            table(SUBJECT, SPAN, HOURS, "group_by  text  Not looked at."),
            type="account",
        ),
        _row(
            "reports/bot_summary",
            report_bot_summary,
            "Report what bots did in sum",
            table(_BOT_SUMS, "previous*  report-bot-sums  The same of as long a time before."),
            table(SUBJECT, SPAN, HOURS),
            type="account",
        ),
        _row(
            "reports/bot_metrics",
            report_bot_metrics,
            "Report what bots achieve",
            """
            conversation_count*  int64  Conversations opened.
            message_count*       int64  Outgoing messages in them.
            resolution_rate*     int64  Percent that a bot resolved alone.
            handoff_rate*        int64  Percent that a bot handed over.
            """,
            table(SPAN, "inbox_ids  [int64]  Of these inboxes only."),
        ),
        _row(
            "reports/conversations",
            report_conversations,
            "Report how conversations stand now",
            "report-standing | [report-agent]",
            """
            type     <account agent>  The account's, or each agent's; without it an empty 422.
            user_id  int64            Of this agent only.
            page     int64(1..)       Which page of agents, 25 each.
            """,
            type="account",
        ),
    ),
    shapes=(
        shape(
            "report-point",
            "One step.",
            """
            value*      int64 | text  A count, or an average of seconds as a decimal.
            timestamp*  int64  Where the step begins.
            count       int64  What the average is of.
            """,
        ),
        shape("report-nothing", "The answer to an unknown metric.", ""),
        shape("report-sums", "All metrics in sum.", _SUMS),
        shape("report-bot-sums", "What bots did.", _BOT_SUMS),
        shape(
            "report-standing",
            "Open conversations.",
            """
            open*        int64  Open.
            unattended*  int64  Open, and somebody waits.
            unassigned*  int64  Open, and nobody's.
            pending*     int64  Pending.
            """,
        ),
        shape(
            "report-agent",
            "An agent's open conversations.",
            """
            id*            int64  Their number.
            name*          text   Name.
            email*         text?  E-mail address.
            thumbnail*     text   A picture's URL, or nothing.
            availability*  <online offline busy>  Whether they are here now.
            metric*        report-agent-standing  How many.
            """,
        ),
        shape("report-agent-standing", "Open conversations.", "open*  int64  Open.\nunattended*  int64  Open, and somebody waits."),
    ),
)
