"""What macros and automation rules may do to a conversation, in Chatwoot's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .conversations import PRIORITIES
from .problems import InvalidValue
from .stages import STATUSES
from .webhooks import check_url

NOBODY = ("nil", "none", "null", "0", "")
"""How a client says that there is to be none."""
BY_THEMSELVES = {
    "mute_conversation", "resolve_conversation", "open_conversation", "pending_conversation", "snooze_conversation", "remove_assigned_team",
}  # fmt: skip
_WITH_ID = {"assign_agent", "assign_team", "add_sla"}
_WITH_TEXT = {"send_message", "add_private_note", "send_webhook_event", "change_status", "change_priority"}
_WITH_LABELS = {"add_label", "remove_label"}
NAMES = frozenset(BY_THEMSELVES | _WITH_ID | _WITH_TEXT | _WITH_LABELS)
NOT_YET = {
    "send_attachment": "files cannot be sent by a rule or a macro yet",
    "send_email_transcript": "this server sends no e-mail",
    "send_email_to_team": "this server sends no e-mail",
}
LONGEST_TEXT = 150_000


class DeskAction(NamedTuple):
    """One step; ``params`` as the client gave them."""

    name: str
    params: tuple[Any, ...]

    @property
    def text(self) -> str:
        """The first parameter; a whole number as its digits."""
        return "" if not self.params or self.params[0] is None else str(self.params[0])

    @property
    def is_number(self) -> bool:
        """Whether the text may be an id: other alphabets have digits that int() does not take."""
        return self.text.isascii() and self.text.isdigit() and len(self.text) < 19


def read_actions(given: Sequence[Mapping[str, Any]], owner: str) -> tuple[DeskAction, ...]:
    """Raises InvalidValue for ``actions`` that cannot be; ``owner`` is what has them, for the sentence."""
    names = [str(one.get("action_name") or "") for one in given]
    if unknown := [name or "without a name" for name in names if name not in NAMES and name not in NOT_YET]:
        raise InvalidValue("actions", f"{owner} actions {', '.join(unknown)} not supported.", allowed=sorted(NAMES))
    if refused := next((name for name in names if name in NOT_YET), None):
        raise InvalidValue("actions", f"{owner} actions {refused} not supported: {NOT_YET[refused]}.")
    return tuple(_checked(name, one.get("action_params"), owner) for name, one in zip(names, given, strict=True))


def _checked(name: str, params: Any, owner: str) -> DeskAction:
    one = DeskAction(name, tuple(params if isinstance(params, list) else [] if params is None else [params]))
    if any(isinstance(param, dict | list) for param in one.params):
        _refuse(one, owner, "takes texts and numbers")
    if name == "send_webhook_event":
        check_url(one.text, "actions")
    if name in _WITH_LABELS and not [label for label in one.params if str(label or "").strip()]:
        _refuse(one, owner, "takes labels")
    if name in ("send_message", "add_private_note") and not 1 <= len(one.text.strip()) <= LONGEST_TEXT:
        _refuse(one, owner, f"takes a text of 1 to {LONGEST_TEXT} characters")
    if name == "change_status" and one.text not in STATUSES:
        _refuse(one, owner, f"takes one of {', '.join(STATUSES)}")
    if name == "change_priority" and one.text not in (*PRIORITIES, *NOBODY):
        _refuse(one, owner, f"takes nil or one of {', '.join(PRIORITIES)}")
    if name in _WITH_ID and not _is_id(one):
        _refuse(one, owner, "takes a number")
    return one


def _is_id(one: DeskAction) -> bool:
    if one.name == "assign_agent" and one.text in ("self", "last_responding_agent"):
        return True
    return one.is_number or (one.name != "add_sla" and one.text in NOBODY)


def _refuse(one: DeskAction, owner: str, why: str) -> None:
    raise InvalidValue("actions", f"{owner} actions {one.name} {why}.")
