"""How a search query is read."""

from __future__ import annotations

import pytest

from parley.domain.problems import InvalidValue
from parley.domain.searches import Query, parse


@pytest.mark.parametrize(
    ("text", "terms", "fields"),
    [
        ("", (), ()),
        ("  parcel  late ", ("parcel", "late"), ()),
        ('"late parcel" now', ("late parcel", "now"), ()),
        ('"" " "', (), ()),
        ('un"closed', ("un", "closed"), ()),
        ("a a", ("a",), ()),
        ("state:open parcel", ("parcel",), (("state", "open"),)),
        ('stage.name:"on hold",new', (",new",), (("stage.name", "on hold"),)),
        ("https://example.org/x re: 12:30", ("https://example.org/x", "re:", "12:30"), ()),
        ('"state:open"', ("state:open",), ()),
        ("a\x1fb\x00c\ud800d", ("a", "b", "c", "d"), ()),
        ("é" * 60, ("é" * 50,), ()),
        ("state:" + "x" * 60, (), (("state", "x" * 60),)),
    ],
)
def test_words_phrases_and_filters(text: str, terms: tuple[str, ...], fields: tuple[tuple[str, str], ...]) -> None:
    assert parse(text) == Query(terms, fields)


def test_a_query_has_an_end() -> None:
    assert len(parse(" ".join(map(str, range(20)))).terms) == 20
    with pytest.raises(InvalidValue):
        parse(" ".join(map(str, range(21))))
