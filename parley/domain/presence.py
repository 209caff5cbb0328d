"""Who is there now: whoever was heard of a short while ago over a live connection."""

from __future__ import annotations

from datetime import datetime, timedelta

# As in the original, with two seconds more: clients of users tell every 20 s, and are not to flicker.
USER_WINDOW = timedelta(seconds=22)
CONTACT_WINDOW = timedelta(seconds=90)


def is_user_present(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is not None and seen_at > now - USER_WINDOW


def is_contact_present(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is not None and seen_at > now - CONTACT_WINDOW


def shown_availability(availability: str, *, auto_offline: bool, seen_at: datetime | None, now: datetime) -> str:
    """What others see of a user: what they chose, unless that follows presence and they are not there."""
    return "offline" if auto_offline and not is_user_present(seen_at, now) else availability
