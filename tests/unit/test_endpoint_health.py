"""When a delivery is tried again, and when an endpoint is paused."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import accumulate

import pytest

from parley.domain.endpoint_health import Health, Outcome, after, retry_after, retry_in
from parley.jobs.posting import RETRY_S
from parley.server.config import SETTINGS, read_waits

BAD, FINE, PROBE = Outcome("answered 500", 500), Outcome(None, 200), Outcome("answered 500", 500, is_probe=True)


def test_the_schedule_is_standard_webhooks_over_about_three_days() -> None:
    waits = [retry_in(RETRY_S, failures, None, 0.5) for failures in range(1, 11)]
    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400, None]
    assert 3 * 86400 < list(accumulate(RETRY_S))[-1] < 3.5 * 86400


def test_the_setting_has_the_same_schedule() -> None:
    (setting,) = (one for one in SETTINGS if one.name == "webhook_retry_s")
    assert read_waits(setting.default) == RETRY_S


@pytest.mark.parametrize("value", ["", "5,", "0", "-1", "a", "1000000"])
def test_a_schedule_that_cannot_be_is_refused(value: str) -> None:
    (setting,) = (one for one in SETTINGS if one.name == "webhook_retry_s")
    with pytest.raises(ValueError, match=r"must be|could not convert"):
        setting.parse(value)


@pytest.mark.parametrize(("dice", "wait"), [(0.0, 4.0), (0.5, 5.0), (1.0, 6.0)])
def test_jitter_is_a_fifth(dice: float, wait: float) -> None:
    assert retry_in(RETRY_S, 1, None, dice) == pytest.approx(wait)


def test_who_asks_for_more_time_gets_it_and_who_asks_for_less_does_not() -> None:
    assert retry_in(RETRY_S, 1, 100.0, 0.5) == 100.0
    assert retry_in(RETRY_S, 2, 1.0, 0.5) == 300.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("999999999999", 86400.0),
        ("Mon, 01 Jun 2026 12:02:00 GMT", 120.0),
        ("Mon, 01 Jun 2026 11:00:00 GMT", 0.0),
        ("Mon, 01 Jun 2099 12:00:00 GMT", 86400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("\u0661", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, datetime(2026, 6, 1, 12, tzinfo=UTC)) == seconds


def test_ten_failures_in_a_row_pause_and_each_probe_that_fails_doubles_it_up_to_an_hour() -> None:
    health = after(Health(), [BAD] * 9)
    assert (health.failures, health.pause_s) == (9, None)
    health = after(health, [BAD])
    assert (health.pauses, health.pause_s) == (1, 60.0)
    assert after(health, [BAD] * 5).pause_s == 60.0, "those that were under way do not lengthen the pause"
    pauses = []
    for _ in range(8):
        health = after(health, [PROBE])
        pauses.append(health.pause_s)
    assert pauses == [120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_success_ends_all_that_and_failures_before_it_do_not_count() -> None:
    assert after(Health(12, 3, 100.0, "answered 500"), [FINE]) == Health()
    assert after(Health(9), [FINE, *[BAD] * 9]).pause_s is None


def test_who_is_busy_is_left_alone_for_as_long_as_it_asks() -> None:
    health = after(Health(), [Outcome("answered 429", 429, 30.0)])
    assert (health.failures, health.pause_s) == (1, 30.0)
    assert after(Health(), [Outcome("answered 500", 500, 30.0)]).pause_s is None
