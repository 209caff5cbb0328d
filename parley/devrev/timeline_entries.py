"""timeline-entries.*: messages and changes of one conversation, and the answers to a message (contract 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import post
from ..actions import timeline as actions
from ..domain.filters import TimeRange
from ..domain.messages import Entry
from ..domain.problems import InvalidValue, MissingField, NotFound
from ..reference.notation import table
from ..store import cursor, messages, timeline
from ..store.cursor import Cursor, Position
from ..store.database import keep_plans
from . import page, resolve
from .dons import Id
from .encode_entries import Entries
from .encode_people import People
from .endpoints import Call, Endpoint, Family, Json
from .filters import plain_range
from .lists import CURSORS, DEFAULT_LIMIT
from .parents import parents_named
from .reference.timeline_requests import CREATE, LIST, SHAPES, UPDATE
from .viewer import Viewer

# Snap widgets have no endpoints here yet, so no id of one names anything.
_NOT_YET = ("link_previews", "snap_widget_body")
_PAGING_FIELDS = ("cursor", "limit", "mode")


async def create_entry(call: Call) -> Json:
    given = call.given
    _refuse_widgets(given)
    wanted = post.NewMessage(
        body=given.get("body"),
        visibility=given.get("visibility"),
        private_to=await resolve.people_refs(call.connection, call.tenant_id, given.get("private_to", ())),
        external_ref=given.get("external_ref"),
        labels=given.get("labels", ()),
        body_type=_body_type(given),
        artifact_ids=_ids(given.get("artifacts", ())),
        collections=given.get("collections", ()),
        expires_at=given.get("expires_at"),
        snap_kit_body=given.get("snap_kit_body"),
    )
    if wanted.body is None and wanted.snap_kit_body is None and not wanted.artifact_ids:
        raise MissingField("body", "body is required, or artifacts or a snap_kit_body")
    object_id: Id = given["object"]
    say = post.post_message if object_id.type == "conversation" else post.post_reply
    with parents_named(call):
        entry = await say(call.context, call.principal, object_id.number, wanted)
    return {"timeline_entry": (await encode(call, [entry]))[0]}


async def get_entry(call: Call) -> Json:
    """With ``external_ref`` the entry of that reference on the timeline of the entry that ``id`` names."""
    entry = await _find(call, call.given["id"])
    if "external_ref" in call.given:
        found = await timeline.find_by_external_ref(call.connection, call.tenant_id, entry.conversation_number, call.given["external_ref"])
        other = await messages.get_entry(call.connection, call.principal, found) if found is not None else None
        if other is None:
            raise NotFound("no entry of this timeline has this external_ref")
        entry = other
    return {"timeline_entry": (await encode(call, [entry]))[0]}


async def list_entries(call: Call) -> Json:
    given = call.given
    asked = await _asked(call)
    key, tenant_id = call.context.cursor_key, call.tenant_id
    digest = cursor.digest("timeline-entries", sorted((k, repr(v)) for k, v in given.items() if k not in _PAGING_FIELDS))
    position = None
    if text := given.get("cursor"):
        position = cursor.decode(text, key, tenant_id=tenant_id, digest=digest).position
    found = await timeline.list_entries(
        call.connection,
        call.principal,
        asked,
        limit=given.get("limit", DEFAULT_LIMIT),
        position=position,
        backwards=given.get("mode") == "before",
    )

    def show(place: Position) -> str:
        return cursor.encode(Cursor(tenant_id, digest, cursor.microseconds(call.context.clock()), place), key)

    cursors = {"next_cursor": found.after, "prev_cursor": found.before}
    await keep_plans(call.connection)
    shown = await encode(call, found.rows)
    return {"timeline_entries": shown} | {name: show(place) for name, place in cursors.items() if place is not None}


async def update_entry(call: Call) -> Json:
    given, number = call.given, call.given["id"].number
    _refuse_widgets(given)
    values: Json = {name: given[name] for name in ("body", "external_ref", "labels", "snap_kit_body") if name in given}
    if "body_type" in given:
        values["body_type"] = _body_type(given)
    files = given.get("artifacts", {})
    if "set" in files and len(files) > 1:
        raise InvalidValue("artifacts.set", "artifacts are set, or added and removed")
    values |= {f"files_{name}": _ids(ids) for name, ids in files.items()}
    wanted = actions.MessageEdit(**values)
    with parents_named(call):
        await actions.update_message(call.context, call.principal, number, wanted)
    return await _read_back(call, number)


async def delete_entry(call: Call) -> Json:
    await actions.delete_message(call.context, call.principal, call.given["id"].number)
    return {}


async def _asked(call: Call) -> timeline.Asked:
    """Raises NotFound for a conversation or entry that the caller does not see."""
    given, of = call.given, call.given["object"]
    number, thread_id = of.number, None
    if of.type == "timeline_comment":
        number, thread_id = (await _find(call, of)).conversation_number, of.number
    elif not await timeline.sees_conversation(call.connection, call.principal, number):
        raise NotFound("no such conversation")
    names = {name: given.get(name, ()) for name in ("collections", "labels", "panels", "visibility")}
    created = given["created_date"].range(call.context.clock()) if "created_date" in given else TimeRange()
    return timeline.Asked(number, thread_id, created=created, **names)


async def _find(call: Call, wanted: Id) -> Entry:
    entry = await timeline.find_entry(call.connection, call.principal, wanted.number)
    if entry is None or (entry.kind == "activity") != (wanted.type == "timeline_change_event"):
        raise NotFound("no such timeline entry")
    return entry


async def _read_back(call: Call, entry_id: int) -> Json:
    entry = await messages.get_entry(call.connection, call.principal, entry_id)
    if entry is None:
        raise NotFound("the entry was written and is gone since")
    return {"timeline_entry": (await encode(call, [entry]))[0]}


async def encode(viewer: Viewer, entries: Sequence[Entry]) -> list[Json]:
    """Entries as the caller sees them, in their order."""
    loaded = await page.load_entries(viewer.connection, viewer.principal, entries)
    shown = Entries(loaded, viewer.names, People(loaded, viewer.names), is_beta=True)
    return [shown.entry(entry, viewer.names.don("conversation", entry.conversation_number)) for entry in entries]


def _ids(given: Sequence[Id]) -> tuple[int, ...]:
    return tuple(one.number for one in given)


def _body_type(given: Mapping[str, Any]) -> str:
    """What is given says what it is made of. Raises InvalidValue and MissingField."""
    kind: str = given.get("body_type") or ("snap_kit" if "snap_kit_body" in given and "body" not in given else "text")
    if kind == "snap_widget":
        raise InvalidValue("body_type", "body_type snap_widget is not supported yet")
    if kind == "snap_kit" and "snap_kit_body" not in given and "id" not in given:
        raise MissingField("snap_kit_body", "snap_kit_body is required for this body_type")
    return kind


def _refuse_widgets(given: Mapping[str, Any]) -> None:
    for name in _NOT_YET:
        if any(given[name].values() if isinstance(given[name], dict) else given[name]) if name in given else False:
            raise InvalidValue(name, f"{name} is not supported yet")


_ANSWER = "timeline_entry*  entry  As it is now."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/timeline-entries.create",
            create_entry,
            "Reply, or leave a note",
            CREATE,
            _ANSWER,
            text="Writes a message into a conversation: a reply when external, a note among agents when internal. A reply by an agent "
            "moves new and needs_response to waiting_on_user; a message of the contact moves it back. With an entry as `object` it answers "
            "that entry, and is seen by nobody who does not see it. Needs a token of scope write.",
            example={"type": "timeline_comment", "object": "CONV-1", "body": "It left us this morning."},
            is_write=True,
            access="everybody",
            status=201,
            refuses=(404, 409),
        ),
        Endpoint(
            "/timeline-entries.get",
            get_entry,
            "Get a timeline entry",
            """
            id*           id:COMMENT/EVENT  The entry.
            external_ref  text(1..512)      Not this entry, but the one of its timeline with this reference.
            """,
            _ANSWER,
            example={"id": "COMMENT-1"},
            access="everybody",
            refuses=(404,),
        ),
        Endpoint(
            "/timeline-entries.list",
            list_entries,
            "List a timeline",
            LIST,
            table("timeline_entries*  [entry]  The entries, oldest first.", CURSORS),
            text="Messages and changes of a conversation, oldest first, as the caller sees them; a contact sees no changes. "
            "With an entry as `object`: the answers to it.",
            example={"object": "CONV-1", "limit": 10},
            access="everybody",
            refuses=(404,),
        ),
        Endpoint(
            "/timeline-entries.update",
            update_entry,
            "Change a message",
            UPDATE,
            _ANSWER,
            text="Its author may, and an administrator.",
            example={"type": "timeline_comment", "id": "COMMENT-1", "body": "It left us yesterday."},
            is_write=True,
            access="everybody",
            refuses=(404, 409),
        ),
        Endpoint(
            "/timeline-entries.delete",
            delete_entry,
            "Delete a message",
            "id*  id:COMMENT  The message.",
            "",
            text="Its author may, and an administrator. The entry keeps its place and loses its words, files and emoji.",
            example={"id": "COMMENT-1"},
            is_write=True,
            access="everybody",
            refuses=(404,),
        ),
    ),
    shapes=SHAPES,
    own={"time-range": plain_range},
)
