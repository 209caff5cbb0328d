"""Small nouns: one row, or a list with the fields that every one takes and signed cursors to both sides; the stamps of a row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from ..domain.principals import Ref
from ..domain.problems import InvalidValue, NotFound
from ..store import cursor
from ..store.cursor import Cursor, Position
from ..store.nouns import Noun, NounOrder
from ..store.pages import Page
from . import dates, page
from .encode_people import People
from .endpoints import Call, Json
from .viewer import Viewer

T = TypeVar("T")
DEFAULT_LIMIT = 50
SORTS = "<created_date:asc created_date:desc modified_date:asc modified_date:desc>"
PAGING = """
    cursor  text             Where to go on: a `next_cursor` or `prev_cursor` of the same request.
    limit   int32(1..1000)   How many at most; 50 when absent.
    mode    <after before>   After the cursor (or from the start), or before it (or from the end). The order stays the same.
"""
SORTING = f"""
    sort_by  [{SORTS}](..1)  The order; `created_date:asc` when absent. The id breaks ties.
"""
CURSORS = """
    next_cursor  text  Where the list goes on; absent at its end.
    prev_cursor  text  Where the list came from; absent at its start.
"""
_COLUMNS = {"created_date": "created_at", "modified_date": "updated_at"}
_PAGING = ("cursor", "limit", "mode", "sort_by")


class Stamped(Protocol):
    """A row that says who made it and who changed it last, as ``kind:id`` or None."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def created_by(self) -> str | None: ...
    @property
    def modified_by(self) -> str | None: ...


async def find_row(call: Call, noun: Noun[T], number: int, name: str) -> T:
    """The row that a request names, or that a write has just written. Raises NotFound, which calls it by ``name``."""
    found = await noun.get(call.connection, call.tenant_id, [number])
    if number not in found:
        raise NotFound(f"no such {name}")
    return found[number]


async def list_page(call: Call, noun: Noun[T], asked: Mapping[str, Any], *, default: str = "created_date:asc") -> tuple[list[T], Json]:
    """The rows of the page that ``call`` asks for, and its cursors; ``asked`` are the noun's own filters. Raises InvalidCursor."""
    return await walk_page(call, partial(noun.page, call.connection, call.tenant_id, asked), default=default)


async def walk_page(call: Call, find: Callable[..., Awaitable[Page[T]]], *, default: str = "created_date:asc") -> tuple[list[T], Json]:
    """What ``find`` gives for the page that ``call`` asks for, and its cursors; it takes what ``Noun.page`` takes by name.

    Raises InvalidCursor. A cursor belongs to its tenant, endpoint, filters and order.
    """
    order = _order(call.given, default)
    digest = cursor.digest(call.exchange.request.url.path, _plain(call.given), order.column, order.direction)
    key, tenant_id = call.context.cursor_key, call.tenant_id
    position = None
    if text := call.given.get("cursor"):
        position = cursor.decode(text, key, tenant_id=tenant_id, digest=digest).position
    found = await find(
        order=order,
        limit=call.given.get("limit", DEFAULT_LIMIT),
        position=position,
        backwards=call.given.get("mode") == "before",
    )

    def encode(place: Position) -> str:
        return cursor.encode(Cursor(tenant_id, digest, cursor.microseconds(call.context.clock()), place), key)

    cursors = {"next_cursor": found.after, "prev_cursor": found.before}
    return found.rows, {name: encode(place) for name, place in cursors.items() if place is not None}


async def people_of(viewer: Viewer, rows: Iterable[Stamped], more: Iterable[Ref] = ()) -> People:
    """The people that these rows show, ready to encode."""
    refs = [Ref.parse(text) for row in rows for text in (row.created_by, row.modified_by) if text]
    loaded = await page.load_people(viewer.connection, viewer.principal, [*refs, *more])
    return People(loaded, viewer.names)


def stamps(row: Stamped, people: People) -> Json:
    """created_by, created_date, modified_by, modified_date; who is not known is left out."""
    shown: Json = {"created_date": dates.show(row.created_at), "modified_date": dates.show(row.updated_at)}
    for key, text in (("created_by", row.created_by), ("modified_by", row.modified_by)):
        if text:
            ref = Ref.parse(text)
            shown[key] = people.person(ref.kind, ref.id)
    return shown


def numbers(given: Mapping[str, Any], key: str) -> list[int] | None:
    """Our numbers of a list of ids; None where the field was not given or is empty."""
    return [one.number for one in given.get(key, ())] or None


def _order(given: Mapping[str, Any], default: str) -> NounOrder:
    asked = given.get("sort_by") or [default]
    if len(asked) > 1:
        raise InvalidValue("sort_by", "sort_by takes one key; the id breaks ties")
    name, _, direction = asked[0].partition(":")
    return NounOrder(_COLUMNS[name], direction)


def _plain(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The filters in one spelling: order and duplicates of lists do not matter."""
    return sorted((key, _spelled(value)) for key, value in given.items() if key not in _PAGING and value not in ((), {}))


def _spelled(value: Any) -> str:
    return repr(sorted(set(map(repr, value)))) if isinstance(value, tuple | list) else repr(value)
