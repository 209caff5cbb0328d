"""Reports on Chatwoot's wire (contract 3.5), held against a plain Python model of random histories."""

from __future__ import annotations

import csv
import functools
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import asyncpg
import httpx
import pytest

from parley.domain.reports import AVERAGES, EVENT_OF, METRICS, PERIODS
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    ACCOUNT,
    ADA,
    BO,
    FULL,
    ORDERS,
    OTHER,
    QUIET_CONTACT,
    STOREFRONT,
    TEAM,
    World,
    add_conversation,
    build,
    insert,
    run,
)  # fmt: skip
from tests.wire.conftest import Live

REPORTS = f"/api/v2/accounts/{ACCOUNT}/reports"
GROUPS = f"/api/v2/accounts/{ACCOUNT}/summary_reports"
LIVE = f"/api/v2/accounts/{ACCOUNT}/live_reports"
BEGIN = datetime(2031, 3, 3, tzinfo=UTC)
DAYS, HISTORIES = 40, 120
END = BEGIN + timedelta(days=DAYS)
LABEL = 900


class History:
    """Random facts, in the store and here."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.conversations: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def moment(self) -> datetime:
        return BEGIN + timedelta(seconds=self.dice.randrange(-3 * 86_400, (DAYS + 3) * 86_400))

    async def fill(self, connection: Any) -> None:
        await insert(connection, "tags", id=LABEL, name="counted")
        for number in range(1000, 1000 + HISTORIES):
            await self._conversation(connection, number)

    async def _conversation(self, connection: Any, number: int) -> None:
        dice = self.dice
        at, tagged = self.moment(), dice.random() < 0.4
        row = {
            "assignee_user_id": dice.choice((None, ADA, BO)), "inbox_id": dice.choice((STOREFRONT, ORDERS)),
            "team_id": dice.choice((None, TEAM)),
        }  # fmt: skip
        await add_conversation(connection, number, at=at, **row)
        if tagged:
            await insert(connection, "conversation_tags", conversation_number=number, tag_id=LABEL, position=0)
        whole = row | {"number": number, "at": at, "label": tagged}
        self.conversations.append(whole)
        for _ in range(dice.randrange(3)):
            await self._message(connection, whole)
        for _ in range(dice.randrange(3)):
            await self._event(connection, whole)

    async def _message(self, connection: Any, conversation: dict[str, Any]) -> None:
        kind, at, author = self.dice.choice(("incoming", "outgoing")), self.moment(), self.dice.choice((ADA, BO))
        person = (
            {"author_kind": "contact", "author_id": QUIET_CONTACT} if kind == "incoming" else {"author_kind": "user", "author_id": author}
        )
        await insert(
            connection, "messages", id=50_000 + len(self.messages), conversation_number=conversation["number"], kind=kind, body="x",
            created_at=at, updated_at=at, **person,
        )  # fmt: skip
        self.messages.append(conversation | {"kind": kind, "at": at, "author": author if kind == "outgoing" else None})

    async def _event(self, connection: Any, conversation: dict[str, Any]) -> None:
        name, at, user = self.dice.choice(sorted(set(EVENT_OF.values()))), self.moment(), self.dice.choice((None, ADA, BO))
        value, business = float(self.dice.randrange(100_000)), float(self.dice.randrange(1000))
        await insert(
            connection, "reporting_events", name=name, value=value, value_in_business_hours=business,
            started_at=at - timedelta(seconds=value), ended_at=at, conversation_number=conversation["number"],
            inbox_id=conversation["inbox_id"], user_id=user,
        )  # fmt: skip
        self.events.append(conversation | {"name": name, "at": at, "user": user, "value": value, "business": business})

    def facts(self, metric: str, subject: str, number: int | None) -> list[dict[str, Any]]:
        """Those that a metric of a subject is about."""
        if metric in EVENT_OF:
            found = [one for one in self.events if one["name"] == EVENT_OF[metric]]
            agent = "user"
        elif metric == "conversations_count":
            found, agent = self.conversations, "assignee_user_id"
        else:
            found = [one for one in self.messages if one["kind"] == metric.split("_")[0]]
            agent = "author"
        keys = {"agent": agent, "inbox": "inbox_id", "team": "team_id"}
        if subject == "label":
            return [one for one in found if one["label"]]
        return found if subject == "account" else [one for one in found if one[keys[subject]] == number]


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return run(build(live.dsn, live.url))


@pytest.fixture(scope="module")
def history(world: World) -> History:
    made = History(7)
    world.fill(made.fill)
    return made


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World, history: History) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


SUBJECTS = {"account": None, "agent": BO, "inbox": ORDERS, "team": TEAM, "label": LABEL}
WHEN = {"since": int(BEGIN.timestamp()), "until": int(END.timestamp())}


def step_of(at: datetime, period: str, hours: float) -> datetime:
    """Where the step of a moment begins, in the asker's time."""
    local = (at + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
    if period != "hour":
        local = local.replace(hour=0)
    if period == "week":
        local -= timedelta(days=local.weekday())
    if period in ("month", "year"):
        local = local.replace(day=1, month=1 if period == "year" else local.month)
    return local - timedelta(hours=hours)


@functools.cache
def steps(period: str, hours: float) -> list[datetime]:
    at, found = BEGIN, []
    while at < END:
        if (first := step_of(at, period, hours)) not in found:
            found.append(first)
        at += timedelta(minutes=30)
    return found


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("hours", [0, -5, 5.5])
def test_every_metric_of_every_subject_over_time_is_what_the_model_says(
    chatwoot: Chatwoot, history: History, period: str, hours: float
) -> None:
    for metric in METRICS:
        for subject, number in SUBJECTS.items():
            asked = WHEN | {"metric": metric, "type": subject, "group_by": period, "timezone_offset": hours}
            if number is not None:
                asked["id"] = number
            facts = [one for one in history.facts(metric, subject, number) if BEGIN <= one["at"] < END]
            expected = expected_points(metric, facts, period, hours)
            assert chatwoot.get(REPORTS, params=asked) == expected, (metric, subject)


def expected_points(metric: str, facts: list[dict[str, Any]], period: str, hours: float) -> list[dict[str, Any]]:
    inside: dict[datetime, list[dict[str, Any]]] = defaultdict(list)
    for one in facts:
        inside[step_of(one["at"], period, hours)].append(one)
    points: list[dict[str, Any]] = []
    for step in steps(period, hours):
        found = inside[step]
        if metric in AVERAGES:
            value = sum(one["value"] for one in found) / len(found) if found else 0.0
            points.append({"value": str(round(value, 6)), "timestamp": int(step.timestamp()), "count": len(found)})
        else:
            count = len({one["number"] for one in found}) if metric == "bot_handoffs_count" else len(found)
            points.append({"value": count, "timestamp": int(step.timestamp())})
    return points


def test_business_hours_average_the_other_value(chatwoot: Chatwoot, history: History) -> None:
    facts = [one for one in history.facts("reply_time", "account", None) if BEGIN <= one["at"] < END]
    mean = sum(one["business"] for one in facts) / len(facts)
    summary = chatwoot.get(f"{REPORTS}/summary", params=WHEN | {"type": "account", "business_hours": "true"})
    assert float(summary["reply_time"]) == pytest.approx(mean)


def test_a_summary_has_the_time_before_as_well(chatwoot: Chatwoot, history: History) -> None:
    half = BEGIN + timedelta(days=DAYS / 2)
    summary = chatwoot.get(
        f"{REPORTS}/summary", params={"type": "inbox", "id": ORDERS, "since": int(half.timestamp()), "until": WHEN["until"]}
    )
    for shown, since, until in ((summary, half, END), (summary["previous"], BEGIN, half)):
        for metric in ("conversations_count", "incoming_messages_count", "outgoing_messages_count", "resolutions_count"):
            assert shown[metric] == sum(since <= one["at"] < until for one in history.facts(metric, "inbox", ORDERS)), metric
    assert summary["previous"]["conversations_count"] > 0


def test_a_summary_of_nothing_has_zeros_and_nulls(chatwoot: Chatwoot) -> None:
    nothing = chatwoot.get(f"{REPORTS}/summary", params={"type": "account", "since": 0, "until": 1})
    assert (nothing["conversations_count"], nothing["avg_first_response_time"], nothing["reply_time"]) == (0, None, None)
    bots = chatwoot.get(f"{REPORTS}/bot_summary", params=WHEN | {"type": "account"})
    assert set(bots) == {"bot_resolutions_count", "bot_handoffs_count", "previous"}


def test_summaries_by_agent_inbox_team_and_label(chatwoot: Chatwoot, history: History) -> None:
    for by, number in (("agent", BO), ("inbox", ORDERS), ("team", TEAM), ("label", LABEL)):
        rows = chatwoot.get(f"{GROUPS}/{by}", params=WHEN)
        row = next(one for one in rows if one["id"] == number)
        facts = {metric: [one for one in history.facts(metric, by, number) if BEGIN <= one["at"] < END] for metric in METRICS}
        assert row["conversations_count"] == len(facts["conversations_count"]) > 0
        assert row["resolved_conversations_count"] == len(facts["resolutions_count"]) > 0
        for key, metric in (("avg_resolution_time", "avg_resolution_time"), ("avg_reply_time", "reply_time")):
            assert row[key] == pytest.approx(sum(one["value"] for one in facts[metric]) / len(facts[metric]))
    assert {one["name"] for one in chatwoot.get(f"{GROUPS}/label", params=WHEN)} >= {"counted", "vip-gold"}


def test_channels_first_responses_labels_and_outgoing_messages(chatwoot: Chatwoot, history: History) -> None:
    opened = [one for one in history.conversations if BEGIN <= one["at"] < END]
    channels = chatwoot.get(f"{GROUPS}/channel", params=WHEN)
    by_inbox = Counter(one["inbox_id"] for one in opened)
    assert channels["Channel::Api"]["open"] == channels["Channel::Api"]["total"] == by_inbox[ORDERS]
    assert channels["Channel::WebWidget"]["resolved"] == 0
    buckets = chatwoot.get(f"{REPORTS}/first_response_time_distribution", params=WHEN)
    first = [one for one in history.facts("avg_first_response_time", "inbox", ORDERS) if BEGIN <= one["at"] < END]
    assert buckets["Channel::Api"] == {
        "0-1h": sum(one["value"] < 3600 for one in first),
        "1-4h": sum(3600 <= one["value"] < 14400 for one in first),
        "4-8h": sum(14400 <= one["value"] < 28800 for one in first),
        "8-24h": sum(28800 <= one["value"] < 86400 for one in first),
        "24h+": sum(one["value"] >= 86400 for one in first),
    }
    matrix = chatwoot.get(f"{REPORTS}/inbox_label_matrix", params=[*WHEN.items(), ("label_ids[]", LABEL), ("inbox_ids[]", ORDERS)])
    assert matrix["inboxes"] == [{"id": ORDERS, "name": "Orders"}]
    assert matrix["labels"] == [{"id": LABEL, "title": "counted"}]
    assert matrix["matrix"] == [[sum(one["inbox_id"] == ORDERS and one["label"] for one in opened)]]
    out = [one for one in history.messages if one["kind"] == "outgoing" and BEGIN <= one["at"] < END]
    for by, key, number in (("agent", "assignee_user_id", BO), ("inbox", "inbox_id", ORDERS), ("team", "team_id", TEAM)):
        rows = chatwoot.get(f"{REPORTS}/outgoing_messages_count", params=WHEN | {"group_by": by})
        assert next(one for one in rows if one["id"] == number)["outgoing_messages_count"] == sum(one[key] == number for one in out)


def test_how_conversations_stand_now(chatwoot: Chatwoot, history: History) -> None:
    mine = sum(one["assignee_user_id"] == BO for one in history.conversations)
    nobody = sum(one["assignee_user_id"] is None for one in history.conversations)
    account = chatwoot.get(f"{REPORTS}/conversations", params={"type": "account"})
    assert account == {"open": HISTORIES, "unattended": HISTORIES, "unassigned": nobody, "pending": 0}
    assert account == chatwoot.get(f"{LIVE}/conversation_metrics")
    agents = chatwoot.get(f"{REPORTS}/conversations/", params={"type": "agent"})
    assert next(one for one in agents if one["id"] == BO)["metric"] == {"open": mine, "unattended": mine}
    assert [one["id"] for one in chatwoot.get(f"{REPORTS}/conversations", params={"type": "agent", "user_id": BO})] == [BO]
    grouped = chatwoot.get(f"{LIVE}/grouped_conversation_metrics", params={"group_by": "team_id"})
    assert {one["team_id"]: one["open"] for one in grouped}[TEAM] == sum(one["team_id"] == TEAM for one in history.conversations)
    assert chatwoot.ask("GET", f"{REPORTS}/conversations").status_code == 422


def test_files_are_csv_without_formulas(chatwoot: Chatwoot, world: World, history: History) -> None:
    world.execute(f"UPDATE tags SET name = '=1+1' WHERE tenant_id = {ACCOUNT} AND name = '50%_off'")
    answer = chatwoot.ask("GET", f"{REPORTS}/labels", params=WHEN)
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(StringIO(answer.text)))
    assert rows[0][0] == "Label"
    assert "'=1+1" in [row[0] for row in rows]
    counted = next(row for row in rows if row[0] == "counted")
    assert int(counted[1]) == sum(one["label"] and BEGIN <= one["at"] < END for one in history.conversations)
    traffic = list(csv.reader(StringIO(chatwoot.ask("GET", f"{REPORTS}/conversation_traffic", params=WHEN).text)))
    assert sum(int(cell) for row in traffic[1:] for cell in row[1:]) == sum(BEGIN <= one["at"] < END for one in history.conversations)
    assert len(traffic) == 1 + DAYS
    for name in ("agents", "inboxes", "teams", "conversations_summary"):
        assert len(list(csv.reader(StringIO(chatwoot.ask("GET", f"{REPORTS}/{name}", params=WHEN).text)))) > 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"metric": "conversations_count", "type": "inbox", "id": 999_999}, 404),
        ({"metric": "conversations_count", "type": "agent"}, 404),
        ({"metric": "conversations_count", "type": "nobody"}, 400),
        ({"metric": "conversations_count"}, 400),
        ({"type": "account"}, 400),
        ({"metric": "conversations_count", "type": "account", "since": "x"}, 400),
        ({"metric": "conversations_count", "type": "account", "since": -1}, 400),
        ({"metric": "conversations_count", "type": "account", "group_by": "minute"}, 400),
        ({"metric": "conversations_count", "type": "account", "since": 0, "until": 4_000_000_000, "group_by": "hour"}, 400),
        ({"metric": "conversations_count", "type": "account", "timezone_offset": 99}, 400),
    ],
)
def test_bad_input_is_refused(chatwoot: Chatwoot, query: dict[str, Any], status: int) -> None:
    chatwoot.get(REPORTS, params=query, expect=status)


def test_an_unknown_metric_is_an_empty_object(chatwoot: Chatwoot) -> None:
    assert chatwoot.get(REPORTS, params={"metric": "happiness", "type": "account"}) == {}


def test_reports_are_for_administrators_and_who_may_see_reports(chatwoot: Chatwoot) -> None:
    asked = {"metric": "conversations_count", "type": "account"}
    chatwoot.get(REPORTS, params=asked, who="agent", expect=401)
    chatwoot.get(REPORTS, params=asked, who="powerless")  # whose custom role is report_manage
    chatwoot.get(REPORTS, params=asked, who="manager", expect=401)
    foreign = chatwoot.ask("GET", f"/api/v2/accounts/{OTHER}/reports/summary", who="foreign", params={"type": "account"}).json()
    assert foreign["conversations_count"] == 0


def test_events_are_kept_with_what_happens(chatwoot: Chatwoot, live: Live, world: World) -> None:
    """First answer, a second answer to a waiting contact, solved, opened again: each with its seconds."""
    number = 5000
    world.fill(add_conversation, number, at=datetime.now(UTC) - timedelta(hours=1), waiting_since=datetime.now(UTC) - timedelta(hours=1))

    def devrev(path: str, body: dict[str, Any]) -> None:
        answer = httpx.post(f"{live.url}/{path}", json=body, headers={"Authorization": world.tokens["admin"]})
        assert answer.is_success, answer.text

    entry = {"object": f"CONV-{number}", "type": "timeline_comment", "visibility": "external"}
    devrev("timeline-entries.create", entry | {"body": "hello"})
    world.execute(f"UPDATE conversations SET waiting_since = now() - interval '10 minutes' WHERE number = {number}")
    devrev("timeline-entries.create", entry | {"body": "and again"})
    devrev("conversations.update", {"id": f"CONV-{number}", "stage": {"name": "resolved"}})
    devrev("conversations.update", {"id": f"CONV-{number}", "stage": {"name": "needs_response"}})
    found = chatwoot.get(f"conversations/{number}/reporting_events")
    assert [one["name"] for one in found] == ["first_response", "reply_time", "conversation_resolved", "conversation_opened"]
    assert found[0]["value"] == pytest.approx(3600, abs=30)
    assert found[1]["value"] == pytest.approx(600, abs=30)
    assert found[2]["value"] == pytest.approx(3600, abs=30)
    assert [one["value_in_business_hours"] for one in found] == [0, 0, 0, 0]  # the inbox keeps no hours
    listed = chatwoot.get("reporting_events", params={"name": "first_response", "inbox_id": STOREFRONT})
    assert {(one["name"], one["inbox_id"]) for one in listed["payload"]} == {("first_response", STOREFRONT)}
    ends = [one["event_end_time"] for one in listed["payload"]]
    assert ends == sorted(ends, reverse=True)
    assert listed["meta"]["total_pages"] == -(-listed["meta"]["count"] // 25)
    assert found[0] in chatwoot.get("reporting_events", params={"until": int(BEGIN.timestamp()) - 86_400 * 5})["payload"]
    chatwoot.get(f"conversations/{number}/reporting_events", who="idle", expect=401)
    chatwoot.get(f"conversations/{FULL + 90_000}/reporting_events", expect=404)


HOURS = [
    # from, to, seconds in Rome's working hours (Monday to Friday, 9 to 17)
    ("2031-03-03T08:00:00+01:00", "2031-03-03T10:00:00+01:00", 3600),
    ("2031-03-03T16:30:00+01:00", "2031-03-04T09:30:00+01:00", 3600),
    ("2031-03-07T16:00:00+01:00", "2031-03-10T10:00:00+01:00", 7200),  # over a week-end
    ("2031-03-08T10:00:00+01:00", "2031-03-08T12:00:00+01:00", 0),
    ("2031-03-28T12:00:00+01:00", "2031-03-31T12:00:00+02:00", 8 * 3600),  # over the change of clocks on the 30th
    ("2031-03-03T12:00:00+01:00", "2031-03-03T12:00:00+01:00", 0),
]


def test_business_seconds_follow_the_inboxs_hours_and_clock(world: World) -> None:
    async def ask() -> list[float]:
        connection = await asyncpg.connect(world.dsn)
        try:
            await connection.execute(
                "UPDATE inboxes SET timezone = 'Europe/Rome', settings = settings || '{\"working_hours_enabled\": true}'"
                f" WHERE tenant_id = {ACCOUNT} AND id = {ORDERS}"
            )
            text = "SELECT business_seconds($1, $2, $3::text::timestamptz, $4::text::timestamptz)"
            return [await connection.fetchval(text, ACCOUNT, ORDERS, since, until) for since, until, _ in HOURS]
        finally:
            await connection.close()

    assert run(ask()) == [seconds for _, _, seconds in HOURS]
