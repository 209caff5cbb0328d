"""Every filter of conversations.list and .export against a model in Python, alone, together, over POST and over GET."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import devrev_model as model
from . import devrev_world
from .conftest import Live

Ask = Callable[..., list[int]]
NOT_ON_GET = {"actual_close_date"}
QUIET = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database))


@pytest.fixture(scope="module")
def client(live: Live, world: devrev_world.World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, headers={"Authorization": world.tokens["ada"]}, timeout=30) as client:
        yield client


@pytest.fixture
def ask(client: httpx.Client) -> Ask:
    """The numbers of a POST's answer, or of the list's where no path is given."""

    def post(body: dict[str, Any], path: str = "conversations.list", **size: int) -> list[int]:
        answer = client.post(f"/{path}", json=body | (size or {"limit": 1000}))
        assert answer.status_code == 200, answer.text
        return [model.number(one["id"]) for one in answer.json()["conversations"]]

    return post


@pytest.mark.parametrize("key", model.ASK)
def test_each_filter_alone_agrees_with_the_model(key: str, ask: Ask, world: devrev_world.World) -> None:
    @settings(QUIET, max_examples=15)
    @given(model.ASK[key])
    def check(value: Any) -> None:
        assert ask({key: value}) == model.wanted(world.facts, {key: value})

    check()


@pytest.mark.parametrize("key", model.ASK)
def test_each_filter_can_tell_conversations_apart(key: str, world: devrev_world.World) -> None:
    """Guards the test above: a filter that never matches, or always does, would prove nothing."""
    sizes = set()

    @settings(QUIET, max_examples=60, database=None)
    @given(model.ASK[key])
    def check(value: Any) -> None:
        sizes.add(len(model.wanted(world.facts, {key: value})))

    check()
    assert any(0 < size < len(world.facts) for size in sizes)


@QUIET
@given(asked=model.REQUESTS)
def test_filters_together_are_joined_by_and(asked: dict[str, Any], ask: Ask, world: devrev_world.World) -> None:
    assert ask(asked) == model.wanted(world.facts, asked)


@settings(QUIET, max_examples=15)
@given(asked=model.EVERYTHING)
def test_all_filters_at_once_are_understood(asked: dict[str, Any], ask: Ask, world: devrev_world.World) -> None:
    del asked["rev_org"], asked["source_channel"]
    assert ask(asked) == model.wanted(world.facts, asked)
    assert ask(asked, "conversations.export", first=5000) == model.wanted(world.facts, asked)


def test_all_filters_at_once_find_the_conversation_that_has_it_all(ask: Ask, world: devrev_world.World) -> None:
    everything = {
        "account": ["ACC-1"],
        "actual_close_date": {"type": "preset", "preset_type": "next_n_days", "days": 1},
        "applies_to_parts": ["FEAT-2"],
        "brand": ["BRAND-1"],
        "channels": ["CHAN-2"],
        "custom_fields": {"tnt__tier": ["gold"], "ctype__blocking": [True], "tnt__langs": ["en"]},
        "group": ["GROUP-1"],
        "is_creator_verified": True,
        "is_frozen": True,
        "is_spam": False,
        "members": ["REVU-2"],
        "modified_date": {"after": model._plain(devrev_world.NOW, 0)},
        "owned_by": ["DEVU-2"],
        "owned_by_agent": ["AGENT-7"],
        "rev_org": ["REV-1"],
        "rev_orgs": ["REV-2"],
        "sla_summary": {"stage": ["warning"], "target_time": {"type": "preset", "preset_type": "next_n_days", "days": 2}},
        "source_channel": ["email"],
        "source_channel_v2": ["CHAN-1"],
        "source_channels": ["fax"],
        "stage": {"name": ["triage"], "stages": ["STAGE-100"]},
        "state": ["open"],
        "subtype": ["bug_report"],
        "tags": ["TAG-1"],
        "tags_v2": [{"id": "TAG-2", "value": "pro"}],
    }
    assert everything.keys() == model.ASK.keys()
    assert ask(everything) == [1]
    assert ask(everything, "conversations.export", first=10) == [1]


@QUIET
@given(asked=model.REQUESTS, quoted=st.booleans())
def test_get_asks_the_same_as_post(asked: dict[str, Any], quoted: bool, client: httpx.Client, world: devrev_world.World) -> None:
    asked = {key: value for key, value in asked.items() if key not in NOT_ON_GET}
    asked.get("sla_summary", {}).pop("target_time", None)
    asked = {key: value[:1] if key == "tags_v2" else value for key, value in asked.items()}
    asked = {key: value for key, value in asked.items() if value not in ({}, [], [{}])}
    for path, size in (("conversations.list", "limit=1000"), ("conversations.export", "first=5000")):
        answer = client.get(f"/{path}?{size}&{query(asked, quoted)}")
        assert answer.status_code == 200, answer.text
        assert [model.number(one["id"]) for one in answer.json()["conversations"]] == model.wanted(world.facts, asked)


def query(asked: dict[str, Any], quoted: bool) -> str:
    """The request as a query string, in the spelling of the official TypeScript SDK (quoted) or bare."""

    def items(values: list[Any]) -> str:
        texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        if quoted or any("," in text or '"' in text for text in texts):
            texts = [f'"{text}"' for text in texts]
        return quote(",".join(texts))

    parts = []
    for key, value in asked.items():
        if key == "custom_fields":
            parts += [f"custom_fields[{name}][{i}]={quote(str(v))}" for name, values in value.items() for i, v in enumerate(spell(values))]
        elif key == "tags_v2":
            parts += [f"tags_v2.{inner}={quote(text)}" for inner, text in value[0].items()]
        elif isinstance(value, dict):
            parts += [f"{key}.{inner}={items(v) if isinstance(v, list) else quote(v)}" for inner, v in value.items()]
        else:
            parts.append(f"{key}={items(value) if isinstance(value, list) else str(value).lower()}")
    return "&".join(parts)


def spell(values: list[Any]) -> list[str]:
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


@pytest.mark.parametrize(
    "spelling",
    [
        "owned_by=DEVU-1,DEVU-2",
        "owned_by=%22DEVU-1%22,%22DEVU-2%22",
        'owned_by="DEVU-1"&owned_by="DEVU-2"',
        "owned_by[]=DEVU-1&owned_by[]=DEVU-2",
        "owned_by[0]=DEVU-1&owned_by[1]=DEVU-2",
        "owned_by=" + quote(devrev_world.don("devu/1", "identity")) + ",DEVU-2,DEVU-2",
    ],
)
def test_every_spelling_of_a_list_in_a_query(spelling: str, client: httpx.Client, world: devrev_world.World) -> None:
    answer = client.get(f"/conversations.list?limit=1000&{spelling}")
    assert [model.number(one["id"]) for one in answer.json()["conversations"]] == model.wanted(
        world.facts, {"owned_by": ["DEVU-1", "DEVU-2"]}
    )


@pytest.mark.parametrize(
    "spelling", ["custom_fields[tnt__tier]=gold", "custom_fields.tnt__tier=gold", 'custom_fields={"tnt__tier":["gold"]}']
)
def test_every_spelling_of_custom_fields_in_a_query(spelling: str, client: httpx.Client, world: devrev_world.World) -> None:
    answer = client.get(f"/conversations.list?limit=1000&{spelling}")
    assert [model.number(one["id"]) for one in answer.json()["conversations"]] == model.wanted(
        world.facts, {"custom_fields": {"tnt__tier": ["gold"]}}
    )


def test_deprecated_spellings_join_their_successors(ask: Ask, world: devrev_world.World) -> None:
    both = ask({"rev_org": ["REV-1"], "rev_orgs": ["REV-2"]})
    assert both == model.wanted(world.facts, {"rev_orgs": ["REV-1", "REV-2"]})
    both = ask({"source_channel": ["email"], "source_channels": ["slack"]})
    assert both == model.wanted(world.facts, {"source_channels": ["email", "slack"]})


@pytest.mark.parametrize("asked", [{key: []} for key in ("owned_by", "state", "tags_v2")] + [{"stage": {}}, {"stage": {"name": []}}])
def test_an_empty_list_asks_nothing(asked: dict[str, Any], ask: Ask, world: devrev_world.World) -> None:
    assert ask(asked) == model.wanted(world.facts, {})


def test_ids_that_name_nothing_match_nothing(ask: Ask) -> None:
    for asked in (
        {"rev_orgs": ["REV-AbCdEfGh"]},
        {"owned_by": ["DEVU-99999999999999999999999"]},
        {"members": [devrev_world.don("revo/x:revu/77", "identity")]},
        {"tags": ["TAG-007"]},
        {"applies_to_parts": ["FEAT-1", "PROD-2"]},
        {"owned_by": ["SVCACC-2", "SYSU-1"]},
    ):
        assert ask(asked) == []


def test_a_range_without_bounds_finds_what_has_the_date(ask: Ask, world: devrev_world.World) -> None:
    closed = [number for number in model.wanted(world.facts, {}) if world.facts[number].closed_at is not None]
    assert 0 < len(closed) < len(world.facts)
    assert ask({"actual_close_date": {"type": "range"}}) == closed


@pytest.mark.parametrize(("path", "size"), [("conversations.list", "limit"), ("conversations.export", "first")])
@pytest.mark.parametrize(
    "asked",
    [
        {"account": ["ACC-1"]},
        {"owned_by_agent": ["AGENT-7"]},
        {"custom_fields": {"tnt__tier": ["gold"]}},
        {"subtype": ["billing"]},
        {"stage": {"stages": ["STAGE-100"]}},
    ],
)
def test_the_scope_changes_no_filter(path: str, size: str, asked: dict[str, Any], client: httpx.Client, world: devrev_world.World) -> None:
    expected = model.wanted(world.facts, asked)
    assert 0 < len(expected) < len(world.facts)
    for headers in ({}, {"X-Devrev-Scope": "beta"}):
        answer = client.post(f"/{path}", json=asked | {size: 1000}, headers=headers)
        assert [model.number(one["id"]) for one in answer.json()["conversations"]] == expected


def test_a_contact_nested_in_its_workspace_is_that_contact(ask: Ask, world: devrev_world.World) -> None:
    assert ask({"members": [devrev_world.don("revo/UB1pKcIa:revu/1", "identity")]}) == model.wanted(world.facts, {"members": ["REVU-1"]})


def test_a_bound_in_milliseconds_covers_its_millisecond(ask: Ask) -> None:
    """Conversation 1 was modified at .123456."""
    hour = (devrev_world.NOW + timedelta(hours=2)).isoformat().replace("+00:00", "")
    for before, found in ((".123Z", True), (".123456Z", True), (".123455Z", False), (".122Z", False), (".1234559Z", False)):
        asked = {"modified_date": {"after": f"{hour}.123Z", "before": f"{hour}{before}"}}
        assert (1 in ask(asked)) is found, before
    assert 1 in ask({"modified_date": {"after": f"{hour}.123456Z"}})
    assert 1 not in ask({"modified_date": {"after": f"{hour}.1234561Z"}})


def test_times_in_any_zone(ask: Ask, world: devrev_world.World) -> None:
    moment = devrev_world.NOW
    for text in (moment.isoformat(), moment.astimezone(timezone(timedelta(hours=-9, minutes=-30))).isoformat()):
        assert ask({"modified_date": {"after": text}}) == model.wanted(world.facts, {"modified_date": {"after": model._plain(moment, 6)}})


@pytest.mark.parametrize("bounds", [{"after": "0001-01-01T00:00:00+14:00"}, {"before": "9999-12-31T23:59:59.999-14:00"}])
def test_bounds_at_the_ends_of_time(bounds: dict[str, str], ask: Ask, world: devrev_world.World) -> None:
    assert len(ask({"modified_date": bounds})) == len(world.facts)
