"""How large the batches of an import are."""

from __future__ import annotations

import pytest

from parley.transfer.pace import ENOUGH_S, Pace


def test_batches_grow_to_what_fits_and_no_further() -> None:
    pace, a_row_s = Pace(500), ENOUGH_S / 250
    for _ in range(6):
        pace.learn(pace.rows * a_row_s)
    assert pace.rows == pytest.approx(250, abs=2)
    for _ in range(6):
        pace.learn(0.0)
    assert pace.rows == 500


def test_batches_shrink_when_rows_become_dear_but_never_to_nothing() -> None:
    pace = Pace(500)
    for _ in range(9):
        pace.learn(0.0)
    pace.learn(2 * ENOUGH_S)
    assert pace.rows == 250
    for _ in range(9):
        pace.learn(100.0)
    assert pace.rows == 100


def test_a_small_limit_is_kept() -> None:
    pace = Pace(40)
    assert pace.rows == 40
    pace.learn(0.0)
    assert pace.rows == 40
