"""Events as the frames of ``/cable`` (contract 5.2): what each holds, and who of those that are connected gets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..actions.context import Context
from ..domain.conversations import Conversation
from ..domain.messages import Message
from ..domain.principals import Ref, Tenant
from ..store.database import Connection
from ..store.events import EventRow
from .conversation_reading import UNREAD_FEATURE
from .encode_messages import DELETED, DELETED_ATTRIBUTES, PRIVATE
from .event_data import contact, conversation, said
from .event_inboxes import cache_keys
from .event_names import Happened, each, happened
from .event_notifications import notification
from .event_subjects import Subjects, read_subjects
from .wire import Wire

_UNREAD = "conversation.unread_count_changed"


class Audience(NamedTuple):
    """Whose connections get a frame; what the first four fields name adds up.

    ``account``: every agent and administrator of the account. ``inbox_id``: the members of this inbox and the administrators.
    ``user_ids``: these users. ``point_ids``: the contact's side, by contact point. With ``conversation_number`` those of the
    agents that may not see this conversation get nothing. ``but`` gets nothing either: the one who types.
    """

    account: bool = False
    inbox_id: int | None = None
    user_ids: tuple[int, ...] = ()
    point_ids: tuple[int, ...] = ()
    conversation_number: int | None = None
    but: Ref | None = None


class Frame(NamedTuple):
    """``{"event": event, "data": data}``; ``data`` is for msgspec's encoder, with account_id and, where there is one, performer.

    ``position`` is that of our event, of which there may be several frames or none.
    """

    position: int
    event: str
    data: dict[str, Any]
    audience: Audience


async def frames(connection: Connection, tenant: Tenant, events: Sequence[EventRow], context: Context, base_url: str = "") -> list[Frame]:
    """The frames of a batch, in order, in a fixed number of statements of a snapshot of the tenant (``database.read``).

    ``base_url`` is where files are served when the server has no public URL set. What is gone by now has none.
    """
    wire = Wire(tenant, context.public_url or base_url, context.clock(), context.files.links)
    hidden = () if wire.has(UNREAD_FEATURE) else (_UNREAD,)
    told = [one for one in each(happened, events) if one.name in _TELLERS and one.name not in hidden]
    if not told:
        return []
    subjects = await read_subjects(connection, wire, told)
    return each(lambda one: (_finished(frame, one, subjects) for frame in _TELLERS[one.name](one, subjects)), told)


def _finished(frame: Frame, one: Happened, subjects: Subjects) -> Frame:
    """With the account, and who did it where that is somebody who works here."""
    data = frame.data | {"account_id": subjects.wire.tenant.id}
    actor = one.event.actor
    performer = subjects.people.sender(actor.kind, actor.id) if actor.kind in ("user", "bot") else None
    return frame._replace(data=data if performer is None else data | {"performer": performer})


def _conversation(*, to_contact: bool = False) -> Callable[[Happened, Subjects], Iterable[Frame]]:
    def tell(one: Happened, subjects: Subjects) -> Iterable[Frame]:
        row = subjects.conversation_of(one)
        if row is None:
            return
        yield from _frames(one, row, subjects, lambda seen: conversation(row, seen), to_contact=to_contact)
        if one.name in _MOVE_COUNTS and subjects.wire.has(UNREAD_FEATURE):
            yield Frame(one.event.position, _UNREAD, {}, _readers(row))

    return tell


def _message(one: Happened, subjects: Subjects) -> Iterable[Frame]:
    row, message = subjects.conversation_of(one), subjects.said.get(one.event.message_id or 0)
    if row is None or message is None:
        return

    def make(seen: Subjects) -> dict[str, Any]:
        data = said(message, row, seen)
        return data | ({"previous_changes": _previous(one, message, data)} if one.name == "message.updated" else {})

    is_chat = message.kind != "activity" and message.visibility not in PRIVATE
    yield from _frames(one, row, subjects, make, to_contact=is_chat and one.name != "first.reply.created")
    if one.name == "message.created" and message.kind == "incoming" and subjects.wire.has(UNREAD_FEATURE):
        yield Frame(one.event.position, _UNREAD, {}, _readers(row))


def _previous(one: Happened, message: Message, data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Old and new by attribute; what was said before is not kept, and null stands for it."""
    if one.event.kind == "message.deleted":
        return {"content": [None, DELETED], "content_attributes": [None, DELETED_ATTRIBUTES]}
    known: dict[str, list[Any]] = one.data.get("columns", {})
    words = [_MESSAGE_WORDS[name] for name in one.data.get("changed", ()) if name in _MESSAGE_WORDS]
    return {word: known.get(word, [None, data.get(word)]) for word in words} | {"updated_at": [None, data["updated_at"]]}


def _unread(one: Happened, subjects: Subjects) -> Iterable[Frame]:
    row = subjects.conversation_of(one)
    if row is not None:
        yield Frame(one.event.position, one.name, {}, _readers(row))


def _typing(one: Happened, subjects: Subjects) -> Iterable[Frame]:
    """Not to the one who types; and what is to be a note is not the contact's business."""
    row, actor = subjects.conversation_of(one), one.event.actor
    if row is None:
        return
    is_private = bool(one.data.get("is_private"))

    def make(seen: Subjects) -> dict[str, Any]:
        who = seen.people.sender(actor.kind, actor.id) if actor.kind != "system" else None
        return {"conversation": conversation(row, seen), "user": who, "is_private": is_private}

    for frame in _frames(one, row, subjects, make, to_contact=not is_private):
        yield frame._replace(audience=frame.audience._replace(but=actor))


def _mentioned(one: Happened, subjects: Subjects) -> Iterable[Frame]:
    row = subjects.conversation_of(one)
    if row is not None:
        audience = Audience(user_ids=tuple(one.data["users"]), conversation_number=row.number)
        yield Frame(one.event.position, one.name, conversation(row, subjects), audience)


def _contact(one: Happened, subjects: Subjects) -> Iterable[Frame]:
    row = subjects.page.contacts.get(one.data["id"])
    if row is not None:
        yield Frame(one.event.position, one.name, contact(row, subjects.wire), Audience(account=True))


def _contact_deleted(one: Happened, _subjects: Subjects) -> Iterable[Frame]:
    """The original still tells who it was; here nothing is left of that."""
    yield Frame(one.event.position, one.name, {"id": one.data["id"], "type": "contact"}, Audience(account=True))


def _notification(one: Happened, subjects: Subjects) -> Iterable[Frame]:
    for number in _notification_ids(one):
        row = subjects.told.get(number)
        about = row and subjects.conversations.get(row.conversation_number)
        if row is not None and about is not None:
            audience = Audience(user_ids=(row.user_id,), conversation_number=about.number)
            data = _counted(notification(row, about, subjects), row.user_id, subjects)
            yield Frame(one.event.position, one.name, data, audience)


def _notification_deleted(one: Happened, subjects: Subjects) -> Iterable[Frame]:
    for number in _notification_ids(one):
        data = _counted({"id": number}, one.data["user"], subjects)
        yield Frame(one.event.position, one.name, data, Audience(user_ids=(one.data["user"],)))


def _notification_ids(one: Happened) -> list[int]:
    return list(one.data.get("ids", ())) or ([one.data["id"]] if "id" in one.data else [])


def _counted(shown: dict[str, Any], user_id: int, subjects: Subjects) -> dict[str, Any]:
    """``count`` is of the unread ones too: the original's finder leaves out what was read."""
    unread = subjects.unread.get(user_id, 0)
    return {"notification": shown, "unread_count": unread, "count": unread}


def _cache(one: Happened, subjects: Subjects) -> Iterable[Frame]:
    yield Frame(one.event.position, one.name, {"cache_keys": cache_keys(subjects.cache_keys)}, Audience(account=True))


def _frames(
    one: Happened, row: Conversation, subjects: Subjects, make: Callable[[Subjects], dict[str, Any]], *, to_contact: bool
) -> Iterable[Frame]:
    """For the agents, and perhaps the contact; who has only said to be that contact gets one without what is known of it."""
    points = _points(row, subjects) if to_contact else ()
    point = subjects.points.get(row.contact_point_id or 0)
    is_unproven = to_contact and point is not None and point.is_unproven
    yield Frame(one.event.position, one.name, make(subjects), _readers(row, () if is_unproven else points))
    if is_unproven:
        audience = Audience(point_ids=points, conversation_number=row.number)
        yield Frame(one.event.position, one.name, make(subjects.for_unproven()), audience)


def _readers(row: Conversation, points: tuple[int, ...] = ()) -> Audience:
    """Who works in the inbox and may see the conversation, and perhaps its contact."""
    return Audience(inbox_id=row.inbox_id, point_ids=points, conversation_number=row.number)


def _points(row: Conversation, subjects: Subjects) -> tuple[int, ...]:
    """The conversation's own; a contact that proved who it is hears of it wherever it did."""
    point = subjects.points.get(row.contact_point_id or 0)
    if point is None:
        return ()
    return tuple(subjects.verified.get(point.contact_id, ())) if point.hmac_verified else (point.id,)


_MOVE_COUNTS = {"conversation.status_changed", "assignee.changed", "team.changed"}
_MESSAGE_WORDS = {
    "body": "content", "content": "content", "status": "status", "content_attributes": "content_attributes",
    "submitted_values": "content_attributes", "artifacts": "attachments",
}  # fmt: skip
_TELLERS: dict[str, Callable[[Happened, Subjects], Iterable[Frame]]] = {
    "message.created": _message,
    "message.updated": _message,
    "first.reply.created": _message,
    "conversation.created": _conversation(to_contact=True),
    "conversation.updated": _conversation(to_contact=True),
    "conversation.status_changed": _conversation(to_contact=True),
    "conversation.read": _conversation(),
    "conversation.contact_changed": _conversation(),
    "assignee.changed": _conversation(),
    "team.changed": _conversation(),
    "conversation.mentioned": _mentioned,
    "conversation.typing_on": _typing,
    "conversation.typing_off": _typing,
    _UNREAD: _unread,
    "contact.created": _contact,
    "contact.updated": _contact,
    "contact.merged": _contact,
    "contact.deleted": _contact_deleted,
    "notification.created": _notification,
    "notification.updated": _notification,
    "notification.deleted": _notification_deleted,
    "account.cache_invalidated": _cache,
}
