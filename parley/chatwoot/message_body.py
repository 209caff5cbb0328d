"""What a body says that posts a message (contract 3.3): for a conversation's messages, and its first."""

from __future__ import annotations

from typing import Any

import msgspec

from ..actions.send import MOST_FILES, ToSay
from ..actions.uploads import Kept
from ..domain.message_items import CONTENT_TYPES
from ..domain.problems import InvalidValue, NotFound
from .endpoints import Call
from .readers import Json, an_object, anything, file, text

_EMAILS = ("cc_emails", "bcc_emails", "to_emails")


def read_message(call: Call, given: Json) -> ToSay:
    """What a body of ``MESSAGE`` says. Raises InvalidValue for an upload that there is not."""
    attributes = dict(given.get("content_attributes") or {})
    if given.get("external_created_at") not in (None, ""):
        attributes["external_created_at"] = given["external_created_at"]
    more = {name: given[name] for name in ("campaign_id", "template_params") if given.get(name)}
    return ToSay(
        content=given.get("content"),
        is_incoming=given.get("message_type") == "incoming",
        is_note=bool(given.get("private")),
        content_type=given.get("content_type") or "text",
        content_attributes=attributes,
        additional_attributes=more,
        files=tuple(_file(call, place, one) for place, one in enumerate(given.get("attachments", ()))),
        is_voice=bool(given.get("is_voice_message")),
        bot_id=given.get("sender_id") if given.get("sender_type") == "AgentBot" else None,
        source_id=given.get("source_id") or None,
        echo_id=given.get("echo_id") or None,
        emails={name: _addresses(given[name]) for name in _EMAILS if given.get(name)},
        html=given.get("email_html_content") or None,
    )


def _addresses(written: str) -> tuple[str, ...]:
    return tuple(one for one in "".join(written.split()).split(",") if one)


def _file(call: Call, place: int, one: Kept | str) -> Kept | int:
    if isinstance(one, Kept):
        return one
    try:
        found = call.context.files.links.check_signed_id(one)
    except NotFound as error:
        raise InvalidValue("attachments", f"attachments[{place}]: there is no such upload") from error
    if found.tenant_id != call.tenant_id:
        raise InvalidValue("attachments", f"attachments[{place}]: there is no such upload")
    return found.attachment_id


def _attributes(path: str, value: Any) -> Json:
    """An object, or an object as JSON text, as forms with files send it. Raises UnexpectedJsonType, InvalidValue."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value) if value.strip() else {}
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidValue(path, f"{path} is neither an object nor JSON text of one") from error
    return an_object(path, value)


def _files(path: str, value: Any) -> list[Kept | str]:
    """Files and signed ids; empty fields of a form are none. Raises UnexpectedJsonType, InvalidValue."""
    if isinstance(value, dict) and all(key.isdigit() for key in value):
        value = list(value.values())
    found = [one for one in (value if isinstance(value, list) else [value]) if one not in ("", None)]
    if len(found) > MOST_FILES:
        raise InvalidValue(path, "Validation failed: Attachments exceeded maximum allowed")
    return [text(f"{path}[{place}]", one) if isinstance(one, str) else file(f"{path}[{place}]", one) for place, one in enumerate(found)]


OWN = {"object | text": _attributes, "[binary | text]": _files, "any": anything}
MESSAGE = f"""
    content              text?  What is said, 150,000 characters at most.
    message_type         <outgoing incoming>?  `outgoing` unless told. `incoming` lets the contact say it, in inboxes of the kind api.
    private              bool?  A note among agents. `(mention://user/1/Name)` calls a colleague to it, `(mention://team/1/Name)` a team.
    content_type         <{" ".join(CONTENT_TYPES)}>?  `text` unless told.
    content_attributes   object | text  What belongs to the content type, as `items`; `in_reply_to` has the id of another message of
                           the conversation. An object, or JSON text of one.
    attachments          [binary | text]  Files of the form, or the `signed_id` of direct uploads; 15 at most.
    is_voice_message     bool?    The files were spoken.
    echo_id              text?    Yours; it comes back with the message.
    source_id            text?    Its id in the channel.
    external_created_at  any      When it was written elsewhere; kept in `content_attributes`.
    sender_type          text?    `AgentBot` lets a bot say it.
    sender_id            int64?   Which bot.
    campaign_id          int64?   The campaign that it belongs to.
    template_params      object?  Of a template of the channel; kept in `additional_attributes`.
    cc_emails            text?    Addresses between commas; this and what follows counts in inboxes of the kind email.
    bcc_emails           text?    Addresses between commas.
    to_emails            text?    Addresses between commas.
    email_html_content   text?    What is said, as HTML.
"""
