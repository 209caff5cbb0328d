"""Who sees what on Chatwoot's list, and who is kept out (contract 1.4, section 4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from .chatwoot_world import (
    ACCOUNT,
    BO,
    BOT,
    CLOSED,
    CONTACT,
    FULL,
    GONE,
    IDLE,
    MAIL,
    MANAGER,
    ORDERS,
    OTHER,
    PARTNER,
    PICKER,
    STOREFRONT,
    T0,
    World,
    add_conversation,
    add_message,
    build,
    insert,
    run,
)
from .conftest import Live

NOTE, REPLY, SECRET = 1100, 1101, 1102
# Number: inbox, assignee. FULL is in the storefront, assigned to Bo, of the contact whose token asks.
PLACES = {
    11: (STOREFRONT, None),
    12: (STOREFRONT, PICKER),
    13: (ORDERS, None),
    14: (ORDERS, PARTNER),
    15: (STOREFRONT, PARTNER),
    16: (MAIL, None),
    18: (STOREFRONT, GONE),
}
BY_BOT = 17


async def fill(connection: Any) -> None:
    for number, (inbox, assignee) in PLACES.items():
        await add_conversation(connection, number, inbox_id=inbox, assignee_user_id=assignee)
    await add_conversation(connection, BY_BOT, assignee_bot_id=BOT)
    await insert(connection, "conversation_members", conversation_number=16, kind="contact", id=CONTACT)
    await insert(connection, "conversation_members", conversation_number=13, kind="user", id=IDLE)
    await insert(connection, "mentions", conversation_number=15, user_id=MANAGER)
    await insert(connection, "mentions", conversation_number=16, user_id=MANAGER)
    for message_id, minutes, words, visibility in (
        (REPLY, 10, "it is on its way", "external"),
        (NOTE, 20, "zebra note", "internal"),
        (SECRET, 30, "okapi secret", "private"),
    ):
        at = T0 + timedelta(minutes=minutes)
        await add_message(
            connection, message_id, FULL, kind="outgoing", author_kind="user", author_id=BO, body=words, visibility=visibility,
            created_at=at, updated_at=at,
        )  # fmt: skip


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    built = run(build(live.dsn, live.url))
    built.fill(fill)
    return built


SEEN = {
    "admin": [10, 11, 12, 13, 14, 15, 16, 17, 18],
    "agent": [10, 11, 12, 15, 17, 18],
    "idle": [],
    "manager": [10, 11, 12, 13, 14, 15, 17, 18],
    "picker": [11, 12, 17],
    "partner": [15],
    "powerless": [],
    "contact": [10, 16],
}


@pytest.mark.parametrize(("caller", "numbers"), SEEN.items())
def test_each_caller_sees_their_conversations_and_no_other(world: World, caller: str, numbers: list[int]) -> None:
    assert sorted(world.ids(caller)) == numbers


COUNTS = {
    "admin": (0, 5, 4, 9),
    "agent": (1, 4, 2, 6),
    "idle": (0, 0, 0, 0),
    "manager": (0, 5, 3, 8),
    "picker": (1, 1, 2, 3),
    "partner": (1, 1, 0, 1),
    "powerless": (0, 0, 0, 0),
    "contact": (0, 1, 1, 2),
}


@pytest.mark.parametrize(("caller", "numbers"), COUNTS.items())
def test_each_caller_counts_what_they_see(world: World, caller: str, numbers: tuple[int, ...]) -> None:
    """Mine, assigned, unassigned, all. A bot's conversation is unassigned; nothing is a contact's own."""
    assert world.counts(caller) == numbers
    assert len(world.ids(caller)) == numbers[3]


@pytest.mark.parametrize("caller", SEEN)
@pytest.mark.parametrize("asked", ["me", "assigned", "unassigned"])
def test_the_assignee_narrows_the_rows_and_never_the_counts(world: World, caller: str, asked: str) -> None:
    mine, assigned, unassigned, _ = COUNTS[caller]
    assert (
        len(world.ids(caller, f"status=all&assignee_type={asked}")) == {"me": mine, "assigned": assigned, "unassigned": unassigned}[asked]
    )
    assert world.counts(caller, f"status=all&assignee_type={asked}") == COUNTS[caller]


@pytest.mark.parametrize(("caller", "numbers"), {"idle": [13], "manager": [], "admin": [], "contact": []}.items())
def test_participating_shows_a_users_own_and_replaces_their_inboxes(world: World, caller: str, numbers: list[int]) -> None:
    assert world.ids(caller, "status=all&conversation_type=participating") == numbers
    assert world.counts(caller, "status=all&conversation_type=participating")[3] == len(numbers)


@pytest.mark.parametrize(("caller", "numbers"), {"manager": [15], "admin": [], "contact": []}.items())
def test_mentions_are_a_users_own_within_what_they_see(world: World, caller: str, numbers: list[int]) -> None:
    assert world.ids(caller, "status=all&conversation_type=mention") == numbers


def newest(world: World, caller: str) -> tuple[int, int]:
    row = world.row(FULL, caller)
    return row["messages"][0]["id"], row["last_non_activity_message"]["id"]


def test_a_private_message_is_its_authors_and_a_note_is_the_agents(world: World) -> None:
    assert newest(world, "agent") == (SECRET, SECRET)
    assert newest(world, "admin") == (NOTE, NOTE)
    assert newest(world, "contact") == (REPLY, REPLY)
    assert world.row(FULL, "admin")["messages"][0]["private"] is True
    assert world.row(FULL, "contact")["messages"][0]["private"] is False


@pytest.mark.parametrize(
    ("words", "finders"),
    [("zebra", {"admin", "agent", "manager"}), ("okapi", {"agent"}), ("its way", {"admin", "agent", "manager", "contact"})],
)
def test_search_finds_only_what_the_caller_may_read(world: World, words: str, finders: set[str]) -> None:
    for caller in SEEN:
        expected = [FULL] if caller in finders else []
        assert world.ids(caller, f"q={words}") == expected, caller
        assert world.counts(caller, f"q={words}")[3] == len(expected)


def test_an_agents_profile_stays_among_agents(world: World) -> None:
    """A contact sees who answers, and not that person's settings."""
    assert "ui_settings" in world.row(FULL, "agent")["meta"]["assignee"]
    assert not {"ui_settings", "message_signature", "accounts"} & world.row(FULL, "contact")["meta"]["assignee"].keys()


NOT_YOURS = {"error": "You are not authorized to access this account"}
NO_BOTS = {"error": "Access to this endpoint is not authorized for bots"}
NOT_THERE = {"error": "Resource could not be found"}
KEPT_OUT: list[tuple[str | None, int | str, int, dict[str, Any]]] = [
    (None, ACCOUNT, 401, {"errors": ["You need to sign in or sign up before continuing."]}),
    ("", ACCOUNT, 401, {"errors": ["You need to sign in or sign up before continuing."]}),
    ("nonsense", ACCOUNT, 401, {"error": "Invalid Access Token"}),
    ("nonsense", 98765, 401, {"error": "Invalid Access Token"}),
    ("bot", ACCOUNT, 401, NO_BOTS),
    ("bot", CLOSED, 401, NO_BOTS),
    ("bot", 98765, 401, NO_BOTS),
    ("foreign", ACCOUNT, 401, NOT_YOURS),
    ("foreign contact", ACCOUNT, 401, NOT_YOURS),
    ("admin", OTHER, 401, NOT_YOURS),
    ("contact", OTHER, 401, NOT_YOURS),
    ("gone", ACCOUNT, 401, NOT_YOURS),
    ("admin", 98765, 404, NOT_THERE),
    ("admin", "abc", 404, NOT_THERE),
    ("admin", "-1", 404, NOT_THERE),
    ("admin", "٣", 404, NOT_THERE),
    ("admin", 9999999999999999999999, 404, NOT_THERE),
    ("owner of closed", CLOSED, 401, {"error": "Account is suspended"}),
    ("admin", CLOSED, 401, {"error": "Account is suspended"}),
]


@pytest.mark.parametrize("meta", [False, True], ids=["list", "meta"])
@pytest.mark.parametrize(("caller", "account", "status", "body"), KEPT_OUT)
def test_who_is_kept_out_hears_why(
    world: World, caller: str | None, account: int | str, status: int, body: dict[str, Any], meta: bool
) -> None:
    answer = world.ask(caller, account=account, meta=meta)
    assert (answer.status_code, answer.json()) == (status, body)


def test_who_is_kept_out_hears_it_before_their_query_is_read(world: World) -> None:
    assert world.ask("foreign", "status=bogus").status_code == 401
    assert world.ask("admin", "status=bogus").status_code == 400


@pytest.mark.parametrize(
    "header",
    [
        {"api_access_token": "{}"},
        {"API_ACCESS_TOKEN": "{}"},
        {"api-access-token": "{}"},
        {"Api-Access-Token": "{}"},
        {"Authorization": "Bearer {}"},
        {"Authorization": "bearer {}"},
        {"Authorization": "{}"},
        {"api_access_token": "{}", "Authorization": "Basic eDp5"},
    ],
)
def test_every_spelling_of_the_header_carries_the_token(world: World, header: dict[str, str]) -> None:
    headers = {name: value.format(world.tokens["admin"]) for name, value in header.items()}
    answer = httpx.get(f"{world.url}/api/v1/accounts/{ACCOUNT}/conversations/meta", headers=headers)
    assert answer.status_code == 200


def test_a_token_in_the_query_is_no_token(world: World) -> None:
    assert world.ask(None, f"api_access_token={world.tokens['admin']}").status_code == 401
    answer = httpx.get(f"{world.url}/api/v1/accounts/1/conversations", headers={"Authorization": "Basic eDp5"})
    assert answer.status_code == 401
    assert "errors" in answer.json()


def test_a_revoked_or_expired_token_is_unknown(world: World) -> None:
    world.execute("UPDATE tokens SET expires_at = now() - interval '1 second' WHERE owner_kind = 'user' AND owner_id = 3")
    assert world.ask("idle").json() == {"error": "Invalid Access Token"}
    world.execute("UPDATE tokens SET expires_at = NULL, revoked_at = now() WHERE owner_kind = 'user' AND owner_id = 3")
    assert world.ask("idle").json() == {"error": "Invalid Access Token"}
    world.execute("UPDATE tokens SET revoked_at = NULL WHERE owner_kind = 'user' AND owner_id = 3")
    assert world.ask("idle").status_code == 200
