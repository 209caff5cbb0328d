"""Conversations by any condition (contract 3.2): a page of what a filter's payload selects, and its counts."""

from __future__ import annotations

from msgspec import Raw

from ..domain.filters import ConversationFilter
from ..reference.notation import shape
from ..store.database import vary_plans
from ..store.filtered import find_filtered
from ..store.order import PAGE_ORDERS
from . import filter_values as read
from . import ready
from .decode import DEFAULT_SORT
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .filter import CONDITION, CONDITIONS, CONTAINS, DAYS, EQUAL, PRESENT, Attribute, asked_conditions
from .readers import Json

ATTRIBUTES = {
    "status": Attribute("status", EQUAL, read.statuses),
    "assignee_id": Attribute("assignee_id", (*EQUAL, *PRESENT), read.ids),
    "inbox_id": Attribute("inbox_id", (*EQUAL, *PRESENT), read.ids),
    "team_id": Attribute("team_id", (*EQUAL, *PRESENT), read.ids),
    "contact_id": Attribute("contact_id", EQUAL, read.ids),
    "priority": Attribute("priority", EQUAL, read.priorities),
    "display_id": Attribute("number", (*EQUAL, *CONTAINS), read.ids),
    "campaign_id": Attribute("campaign_id", (*EQUAL, *PRESENT), read.ids),
    "labels": Attribute("labels", (*EQUAL, *PRESENT), read.texts),
    "browser_language": Attribute("browser_language", EQUAL, read.texts),
    "conversation_language": Attribute("conversation_language", EQUAL, read.texts),
    "referer": Attribute("referer", (*EQUAL, *CONTAINS), read.texts),
    "created_at": Attribute("created_at", DAYS),
    "last_activity_at": Attribute("last_activity_at", DAYS),
    "mail_subject": Attribute("mail_subject", (*EQUAL, *CONTAINS), read.texts),
}
"""In the order in which the original's refusal lists them."""


async def filter_conversations(call: Call) -> Json:
    asked = ConversationFilter(conditions=await asked_conditions(call, ATTRIBUTES, "conversation"))
    size = call.context.chatwoot_page_size
    await vary_plans(call.connection)
    order = PAGE_ORDERS[DEFAULT_SORT]
    counted, numbers = await find_filtered(call.connection, call.principal, asked, order, limit=size, offset=call.offset(size))
    bodies = await ready.bodies(call.context, call.connection, call.principal, numbers, call.wire)
    meta = {"mine_count": counted.mine, "unassigned_count": counted.unassigned, "all_count": counted.all}
    return {"meta": meta, "payload": [Raw(body) for body in bodies]}


FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            f"{ACCOUNT}/conversations/filter",
            filter_conversations,
            "Filter conversations",
            "filtered-conversations",
            request="""
            payload*  [filter-condition]  Conditions; none at all select every conversation that the caller may see, of any status.
            page      int32(1..100000000)          Which page, from 1; 25 conversations each unless the server is set otherwise.
            """,
            query="page  int32(1..100000000)  The same as in the body.",
            text="""
            Any conditions over status, assignee_id, inbox_id, team_id, contact_id, priority, display_id, campaign_id, labels,
            browser_language, conversation_language, referer, created_at, last_activity_at, mail_subject and the account's custom
            attributes, joined by AND and OR; AND binds before OR. The latest activity comes first.
            """,
            example={"payload": [{"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"], "query_operator": None}]},
            is_write=False,
        ),
    ),
    shapes=(
        CONDITION,
        shape(
            "filtered-conversations",
            "What a filter selects.",
            """
            meta*     filter-counts   How many match.
            payload*  [conversation]  The page, the latest activity first.
            """,
        ),
        shape(
            "filter-counts",
            "How many conversations match, exactly.",
            """
            mine_count*        int64  Assigned to the caller.
            unassigned_count*  int64  Assigned to no user.
            all_count*         int64  All of them.
            """,
        ),
    ),
    own=CONDITIONS,
)
