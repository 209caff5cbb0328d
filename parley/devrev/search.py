"""search.core and search.hybrid: words, phrases and filters over conversations and the nouns around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from ..domain import searches
from ..domain.filters import ConversationFilter
from ..domain.problems import BadInput, InvalidValue, MissingField
from ..domain.searches import Query
from ..domain.works import WORK_KINDS
from ..reference.notation import Shape, Union, shape, table
from ..store import cursor
from ..store.cursor import Cursor, Position
from ..store.pages import Page
from ..store.search_hits import Wanted
from ..store.search_nouns import Found, find_page
from . import encode_found, filters, resolve
from .dons import PARTS
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS
from .query import read_query
from .values import shape as object_of

DEFAULT_LIMIT = 10
# Our nouns by namespace, with the kind that the namespace is, where one noun has several.
_SERVED: dict[str, tuple[str, str | None]] = {
    "account": ("company", None),
    "conversation": ("conversation", None),
    "dev_user": ("user", None),
    "group": ("team", None),
    "rev_org": ("workspace", None),
    "rev_user": ("contact", None),
    "service_account": ("bot", "service_account"),
    "sys_user": ("bot", "system"),
    "tag": ("tag", None),
    "part": ("part", None),
    **{kind: ("part", kind) for kind in PARTS},
    "work": ("work", None),
    **{kind: ("work", kind) for kind in WORK_KINDS},
}
# Nothing of these kinds exists here: a search in them finds nothing.
_EMPTY = (
    "article", "component", "custom_object", "custom_part", "custom_work", "dashboard", "dataset", "directory", "incident", "meeting",
    "microservice", "object_member", "operation", "opportunity", "project", "question_answer", "task", "vista", "widget", "workflow",
)  # fmt: skip
# The two endpoints' enums differ by a few names; clients use one list for both.
NAMESPACES = tuple(sorted({*_SERVED, *_EMPTY}))
_NAMESPACE = f"<{' '.join(NAMESPACES)}>"
# What ``field:value`` may ask of conversations: the filters of conversations.list that one word can say.
FIELDS = frozenset(
    {
        "account", "applies_to_parts", "brand", "channels", "group", "is_creator_verified", "is_frozen", "is_spam", "members",
        "modified_date.after", "modified_date.before", "owned_by", "owned_by_agent", "rev_orgs", "sla_summary.stage",
        "source_channel_v2", "source_channels", "stage.name", "stage.stages", "state", "subtype", "tags",
    }
)  # fmt: skip
_SORTS: dict[str, Any] = {"created_date": "created_at", "modified_date": "modified_at", "relevance": "relevance"}
_read_filters = object_of(filters.FILTERS)


async def search_core(call: Call) -> Json:
    given = call.given
    query = searches.parse(given["query"])
    if not query.terms and not query.fields:
        raise InvalidValue("query", "query holds no word to search for")
    wanted = Wanted(
        _nouns(given.get("namespaces") or sorted(_SERVED), query),
        query.terms,
        query.text,
        await _filter(call, query),
        _SORTS[given.get("sort_by", "relevance")],
        given.get("sort_order", "desc"),
    )
    found, cursors = await _page(call, wanted)
    return {"results": await encode_found.results(call, found.rows, query.terms), **cursors}


async def search_hybrid(call: Call) -> Json:
    given = call.given
    if "namespace" not in given and "namespaces" not in given:
        raise MissingField("namespace", "namespace is required")
    query = searches.parse(given.get("query", ""))
    nouns = _nouns([*given.get("namespaces", ()), *([given["namespace"]] if "namespace" in given else ())], query)
    wanted = Wanted(nouns, query.terms, query.text, await _filter(call, query))
    limit, budget_s = given.get("limit", DEFAULT_LIMIT), call.context.search_budget_s
    found = await find_page(call.connection, call.principal, wanted, limit=limit, budget_s=budget_s)
    return {"results": await encode_found.results(call, found.rows, query.terms)}


async def _page(call: Call, wanted: Wanted) -> tuple[Page[Found], Json]:
    """Raises InvalidCursor. A cursor belongs to its query, namespaces and order."""
    given, key = call.given, call.context.cursor_key
    digest = cursor.digest("search", given["query"], sorted(set(given.get("namespaces", ()))), wanted.sort, wanted.direction)
    position = None
    if text := given.get("cursor"):
        position = cursor.decode(text, key, tenant_id=call.tenant_id, digest=digest).position
    found = await find_page(
        call.connection,
        call.principal,
        wanted,
        limit=given.get("limit", DEFAULT_LIMIT),
        position=position,
        backwards=given.get("mode") == "before",
        budget_s=call.context.search_budget_s,
    )

    def encode(place: Position) -> str:
        return cursor.encode(Cursor(call.tenant_id, digest, cursor.microseconds(call.context.clock()), place), key)

    cursors = {"next_cursor": found.after, "prev_cursor": found.before}
    shown = {"cursor": text} if text else {}
    return found, shown | {name: encode(place) for name, place in cursors.items() if place is not None}


def _nouns(namespaces: Sequence[str], query: Query) -> dict[str, tuple[str, ...] | None]:
    """Our nouns and their kinds. Only conversations have what a filter asks for."""
    kinds: dict[str, tuple[str, ...] | None] = {}
    for name in namespaces:
        if name in _SERVED:
            noun, kind = _SERVED[name]
            before = kinds.get(noun, ())
            kinds[noun] = None if kind is None or before is None else (*before, kind)
    return {noun: kind for noun, kind in kinds.items() if noun == "conversation" or not query.fields}


async def _filter(call: Call, query: Query) -> ConversationFilter:
    """The filters in the query, read as conversations.list reads its own. Raises InvalidValue, naming ``query``."""
    for name, _ in query.fields:
        if name not in FIELDS:
            reason = f"query: {name}: is not a filter that is supported yet; put the words in double quotes to search for them"
            raise InvalidValue("query", reason, allowed=sorted(FIELDS))
    try:
        given = read_query(urlencode(query.fields).encode())
        asked: Mapping[str, Any] = _read_filters("", given, call.principal.tenant.slug)
    except BadInput as error:
        raise InvalidValue("query", f"query: {error.message}") from error
    return await resolve.to_filter(call.connection, call.tenant_id, asked, call.context.clock())


def _found(kind: str, summary: str, more: str = "") -> Shape:
    fields = f"""
        type*          "{kind}"  What it is.
        modified_date  time  When it was last changed.
        snippet        text  The words around the hits.
        {kind}*        {summary}  What was found.
    """
    return shape(f"{kind}-found", f"A search result: {kind}.", table(fields, more))


_TYPES = ("account", "conversation", "group", "org", "part", "tag", "user", "work")
_TEXT = (
    "Finds what holds every word and every phrase in double quotes, also inside longer words and whatever their case: conversations in "
    "title, description and messages, tickets and issues in title and body, everything else by its names. `field:value` filters "
    "conversations as `/conversations.list` does."
)

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/search.core",
            search_core,
            "Search",
            f"""
            query*      text(..8192)  Words, "quoted phrases" and filters such as `state:open`.
            namespaces  [{_NAMESPACE}]  Where to search; everywhere when absent.
            cursor      text  Where to go on: a `next_cursor` or `prev_cursor` of the same request.
            limit       int32(1..100)  How many at most; 10 when absent.
            mode        <after before>  After the cursor (or from the start), or before it (or from the end). The order stays the same.
            sort_by     <created_date modified_date relevance>  The order; `relevance` when absent.
            sort_order  <asc desc>  Its direction; `desc` when absent.
            """,
            table("results*  [search-result]  What was found, the best first.", "cursor  text  The cursor that was asked with.", CURSORS),
            text=_TEXT,
            example={"query": "parcel state:open", "namespaces": ["conversation"]},
        ),
        Endpoint(
            "/search.hybrid",
            search_hybrid,
            "Search in one namespace",
            f"""
            namespace        {_NAMESPACE}  Where to search.
            namespaces       [{_NAMESPACE}](1..)  Instead of `namespace`: several.
            query            text(1..400)  Words, "quoted phrases" and filters; without it the newest are found.
            limit            int32(0..50)  How many at most; 10 when absent.
            semantic_weight  number(0..1)  0 to 1; only words are compared here, whatever it says.
            """,
            "results*  [search-result]  What was found, the best first.",
            text=_TEXT,
            example={"query": "parcel", "namespace": "conversation"},
        ),
    ),
    shapes=(
        Union("search-result", "One thing that was found.", "type", {kind: f"{kind}-found" for kind in _TYPES}),
        _found("account", "organization"),
        _found("conversation", "conversation-summary", "comments  [comment-found]  Up to five messages with a hit, newest first."),
        _found("group", "group"),
        _found("org", "organization"),
        _found("part", "part"),
        _found("tag", "tag"),
        _found("user", "user", "phone_numbers  [text]  A customer's telephone number."),
        _found("work", "work-summary"),
        shape(
            "work-summary",
            "A ticket or an issue, in short.",
            f"""
            type*               <{" ".join(WORK_KINDS)}>  What it is.
            id*                 don           Its DON.
            display_id          text          TKT-n or ISS-n.
            title*              text          Its title.
            owned_by*           [user]        Who owns it.
            stage               work-stage    Its stage.
            state_display_name  text          Its state, for people.
            account             organization  A ticket's account.
            rev_org             organization  A ticket's rev org.
            severity            text          A ticket's severity.
            priority            text          An issue's priority.
            priority_v2         enum-value    The same as a number.
            """,
        ),
        shape(
            "comment-found",
            "A message with a hit.",
            """
            comment*       comment-summary  The message.
            created_by     user   Who wrote it.
            created_date   time   When.
            object         don    The conversation.
            panels         [text]  Where it is shown.
            references     [object]  What it points to.
            snippet        text   The words around the hit.
            """,
        ),
        shape(
            "comment-summary",
            "A message.",
            """
            id*         don   Its DON.
            display_id  text  COMMENT-n.
            """,
        ),
        shape(
            "conversation-summary",
            "A conversation.",
            """
            id*            don   Its DON.
            display_id     text  CONV-n.
            title          text  Its title.
            sync_metadata  sync-metadata  Where it was imported from.
            """,
        ),
    ),
)
