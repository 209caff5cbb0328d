"""What a message with something to choose from must hold (Chatwoot's ``ContentAttributeValidator``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .problems import InvalidValue

CONTENT_TYPES = (
    "text", "input_text", "input_textarea", "input_email", "input_select", "cards", "form", "article", "incoming_email", "input_csat",
    "integrations", "sticker", "voice_call",
)  # fmt: skip
_ITEM_KEYS = {
    "input_select": {"title", "value"},
    "cards": {"title", "description", "media_url", "actions"},
    "form": {"type", "placeholder", "label", "name", "options", "default", "required", "pattern", "title", "pattern_error"},
    "article": {"title", "description", "link"},
}
_ACTION_KEYS = {"text", "type", "payload", "uri"}
_FIELD = "content_attributes"


def check_items(content_type: str, attributes: Mapping[str, Any]) -> None:
    """Raises InvalidValue where the items do not fit the content type; other content types have none."""
    if content_type not in _ITEM_KEYS:
        return
    items = attributes.get("items")
    if not items or not isinstance(items, list):
        raise _invalid("At least one item is required.")
    if not all(isinstance(item, dict) for item in items):
        raise _invalid("Items should be a hash.")
    _check_keys("items", items, _ITEM_KEYS[content_type])
    if content_type == "cards":
        _check_actions([item.get("actions") for item in items])


def _check_actions(actions: list[Any]) -> None:
    if not all(isinstance(some, list) and some and all(isinstance(one, dict) for one in some) for some in actions):
        raise _invalid("contains items missing actions")
    _check_keys("actions", [one for some in actions for one in some], _ACTION_KEYS)


def _check_keys(what: str, found: list[dict[str, Any]], allowed: set[str]) -> None:
    wrong = sorted({key for one in found for key in one} - allowed)
    if wrong:
        raise _invalid(f"contains invalid keys for {what} : [{', '.join(wrong)}]")


def _invalid(reason: str) -> InvalidValue:
    return InvalidValue(_FIELD, f"Validation failed: Content attributes {reason}")
