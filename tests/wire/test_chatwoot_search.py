"""Search on Chatwoot's wire (contract 3.1, 8.1.11-12): conversations/search, and search over everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.chatwoot.search import MOST_MESSAGES
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    ADA,
    BO,
    BOT,
    CONTACT,
    FULL,
    MAIL,
    ORDERS,
    OTHER,
    QUIET_CONTACT,
    STOREFRONT,
    T0,
    World,
    add_conversation,
    add_message,
    build,
    insert,
    run,
)
from tests.wire.conftest import Live

TENT, NOTE, IN_MAIL, MANY = 301, 302, 303, 304
FIRST, SECOND, ACTIVITY, PRIVATE, BOTS, HIDDEN, MAILED = range(3001, 3008)


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    built = run(build(live.dsn, live.url))
    built.fill(_fill)
    return built


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


async def _fill(connection: Any) -> None:
    for number, inbox in ((TENT, STOREFRONT), (NOTE, ORDERS), (IN_MAIL, MAIL)):
        contact = CONTACT if number == TENT else QUIET_CONTACT
        await add_conversation(connection, number, inbox_id=inbox, contact_id=contact, assignee_user_id=BO if number == TENT else None)
    late = {"created_at": T0 + timedelta(hours=1)}
    await add_message(connection, FIRST, TENT, author_id=CONTACT, body="test1: the Tent is torn")
    await add_message(
        connection, SECOND, TENT, kind="outgoing", author_kind="user", author_id=BO, body="test2: we send another tent", **late
    )
    await add_message(
        connection, ACTIVITY, TENT, kind="activity", author_kind="system", author_id=None, event_type="annotated", body="tent closed"
    )
    await add_message(
        connection, PRIVATE, NOTE, kind="outgoing", author_kind="user", author_id=ADA, body="a tent note", visibility="internal"
    )
    await add_message(connection, BOTS, NOTE, kind="outgoing", author_kind="bot", author_id=BOT, body="50%_off tents", **late)
    await add_message(connection, HIDDEN, NOTE, author_id=ADA, author_kind="user", body="my own tent", visibility="private")
    await add_message(connection, MAILED, IN_MAIL, body="a tent by mail", created_at=T0 + timedelta(hours=2))
    await connection.execute("UPDATE conversations SET last_activity_at = $1 WHERE tenant_id = 1 AND number > 300", T0 + timedelta(hours=3))
    await insert(connection, "contacts", id=400, name="No address")
    await insert(connection, "contacts", id=401, name="Quim", email="quim@mail.test", last_activity_at=T0 + timedelta(days=1))


def test_8_1_11_nobody_is_refused(chatwoot: Chatwoot) -> None:
    for path in ("conversations/search", "search", "search/conversations", "search/contacts", "search/messages", "search/articles"):
        for who in ("", "contact", "bot", "foreign"):
            chatwoot.get(path, who=who, expect=401, params={"q": "x"})


def test_8_1_12_only_the_messages_that_match(chatwoot: Chatwoot) -> None:
    answer = chatwoot.get("conversations/search", params={"q": "test1"}, who="agent")
    assert answer["meta"] == {"mine_count": 1, "unassigned_count": 0, "all_count": 1}
    (row,) = answer["payload"]
    assert [message["content"] for message in row["messages"]] == ["test1: the Tent is torn"]
    assert row["messages"][0] | {"created_at": 0} == {
        "content": "test1: the Tent is torn", "id": FIRST, "sender_name": "Zoë", "message_type": 0, "created_at": 0,
    }  # fmt: skip
    assert (row["id"], row["contact"], row["account_id"]) == (TENT, {"id": CONTACT, "name": "Zoë"}, 1)
    assert row["inbox"] == {"id": STOREFRONT, "name": "Storefront", "channel_type": "Channel::WebWidget"}


def test_without_q_every_entry_of_the_conversations_is_shown(chatwoot: Chatwoot) -> None:
    rows = {row["id"]: row for row in chatwoot.get("conversations/search", params={"status": "all"})["payload"]}
    assert [message["id"] for message in rows[TENT]["messages"]] == [FIRST, ACTIVITY, SECOND]
    assert "sender_name" not in rows[TENT]["messages"][1]


def test_the_lists_parameters_hold(chatwoot: Chatwoot) -> None:
    def numbers(**params: Any) -> list[int]:
        return [row["id"] for row in chatwoot.get("conversations/search", params={"q": "TENT"} | params)["payload"]]

    assert set(numbers()) == {TENT, NOTE, IN_MAIL}
    assert numbers(assignee_type="assigned") == [TENT]
    assert numbers(inbox_id=ORDERS) == [NOTE]
    assert numbers(page=2) == []
    chatwoot.get("conversations/search", params={"q": "x", "status": "bogus"}, expect=200)
    assert chatwoot.get("conversations/search", params={"sort_by": "bogus"}, expect=400)["errors"][0]["field"] == "sort_by"
    chatwoot.get("conversations/search", params={"team_id": 99}, expect=404)


def test_many_messages_are_cut_to_the_newest(chatwoot: Chatwoot, world: World) -> None:
    world.fill(add_conversation, MANY)
    world.execute(
        f"""INSERT INTO messages (tenant_id, id, conversation_number, kind, author_kind, author_id, body, created_at)
            SELECT 1, 500000 + i, {MANY}, 'incoming', 'contact', {QUIET_CONTACT}, 'gnu ' || i, now() + i * interval '1 second'
            FROM generate_series(1, {MOST_MESSAGES + 5}) i"""
    )
    try:
        (row,) = chatwoot.get("conversations/search", params={"q": "gnu"})["payload"]
        assert [row["messages"][place]["content"] for place in (0, -1)] == ["gnu 6", f"gnu {MOST_MESSAGES + 5}"]
    finally:
        world.execute(f"DELETE FROM conversations WHERE tenant_id = 1 AND number = {MANY}")


def messages(chatwoot: Chatwoot, q: str, who: str = "admin", **params: Any) -> list[int]:
    answer = chatwoot.get("search/messages", params={"q": q} | params, who=who)
    return [row["id"] for row in answer["payload"]["messages"]]


def test_messages_over_the_whole_history_the_newest_first(chatwoot: Chatwoot) -> None:
    assert messages(chatwoot, "tent") == [MAILED, BOTS, SECOND, HIDDEN, PRIVATE, FIRST]
    assert datetime.now(UTC) - timedelta(days=90) > T0, "older than what the original looks at"


def test_messages_that_the_caller_may_see(chatwoot: Chatwoot) -> None:
    assert messages(chatwoot, "tent", "agent") == [SECOND, FIRST]
    assert messages(chatwoot, "tent", "manager") == [BOTS, SECOND, PRIVATE, FIRST]
    assert messages(chatwoot, "tent", "picker") == []
    assert messages(chatwoot, "tent", "idle") == messages(chatwoot, "tent", "powerless") == []
    assert chatwoot.get("search/messages", params={"q": "tent"}, who="foreign", expect=401)
    assert chatwoot.ask("GET", "search", params={"q": "tent"}, who="foreign", account=OTHER).json()["payload"]["messages"] == []


def test_messages_narrowed(chatwoot: Chatwoot) -> None:
    assert messages(chatwoot, "tent", **{"from": f"contact:{CONTACT}"}) == [FIRST]
    assert messages(chatwoot, "tent", **{"from": f"agent:{BO}"}) == [SECOND]
    assert messages(chatwoot, "tent", inbox_id=MAIL) == [MAILED]
    hour = int(T0.timestamp()) + 1800
    assert messages(chatwoot, "tent", since=hour) == [MAILED, BOTS, SECOND]
    assert messages(chatwoot, "tent", until=hour) == [HIDDEN, PRIVATE, FIRST]
    assert messages(chatwoot, " 50%_off ") == [BOTS]
    refused = chatwoot.get("search/messages", params={"q": "x", "from": "everybody"}, expect=400)
    assert refused["errors"][0]["field"] == "from"


def test_the_shape_of_a_message(chatwoot: Chatwoot) -> None:
    (row,) = chatwoot.get("search/messages", params={"q": "test1"})["payload"]["messages"]
    assert row["inbox"] == {"id": STOREFRONT, "channel_id": STOREFRONT, "name": "Storefront", "channel_type": "Channel::WebWidget"}
    assert (row["sender"]["type"], row["sender"]["id"]) == ("contact", CONTACT)
    assert (row["conversation_id"], row["inbox_id"], row["message_type"], row["content_type"]) == (TENT, STOREFRONT, 0, "text")
    assert list(row)[:8] == ["id", "content", "message_type", "content_type", "source_id", "inbox_id", "conversation_id", "created_at"]
    (with_file,) = chatwoot.get("search/messages", params={"q": "Where is my order"})["payload"]["messages"]
    assert [file["file_type"] for file in with_file["attachments"]] == ["image"]


def test_an_imported_channel_keeps_its_number(chatwoot: Chatwoot, world: World) -> None:
    world.execute(f"UPDATE inboxes SET channel_id = 7 WHERE tenant_id = 1 AND id = {STOREFRONT}")
    (row,) = chatwoot.get("search/messages", params={"q": "test1"})["payload"]["messages"]
    assert (row["inbox"]["id"], row["inbox"]["channel_id"]) == (STOREFRONT, 7)
    world.execute(f"UPDATE inboxes SET channel_id = NULL WHERE tenant_id = 1 AND id = {STOREFRONT}")


def test_pages_of_fifteen(chatwoot: Chatwoot, world: World) -> None:
    for number in range(601, 641):
        world.fill(_numbered, number)
    try:
        pages = [messages(chatwoot, "okapi", page=page) for page in (1, 2, 3, 6, 7)]
        assert list(map(len, pages)) == [15, 15, 15, 5, 0]
        assert pages[0] == _newest_okapis()[:15]
        assert pages[1] == _newest_okapis()[15:30]
        assert pages[3] == _newest_okapis()[75:]
        found = chatwoot.get("search/conversations", params={"q": "Quiet", "page": 2})["payload"]["conversations"]
        assert len(found) == 15
        assert messages(chatwoot, "okapi", page=2000) == []
    finally:
        world.execute("DELETE FROM conversations WHERE tenant_id = 1 AND number > 600")


def _newest_okapis() -> list[int]:
    """The first message of each conversation is old, the second new: both orders cross."""
    dated = [(_sent(number, place), number * 100 + place) for number in range(601, 641) for place in (0, 1)]
    return [number for _, number in sorted(dated, reverse=True)]


def _sent(number: int, place: int) -> datetime:
    return T0 + timedelta(days=number if place else 2000 - number)


async def _numbered(connection: Any, number: int) -> None:
    latest = max(_sent(number, 0), _sent(number, 1))
    await add_conversation(connection, number, at=T0, last_activity_at=latest)
    for place in (0, 1):
        await add_message(connection, number * 100 + place, number, body="an okapi", created_at=_sent(number, place))


def test_contacts_by_any_part_of_what_they_are_known_by(chatwoot: Chatwoot) -> None:
    def contacts(q: str, **params: Any) -> list[int]:
        return [row["id"] for row in chatwoot.get("search/contacts", params={"q": q} | params, who="idle")["payload"]["contacts"]]

    assert contacts("mail.test") == [401, CONTACT]
    assert contacts("ZO") == contacts("9100") == contacts("EXT-1") == [CONTACT]
    assert contacts("No address") == [], "only who can be written to"
    assert contacts("") == [401, CONTACT]
    assert contacts("mail.test", since=int(T0.timestamp()) + 60) == [401]
    assert contacts("mail.test", page=2) == []
    (shown,) = chatwoot.get("search/contacts", params={"q": "zo"})["payload"]["contacts"]
    assert shown == {
        "email": "zoe@mail.test", "id": CONTACT, "name": "Zoë", "phone_number": "+351910000000", "identifier": "ext-1",
        "additional_attributes": {"city": "Köln"}, "last_activity_at": int(T0.timestamp()),
    }  # fmt: skip


def test_conversations_by_number_or_contact(chatwoot: Chatwoot) -> None:
    def numbers(q: str, who: str = "admin", **params: Any) -> list[int]:
        return [row["id"] for row in chatwoot.get("search/conversations", params={"q": q} | params, who=who)["payload"]["conversations"]]

    assert numbers("30") == [IN_MAIL, NOTE, TENT]
    assert numbers("30", "agent") == [TENT]
    assert numbers("zoe@") == [FULL, TENT]
    assert numbers("quiet") == [IN_MAIL, NOTE]
    assert numbers("nothing holds this") == []
    assert set(numbers("")) == {FULL, TENT, NOTE, IN_MAIL}
    assert numbers("30", until=int(T0.timestamp())) == []


def test_a_conversation_that_was_found(chatwoot: Chatwoot) -> None:
    (row,) = chatwoot.get("search/conversations", params={"q": str(TENT)})["payload"]["conversations"]
    assert list(row) == ["id", "account_id", "created_at", "message", "contact", "inbox", "agent", "additional_attributes"]
    assert row["message"]["id"] == FIRST
    assert row["agent"] == {"id": BO, "available_name": "Bo", "email": "u2@x.test", "name": "Bo", "role": "agent"}
    (unassigned,) = chatwoot.get("search/conversations", params={"q": str(NOTE)}, who="manager")["payload"]["conversations"]
    assert "agent" not in unassigned
    assert unassigned["message"]["id"] == PRIVATE, "the private one is another's"


def test_everything_at_once(chatwoot: Chatwoot) -> None:
    found = chatwoot.get("search", params={"q": "quim"})["payload"]
    assert {kind: len(rows) for kind, rows in found.items()} == {"conversations": 0, "contacts": 1, "messages": 0, "articles": 0}
    assert chatwoot.get("search/articles", params={"q": "x"}) == {"payload": {"articles": []}}
    assert list(chatwoot.get("search")["payload"]) == ["conversations", "contacts", "messages", "articles"]
    for params in (
        {"q": "x", "page": "0"},
        {"q": "x", "page": "2001"},
        {"q": "a\0"},
        {"q": "x", "since": "soon"},
        {"q": "x", "inbox_id": "y"},
    ):
        chatwoot.get("search", params=params, expect=400)
