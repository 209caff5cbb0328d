"""What the first writes accept: conversations.create and .update, timeline-entries.create, in their minimal form.

A field of the official spec that is not here yet is refused by name (``value_not_permitted``), never dropped in
silence; the ledger lists them. Source: contract 2.1 and 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..actions import change, opening, post
from ..domain.principals import PersonKind, Ref
from ..domain.problems import InvalidValue, MissingField
from . import dons
from .decode import read_object
from .values import Read, flag, identifier, list_of, needs, one_of, require, shape
from .values import text as plain_text

_PERSON: dict[str, PersonKind] = {"dev_user": "user", "rev_user": "contact", "service_account": "bot", "sys_user": "system"}
VISIBILITIES = ("private", "internal", "external", "public")
TITLE_LENGTH, DESCRIPTION_LENGTH, BODY_LENGTH = 256, 65_536, 150_000
_MOST_MESSAGES, _MOST_LABELS, _LABEL_LENGTH, _REF_LENGTH = 100, 16, 64, 512


def _limited(longest: int, *, shortest: int = 0) -> Read:
    def read(path: str, value: Any, slug: str) -> str:
        given = plain_text(path, value, slug)
        if not shortest <= len(given) <= longest:
            raise InvalidValue(path, f"{path} takes from {shortest} to {longest} characters")
        return given

    return read


def _many(read_item: Read, most: int) -> Read:
    read_list = list_of(read_item)

    def read(path: str, value: Any, slug: str) -> tuple[Any, ...]:
        require(path, value, list)
        if len(value) > most:
            raise InvalidValue(path, f"{path} takes at most {most}")
        return tuple(read_list(path, value, slug))

    return read


def _person(*allowed: str) -> Read:
    read_id = identifier(*allowed)

    def read(path: str, value: Any, slug: str) -> Ref:
        given = read_id(path, value, slug)
        return Ref(_PERSON[given.type], given.number)

    return read


def _number(*allowed: str) -> Read:
    read_id = identifier(*allowed)
    return lambda path, value, slug: read_id(path, value, slug).number


def _not_yet(path: str, value: Any, slug: str) -> Any:
    raise InvalidValue(path, f"{path} is not supported yet")


def _later(*names: str) -> dict[str, Read]:
    return dict.fromkeys(names, _not_yet)


_tag_shape = shape({"id": _number("tag"), "value": plain_text})
_untag_shape = shape({"id": _number("tag"), "value": plain_text})
_message_shape = shape({"body": _limited(BODY_LENGTH, shortest=1), **_later("artifacts")})


def _tag(path: str, value: Any, slug: str) -> tuple[int, str | None]:
    given = _tag_shape(path, value, slug)
    needs(path, given, "id")
    return given["id"], given.get("value")


def _untag(path: str, value: Any, slug: str) -> int:
    given = _untag_shape(path, value, slug)
    needs(path, given, "id")
    return int(given["id"])


def _message(path: str, value: Any, slug: str) -> str:
    given = _message_shape(path, value, slug)
    needs(path, given, "body")
    return str(given["body"])


_OWNERS = _many(_person("dev_user", "service_account"), 100)
_TAGS = _many(_tag, 100)
_STAGE = shape({"name": _limited(64, shortest=1), **_later("id")})
_METADATA = shape({"url_context": _limited(2048)})
_SHARED: dict[str, Read] = {
    "title": _limited(TITLE_LENGTH),
    "description": _limited(DESCRIPTION_LENGTH),
    "stage": _STAGE,
    "group": _number("group"),
    "is_spam": flag,
    "metadata": _METADATA,
    **_later("account", "brand", "custom_fields", "custom_schema_spec", "owned_by_agent"),
}

CREATE: dict[str, Read] = {
    "type": one_of(("support",)),
    "members": _many(_person(*dons.PEOPLE), 100),
    "owned_by": _OWNERS,
    "tags": _TAGS,
    "channels": _many(_number("channel"), 20),
    "source_channel": _limited(64),
    "source_channel_v2": _number("channel"),
    "messages": _many(_message, _MOST_MESSAGES),
    **_SHARED,
}
UPDATE: dict[str, Read] = {
    "id": _number("conversation"),
    "is_frozen": flag,
    "owned_by": shape({"set": _OWNERS}),
    "tags": shape({"set": _TAGS, "add": _TAGS, "remove": _many(_untag, 100)}),
    **_SHARED,
    **_later(
        *("applies_to_parts", "channels", "members", "source_channel_v2", "status"),
        *("sentiment", "sentiment_modified_date", "sentiment_summary"),
    ),
}
ENTRY: dict[str, Read] = {
    "type": one_of(("timeline_comment",)),
    "object": _number("conversation"),
    "body": _limited(BODY_LENGTH, shortest=1),
    "body_type": one_of(("text",)),
    "visibility": one_of(VISIBILITIES),
    "private_to": _many(_person("dev_user", "rev_user", "service_account"), 100),
    "external_ref": _limited(_REF_LENGTH, shortest=1),
    "labels": _many(_limited(_LABEL_LENGTH, shortest=1), _MOST_LABELS),
    **_later("artifacts", "collections", "expires_at", "link_previews", "snap_kit_body", "snap_widget_body"),
}


def new_conversation(text: bytes, slug: str) -> opening.NewConversation:
    """The body of conversations.create. Raises BadInput problems naming the field."""
    given = read_object(text, CREATE, slug)
    _require(given, "type")
    return opening.NewConversation(
        title=given.get("title"),
        description=given.get("description"),
        stage=_stage_name(given),
        members=given.get("members", ()),
        owners=given.get("owned_by", ()),
        tags=given.get("tags", ()),
        team_id=given.get("group"),
        inbox_id=given.get("source_channel_v2"),
        channel_ids=given.get("channels", ()),
        source_channel=given.get("source_channel"),
        is_spam=given.get("is_spam", False),
        url_context=given.get("metadata", {}).get("url_context"),
        messages=given.get("messages", ()),
    )


def edit(text: bytes, slug: str) -> tuple[int, change.Edit]:
    """The body of conversations.update: the conversation's number and what to change."""
    given = read_object(text, UPDATE, slug)
    _require(given, "id")
    tags = given.get("tags", {})
    stage = _stage_name(given)
    unset = change.UNSET
    return given["id"], change.Edit(
        title=given.get("title", unset),
        description=given.get("description", unset),
        stage=unset if stage is None else stage,
        team_id=given.get("group", unset),
        owners=given.get("owned_by", {}).get("set", unset),
        tags_set=tags.get("set", unset),
        tags_add=tags.get("add", ()),
        tags_remove=tags.get("remove", ()),
        is_spam=given.get("is_spam", unset),
        is_frozen=given.get("is_frozen", unset),
        url_context=given.get("metadata", {}).get("url_context", unset),
    )


def new_entry(text: bytes, slug: str) -> tuple[int, post.NewMessage]:
    """The body of timeline-entries.create: the conversation's number and the message."""
    given = read_object(text, ENTRY, slug)
    _require(given, "type", "object", "body")
    return given["object"], post.NewMessage(
        body=given["body"],
        visibility=given.get("visibility", "external"),
        private_to=given.get("private_to", ()),
        external_ref=given.get("external_ref"),
        labels=given.get("labels", ()),
    )


def _stage_name(given: Mapping[str, Any]) -> str | None:
    if "stage" not in given:
        return None
    needs("stage", given["stage"], "name")
    return str(given["stage"]["name"])


def _require(given: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if name not in given:
            raise MissingField(name, f"{name} is required")
