"""Kinds of events (``message.created``): who may hear of which, and the patterns that ask for some of them.

An administrator and a bot hear of all. For everybody else this is a list of what is allowed: a kind that nobody put here is
theirs alone. What the event's conversation allows is decided beside this, by ``store/filter.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .principals import Principal, Ref
from .problems import InvalidValue

Data = Mapping[str, Any]
MOST_PATTERNS = 50
_PATTERN = re.compile(r"[a-z_]{1,64}\.(?:[a-z_]{1,64}|\*)|\*")
_VERBS = ("created", "updated", "deleted")


def _kinds(nouns: str) -> frozenset[str]:
    return frozenset(f"{noun}.{verb}" for noun in nouns.split() for verb in _VERBS)


# What agents read elsewhere on either wire.
_AGENTS = _kinds(
    "contact contact_note company workspace tag team canned_response custom_field part brand stage state stage_diagram schema_fragment"
    " metric_definition org_schedule org_schedule_fragment sla_policy sla_tracker link work ticket issue user bot dashboard_app message"
    " conversation"
) | {
    "contact.merged", "company.merged", "user.activated", "user.deactivated", "user.merged", "team.member_added", "team.member_removed",
    "conversation.read", "conversation.unread", "conversation.typing_on", "conversation.typing_off", "conversation.mentioned",
    "conversation.bot_handoff", "conversation.transcript",
}  # fmt: skip
_OF_INBOX = _kinds("inbox") | {"inbox.member_added", "inbox.member_removed"}
_OF_USER_ID = frozenset({"user.password_changed", "user.device_added", "user.device_removed"})
_OWN_NOUNS = frozenset({"draft", "custom_filter"})
_CONTACTS = _kinds("message conversation") | {"conversation.typing_on", "conversation.typing_off"}
# Of a change of the conversation a contact is told only where one of these is in it.
_CONTACTS_FIELDS = frozenset({"stage", "title"})


def hears_all(principal: Principal) -> bool:
    """Administrators, bots and the server itself."""
    return principal.ref.kind in ("bot", "system") or principal.is_administrator


def hears(principal: Principal, kind: str, actor: Ref, data: Callable[[], Data]) -> bool:
    """Whether the kind alone lets the caller hear of an event; ``data`` is asked where that decides."""
    if hears_all(principal):
        return True
    if principal.ref.kind == "contact":
        return kind in _CONTACTS and _is_for_contacts(kind, data)
    if kind in _OF_INBOX:
        return data().get("id") in principal.inbox_ids
    noun = kind.partition(".")[0]
    if noun == "notification":
        return bool(data().get("user") == principal.ref.id)
    if kind in _OF_USER_ID:
        return bool(data().get("id") == principal.ref.id)
    return actor == principal.ref if noun in _OWN_NOUNS else kind in _AGENTS


def _is_for_contacts(kind: str, data: Callable[[], Data]) -> bool:
    if kind == "conversation.updated":
        return any(delta.get("field") in _CONTACTS_FIELDS for delta in data().get("deltas", ()))
    return not kind.startswith("conversation.typing") or not data().get("is_private")


def told_data(principal: Principal, kind: str, data: Data) -> Data:
    """What of an event's data the caller is told: nobody the settings of an inbox, which hold secrets; a contact which
    fields of a message changed, and nothing else.
    """
    if principal.ref.kind == "contact":
        return {"changed": data["changed"]} if kind.startswith("message.") and "changed" in data else {}
    if kind in _OF_INBOX and "columns" in data:
        return {**data, "columns": {name: values for name, values in data["columns"].items() if name != "settings"}}
    return data


class Patterns:
    """Kinds asked for, as ``message.created`` or ``conversation.*``; none asks for all."""

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        """Raises InvalidValue for what is no kind."""
        if len(patterns) > MOST_PATTERNS:
            raise InvalidValue("types", f"types takes up to {MOST_PATTERNS} kinds")
        for one in patterns:
            if not _PATTERN.fullmatch(one):
                raise InvalidValue("types", f"types takes kinds as message.created or conversation.*, not {one[:100]!r}")
        self._all = not patterns or "*" in patterns
        self._kinds = frozenset(patterns)

    @classmethod
    def parse(cls, text: str) -> Patterns:
        """Of a list with commas. Raises InvalidValue."""
        return cls([one.strip() for one in text.split(",") if one.strip()])

    def match(self, kind: str) -> bool:
        return self._all or kind in self._kinds or f"{kind.partition('.')[0]}.*" in self._kinds
