"""Every parameter of Chatwoot's list over real rows: which conversations, in which order, with which counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from chatwoot import ChatwootClient
from chatwoot.exceptions import ChatwootAuthError, ChatwootNotFoundError, ChatwootValidationError

from .chatwoot_world import (
    ACCOUNT,
    BO,
    CONTACT,
    EMPTY_TEAM,
    FULL,
    MAIL,
    ORDERS,
    OTHER,
    STOREFRONT,
    T0,
    TEAM,
    World,
    add_conversation,
    add_message,
    add_tags,
    build,
    insert,
    run,
)
from .conftest import Live

MANY = 60
FIRST = 200
ENTRIES = {
    20: {"inbox_id": ORDERS},
    21: {"inbox_id": MAIL, "status": "pending"},
    22: {"status": "resolved", "team_id": TEAM},
    23: {"status": "snoozed", "snoozed_until": T0},
    24: {"first_reply_at": T0},
    25: {"first_reply_at": T0, "waiting_since": T0},
}
LABELS = {
    30: ["billing"],
    31: ["Billing", "50%off"],
    32: ["needs review"],
    33: ["Émigré", "至急"],
    34: ["shipping_delay"],
    35: ["shippingXdelay"],
    36: ["a, b"],
}
WORDS = {
    40: "It costs 100% cotton",
    41: "SKU_77 and École 👩‍👩‍👧",
    42: "c:\\temp",
    43: "a secret zebra",
}


async def fill(connection: Any) -> None:
    for number, columns in ENTRIES.items():
        await add_conversation(connection, number, **columns)
    for number, names in LABELS.items():
        await add_conversation(connection, number)
        await add_tags(connection, number, names)
    for number, words in WORDS.items():
        await add_conversation(connection, number, status="resolved")
        await add_message(connection, 4000 + number, number, body=words)
    await add_message(
        connection, 4100, 20, kind="activity", author_kind="system", author_id=None, event_type="annotated", body="zebra crossing"
    )
    await add_message(connection, 4101, 20, kind="template", body="zebra template")
    await insert(connection, "contact_points", id=302, contact_id=CONTACT, inbox_id=ORDERS, source_id="50%_off É")
    await connection.execute("UPDATE conversations SET contact_point_id = 302 WHERE tenant_id = $1 AND number = 20", ACCOUNT)
    await insert(connection, "inboxes", tenant_id=OTHER, id=77, name="Empty", kind="api")
    await insert(connection, "teams", tenant_id=OTHER, id=78, name="theirs")
    for n in range(MANY):
        await add_conversation(connection, FIRST + n, inbox_id=MAIL, **sortable(n))


def sortable(n: int) -> dict[str, Any]:
    """Values with ties and nulls for every sort order."""
    return {
        "created_at": T0 + timedelta(days=n * 7 % 13),
        "last_activity_at": T0 + timedelta(days=n * 5 % 11),
        "modified_at": T0 + timedelta(days=n * 3 % 17),
        "priority": (None, 0, 1, 2, 3)[n % 5],
        "waiting_since": None if n % 4 == 0 else T0 + timedelta(hours=n % 6),
        "unread_count": n % 7,
        "team_id": EMPTY_TEAM,
    }


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    built = run(build(live.dsn, live.url))
    built.fill(fill)
    return built


def found(world: World, query: str, caller: str = "admin") -> list[int]:
    """The numbers of the first page, without those that only fill pages."""
    return sorted(number for number in world.ids(caller, query) if number < FIRST)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (f"inbox_id={ORDERS}", [20]),
        (f"inbox_id={ORDERS}&status=all", [20]),
        (f"inbox_id[]={ORDERS}&inbox_id[]={STOREFRONT}&team_id={TEAM}&status=all", [FULL, 22]),
        ("inbox_id=999999&status=all", []),
        ("inbox_id=77&status=all", []),
        ("status=pending", [21]),
        ("status=resolved", [22, 40, 41, 42, 43]),
        ("status=snoozed", [FULL, 23]),
        ("status=3", [FULL, 23]),
        ("status[]=pending&status[]=snoozed", [FULL, 21, 23]),
        ("status=open&status=pending", [21]),
        ("status[]=all", []),
        (f"team_id={TEAM}&status=all", [FULL, 22]),
        (f"team_id={TEAM}", []),
        ("labels[]=billing", [30, 31]),
        ("labels[]=BILLING&labels[]=nope", [30, 31]),
        ("labels=billing,needs%20review", [30, 31, 32]),
        ("labels=billing&labels=shipping_delay", [30, 31, 34]),
        ("labels[]=50%25off", [31]),
        ("labels[]=%25", []),
        ("labels[]=billing%25", []),
        ("labels[]=shipping_delay", [34]),
        ("labels[]=%C3%A9migr%C3%A9", [33]),
        ("labels[]=%E8%87%B3%E6%80%A5", [33]),
        ("labels=%22a, b%22", [36]),
        ("labels[]=unheard-of", []),
        ("q=cotton", [40]),
        ("q=100%25", [40]),
        ("q=100%25&status=pending", [40]),
        ("q=sku_77", [41]),
        ("q=%C3%89COLE", [41]),
        ("q=%F0%9F%91%A9%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7", [41]),
        ("q=c:%5C%5Ctemp", [42]),
        ("q=zebra", [43]),
        ("q=zebra%20crossing", []),
        ("q=template", []),
        ("q=cotton&inbox_id=999", []),
        ("q=SKU_77&sort_by=priority_desc", [41]),
        ("source_id=50%25_off%20%C3%89", [20]),
        ("source_id=50%25", []),
        ("source_id=web-1&status=all&sort_by=waiting_since_asc", [FULL]),
        ("conversation_type=unattended&status=all&inbox_id=22", [20]),
        ("per_page=5&locale=de&contact_id=1&foo[]=bar&include=all&inbox_id=22", [20]),
    ],
)
def test_a_parameter_selects_its_conversations_and_counts_them(world: World, query: str, numbers: list[int]) -> None:
    assert found(world, query) == numbers
    assert world.counts("admin", query)[3] == len(world.rows("admin", query))


def test_unattended_is_without_a_first_reply_or_waiting(world: World) -> None:
    unattended = found(world, "conversation_type=unattended&inbox_id=21&status=all")
    assert 24 not in unattended
    assert {25, FULL, 30} <= set(unattended)


@pytest.mark.parametrize("team", ["9", "78", "0", "99999999999999999999"])
def test_a_team_that_does_not_exist_is_not_found(world: World, team: str) -> None:
    for meta in (False, True):
        answer = world.ask("admin", f"team_id={team}", meta=meta)
        assert (answer.status_code, answer.json()) == (404, {"error": "Resource could not be found"})


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("status=bogus", "status", "invalid_enum_value"),
        ("assignee_type=ME", "assignee_type", "invalid_enum_value"),
        ("inbox_id=abc", "inbox_id", "invalid_id"),
        ("team_id=5x", "team_id", "invalid_id"),
        ("labels=", "labels", "invalid_value"),
        ("source_id=", "source_id", "invalid_value"),
        ("conversation_type=bogus", "conversation_type", "invalid_enum_value"),
        ("sort_by=created_at", "sort_by", "invalid_enum_value"),
        ("page=0", "page", "invalid_value"),
        ("page=99999999999999999999", "page", "invalid_value"),
        ("updated_within=-5", "updated_within", "invalid_value"),
        ("q=%00", "q", "invalid_value"),
        ("q=%ff", "query", "invalid_value"),
    ],
)
@pytest.mark.parametrize("meta", [False, True], ids=["list", "meta"])
def test_a_value_that_cannot_be_understood_is_told(world: World, query: str, field: str, code: str, meta: bool) -> None:
    answer = world.ask("admin", query, meta=meta)
    body = answer.json()
    assert answer.status_code == 400
    assert body["description"]
    assert body["errors"] == [{"field": field, "message": body["description"], "code": code}]


@pytest.mark.parametrize("query", ["status=all&page={}", "status=all&page={}&assignee_type=unassigned&sort_by=unread"])
def test_pages_add_up_to_everything_once(world: World, query: str) -> None:
    everything = world.ids("admin", query.replace("page={}", "updated_within=9999999999"))
    pages = [world.ids("admin", query.format(n)) for n in range(1, 6)]
    assert [number for page in pages for number in page] == everything
    assert [len(page) for page in pages][:3] == [25, 25, 25]


@pytest.mark.parametrize("page", [6, 1000, 2**31, 2**63 // 25])
def test_past_the_end_is_an_empty_page_with_the_right_counts(world: World, page: int) -> None:
    answer = world.ask("admin", f"status=all&page={page}")
    assert answer.status_code == 200
    assert answer.json()["data"]["payload"] == []
    assert answer.json()["data"]["meta"] == world.ask("admin", "status=all").json()["data"]["meta"]


def test_the_page_size_is_a_setting(serve: Callable[..., Live], database: str) -> None:
    live = serve(chatwoot_page_size="7")
    small = run(build(database, live.url))
    small.fill(fill)
    assert [len(small.ids("admin", f"inbox_id={MAIL}&page={n}")) for n in (1, 8, 9, 10)] == [7, 7, 4, 0]


def test_a_list_without_pages_is_streamed_and_gives_its_connection_back(serve: Callable[..., Live], database: str) -> None:
    live = serve(max_connections="2")
    long = run(build(database, live.url))
    long.execute(
        "INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind)"
        f" SELECT {ACCOUNT}, 1000 + n, 1, 'open', {ORDERS}, {CONTACT}, 'contact', 'contact' FROM generate_series(1, 1001) n"
    )
    url = f"{live.url}/api/v1/accounts/{ACCOUNT}/conversations?updated_within=9999999999&sort_by=created_at_asc"
    headers = {"api_access_token": long.tokens["admin"]}
    rows = long.rows("admin", "updated_within=9999999999&sort_by=created_at_asc")
    assert [row["id"] for row in rows] == list(range(1001, 2002))
    assert rows[-26:-1] == long.rows("admin", "sort_by=created_at_asc&page=40")
    for _ in range(5):
        with httpx.stream("GET", url, headers=headers) as answer:
            next(answer.iter_bytes(100))
    assert long.ids("admin", "sort_by=created_at_asc&page=41") == [2001]


def test_a_search_that_runs_out_of_time_says_so(serve: Callable[..., Live], database: str) -> None:
    """A term without three letters in a row is looked for conversation by conversation."""
    live = serve(search_budget_s="0.0001")
    slow = run(build(database, live.url))
    slow.execute(
        "INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind)"
        f" SELECT {ACCOUNT}, 1000 + n, 1, 'open', {ORDERS}, {CONTACT}, 'contact', 'contact' FROM generate_series(1, 11000) n"
    )
    assert slow.ask("admin", "q=zz").json()["data"]["meta"]["search_incomplete"] is True
    assert slow.ask("admin", "q=zz", meta=True).json()["meta"]["search_incomplete"] is True
    assert "search_incomplete" not in slow.ask("admin", "q=zebra").json()["data"]["meta"]


def late(row: dict[str, Any], key: str) -> float:
    """A missing value last, whatever the direction."""
    return math.inf if row[key] is None else row[key].timestamp()


def soon(row: dict[str, Any], key: str) -> float:
    return -row[key].timestamp() if row[key] is not None else math.inf


SORTS: dict[str, Callable[[dict[str, Any]], tuple[Any, ...]]] = {
    "last_activity_at_desc": lambda r: (soon(r, "last_activity_at"), -r["number"]),
    "latest": lambda r: (soon(r, "last_activity_at"), -r["number"]),
    "last_activity_at_asc": lambda r: (late(r, "last_activity_at"), r["number"]),
    "created_at_asc": lambda r: (late(r, "created_at"), r["number"]),
    "sort_on_created_at": lambda r: (late(r, "created_at"), r["number"]),
    "created_at_desc": lambda r: (soon(r, "created_at"), -r["number"]),
    "priority_desc": lambda r: (r["priority"] is None, -(r["priority"] or 0), soon(r, "last_activity_at"), -r["number"]),
    "sort_on_priority": lambda r: (r["priority"] is None, -(r["priority"] or 0), soon(r, "last_activity_at"), -r["number"]),
    "priority_asc": lambda r: (r["priority"] is None, r["priority"] or 0, soon(r, "last_activity_at"), -r["number"]),
    "priority_desc_created_at_asc": lambda r: (
        r["priority"] is None, -(r["priority"] or 0), late(r, "created_at"), -r["number"],
    ),
    "waiting_since_asc": lambda r: (late(r, "waiting_since"), late(r, "created_at"), r["number"]),
    "sort_on_waiting_since": lambda r: (late(r, "waiting_since"), late(r, "created_at"), r["number"]),
    "waiting_since_desc": lambda r: (soon(r, "waiting_since"), late(r, "created_at"), r["number"]),
    "unread": lambda r: (-r["unread_count"], soon(r, "last_activity_at"), -r["number"]),
}  # fmt: skip


@pytest.mark.parametrize("sort_by", SORTS)
def test_each_sort_orders_every_page(world: World, sort_by: str) -> None:
    """Nulls last, ties broken by the number: the same row never stands on two pages."""
    rows = [{"number": FIRST + n} | sortable(n) for n in range(MANY)]
    expected = [row["number"] for row in sorted(rows, key=SORTS[sort_by])]
    query = f"status=all&team_id={EMPTY_TEAM}&sort_by={sort_by}"
    assert [number for n in (1, 2, 3) for number in world.ids("admin", f"{query}&page={n}")] == expected
    assert world.ids("admin", f"{query}&updated_within=9999999999") == expected


def test_updated_within_counts_seconds_and_knows_no_pages(world: World) -> None:
    world.execute(f"UPDATE conversations SET modified_at = now() - interval '90 seconds' WHERE number < {FIRST + 30} AND number >= {FIRST}")
    recent = [FIRST + n for n in range(30)]
    assert sorted(world.ids("admin", "status=all&updated_within=300&page=9")) == recent
    assert world.ids("admin", "status=all&updated_within=30") == []
    assert world.ids("admin", "status=all&updated_within=0") == []
    assert len(world.ids("admin", "status=all&updated_within=99999999999999999999")) == world.counts("admin")[3]
    assert world.counts("admin", "status=all&updated_within=30") == world.counts("admin")


def test_an_empty_account_answers_an_empty_page(world: World) -> None:
    answer = world.ask("foreign", account=OTHER)
    counts = {"mine_count": 0, "assigned_count": 0, "unassigned_count": 0, "all_count": 0}
    assert (answer.status_code, answer.json()) == (200, {"data": {"meta": counts, "payload": []}})
    assert world.ask("foreign", account=OTHER, meta=True).json() == {"meta": counts}


def test_counts_under_q_are_full(world: World) -> None:
    """The original counts at most one page of them."""
    for n in range(MANY):
        world.fill(add_message, 5000 + n, FIRST + n, body="pelican crossing")
    assert world.counts("admin", "q=pelican") == (0, 0, MANY, MANY)
    assert world.counts("admin", "q=pelican&page=3") == (0, 0, MANY, MANY)
    assert len(world.ids("admin", "q=pelican&page=3")) == MANY - 50


def test_other_methods_are_refused_and_a_trailing_slash_is_not(world: World) -> None:
    path = f"{world.url}/api/v1/accounts/{ACCOUNT}/conversations"
    headers = {"api_access_token": world.tokens["admin"]}
    assert httpx.delete(path, headers=headers).status_code == 405
    assert httpx.get(f"{path}/", headers=headers, follow_redirects=True).status_code == 200
    assert httpx.head(path, headers=headers).status_code == 200


def test_the_answer_is_json_in_utf_8(world: World) -> None:
    assert world.ask("admin").headers["content-type"] == "application/json; charset=utf-8"


def test_chatwoot_sdk_lists(world: World) -> None:
    with ChatwootClient(world.url, world.tokens["admin"]) as client:
        listed = client.conversations.list(ACCOUNT, status="open", labels=["billing"], inbox_id=STOREFRONT)
        assert sorted(conversation.id for conversation in listed) == [30, 31]
        assert listed[0].labels
        assert listed[0].meta.sender.name == "Quiet"
        assert [row.id for row in client.conversations.list(ACCOUNT, status="all", q="cotton")] == [40]
        assert [row.id for row in client.conversations.list(ACCOUNT, assignee_type="me")] == []
        with pytest.raises(ChatwootValidationError, match="status must be one of"):
            client.conversations.list(ACCOUNT, status="bogus")
        with pytest.raises(ChatwootNotFoundError):
            client.conversations.list(98765)
    with ChatwootClient(world.url, "nonsense") as stranger, pytest.raises(ChatwootAuthError):
        stranger.conversations.list(ACCOUNT)


def test_mine_is_what_is_assigned_to_the_caller(world: World) -> None:
    world.execute(f"UPDATE conversations SET assignee_user_id = {BO} WHERE number IN (30, 31)")
    assert world.ids("agent", "assignee_type=me") == [31, 30]
    assert world.counts("agent")[0] == 3
