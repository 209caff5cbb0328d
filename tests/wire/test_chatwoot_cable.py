"""Live connections at /cable (contract 5.2): the protocol, who gets what, who is there, and the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import asyncpg
import pytest

from tests.wire.cable_client import Cable, agents_identifier, contacts_identifier
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_public import OPEN, Visitor, come, open_doors
from tests.wire.chatwoot_world import (
    ADA,
    BO,
    CLOSED,
    CONTACT,
    FOREIGN,
    FULL,
    GONE,
    IDLE,
    MANAGER,
    ORDERS,
    OTHER,
    OWNER_OF_CLOSED,
    PARTNER,
    PICKER,
    POWERLESS_USER,
    STOREFRONT,
    World,
    build,
    run,
)
from tests.wire.conftest import Live

IDS = {
    "admin": ADA, "agent": BO, "idle": IDLE, "manager": MANAGER, "picker": PICKER, "partner": PARTNER, "powerless": POWERLESS_USER,
    "gone": GONE, "foreign": FOREIGN, "owner of closed": OWNER_OF_CLOSED,
}  # fmt: skip


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    open_doors(found)
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


Enter = Callable[..., Cable]


@pytest.fixture
def enter(world: World) -> Iterator[Enter]:
    """Connections of people by name, confirmed; ended with the test."""
    with ExitStack() as held:

        def come_in(who: str | Visitor) -> Cable:
            identifier = contacts_identifier(who.shown["pubsub_token"]) if isinstance(who, Visitor) else identifier_of(world, who)
            return held.enter_context(Cable(world.url)).enter(identifier)

        yield come_in


async def fetch(dsn: str, query: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def token_of(world: World, who: str) -> str:
    return str(run(fetch(world.dsn, f"SELECT pubsub_token FROM users WHERE id = {IDS[who]}")))


def identifier_of(world: World, who: str) -> str:
    account = {"foreign": OTHER, "owner of closed": CLOSED}.get(who, 1)
    return agents_identifier(token_of(world, who), IDS[who], account)


def say(chatwoot: Chatwoot, number: int = FULL, text: str = "Hello", *, who: str = "admin", **more: Any) -> dict[str, Any]:
    return dict(chatwoot.post(f"conversations/{number}/messages", {"content": text, **more}, who=who))


def mark(chatwoot: Chatwoot, *cables: Cable) -> None:
    """Something that the whole account hears: whatever came before it is there by then."""
    chatwoot.post("labels", {"title": f"mark{time.monotonic_ns()}"})
    for one in cables:
        one.event("account.cache_invalidated")


def test_the_protocol_is_the_one_that_clients_ask_for(world: World) -> None:
    with Cable(world.url) as cable:
        assert cable.until(lambda one: True) == {"type": "welcome"}
        assert cable.socket.subprotocol == "actioncable-v1-json"
        first, second = cable.wait_for_ping(), cable.wait_for_ping()
        assert first <= time.time() + 1
        assert 2 <= second - first <= 4


def test_an_identifier_comes_back_as_it_was_given(world: World) -> None:
    """Numbers may come as text, and keys in any order."""
    token = token_of(world, "agent")
    given = f'{{ "user_id":"{BO}","account_id" : "1", "pubsub_token":"{token}","channel":"RoomChannel"}}'
    with Cable(world.url) as cable:
        assert cable.subscribe(given) == {"identifier": given, "type": "confirm_subscription"}
        presence = cable.until(lambda one: "message" in one)
        assert presence["identifier"] == given
        cable.command("subscribe", given)
        cable.perform(given, "update_presence")
        cable.event("presence.update")
        assert [one.get("type") for one in cable.frames].count("confirm_subscription") == 1


def rejected_identifiers(world: World) -> dict[str, str]:
    agent, admin = token_of(world, "agent"), token_of(world, "admin")
    found = {
        "no such token": agents_identifier("x" * 32, BO),
        "another user's token": agents_identifier(admin, BO),
        "another account": agents_identifier(agent, BO, OTHER),
        "no such account": agents_identifier(agent, BO, 999),
        "too large an account": agents_identifier(agent, BO, 2**70),
        "who left": identifier_of(world, "gone"),
        "a suspended account": identifier_of(world, "owner of closed"),
        "a user's token as a contact's": contacts_identifier(agent),
        "no such contact's token": contacts_identifier("y" * 64),
        "an empty token": contacts_identifier(""),
        "a null byte": contacts_identifier("a\0b"),
        "another channel": json.dumps({"channel": "Elsewhere", "pubsub_token": agent, "account_id": 1, "user_id": BO}),
        "no object": "[]",
        "no JSON": "RoomChannel",
    }
    return found | {"a number as the token": json.dumps({"channel": "RoomChannel", "pubsub_token": 1})}


def test_who_is_not_let_in_is_rejected_and_the_connection_stays(world: World) -> None:
    with Cable(world.url) as cable:
        for name, identifier in rejected_identifiers(world).items():
            assert cable.subscribe(identifier) == {"identifier": identifier, "type": "reject_subscription"}, name
        assert cable.subscribe(identifier_of(world, "agent"))["type"] == "confirm_subscription"


def test_what_is_not_understood_is_passed_over(world: World) -> None:
    identifier = identifier_of(world, "agent")
    with Cable(world.url) as cable:
        for text in ("", "x", "[]", "{}", "1", '{"command": 1, "identifier": 2}', '{"command": "dance", "identifier": "x"}', "[" * 20000):
            cable.send(text)
        cable.send(b"\xff\x00")
        cable.command("message", identifier, data='{"action": "update_presence"}')
        cable.command("unsubscribe", "nothing")
        cable.send({"command": "subscribe", "identifier": "x" * 20_000})
        assert cable.subscribe(identifier)["type"] == "confirm_subscription"
        for data in ("x", "[]", '{"action": 7}', '{"action": "destroy_all"}'):
            cable.command("message", identifier, data=data)
        cable.perform(identifier, "update_presence")
        cable.event("presence.update")


def test_an_agent_hears_what_happens_in_their_inbox(chatwoot: Chatwoot, enter: Enter) -> None:
    cable = enter("agent")
    sent = say(chatwoot, text="A word", echo_id="e-1")
    data = cable.event("message.created")
    same = ("id", "content", "inbox_id", "conversation_id", "message_type", "created_at", "private", "echo_id", "sender")
    assert {name: data[name] for name in same} == {name: sent[name] for name in same}
    assert data["account_id"] == 1
    assert data["performer"]["id"] == ADA
    assert data["conversation"]["assignee_id"] == BO
    chatwoot.post(f"conversations/{FULL}/toggle_status", {"status": "resolved"})
    assert cable.event("conversation.status_changed")["status"] == "resolved"
    chatwoot.post(f"conversations/{FULL}/toggle_status", {"status": "open"})
    assert cable.event("conversation.status_changed")["status"] == "open"
    chatwoot.post(f"conversations/{FULL}/assignments", {"assignee_id": ADA})
    assert cable.event("assignee.changed")["meta"]["assignee"]["id"] == ADA
    chatwoot.post(f"conversations/{FULL}/assignments", {"assignee_id": BO})
    assert cable.event("assignee.changed")["meta"]["assignee"]["id"] == BO


def test_nobody_hears_of_what_they_may_not_see(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    """Each of every kind of caller: a conversation of an inbox, unassigned; then the same, somebody's."""
    visitor = come(chatwoot, OPEN, name="Vi")
    mark(chatwoot, enter("admin"))  # what was said before has been handed out
    here = {name: enter(name) for name in ("admin", "agent", "idle", "manager", "picker", "partner", "powerless")}
    foreign = enter("foreign")
    number = visitor.start("In orders")
    chatwoot.post("conversations", {"source_id": "web-1", "inbox_id": STOREFRONT, "contact_id": CONTACT, "message": {"content": "Shop"}})
    say(chatwoot, FULL, "Bo's")
    mark(chatwoot, *here.values())
    chatwoot.post("labels", {"title": "theirs"}, who="foreign", account=OTHER)
    foreign.event("account.cache_invalidated")
    heard = {name: spoken(cable) for name, cable in here.items()}
    everything, shop = {"In orders", "Shop", "Bo's"}, {"Shop", "Bo's"}
    assert heard == {
        "admin": everything, "agent": shop, "idle": set(), "manager": everything, "picker": {"Shop"}, "partner": set(), "powerless": set(),
    }  # fmt: skip
    assert spoken(foreign) == set()
    assert all(one["message"]["data"]["account_id"] == OTHER for one in foreign.frames if "message" in one)
    unseen = [f for f in here["agent"].frames if number in conversations_in(f)]
    assert unseen == []


def spoken(cable: Cable) -> set[str]:
    """What was said in the messages that came."""
    told = [one["message"] for one in cable.frames if one.get("message", {}).get("event") == "message.created"]
    return {one["data"]["content"] for one in told if one["data"]["message_type"] != 2}


def conversations_in(frame: dict[str, Any]) -> set[int]:
    """The conversations that a frame is about."""
    message = frame.get("message", {})
    data, event = message.get("data", {}), message.get("event", "")
    if event.startswith(("conversation.", "assignee.", "team.")):
        return {data.get("conversation", data).get("id")}
    return {data.get("conversation_id")}


def test_joining_and_leaving_an_inbox_takes_effect_at_once(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    number = come(chatwoot, OPEN, name="Jo").start()
    cable = enter("idle")
    mark(chatwoot, cable)  # what was said before them has been handed out: in one batch with their joining it would be theirs to see
    for step in ("in", "out", "in again", "out again"):
        change = ("POST", 200) if step.startswith("in") else ("DELETE", 200)
        chatwoot.call(change[0], "inbox_members", {"inbox_id": ORDERS, "user_ids": [IDLE]}, expect=change[1])
        say(chatwoot, number, step)
        mark(chatwoot, cable)
    assert spoken(cable) == {"in", "in again"}


def test_a_role_that_changes_takes_effect_at_once(chatwoot: Chatwoot, enter: Enter) -> None:
    cable = enter("idle")
    chatwoot.call("PATCH", f"agents/{IDLE}", {"role": "administrator"})
    say(chatwoot, text="as an administrator")
    mark(chatwoot, cable)
    chatwoot.call("PATCH", f"agents/{IDLE}", {"role": "agent"})
    say(chatwoot, text="as an agent")
    mark(chatwoot, cable)
    assert spoken(cable) == {"as an administrator"}


def test_a_contact_hears_of_their_own_conversation_and_no_notes(chatwoot: Chatwoot, enter: Enter) -> None:
    visitor, other = come(chatwoot, OPEN, name="Vera"), come(chatwoot, OPEN, name="Otto")
    number, elsewhere = visitor.start(), other.start()
    agent = enter("manager")
    mark(chatwoot, agent)  # how both began has been handed out
    cable = enter(visitor)
    say(chatwoot, elsewhere, "to Otto")
    say(chatwoot, number, "a note", private=True)
    say(chatwoot, number, "to Vera")
    chatwoot.post(f"conversations/{number}/toggle_typing_status", {"typing_status": "on"})
    assert cable.event("conversation.typing_on")["user"]["id"] == ADA
    visitor.post(f"/conversations/{number}/toggle_typing", {"typing_status": "on"})
    typing = agent.until(lambda one: one.get("message", {}).get("event") == "conversation.typing_on" and number in conversations_in(one))
    assert typing["message"]["data"]["user"]["type"] == "user"
    typing = agent.event("conversation.typing_on")
    assert typing["user"]["name"] == "Vera"
    say(chatwoot, number, "the last word")
    cable.event("message.created", content="the last word")
    assert spoken(cable) == {"to Vera", "the last word"}
    assert cable.events().count("conversation.typing_on") == 1, "who types is not told that they do"
    assert all(conversations_in(one) <= {number, None} for one in cable.frames)


def test_a_contacts_token_that_an_import_brought_still_works(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot, OPEN, name="Imported")
    source = f"tenant_id = 1 AND source_id = '{visitor.source_id}'"
    world.execute(f"UPDATE contact_points SET pubsub_token_hash = sha256('from before'), pubsub_token = NULL WHERE {source}")
    with Cable(world.url) as cable:
        assert cable.subscribe(contacts_identifier(visitor.shown["pubsub_token"]))["type"] == "reject_subscription"
        assert cable.subscribe(contacts_identifier("from before"))["type"] == "confirm_subscription"


def test_a_notification_is_for_one_user(chatwoot: Chatwoot, enter: Enter) -> None:
    chatwoot.post(f"conversations/{FULL}/assignments", {"assignee_id": ADA})
    told, other = enter("agent"), enter("admin")
    chatwoot.post(f"conversations/{FULL}/assignments", {"assignee_id": BO})
    notification = told.event("notification.created")
    assert notification["notification"]["primary_actor"]["id"] == FULL
    mark(chatwoot, told, other)
    assert "notification.created" not in other.events()


def test_after_unsubscribing_nothing_comes(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    left, stays = enter("agent"), enter("agent")
    identifier = identifier_of(world, "agent")
    left.command("unsubscribe", identifier)
    left.command("subscribe", "answered after it")
    left.until(lambda one: one.get("type") == "reject_subscription")
    say(chatwoot, text="unheard")
    mark(chatwoot, stays)
    assert spoken(stays) == {"unheard"}
    assert left.subscribe(identifier)["type"] == "confirm_subscription"
    left.event("presence.update")
    assert spoken(left) == set()


def test_a_new_password_ends_connections_and_the_token(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    cable, other, identifier = enter("picker"), enter("agent"), identifier_of(world, "picker")
    before = token_of(world, "picker")
    change_password(world, "picker")
    gone = cable.until(lambda one: one.get("type") == "disconnect")
    assert gone == {"type": "disconnect", "reason": "unauthorized", "reconnect": False}
    cable.drain()
    assert token_of(world, "picker") != before
    with Cable(world.url) as again:
        assert again.subscribe(identifier)["type"] == "reject_subscription"
        assert again.subscribe(identifier_of(world, "picker"))["type"] == "confirm_subscription"
    say(chatwoot, text="others stay")
    other.event("message.created", content="others stay")


def change_password(world: World, who: str) -> None:
    """As the user's own form does it, in the store: the world's users have no password yet."""
    from parley.actions import sessions
    from parley.actions.context import Context
    from parley.domain.principals import Ref
    from parley.store.database import Database

    async def change() -> None:
        database = await Database.open(world.dsn, max_connections=1)
        context = Context(database=database, cursor_key=b"k" * 32)
        try:
            async with database.write(0) as connection:
                await sessions.change_password(connection, context, Ref("user", IDS[who]), IDS[who], "Sample-1234")
        finally:
            await database.close()

    run(change())


def test_who_leaves_the_account_is_sent_away(chatwoot: Chatwoot, enter: Enter) -> None:
    cable = enter("powerless")
    chatwoot.call("DELETE", f"agents/{POWERLESS_USER}")
    assert cable.until(lambda one: one.get("type") == "disconnect")["reason"] == "unauthorized"
    cable.drain()


def test_a_contact_that_is_deleted_is_sent_away(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    visitor = come(chatwoot, OPEN, name="Brief")
    cable = enter(visitor)
    assert "is Online" in chatwoot.call("DELETE", f"contacts/{visitor.shown['id']}", expect=422)["message"]
    world.execute("DELETE FROM contact_presences")
    chatwoot.call("DELETE", f"contacts/{visitor.shown['id']}")
    assert cable.until(lambda one: one.get("type") == "disconnect")["reason"] == "unauthorized"
    cable.drain()


def test_an_account_that_is_suspended_tells_nothing_more(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    cable = enter("foreign")
    told = "INSERT INTO events (tenant_id, kind, actor_kind) VALUES"
    world.execute(f"UPDATE tenants SET status = 'suspended' WHERE id = {OTHER}", f"{told} ({OTHER}, 'account.updated', 'system')")
    try:
        assert cable.until(lambda one: one.get("type") == "disconnect")["reconnect"] is False
        cable.drain()
        with Cable(world.url) as again:
            assert again.subscribe(identifier_of(world, "foreign"))["type"] == "reject_subscription"
    finally:
        world.execute(f"UPDATE tenants SET status = 'active' WHERE id = {OTHER}")


def test_presence_is_told_to_who_subscribes_and_who_tells(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    world.execute("DELETE FROM user_presences", "DELETE FROM contact_presences")
    visitor = come(chatwoot, OPEN, name="Here")
    with Cable(world.url) as first:
        identifier = identifier_of(world, "manager")
        assert first.subscribe(identifier)["type"] == "confirm_subscription"
        assert first.event("presence.update") == {"account_id": 1, "users": {str(MANAGER): "online"}, "contacts": {}}
        chatwoot.post("/api/v1/profile/availability", {"profile": {"account_id": 1, "availability": "busy"}}, who="manager")
        with Cable(world.url) as contact:
            contact.subscribe(contacts_identifier(visitor.shown["pubsub_token"]))
            assert contact.event("presence.update") == {"account_id": 1, "users": {str(MANAGER): "busy"}}
        first.perform(identifier, "update_presence")
        assert first.event("presence.update")["contacts"] == {str(visitor.shown["id"]): "online"}
        assert availability(chatwoot, MANAGER) == "busy"
        assert availability(chatwoot, BO) == "offline"
        assert chatwoot.get(f"contacts/{visitor.shown['id']}")["payload"]["availability_status"] == "online"
        world.execute("UPDATE user_presences SET seen_at = seen_at - interval '23 s'")
        world.execute("UPDATE contact_presences SET seen_at = seen_at - interval '91 s'")
        assert availability(chatwoot, MANAGER) == "offline"
        assert chatwoot.get(f"contacts/{visitor.shown['id']}")["payload"]["availability_status"] == "offline"
    chatwoot.post("/api/v1/profile/auto_offline", {"profile": {"account_id": 1, "auto_offline": False}}, who="manager")
    assert availability(chatwoot, MANAGER) == "busy", "what they chose shows, whether they are here or not"
    assert enter("agent").frames[-1]["message"]["data"]["users"] == {str(MANAGER): "busy", str(BO): "online"}


def availability(chatwoot: Chatwoot, user_id: int) -> str:
    return str(next(one for one in chatwoot.get("agents") if one["id"] == user_id)["availability_status"])


def test_a_user_sees_themselves_as_others_do(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    world.execute("DELETE FROM user_presences")

    def mine() -> str:
        return str(chatwoot.get("/api/v1/profile", who="agent")["accounts"][0]["availability_status"])

    assert mine() == "offline"
    enter("agent")
    assert mine() == "online"


def test_one_token_opens_so_many_connections_and_no_more(world: World) -> None:
    token = token_of(world, "partner")
    with ExitStack() as held:
        for round_ in range(3):
            cable = held.enter_context(Cable(world.url))
            for number in range(20 if round_ < 2 else 10):
                assert cable.subscribe(agents_identifier(token, PARTNER) + " " * (number + 1))["type"] == "confirm_subscription"
        refused = cable.subscribe(agents_identifier(token, PARTNER))
        assert (refused["type"], refused["reason"]) == ("reject_subscription", "too many connections with this token")
        full = cable.subscribe(identifier_of(world, "manager"))
        assert full["type"] == "confirm_subscription", "others are not concerned"


def test_an_event_that_cannot_be_shown_costs_no_other(chatwoot: Chatwoot, world: World, enter: Enter) -> None:
    cable = enter("agent")
    world.execute(
        "INSERT INTO events (tenant_id, kind, conversation_number, actor_kind, actor_id, data)"
        f" VALUES (1, 'conversation.updated', {FULL}, 'user', {ADA}, '\"no object\"')"
    )
    say(chatwoot, text="after it")
    cable.event("message.created", content="after it")
