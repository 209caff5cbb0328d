"""What a signed link says, whoever altered it, and when it is too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from parley.domain.problems import Forbidden, NotFound
from parley.domain.signed_links import Announced, File, Links

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LINKS, OTHERS = Links(b"k" * 32), Links(b"o" * 32)
FILE = File(3, 14, 1)
ANNOUNCED = Announced(5, "XUFAKrxLKna5cZ2REBfFkg==", 'text/plain; name="ü&="')


def test_a_direct_upload_is_what_was_announced() -> None:
    place = urlsplit(LINKS.direct_path(FILE, ANNOUNCED, NOW))
    key, query = place.path.removeprefix("/uploads/"), dict(parse_qsl(place.query))
    assert LINKS.check_direct(key, query, NOW + timedelta(minutes=59)) == (FILE, ANNOUNCED)
    with pytest.raises(Forbidden):
        LINKS.check_direct(key, query, NOW + timedelta(minutes=61))
    for name in query:
        with pytest.raises(NotFound):
            LINKS.check_direct(key, query | {name: query[name] + "0"}, NOW)
    for wrong in ("3/15/1", "3/14/2", "4/14/1"):
        with pytest.raises(NotFound):
            LINKS.check_direct(wrong, query, NOW)
    with pytest.raises(NotFound):
        OTHERS.check_direct(key, query, NOW)


def test_a_signed_id_names_one_file() -> None:
    name = LINKS.signed_id(FILE)
    assert LINKS.check_signed_id(name) == FILE
    place, _, signed = name.partition("--")
    for wrong in ("", "--", place, f"{place}--", f"{place}--{signed}0", f"--{signed}", f"!!--{signed}", f"ü--{signed}", f"/w==--{signed}"):
        with pytest.raises(NotFound):
            LINKS.check_signed_id(wrong)
    with pytest.raises(NotFound):
        OTHERS.check_signed_id(name)


def test_links_of_one_kind_open_no_other() -> None:
    place = dict(parse_qsl(urlsplit(LINKS.direct_path(FILE, ANNOUNCED, NOW)).query))
    with pytest.raises(NotFound):
        LINKS.check_download(FILE.key, place["expires"], place["signature"], NOW)
