"""org-schedules.* and org-schedule-fragments.*: over HTTP, against the official document."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.wire import devrev_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev

OFFICE = {"period_name": "default", "intervals": [{"from": day * 1440 + 540, "to": day * 1440 + 1080} for day in range(5)]}
RUSH = {"period_name": "rush", "intervals": [{"from": 0, "to": 10080}]}


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    world = asyncio.run(devrev_world.build(module_database))
    return Devrev(live.url, world.tokens)


def fragment(devrev: Devrev, year: int, *intervals: dict[str, Any], status: str = "published") -> str:
    """A year's fragment."""
    body = {"name": f"{year}", "from": f"{year}-01-01T00:00:00Z", "to": f"{year + 1}-01-01T00:00:00Z", "intervals": list(intervals)}
    made = str(devrev.call("org-schedule-fragments.create", body, expect=201)["org_schedule_fragment"]["display_id"])
    for step in {"draft": (), "published": ("published",), "archived": ("published", "archived")}[status]:
        devrev.call("org-schedule-fragments.transition", {"id": made, "status": step})
    return made


def schedule(devrev: Devrev, *fragments: str, status: str = "draft", **more: Any) -> dict[str, Any]:
    body = {"name": "Desk", "timezone": "Europe/Rome", "default_weekly_org_schedule": OFFICE} | more
    body |= {"org_schedule_fragments": [{"id": one} for one in fragments]} if fragments else {}
    made: dict[str, Any] = devrev.call("org-schedules.create", body, expect=201)["org_schedule"]
    for step in {"draft": (), "published": ("published",), "archived": ("published", "archived")}[status]:
        made = devrev.call("org-schedules.transition", {"id": made["id"], "status": step})["org_schedule"]
    return made


def refusal(devrev: Devrev, path: str, body: object, *, expect: int = 400) -> tuple[str, str | None]:
    answer = devrev.call(path, body, expect=expect)
    return answer["type"], answer.get("field_name")


def test_a_fragments_life(devrev: Devrev) -> None:
    body = {
        "name": "Italy 2026", "from": "2026-01-01T12:00:00.000Z", "to": "2027-01-01T00:00:00Z", "region_codes": ["IT", "SM"],
        "intervals": [
            {"name": "Christmas", "from": "2026-12-25T00:00:00Z", "is_excluded": True},
            {"name": "rush", "from": "2026-11-27T00:00:00Z", "to": "2026-11-30T00:00:00Z"},
        ],
    }  # fmt: skip
    made = devrev.call("org-schedule-fragments.create", body, expect=201)["org_schedule_fragment"]
    assert (made["name"], made["status"], made["region_codes"]) == ("Italy 2026", "draft", ["IT", "SM"])
    assert (made["from"], made["to"]) == ("2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z")
    assert made["intervals"] == [
        {"name": "Christmas", "from": "2026-12-25T00:00:00.000Z", "to": "2026-12-26T00:00:00.000Z", "is_excluded": True},
        {"name": "rush", "from": "2026-11-27T00:00:00.000Z", "to": "2026-11-30T00:00:00.000Z", "is_excluded": False},
    ]
    assert devrev.call("org-schedule-fragments.get", {"id": made["id"]})["org_schedule_fragment"] == made
    assert devrev.get("org-schedule-fragments.get", f"id={made['display_id']}").json()["org_schedule_fragment"] == made
    move = "org-schedule-fragments.transition"
    assert refusal(devrev, move, {"id": made["id"], "status": "archived"}) == ("value_not_permitted", "status")
    assert refusal(devrev, move, {"id": made["id"], "status": "draft"}) == ("value_not_permitted", "status")
    published = devrev.call(move, {"id": made["id"], "status": "published"})["org_schedule_fragment"]
    assert published["status"] == "published"
    assert published["modified_date"] > made["modified_date"]
    assert refusal(devrev, move, {"id": made["id"], "status": "draft"}) == ("value_not_permitted", "status")
    assert devrev.call(move, {"id": made["id"], "status": "archived"})["org_schedule_fragment"]["status"] == "archived"


def test_a_schedules_life_and_versions(devrev: Devrev) -> None:
    year, next_year, third = (fragment(devrev, one) for one in (2026, 2027, 2028))
    made = schedule(devrev, year, weekly_org_schedules=[RUSH], min_valid_days=30)
    assert (made["name"], made["status"], made["timezone"], made["min_valid_days"]) == ("Desk", "draft", "Europe/Rome", 30)
    assert (made["default_weekly_org_schedule"], made["weekly_org_schedules"]) == (OFFICE, [RUSH])
    assert made["valid_until"] == "2026-12-31T23:00:00.000Z"
    assert made["version_number"] == 1
    (shown,) = made["org_schedule_fragments"]
    assert (shown["id"].rpartition("/")[2], shown["to"]) == (year.removeprefix("SCHEDFRAG-"), "2027-01-01T00:00:00.000Z")
    changed = devrev.call("org-schedules.update", {"id": made["id"], "name": "Help desk", "timezone": "UTC"}, expect=201)["org_schedule"]
    assert (changed["name"], changed["valid_until"], changed["version_number"]) == ("Help desk", "2027-01-01T00:00:00.000Z", 2)
    assert changed["default_weekly_org_schedule"] == OFFICE
    devrev.call("org-schedules.transition", {"id": made["id"], "status": "published"})
    grown = devrev.call("org-schedules.set-future", {"id": made["id"], "org_schedule_fragment_id": next_year})["org_schedule"]
    assert [one["from"][:4] for one in grown["org_schedule_fragments"]] == ["2026", "2027"]
    assert (grown["valid_until"], grown["version_number"]) == ("2028-01-01T00:00:00.000Z", 4)
    ids = [{"id": one} for one in (year, next_year, third)]
    last = devrev.call("org-schedules.update", {"id": made["id"], "org_schedule_fragments": ids}, expect=201)["org_schedule"]
    assert devrev.call("org-schedules.get", {"id": made["id"]})["org_schedule"] == last
    assert devrev.call("org-schedules.get", {"id": made["id"], "version_number": 5})["org_schedule"] == last
    assert devrev.call("org-schedules.get", {"id": made["id"], "version_number": 1})["org_schedule"] == made
    assert devrev.get("org-schedules.get", f"id={made['id']}&version_number=2").json()["org_schedule"] == changed
    assert refusal(devrev, "org-schedules.get", {"id": made["id"], "version_number": 6}, expect=404) == ("not_found", None)
    devrev.call("org-schedules.transition", {"id": made["id"], "status": "archived"})


def test_status_says_what_may_change(devrev: Devrev) -> None:
    year, draft, old = fragment(devrev, 2026), fragment(devrev, 2027, status="draft"), fragment(devrev, 2027, status="archived")
    made = schedule(devrev, year, status="published")["id"]
    for field, value in (("name", "x"), ("timezone", "UTC"), ("min_valid_days", 1), ("default_weekly_org_schedule", OFFICE)):
        assert refusal(devrev, "org-schedules.update", {"id": made, field: value}) == ("value_not_permitted", field)
    future = "org_schedule_fragment_id"
    for late in (draft, old):
        assert refusal(devrev, "org-schedules.set-future", {"id": made, future: late}) == ("value_not_permitted", future)
    gap = fragment(devrev, 2028)
    assert refusal(devrev, "org-schedules.set-future", {"id": made, future: gap}) == ("value_not_permitted", future)
    assert refusal(devrev, "org-schedules.set-future", {"id": made, future: "SCHEDFRAG-99999"}) == ("invalid_id", future)
    assert refusal(devrev, "org-schedules.update", {"id": made, "org_schedule_fragments": []})[1] == "org_schedule_fragments"
    assert devrev.call("org-schedules.update", {"id": made}, expect=201)["org_schedule"]["version_number"] == 2
    for status in ("draft", "published"):
        assert refusal(devrev, "org-schedules.transition", {"id": made, "status": status}) == ("value_not_permitted", "status")
    devrev.call("org-schedules.transition", {"id": made, "status": "archived"})
    assert refusal(devrev, "org-schedules.update", {"id": made, "name": "x"}) == ("value_not_permitted", "id")
    assert refusal(devrev, "org-schedules.set-future", {"id": made, future: fragment(devrev, 2027)}) == ("value_not_permitted", "id")
    unready = schedule(devrev, draft)["id"]
    assert refusal(devrev, "org-schedules.transition", {"id": unready, "status": "published"}) == ("value_not_permitted", "status")


def test_evaluate(devrev: Devrev) -> None:
    christmas = {"name": "Christmas", "from": "2026-12-25T00:00:00Z", "is_excluded": True}
    rush = {"name": "rush", "from": "2026-11-28T00:00:00Z", "to": "2026-11-29T00:00:00Z"}
    year = fragment(devrev, 2026, christmas, rush)
    made = schedule(devrev, year, status="published", weekly_org_schedules=[RUSH])
    cases = {
        "2026-03-02T07:59:59.999Z": (False, "2026-03-02T08:00:00.000Z"),
        "2026-03-02T08:00:00Z": (True, "2026-03-02T17:00:00.000Z"),
        "2026-07-06T07:30:00+00:00": (True, "2026-07-06T16:00:00.000Z"),
        "2026-12-24T20:00:00Z": (False, "2026-12-28T08:00:00.000Z"),
        "2026-11-27T20:00:00Z": (False, "2026-11-27T23:00:00.000Z"),
        "2026-11-28T12:00:00Z": (True, "2026-11-28T23:00:00.000Z"),
    }
    told = devrev.call("org-schedules.evaluate", {"id": made["id"], "instants": list(cases)})["instant_evaluations"]
    assert [(one["is_active"], one["next_transition"]) for one in told] == list(cases.values())
    assert {one["definedness"] for one in told} == {"immutable"}
    assert told[0]["at"] == "2026-03-02T07:59:59.999Z"
    outside = devrev.get("org-schedules.evaluate", f"id={made['display_id']}&instants=2025-12-31T22:59:59Z,2026-12-31T23:00:00Z").json()
    assert [set(one) for one in outside["instant_evaluations"]] == [{"at", "definedness"}] * 2
    assert {one["definedness"] for one in outside["instant_evaluations"]} == {"undefined"}
    # Without fragments the week holds always, and can still be told otherwise.
    plain = schedule(devrev, status="published")
    (told,) = devrev.call("org-schedules.evaluate", {"id": plain["id"], "instants": ["2031-03-03T10:00:00Z"]})["instant_evaluations"]
    assert told == {
        "at": "2031-03-03T10:00:00.000Z", "definedness": "mutable", "is_active": True, "next_transition": "2031-03-03T17:00:00.000Z",
    }  # fmt: skip
    # An imported schedule has no week.
    assert devrev.call("org-schedules.evaluate", {"id": "SCHED-1", "instants": ["2031-03-03T10:00:00Z"]})["instant_evaluations"] == [
        {"at": "2031-03-03T10:00:00.000Z", "definedness": "undefined"}
    ]


def test_lists(devrev: Devrev) -> None:
    year = fragment(devrev, 2061)
    mine = [schedule(devrev, year, name=f"list-{place}", timezone="UTC")["display_id"] for place in range(3)]
    theirs = devrev.call("org-schedules.create", {"name": "bot's", "timezone": "UTC"}, who="bot", expect=201)["org_schedule"]

    def found(**asked: Any) -> list[str]:
        return [one["display_id"] for one in devrev.call("org-schedules.list", {"limit": 1000, **asked})["org_schedules"]]

    end = "2062-01-01T00:00:00.000Z"
    assert found(valid_until={"type": "range", "after": end, "before": end}) == mine
    assert found(valid_until={"type": "range", "after": "2062-01-01T00:00:00.001Z"}) == []
    soon = found(valid_until={"type": "preset", "preset_type": "next_n_days", "days": 366})
    assert {"SCHED-1", "SCHED-2"} <= set(soon)
    assert not set(mine) & set(soon)
    assert theirs["display_id"] not in found(valid_until={"type": "range"})
    assert set(mine) <= set(found(valid_until={"type": "range"}))
    assert found(created_by_id=["SVCACC-1"]) == [theirs["display_id"]]
    assert found(created_by_id=["DEVU-2"]) == []
    assert set(mine) <= set(found(status=["draft"], created_by_id=["DEVU-1"]))
    assert not set(mine) & set(found(status=["published", "archived"]))
    assert devrev.get("org-schedules.list", "status=draft&created_by_id=SVCACC-1").json()["org_schedules"] == [theirs]
    asked = {"valid_until": {"type": "range", "after": end, "before": end}, "limit": 2}
    first = devrev.call("org-schedules.list", asked)
    rest = devrev.call("org-schedules.list", asked | {"cursor": first["next_cursor"]})
    assert [one["display_id"] for one in (*first["org_schedules"], *rest["org_schedules"])] == mine
    assert (
        devrev.call("org-schedules.list", asked | {"cursor": rest["prev_cursor"], "mode": "before"})["org_schedules"]
        == first["org_schedules"]
    )
    assert refusal(devrev, "org-schedules.list", {"cursor": first["next_cursor"], "limit": 2}) == ("value_not_permitted", "cursor")


WEEK = "default_weekly_org_schedule"
LONG_WEEK = RUSH | {"intervals": [{"from": 0, "to": 1}] * 201}
FIRST = {"name": "x", "from": "2026-01-01T00:00:00Z"}
BASE = {"name": "x", "timezone": "UTC"}
DAYS = {"name": "x", "from": "2026-01-01T00:00:00Z", "to": "2026-01-03T00:00:00Z", "intervals": []}


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("org-schedules.create", {"name": "x"}, 400, "missing_required_field", "timezone"),
        ("org-schedules.create", BASE | {"timezone": "Mars/Olympus"}, 400, "value_not_permitted", "timezone"),
        ("org-schedules.create", BASE | {"timezone": "../etc/passwd"}, 400, "value_not_permitted", "timezone"),
        ("org-schedules.create", BASE | {"hours": []}, 400, "invalid_field", "hours"),
        ("org-schedules.create", BASE | {WEEK: {"intervals": []}}, 400, "missing_required_field", f"{WEEK}.period_name"),
        (
            "org-schedules.create",
            BASE | {WEEK: {"period_name": "d", "intervals": [{"from": 60, "to": 60}]}},
            400,
            "value_not_permitted",
            f"{WEEK}.intervals[0].to",
        ),
        (
            "org-schedules.create",
            BASE | {WEEK: {"period_name": "d", "intervals": [{"from": 0, "to": 10081}]}},
            400,
            "value_not_permitted",
            f"{WEEK}.intervals[0].to",
        ),
        (
            "org-schedules.create",
            BASE | {"weekly_org_schedules": [RUSH, RUSH]},
            400,
            "value_not_permitted",
            "weekly_org_schedules[1].period_name",
        ),
        (
            "org-schedules.create",
            BASE | {"org_schedule_fragments": [{"id": "SCHEDFRAG-99999"}]},
            400,
            "invalid_id",
            "org_schedule_fragments[0].id",
        ),
        (
            "org-schedules.create",
            BASE | {"org_schedule_fragments": [{"id": "SCHEDFRAG-9"}] * 2},
            400,
            "value_not_permitted",
            "org_schedule_fragments[1].id",
        ),
        ("org-schedules.create", BASE | {WEEK: LONG_WEEK}, 400, "value_not_permitted", f"{WEEK}.intervals"),
        (
            "org-schedules.create",
            BASE | {"org_schedule_fragments": [{"id": "SCHEDFRAG-9"}] * 51},
            400,
            "value_not_permitted",
            "org_schedule_fragments",
        ),
        ("org-schedules.evaluate", {"id": "SCHED-1", "instants": ["2026-01-01T00:00:00Z"] * 101}, 400, "value_not_permitted", "instants"),
        ("org-schedule-fragments.create", DAYS | {"intervals": [FIRST] * 401}, 400, "value_not_permitted", "intervals"),
        ("org-schedules.create", BASE | {"min_valid_days": -1}, 400, "value_not_permitted", "min_valid_days"),
        ("org-schedules.get", {"id": "SCHED-99999"}, 404, "not_found", None),
        ("org-schedules.get", {"id": "don:core:dvrv-us-1:devo/globex:org_schedule/1"}, 400, "invalid_id", "id"),
        ("org-schedules.evaluate", {"id": "SCHED-1"}, 400, "missing_required_field", "instants"),
        ("org-schedules.evaluate", {"id": "SCHED-1", "instants": []}, 400, "value_not_permitted", "instants"),
        ("org-schedules.evaluate", {"id": "SCHED-1", "instants": ["noon"]}, 400, "value_not_permitted", "instants[0]"),
        ("org-schedules.evaluate", {"id": "SCHED-99999", "instants": ["2026-01-01T00:00:00Z"]}, 404, "not_found", None),
        ("org-schedules.list", {"valid_until": {"type": "never"}}, 400, "invalid_enum_value", "valid_until.type"),
        ("org-schedules.list", {"status": ["gone"]}, 400, "invalid_enum_value", "status[0]"),
        ("org-schedules.list", {"created_by_id": ["CONV-1"]}, 400, "unexpected_id_type", "created_by_id[0]"),
        ("org-schedules.update", {"id": "SCHED-99999", "name": "x"}, 404, "not_found", None),
        ("org-schedules.transition", {"id": "SCHED-99999", "status": "archived"}, 404, "not_found", None),
        ("org-schedules.transition", {"id": "SCHED-1", "status": "open"}, 400, "invalid_enum_value", "status"),
        ("org-schedules.set-future", {"id": "SCHED-99999", "org_schedule_fragment_id": "SCHEDFRAG-1"}, 404, "not_found", None),
        ("org-schedules.set-future", {"id": "SCHED-1"}, 400, "missing_required_field", "org_schedule_fragment_id"),
        ("org-schedule-fragments.create", DAYS | {"to": DAYS["from"]}, 400, "value_not_permitted", "to"),
        ("org-schedule-fragments.create", DAYS | {"from": "0001-01-01T00:00:00Z"}, 400, "value_not_permitted", "from"),
        ("org-schedule-fragments.create", {"name": "x"}, 400, "missing_required_field", "from"),
        ("org-schedule-fragments.create", DAYS | {"intervals": [{"name": "x"}]}, 400, "missing_required_field", "intervals[0].from"),
        (
            "org-schedule-fragments.create",
            DAYS | {"intervals": [{"name": "x", "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}]},
            400,
            "value_not_permitted",
            "intervals[0].to",
        ),
        ("org-schedule-fragments.get", {"id": "SCHEDFRAG-99999"}, 404, "not_found", None),
        ("org-schedule-fragments.transition", {"id": "SCHEDFRAG-99999", "status": "published"}, 404, "not_found", None),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)


def test_who_may(devrev: Devrev) -> None:
    day, made = fragment(devrev, 2026), schedule(devrev)["display_id"]
    reads: dict[str, Any] = {
        "org-schedules.get": {"id": made},
        "org-schedules.list": {},
        "org-schedules.evaluate": {"id": made, "instants": ["2026-01-01T00:00:00Z"]},
        "org-schedule-fragments.get": {"id": day},
    }
    writes: dict[str, Any] = {
        "org-schedules.create": BASE,
        "org-schedules.update": {"id": made, "name": "y"},
        "org-schedules.transition": {"id": made, "status": "published"},
        "org-schedules.set-future": {"id": made, "org_schedule_fragment_id": day},
        "org-schedule-fragments.create": DAYS,
        "org-schedule-fragments.transition": {"id": day, "status": "archived"},
    }
    for path, body in reads.items():
        devrev.call(path, body, who="bob", expect=200)
    for path, body in writes.items():
        assert devrev.call(path, body, who="bob", expect=403)["type"] == "forbidden"
    for path, body in (reads | writes).items():
        assert devrev.call(path, body, who="contact", expect=403)["type"] == "forbidden"
        if "create" not in path and "list" not in path:
            assert devrev.call(path, body, who="globex", expect=404)["type"] == "not_found"
    assert devrev.call("org-schedules.list", {}, who="globex")["org_schedules"] == []
    assert devrev.call("org-schedules.get", {"id": made})["org_schedule"]["name"] == "Desk"
