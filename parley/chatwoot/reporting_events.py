"""Reporting events (contract 3.1, 3.5): how long each answer and each solution took."""

from __future__ import annotations

from ..reference.notation import shape, table
from ..store import reports
from ..store.reports import ReportingEvent
from .conversations import CONVERSATION, require_conversation
from .encode_types import iso
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json
from .report_parameters import SPAN, span
from .reports import PERMITS

PER_PAGE = 25


async def list_reporting_events(call: Call) -> Json:
    page = call.given.get("page", 1)
    count, found = await reports.list_events(
        call.connection, call.tenant_id, span(call.given), call.given, limit=PER_PAGE, offset=call.offset(PER_PAGE)
    )
    meta = {"count": count, "current_page": page, "total_pages": -(-count // PER_PAGE)}
    return {"meta": meta, "payload": [_shown(one, call.tenant_id) for one in found]}


async def list_conversation_reporting_events(call: Call) -> list[Json]:
    number = call.path["conversation_id"]
    await require_conversation(call.connection, call.principal, number)
    return [_shown(one, call.tenant_id) for one in await reports.list_events_of(call.connection, call.tenant_id, number)]


def _shown(one: ReportingEvent, account_id: int) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "value": one.value,
        "value_in_business_hours": one.value_in_business_hours,
        "event_start_time": iso(one.started_at),
        "event_end_time": iso(one.ended_at),
        "account_id": account_id,
        "inbox_id": one.inbox_id,
        "user_id": one.user_id,
        "conversation_id": one.conversation_number,
        "created_at": iso(one.ended_at),
        "updated_at": iso(one.ended_at),
    }


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            f"{ACCOUNT}/reporting_events",
            list_reporting_events,
            "List reporting events",
            """
            meta*     reporting-events-meta  Where in the list this page is.
            payload*  [reporting-event]      The events, newest first.
            """,
            query=table(
                SPAN,
                """
                page      int64(1..1000000)  Which page, 25 each.
                name      text               Of this name only.
                inbox_id  int64              Of this inbox only.
                user_id   int64              Of this user only.
                """,
            ),
            example={"name": "first_response"},
            access="administrators",
            permits=PERMITS,
        ),
        Endpoint(
            "GET",
            f"{CONVERSATION}/reporting_events",
            list_conversation_reporting_events,
            "List a conversation's reporting events",
            "[reporting-event]",
        ),
    ),
    shapes=(
        shape(
            "reporting-event",
            "How long something took.",
            """
            id*                       int64   Its number.
            name*                     text    first_response, reply_time, conversation_resolved ...
            value*                    number  Seconds.
            value_in_business_hours*  number  The same, counting the inbox's working hours only.
            event_start_time*         time    When it began.
            event_end_time*           time    When it ended.
            account_id*               int64   The account.
            inbox_id*                 int64   The inbox.
            user_id*                  int64?  Who had the conversation then.
            conversation_id*          int64   The conversation.
            created_at*               time    When it was kept.
            updated_at*               time    The same.
            """,
        ),
        shape(
            "reporting-events-meta",
            "Where in the list a page is.",
            "count*  int64  How many there are.\ncurrent_page*  int64  This page.\ntotal_pages*  int64  How many pages there are.",
        ),
    ),
)
