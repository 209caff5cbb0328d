"""The DevRev face's decoding without a server: ids, times, queries, and what makes two requests the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.devrev import dates, dons
from parley.devrev.decode import decode_export, decode_list
from parley.devrev.filters import EXPORT, FILTERS, LIST
from parley.devrev.query import read_query, split
from parley.domain.problems import InvalidId, InvalidValue, UnexpectedIdType

NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


def parse(text: str, *allowed: str) -> dons.Id:
    return dons.parse(text, field="f", slug="acme", allowed=allowed or tuple(dons.KINDS))


# ---- ids


@given(st.sampled_from(sorted(dons.KINDS)), st.integers(0, 2**63 - 1))
def test_every_id_that_we_show_is_understood(kind: str, number: int) -> None:
    assert parse(dons.Dons("acme").don(kind, number)) == (kind, number)
    assert parse(dons.display_id(kind, number)) == (kind, number)


def test_kinds_cannot_be_mistaken() -> None:
    kinds = dons.KINDS.values()
    assert len({kind.word for kind in kinds}) == len({kind.prefix for kind in kinds}) == len(kinds)


def test_the_display_ids_of_the_ledger_are_ours() -> None:
    ledger = (Path(__file__).resolve().parents[2] / "parley/devrev/README.md").read_text()
    told = ledger.partition("**Display ids**")[2].partition("\n* ")[0]
    prefixes = re.findall(r"`([A-Z]+)-`", told)
    assert len(prefixes) > 10
    for prefix in prefixes:
        assert dons.display_id(parse(f"{prefix}-7").type, 7) == f"{prefix}-7"


@pytest.mark.parametrize("text", ["REV-AbCdEfGh", "DEVU-99999999999999999999", "DEVU-007", "don:identity:dvrv-us-1:devo/acme:svcacc/gG88A"])
def test_well_formed_ids_of_others_name_nobody(text: str) -> None:
    assert parse(text).number == dons.NOBODY


def test_nested_dons_name_their_last_part() -> None:
    assert parse("don:identity:dvrv-us-1:devo/acme:revo/UB1pKcIa:revu/7") == ("rev_user", 7)
    assert parse("don:core:dvrv-us-1:devo/acme:conversation/172:comment/9") == ("timeline_comment", 9)


@pytest.mark.parametrize(
    "text",
    [
        "", "7", "CONV", "CONV-", "conv-7", "XYZ-7", "CONV-7 ", "CONV--7", "CONV-7\n", "DEVU-٣",
        "don:core:dvrv-us-1:devo/acme", "don:core:dvrv-us-1:devo/acme:", "don:core:dvrv-us-1:devo/acme:tag/",
        "don:core:dvrv-us-1:devo/acme:nothing/7", "don:core:dvrv-us-1:devo/globex:tag/7", "don:core:dvrv-in-1:devo/acme:tag/7",
        "don:identity:dvrv-us-1:devo/acme:tag/7", "don:core:dvrv-us-1:devo/acme:devu/7", "DON:core:dvrv-us-1:devo/acme:tag/7",
    ],
)  # fmt: skip
def test_what_is_no_id_of_ours_is_refused(text: str) -> None:
    with pytest.raises(InvalidId):
        parse(text)


def test_an_id_of_another_kind_is_named_with_the_kinds_allowed() -> None:
    with pytest.raises(UnexpectedIdType) as refused:
        parse("TAG-7", "group", "brand")
    assert (refused.value.field, refused.value.value, refused.value.allowed) == ("f", "TAG-7", ("group", "brand"))


# ---- times


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_that_we_show_bounds_itself(moment: datetime) -> None:
    text = dates.show(moment)
    assert len(text) in (24, 27)
    assert (len(text) == 27) == bool(moment.microsecond % 1000)
    assert dates.lower_bound(text, "f") <= moment <= dates.upper_bound(text, "f")


@pytest.mark.parametrize(
    ("text", "lower", "upper"),
    [
        ("2025-06-15T12:00:00Z", 0, 999),
        ("2025-06-15t12:00:00z", 0, 999),
        ("2025-06-15 12:00:00", 0, 999),
        ("2025-06-15T14:00:00.0+02:00", 0, 999),
        ("2025-06-15T12:00:00.001Z", 1000, 1999),
        ("2025-06-15T12:00:00.0010Z", 1000, 1000),
        ("2025-06-15T12:00:00.000001Z", 1, 1),
        ("2025-06-15T12:00:00.0000010Z", 1, 1),
        ("2025-06-15T12:00:00.0000015Z", 2, 1),
    ],
)
def test_bounds_cover_what_their_digits_say(text: str, lower: int, upper: int) -> None:
    assert dates.lower_bound(text, "f") == NOW + timedelta(microseconds=lower)
    assert dates.upper_bound(text, "f") == NOW + timedelta(microseconds=upper)


@pytest.mark.parametrize(
    "text",
    ["", "now", "2025-06-15", "2025-13-01T00:00:00Z", "2025-06-15T25:00:00Z", "2025-06-15T12:00Z", "1750000000", "٢025-06-15T12:00:00Z"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        dates.lower_bound(text, "f")


@pytest.mark.parametrize("days", [0, 1, 10**6, 2**32 - 1])
def test_presets_reach_to_the_ends_of_time(days: int) -> None:
    last, following = dates.Preset("last_n_days", days).range(NOW), dates.Preset("next_n_days", days).range(NOW)
    assert last.after is not None
    assert following.before is not None
    assert last.after <= NOW == last.before
    assert following.after == NOW <= following.before


# ---- queries


@given(st.lists(st.text(st.characters(exclude_characters='",'), min_size=1)))
def test_items_survive_bare_and_quoted(items: list[str]) -> None:
    assert split(",".join(items)) == items
    assert split(",".join(f'"{item}"' for item in items)) == items


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        (",", ["", ""]),
        ('"a,b",c', ["a,b", "c"]),
        ('"say "hi" you",x', ['say "hi" you', "x"]),
        ('""', [""]),
        ('"open', ['"open']),
    ],
)
def test_odd_lists(text: str, items: list[str]) -> None:
    assert split(text) == items


def test_dots_nest_and_scalars_are_typed() -> None:
    query = b"modified_date.after=2025-01-01T00%3A00%3A00Z&stage.name=new,hold&is_spam=true&limit=5&cursor=%22abc%22&tags_v2.id=TAG-1"
    assert read_query(query) == {
        "modified_date": {"after": "2025-01-01T00:00:00Z"},
        "stage": {"name": ["new", "hold"]},
        "is_spam": True,
        "limit": 5,
        "cursor": "abc",
        "tags_v2": [{"id": "TAG-1"}],
    }


# ---- one request, many spellings


def digest(body: Any) -> bytes:
    return decode_list(json.dumps(body).encode(), "acme").digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"state": ["open", "closed"]}, {"state": ["closed", "open", "closed"]}),
        ({"owned_by": ["DEVU-1"]}, {"owned_by": ["don:identity:dvrv-us-1:devo/acme:devu/1"]}),
        ({"rev_org": ["REV-1"], "rev_orgs": ["REV-2"]}, {"rev_orgs": ["REV-1", "REV-2"]}),
        ({}, {"state": [], "stage": {}, "modified_date": {}, "sla_summary": {"stage": []}, "custom_fields": {"tnt__x": []}}),
        ({}, {"limit": 3, "mode": "before", "cursor": "x", "sort_by": ["modified_date:desc"]}),
        ({"modified_date": {"after": "2025-01-01T00:00:00Z"}}, {"modified_date": {"after": "2025-01-01T01:00:00.000+01:00"}}),
    ],
)
def test_two_spellings_share_their_cursors(one: Any, other: Any) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"state": ["open"]}),
        ({"tags": ["TAG-1"]}, {"tags_v2": [{"id": "TAG-1"}]}),
        ({"channels": ["CHAN-1"]}, {"source_channel_v2": ["CHAN-1"]}),
        ({"members": ["SVCACC-1"]}, {"members": ["SYSU-1"]}),
        ({}, {"sort_by": ["created_date:desc"]}),
        ({"is_spam": False}, {}),
        ({"modified_date": {"before": "2025-01-01T00:00:00Z"}}, {"modified_date": {"before": "2025-01-01T00:00:00.000000Z"}}),
        (
            {"actual_close_date": {"type": "preset", "preset_type": "last_n_days", "days": 1}},
            {"actual_close_date": {"type": "preset", "preset_type": "next_n_days", "days": 1}},
        ),
    ],
)
def test_two_requests_do_not(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


def test_first_wins_over_its_alias() -> None:
    assert decode_export(b'{"first": 3, "limit": 9}', "acme").limit == 3
    assert decode_export(b'{"limit": 9}', "acme").limit == 9
    assert decode_export(b"{}", "acme").limit == 50


def test_the_fields_are_those_of_the_official_spec(shared: Any) -> None:
    schema = json.loads((shared / "contracts/devrev/jsonschema-2026-01-beta.json").read_text())["$defs"]
    official = {name: set(schema[f"conversations-{name}-request"]["properties"]) for name in ("list", "export")}
    assert set(LIST) - official["list"] == {"sort_by"}
    assert set(EXPORT) - official["export"] == {"cursor", "limit"}
    assert official["list"] - set(LIST) == official["export"] - set(EXPORT) == set()
    assert set(FILTERS) <= official["list"]
