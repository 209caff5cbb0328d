"""How an endpoint is doing, and when a delivery that failed is tried again. Times are seconds from now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_FAILURES = 10
"""So many in a row, and the endpoint is paused."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 60.0, 3600.0
_LONGEST_RETRY_AFTER_S = 86400.0
_BUSY = (429, 503)
GONE = 410
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. ``error`` is null where it counts as delivered; ``status`` is null without an answer.

    ``is_ailing``: the endpoint had failed before; ``is_probe``: it was paused, and this is the one that it is tried with.
    """

    error: str | None
    status: int | None = None
    retry_after_s: float | None = None
    is_ailing: bool = False
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """``failures`` and ``pauses`` are in a row; nothing is sent for ``pause_s``, null where it is not paused."""

    failures: int = 0
    pauses: int = 0
    pause_s: float | None = None
    last_error: str | None = None
    is_disabled: bool = False


def after(health: Health, outcomes: Sequence[Outcome]) -> Health:
    """What the outcomes make of it, in their order: the first success ends a pause, failures in a row begin one."""
    for one in outcomes:
        health = Health(is_disabled=health.is_disabled) if one.error is None else _failed(health, one, one.error)
    return health


def _failed(health: Health, one: Outcome, error: str) -> Health:
    failures, pauses, pause_s = health.failures + 1, health.pauses, health.pause_s
    is_paused = pause_s is not None and pause_s > 0 and not one.is_probe
    if failures >= MOST_FAILURES and not is_paused:
        pauses += 1
        pause_s = min(_FIRST_PAUSE_S * 2 ** (pauses - 1), _LONGEST_PAUSE_S)
    elif one.is_probe:
        pause_s = _FIRST_PAUSE_S
    if one.status in _BUSY and one.retry_after_s:
        pause_s = max(pause_s or 0.0, one.retry_after_s)
    disabled = health.is_disabled or one.status == GONE
    return replace(health, failures=failures, pauses=pauses, pause_s=pause_s, last_error=error, is_disabled=disabled)


def retry_in(waits_s: Sequence[float], failures: int, retry_after_s: float | None, dice: float) -> float | None:
    """How long until the next attempt after so many failures, null when there is none. ``dice`` is from 0 to 1, for the jitter.

    An endpoint that asks for more time gets it; for less, it does not.
    """
    if failures > len(waits_s):
        return None
    wait = waits_s[failures - 1] * (1 - JITTER + 2 * JITTER * dice)
    return max(wait, retry_after_s or 0.0)


def retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, at most a day; null without one that can be read. RFC 9110, 10.2.3."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return min(float(value.strip()[:9]), _LONGEST_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_RETRY_AFTER_S)
