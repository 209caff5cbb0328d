"""What a list's query string asks (contract 1.2, 1.3). Unknown parameters are ignored, as in the original.

A value that cannot be understood is refused by name, where the original guesses or shows an empty page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from ..domain.filters import ConversationFilter
from ..domain.principals import Principal
from ..domain.problems import InvalidEnumValue, InvalidValue
from ..domain.stages import STATUSES
from ..store.order import PAGE_ORDERS, Order
from .parameters import BIGINT, Parameters, identifier

Assignee = Literal["me", "unassigned", "assigned"]
ASSIGNEES = ("me", "unassigned", "assigned", "all")
CONVERSATION_TYPES = ("mention", "participating", "unattended")
# The original's enum integers.
STATUS_NUMBERS = {"0": "open", "1": "resolved", "2": "pending", "3": "snoozed"}
SORT_ALIASES = {
    "latest": "last_activity_at_desc",
    "sort_on_created_at": "created_at_asc",
    "sort_on_priority": "priority_desc",
    "sort_on_waiting_since": "waiting_since_asc",
}
DEFAULT_SORT = "last_activity_at_desc"
NOBODY = 0
_THE_PAST = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A decoded request. ``page`` counts from 1; ``whole`` asks for every match at once (updated_within)."""

    filter: ConversationFilter
    order: Order
    page: int
    whole: bool
    team_id: int | None


def decode(query: bytes, caller: Principal, now: datetime, page_size: int) -> Asked:
    """Raises BadInput for a value that cannot be understood."""
    given = Parameters(query)
    team_id = _team_id(given)
    modified_after = _modified_after(given, now)
    asked = ConversationFilter(
        statuses=_statuses(given),
        inbox_ids=_inbox_ids(given),
        team_ids=None if team_id is None else (team_id,),
        tag_names=_labels(given),
        message_text=given.text("q"),
        contact_point_source=_source_id(given),
        assignee=_assignee(given),
        modified_after=modified_after,
    )
    return Asked(
        filter=_of_type(asked, given, caller),
        order=PAGE_ORDERS[_sort(given)],
        page=_page(given, page_size),
        whole=modified_after is not None,
        team_id=team_id,
    )


def _statuses(given: Parameters) -> tuple[str, ...] | None:
    """Open by default; everything under ``q``. Inside a list the original knows no ``all``: it matches nothing."""
    if "q" in given:
        return None
    if "status" not in given:
        return ("open",)
    values = given.values("status")
    if "status" not in given.lists and values == ["all"]:
        return None
    return tuple(_status(value) for value in values if value != "all")


def _status(value: str) -> str:
    return STATUS_NUMBERS.get(value) or _one_of("status", value, (*STATUSES, "all"))


def _inbox_ids(given: Parameters) -> tuple[int, ...] | None:
    if "inbox_id" not in given:
        return None
    return tuple(identifier("inbox_id", value) for value in given.values("inbox_id"))


def _team_id(given: Parameters) -> int | None:
    text = given.text("team_id")
    return None if text is None else identifier("team_id", text)


# A quoted tag may hold commas, as acts-as-taggable reads it.
_QUOTED = (re.compile(r'(\A|,)\s*"(.*?)"\s*(?=,\s*|\Z)'), re.compile(r"(\A|,)\s*'(.*?)'\s*(?=,\s*|\Z)"))


def _labels(given: Parameters) -> tuple[str, ...] | None:
    """``labels[]=a&labels[]=b``, ``labels=a,b``, or ``labels=a&labels=b`` as clients made from the reference send it."""
    if "labels" not in given:
        return None
    names = _split_labels(", ".join(given.values("labels") if "labels" in given.lists else given.all_values("labels")))
    if not names:
        raise InvalidValue("labels", "labels names no label")
    return tuple(dict.fromkeys(names))


def _split_labels(text: str) -> list[str]:
    names: list[str] = []
    for pattern in _QUOTED:
        names += [match[2] for match in pattern.finditer(text)]
        text = pattern.sub("", text)
    return [name.strip() for name in [*names, *text.split(",")] if name.strip()]


def _source_id(given: Parameters) -> str | None:
    text = given.text("source_id")
    if text == "":
        raise InvalidValue("source_id", "source_id is empty")
    return text


def _assignee(given: Parameters) -> Assignee | None:
    text = given.text("assignee_type")
    if text is None or _one_of("assignee_type", text, ASSIGNEES) == "all":
        return None
    return cast(Assignee, text)


def _of_type(asked: ConversationFilter, given: Parameters, caller: Principal) -> ConversationFilter:
    """Mentions and participation are of users: a contact has none."""
    text = given.text("conversation_type")
    if text is None:
        return asked
    me = NOBODY if caller.user_id is None else caller.user_id
    if _one_of("conversation_type", text, CONVERSATION_TYPES) == "mention":
        return replace(asked, mentioned_user_id=me)
    if text == "unattended":
        return replace(asked, unattended=True)
    # Participating replaces the inbox too, as in the original (contract 1.2).
    return replace(asked, participant_user_id=me, inbox_ids=None)


def _sort(given: Parameters) -> str:
    text = given.text("sort_by")
    if text is None:
        return DEFAULT_SORT
    return SORT_ALIASES.get(text) or _one_of("sort_by", text, (*PAGE_ORDERS, *SORT_ALIASES))


def _page(given: Parameters, page_size: int) -> int:
    page = given.number("page")
    if page is None:
        return 1
    if not 1 <= page <= BIGINT // page_size:
        raise InvalidValue("page", f"page must be from 1 to {BIGINT // page_size}")
    return page


def _modified_after(given: Parameters, now: datetime) -> datetime | None:
    seconds = given.number("updated_within")
    if seconds is None:
        return None
    return now - timedelta(seconds=seconds) if seconds < (now - _THE_PAST).total_seconds() else _THE_PAST


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidEnumValue(name, value, allowed)
    return value
