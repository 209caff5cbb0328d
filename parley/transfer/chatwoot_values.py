"""Chatwoot's values in our words: enums, JSON that was encoded twice, timestamps without a zone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, TypeVar

_T = TypeVar("_T")

ROLES = {0: "agent", 1: "administrator"}
AVAILABILITIES = {0: "online", 1: "offline", 2: "busy"}
ACCOUNT_STATUSES = {0: "active", 1: "suspended"}
STATUSES = {0: "open", 1: "resolved", 2: "pending", 3: "snoozed"}
CONTACT_TYPES = {0: "visitor", 1: "lead", 2: "customer"}
MESSAGE_TYPES = {0: "incoming", 1: "outgoing", 2: "activity", 3: "template"}
MESSAGE_STATUSES = {0: "sent", 1: "delivered", 2: "read", 3: "failed"}
CONTENT_TYPES = dict(
    enumerate(
        (
            "text", "input_text", "input_textarea", "input_email", "input_select", "cards", "form", "article", "incoming_email",
            "input_csat", "integrations", "sticker", "voice_call",
        )
    )
)  # fmt: skip
FILE_TYPES = dict(
    enumerate(
        (
            "image", "audio", "video", "file", "location", "fallback", "share", "story_mention", "contact", "ig_reel", "ig_post",
            "ig_story", "embed",
        )
    )
)  # fmt: skip
ATTRIBUTE_TYPES = dict(enumerate(("text", "number", "currency", "percent", "link", "date", "list", "checkbox")))
ATTRIBUTE_NOUNS = {0: "conversation", 1: "contact", 2: "company"}
FIELD_TYPES = {
    "text": "text", "number": "double", "currency": "double", "percent": "double", "link": "text", "date": "date", "list": "enum",
    "checkbox": "bool",
}  # fmt: skip
SLA_STATUSES = {0: "active", 1: "hit", 2: "missed", 3: "active_with_misses"}
SLA_STAGES = {"active": "running", "hit": "completed", "missed": "breached", "active_with_misses": "breached"}
SLA_EVENTS = {0: "frt", 1: "nrt", 2: "rt"}
BOT_TYPES = {0: "webhook", 1: "csml"}

_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")

# Chatwoot's LANGUAGES_CONFIG keeps these indexes for good.
LOCALES = (
    "en", "ar", "nl", "fr", "de", "hi", "it", "ja", "ko", "pt", "ru", "zh", "es", "ml", "ca", "el", "pt_BR", "ro", "ta", "fa", "zh_TW",
    "vi", "da", "tr", "cs", "fi", "id", "sv", "hu", "no", "zh_CN", "pl", "sk", "uk", "th", "lv", "is", "he", "lt", "sr", "bg",
)  # fmt: skip


def utc(moment: datetime | None) -> datetime | None:
    """The source's timestamps hold UTC without saying so."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def at(moment: datetime | None, fallback: datetime | None = None) -> datetime:
    """A timestamp that must be there; the epoch where the source knows none."""
    return utc(moment) or utc(fallback) or datetime.fromtimestamp(0, UTC)


def blank(text: str | None) -> str | None:
    """Nothing for an empty string, where ours must be unique or absent."""
    return text or None


def decode_json(text: str | None) -> Any:
    """A JSON column's value; a JSON string that holds JSON is decoded once more, any other string stays what it is."""
    text = json_text(text)
    return None if text is None else json.loads(text)


def json_text(text: str | None) -> str | None:
    """JSON text, verbatim, of a column that came encoded once or twice; null for null.

    A ``json`` column may hold what ``jsonb`` refuses: those characters are dropped.
    """
    if text is None or text == "null":
        return None
    if text.startswith('"'):
        inner = json.loads(text)
        if inner[:1] in ("{", "[", '"') and _is_json(inner):
            return json_text(inner)
    return _storable(text) if _UNSTORABLE.search(text) else text


def json_object(text: str | None) -> str:
    """JSON text of an object; ``{}`` where the source has none."""
    text = json_text(text)
    return text if text is not None and text.startswith("{") else "{}"


def nested(text: str | None, namespace: str) -> str:
    """Custom attributes, verbatim, as our custom fields: ``{"tnt": {...}}``; empty where there are none."""
    attributes = json_object(text)
    return "{}" if attributes == "{}" else f'{{"{namespace}": {attributes}}}'


def named(values: dict[int, _T], number: int | None, default: _T) -> _T:
    """An enum's name; the default for null and for numbers that a newer Chatwoot may have added."""
    return values.get(number, default) if number is not None else default


def channel_kind(channel_type: str | None) -> str:
    """``Channel::WebWidget`` -> ``web_widget``."""
    word = (channel_type or "").removeprefix("Channel::")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", word).lower()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _storable(text: str) -> str:
    """The same JSON without NUL, and with U+FFFD for halves of surrogate pairs."""
    value = json.dumps(_without_nul(json.loads(text)), ensure_ascii=False)
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return value


def locale(number: int | None) -> str:
    return LOCALES[number] if number is not None and 0 <= number < len(LOCALES) else "en"
