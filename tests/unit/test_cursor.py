"""Cursors: exact, opaque, and useless to anybody but their own walk."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.domain.problems import InvalidCursor
from parley.store import cursor

KEY = b"k" * 32
DIGEST = cursor.digest({"stage": ["new"]}, "modified_date:desc")
MOMENTS = st.integers(0, 7_000_000_000_000_000).map(cursor.moment)  # to the year 2191


def make(tenant_id: int = 7) -> str:
    position = cursor.Position.at(datetime(2025, 6, 1, 12, 0, 0, 123456, UTC), 42)
    return cursor.encode(cursor.Cursor(tenant_id, DIGEST, 5, position), KEY)


@given(MOMENTS, st.integers(1, 2**62))
def test_a_position_comes_back_to_the_microsecond(moment: datetime, number: int) -> None:
    text = cursor.encode(cursor.Cursor(7, DIGEST, 1, cursor.Position.at(moment, number)), KEY)
    back = cursor.decode(text, KEY, tenant_id=7, digest=DIGEST)
    assert (back.position.value, back.position.number) == (moment, number)


def test_every_single_altered_character_is_noticed() -> None:
    text = make()
    for place, character in enumerate(text):
        altered = text[:place] + ("A" if character != "A" else "B") + text[place + 1 :]
        with pytest.raises(InvalidCursor):
            cursor.decode(altered, KEY, tenant_id=7, digest=DIGEST)


@given(st.text(max_size=60))
def test_any_text_is_refused_or_a_cursor_never_a_crash(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursor.decode(text, KEY, tenant_id=7, digest=DIGEST)


@pytest.mark.parametrize(
    ("tenant_id", "digest", "key"),
    [(8, DIGEST, KEY), (7, cursor.digest({"stage": ["hold"]}, "modified_date:desc"), KEY), (7, DIGEST, b"x" * 32)],
    ids=["another tenant", "other filters", "another server"],
)
def test_it_fails_elsewhere(tenant_id: int, digest: bytes, key: bytes) -> None:
    with pytest.raises(InvalidCursor):
        cursor.decode(make(), key, tenant_id=tenant_id, digest=digest)


def test_it_is_opaque_about_order_of_keys() -> None:
    assert cursor.digest({"a": 1, "b": 2}) == cursor.digest({"b": 2, "a": 1})
    assert cursor.digest({"a": 1}) != cursor.digest({"a": 2})


def test_it_has_no_padding_and_stays_short() -> None:
    assert "=" not in make()
    assert len(base64.urlsafe_b64decode(make() + "==")) < 64
