"""sla-trackers.*: over HTTP, against the official document, and always as the conversation shows the same tracker."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

TRACKED = devrev_world.World("")


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database, frozen=2))
    TRACKED.facts.update({number: one for number, one in world.facts.items() if one.sla_stage is not None})
    return Devrev(live.url, world.tokens)


def run(dsn: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    async def fetch() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


def conversation(devrev: Devrev, number: int) -> dict[str, Any]:
    rows = devrev.call("conversations.list", {"limit": 1000})["conversations"]
    found: dict[str, Any] = next(one for one in rows if one["display_id"] == f"CONV-{number}")
    return found


def found(devrev: Devrev, who: str = "ada", **asked: Any) -> list[int]:
    """The numbers of the trackers, which are those of their conversations in this world."""
    rows = devrev.call("sla-trackers.list", {"limit": 1000, **asked}, who=who)["sla_trackers"]
    return [int(one["display_id"].partition("-")[2]) for one in rows]


def test_a_tracker_is_what_its_conversation_shows(devrev: Devrev) -> None:
    for number in (1, max(TRACKED.facts)):
        shown = conversation(devrev, number)["sla_summary"]["sla_tracker"]
        assert devrev.call("sla-trackers.get", {"id": f"SLAT-{number}"})["sla_tracker"] == shown
        assert devrev.get("sla-trackers.get", f"id={shown['id']}").json()["sla_tracker"] == shown


def test_stages_and_statuses(devrev: Devrev) -> None:
    assert found(devrev) == sorted(TRACKED.facts)
    for stages in (["warning"], ["breached", "paused"], ["nonsense"]):
        assert found(devrev, stage=stages) == sorted(n for n, one in TRACKED.facts.items() if one.sla_stage in stages)
    assert found(devrev, status=["miss"]) == sorted(TRACKED.facts)
    assert found(devrev, status=["hit", "in_progress", "nonsense"]) == []


def test_statuses_are_told_in_devrevs_words(devrev: Devrev, live: Live) -> None:
    numbers = sorted(TRACKED.facts)[-3:]
    for number, word in zip(numbers, ("active", "hit", "missed"), strict=True):
        run(live.dsn, "UPDATE sla_trackers SET status = $2 WHERE id = $1", number, word)
    assert [found(devrev, status=[word]) for word in ("in_progress", "hit")] == [[numbers[0]], [numbers[1]]]
    assert numbers[2] in found(devrev, status=["miss"])
    run(live.dsn, "UPDATE sla_trackers SET status = 'active_with_misses'")


def test_dates_order_and_pages(devrev: Devrev, live: Live) -> None:
    run(live.dsn, "UPDATE sla_trackers SET created_at = $1::timestamptz + id * interval '1 day'", devrev_world.NOW)
    one, two, three = sorted(TRACKED.facts)[:3]
    shown = {number: devrev.call("sla-trackers.get", {"id": f"SLAT-{number}"})["sla_tracker"] for number in (one, two, three)}
    bounds = {"after": shown[two]["created_date"], "before": shown[three]["created_date"]}
    assert found(devrev, created_date=bounds) == [two, three]
    assert found(devrev, created_date={"before": shown[one]["created_date"]}) == [one]
    answer = devrev.get("sla-trackers.list", f"created_date.before={shown[two]['created_date']}&stage=warning").json()
    assert [row["display_id"] for row in answer["sla_trackers"]] == [
        f"SLAT-{n}" for n in (one, two) if TRACKED.facts[n].sla_stage == "warning"
    ]
    run(live.dsn, "UPDATE sla_trackers SET updated_at = now() + interval '1 day' WHERE id = $1", two)
    latest = devrev.call("sla-trackers.get", {"id": f"SLAT-{two}"})["sla_tracker"]["modified_date"]
    assert found(devrev, modified_date={"after": latest}) == [two]
    assert found(devrev, sort_by=["modified_date:desc"])[0] == two
    assert found(devrev, sort_by=["created_date:desc"]) == sorted(TRACKED.facts, reverse=True)
    seen, body = [], {"limit": 7}
    while True:
        page = devrev.call("sla-trackers.list", body)
        seen += [row["display_id"] for row in page["sla_trackers"]]
        if "next_cursor" not in page:
            break
        body = {"limit": 7, "cursor": page["next_cursor"]}
    assert seen == [f"SLAT-{number}" for number in sorted(TRACKED.facts)]
    last = devrev.call("sla-trackers.list", {"limit": 2, "mode": "before"})
    assert [row["display_id"] for row in last["sla_trackers"]] == seen[-2:]
    before = devrev.call("sla-trackers.list", {"limit": 2, "mode": "before", "cursor": last["prev_cursor"]})
    assert [row["display_id"] for row in before["sla_trackers"]] == seen[-4:-2]


def test_an_agent_sees_the_trackers_of_the_conversations_that_he_sees(devrev: Devrev) -> None:
    mine = sorted(number for number, one in TRACKED.facts.items() if one.inbox_id == 1)
    other = next(number for number, one in TRACKED.facts.items() if one.inbox_id != 1)
    assert found(devrev, who="bob") == mine
    assert devrev.call("sla-trackers.get", {"id": f"SLAT-{mine[0]}"}, who="bob")["sla_tracker"]["display_id"] == f"SLAT-{mine[0]}"
    assert devrev.call("sla-trackers.get", {"id": f"SLAT-{other}"}, who="bob", expect=404)["type"] == "not_found"
    body = {"object": f"CONV-{other}", "metric": "METRIC-1"}
    assert devrev.call("sla-trackers.remove-metric", body, who="bob", expect=404)["type"] == "not_found"
    assert found(devrev, who="bot") == sorted(TRACKED.facts)
    assert found(devrev, who="globex") == []
    assert devrev.call("sla-trackers.get", {"id": "SLAT-1"}, who="globex", expect=404)["type"] == "not_found"
    for path, asked in (("get", {"id": "SLAT-1"}), ("list", {}), ("remove-metric", {"object": "CONV-1", "metric": "METRIC-1"})):
        assert devrev.call(f"sla-trackers.{path}", asked, who="contact", expect=403)["type"] == "forbidden"


def test_a_target_is_taken_off(devrev: Devrev, live: Live) -> None:
    body = {"object": "CONV-1", "metric": "METRIC-1"}
    told = devrev.call("sla-trackers.remove-metric", body, who="bob")["sla_tracker"]
    assert [one["metric_definition"]["name"] for one in told["metric_target_summaries"]] == ["Resolution"]
    gone = {one["metric_definition"]["name"]: one["removed_by"]["display_id"] for one in told["removed_sla_metric_history"]}
    assert gone == {"First response": "DEVU-2", "Next response": "DEVU-1"}
    assert (told["stage"], told["status"], told["modified_by"]["display_id"]) == ("completed", "miss", "DEVU-2")
    shown = conversation(devrev, 1)
    assert shown["sla_summary"]["sla_tracker"] == told
    assert shown["sla_summary"]["stage"] == "completed"
    assert "closest_to_breach_metric" not in shown["sla_summary"]
    # Again: no effect, whoever asks.
    assert devrev.call("sla-trackers.remove-metric", body)["sla_tracker"] == told
    events = "SELECT count(*) FROM events WHERE tenant_id = 1 AND kind = 'sla_tracker.updated'"
    assert run(live.dsn, events) == [(1,)]
    left = devrev.call("sla-trackers.remove-metric", {"object": "CONV-1", "metric": "METRIC-2"})["sla_tracker"]
    assert left["metric_target_summaries"] == []
    assert "stage" not in left
    assert len(left["removed_sla_metric_history"]) == 3


def test_the_next_target_is_the_closest_of_those_left(devrev: Devrev, live: Live) -> None:
    number = next(n for n, one in TRACKED.facts.items() if n > 2 and one.sla_stage == "breached")
    run(
        live.dsn,
        "INSERT INTO sla_metrics (tenant_id, tracker_id, metric_id, stage, target_at)"
        " VALUES (1, $1, 2, 'running', $2), (1, $1, 3, 'warning', $3)",
        number,
        devrev_world.NOW.replace(year=2080),
        devrev_world.NOW.replace(year=2079),
    )
    devrev.call("sla-trackers.remove-metric", {"object": f"CONV-{number}", "metric": "METRIC-1"})
    shown = conversation(devrev, number)["sla_summary"]
    assert (shown["closest_to_breach_metric"], shown["stage"], shown["target_time"][:4]) == ("Next response", "warning", "2079")
    assert number in found(devrev, stage=["warning"])
    listed = devrev.call("conversations.list", {"sla_summary": {"stage": ["warning"]}, "limit": 1000})["conversations"]
    assert f"CONV-{number}" in [one["display_id"] for one in listed]


def test_where_no_target_runs_the_paused_one_with_least_time_left_is_closest(devrev: Devrev, live: Live) -> None:
    number = next(n for n, one in TRACKED.facts.items() if n > 2 and one.sla_stage == "paused")
    run(
        live.dsn,
        "INSERT INTO sla_metrics (tenant_id, tracker_id, metric_id, stage, target_at, remaining_s)"
        " VALUES (1, $1, 2, 'completed', $2, 1), (1, $1, 3, 'paused', $3, 540)",
        number,
        devrev_world.NOW.replace(year=2078),
        devrev_world.NOW.replace(year=2079),
    )
    run(live.dsn, "UPDATE sla_trackers SET closest_metric_id = NULL WHERE tenant_id = 1 AND id = $1", number)
    shown = conversation(devrev, number)["sla_summary"]
    assert (shown["closest_to_breach_metric"], shown["remaining_time"]) == ("Next response", 9)
    run(live.dsn, "UPDATE sla_metrics SET remaining_s = 601 WHERE tenant_id = 1 AND tracker_id = $1 AND metric_id = 3", number)
    shown = conversation(devrev, number)["sla_summary"]
    assert (shown["closest_to_breach_metric"], shown["remaining_time"]) == ("First response", 10)


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("get", {}, 400, "missing_required_field", "id"),
        ("get", {"id": "SLA-1"}, 400, "unexpected_id_type", "id"),
        ("get", {"id": "SLAT-99999"}, 404, "not_found", None),
        ("get", {"id": "don:core:dvrv-us-1:devo/globex:sla_tracker/1"}, 400, "invalid_id", "id"),
        ("list", {"stage": "warning"}, 400, "unexpected_json_type", "stage"),
        ("list", {"created_date": {"since": "x"}}, 400, "invalid_field", "created_date.since"),
        ("list", {"modified_date": {"after": "x"}}, 400, "value_not_permitted", "modified_date.after"),
        ("list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
        ("remove-metric", {"object": "CONV-3"}, 400, "missing_required_field", "metric"),
        ("remove-metric", {"object": "CONV-99999", "metric": "METRIC-1"}, 404, "not_found", None),
        ("remove-metric", {"object": "TKT-1", "metric": "METRIC-1"}, 400, "invalid_id", "object"),
        ("remove-metric", {"object": "TAG-1", "metric": "METRIC-1"}, 400, "unexpected_id_type", "object"),
        ("remove-metric", {"object": "CONV-1", "metric": "METRIC-4"}, 400, "invalid_id", "metric"),
        ("remove-metric", {"object": "CONV-1", "metric": "METRIC-99999"}, 400, "invalid_id", "metric"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(f"sla-trackers.{path}", body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)


def test_without_a_tracker_and_frozen(devrev: Devrev, live: Live) -> None:
    bare = next(number for number in range(3, devrev_world.COUNT) if number not in TRACKED.facts)
    body = {"object": f"CONV-{bare}", "metric": "METRIC-1"}
    assert devrev.call("sla-trackers.remove-metric", body, expect=404)["type"] == "not_found"
    tracked = max(TRACKED.facts)
    run(live.dsn, "UPDATE conversations SET is_frozen = true WHERE tenant_id = 1 AND number = $1", tracked)
    refused = devrev.call("sla-trackers.remove-metric", {"object": f"CONV-{tracked}", "metric": "METRIC-1"}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "is_frozen")
