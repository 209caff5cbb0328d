"""Types of custom fields in Chatwoot's words, and what they are stored as."""

from __future__ import annotations

TYPES = ("text", "number", "currency", "percent", "link", "date", "list", "checkbox")
"""By the number that stands for each on the wire."""
NOUNS = ("conversation", "contact", "company")
"""By the number of ``<noun>_attribute`` on the wire."""
STORED = {
    "text": "text", "number": "double", "currency": "double", "percent": "double", "link": "text", "date": "date", "list": "enum",
    "checkbox": "bool",
}  # fmt: skip
_SHOWN = {"int": "number", "double": "number", "date": "date", "timestamp": "date", "enum": "list", "bool": "checkbox"}
_STANDARD = {
    "conversation": frozenset(
        (
            "status", "priority", "assignee_id", "inbox_id", "team_id", "display_id", "campaign_id", "labels", "browser_language",
            "country_code", "referer", "created_at", "last_activity_at",
        )
    ),
    "contact": frozenset(
        ("name", "email", "phone_number", "identifier", "country_code", "city", "created_at", "last_activity_at", "referer", "blocked")
    ),
}  # fmt: skip


def shown_type(field_type: str, chatwoot_type: str | None) -> str:
    """Chatwoot's word for a field, whichever wire defined it."""
    return chatwoot_type or _SHOWN.get(field_type, "text")


def is_standard(noun: str, key: str) -> bool:
    """Whether the noun has something else of this name."""
    return key in _STANDARD.get(noun, ())
