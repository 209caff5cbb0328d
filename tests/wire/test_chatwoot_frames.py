"""The frames of the cable (contract 5.2): each event's exact data, and who of those that are connected gets it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from parley.actions.context import Context
from parley.actions.reactions import react
from parley.actions.timeline import MessageEdit, update_message
from parley.chatwoot.event_frames import Audience, Frame, frames
from parley.domain.principals import Ref
from parley.store.database import Connection
from parley.store.events import list_events
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_heard import TENANT, Ears, Heard, act, listening, open_ears
from tests.wire.chatwoot_public import OPEN, Visitor, come, open_doors, proof
from tests.wire.chatwoot_world import ADA, BO, BOT, CONTACT, ORDERS, STOREFRONT, TEAM, World, build, run
from tests.wire.conftest import Live

ACTIVITY = 2
PERFORMER = ["id", "name", "available_name", "avatar_url", "type", "availability_status", "thumbnail"]
CONVERSATION = [
    "additional_attributes", "can_reply", "channel", "contact_inbox", "id", "inbox_id", "messages", "labels", "meta", "status",
    "custom_attributes", "snoozed_until", "unread_count", "first_reply_created_at", "priority", "waiting_since", "agent_last_seen_at",
    "contact_last_seen_at", "last_activity_at", "timestamp", "created_at", "updated_at", "account_id", "performer",
]  # fmt: skip
CONTACT_KEYS = [
    "additional_attributes", "custom_attributes", "email", "id", "identifier", "name", "phone_number", "thumbnail", "blocked", "type",
    "account_id", "performer",
]  # fmt: skip


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    open_doors(found)
    open_ears(found, [])
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


@pytest.fixture(scope="module")
def ears(world: World) -> Iterator[Ears]:
    with listening(world) as found:
        yield found


@pytest.fixture
def heard(ears: Ears) -> Heard:
    return Heard(ears).having()


@pytest.fixture
def number(chatwoot: Chatwoot, heard: Heard) -> int:
    """A new conversation of the orders' inbox, of which nothing was heard yet."""
    made = chatwoot.post("conversations", {"inbox_id": ORDERS, "contact_id": CONTACT})
    heard.mark()
    return int(made["id"])


@pytest.fixture
def visitor(chatwoot: Chatwoot) -> Visitor:
    return come(chatwoot, OPEN, name="Ida")


def point_of(ears: Ears, source_id: str) -> int:
    async def find(connection: Connection, _context: Context) -> int:
        return int(await connection.fetchval("SELECT id FROM contact_points WHERE tenant_id = 1 AND source_id = $1", source_id))

    return ears.work(1, find)


def in_inbox(number: int, inbox_id: int = ORDERS, points: tuple[int, ...] = ()) -> Audience:
    return Audience(inbox_id=inbox_id, point_ids=points, conversation_number=number)


def talk(heard: Heard) -> list[str]:
    """Names in order, without what tells people of changes."""
    return [one.event for one in heard.talk() if one.data.get("message_type") != ACTIVITY]


def spoken(heard: Heard, kind: int = 1) -> Frame:
    """The one new message of an agent, or of another type."""
    (found,) = [one for one in heard.frames("message.created") if one.data["message_type"] == kind]
    return found


def test_a_message_is_shown_as_the_list_shows_it(chatwoot: Chatwoot, heard: Heard, visitor: Visitor, ears: Ears) -> None:
    number = visitor.start()
    heard.mark()
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi", "echo_id": "e-1"})
    frame = spoken(heard)
    listed = chatwoot.get(f"conversations/{number}")["messages"][0]
    listed.pop("attachment", None)
    assert frame.data == listed | {"account_id": 1, "performer": frame.data["performer"]}
    assert (list(frame.data["performer"]), frame.data["performer"]["id"]) == (PERFORMER, ADA)
    assert frame.data["echo_id"] == "e-1"
    assert frame.audience == in_inbox(number, points=(point_of(ears, visitor.source_id),))


def test_a_contacts_message_has_no_performer(heard: Heard, visitor: Visitor) -> None:
    heard.mark()
    number = visitor.start()
    frame = heard.frame("message.created")
    assert (frame.data["message_type"], frame.data["conversation_id"], frame.data["account_id"]) == (0, number, 1)
    assert "performer" not in frame.data
    assert talk(heard) == ["conversation.created", "message.created"]


def test_a_note_is_not_for_the_contact(chatwoot: Chatwoot, heard: Heard, visitor: Visitor) -> None:
    number = visitor.start()
    heard.mark()
    chatwoot.post(f"conversations/{number}/messages", {"content": "Between us", "private": True})
    frame = spoken(heard)
    assert (frame.data["private"], frame.audience) == (True, in_inbox(number))


def test_the_first_answer_is_told_to_agents(chatwoot: Chatwoot, heard: Heard, visitor: Visitor) -> None:
    number = visitor.start()
    heard.mark()
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
    assert talk(heard) == ["message.created", "first.reply.created", "conversation.updated"]
    first = heard.frame("first.reply.created")
    assert (first.data["content"], first.audience) == ("Hi", in_inbox(number))
    heard.mark()
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi again"})
    assert talk(heard) == ["message.created"]


def test_an_update_of_a_message_tells_what_it_was(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    message_id = chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})["id"]
    heard.mark()
    chatwoot.call("PATCH", f"conversations/{number}/messages/{message_id}", {"status": "delivered"})
    frame = heard.frame("message.updated")
    assert frame.data["status"] == "delivered"
    assert frame.data["previous_changes"]["status"] == ["sent", "delivered"]
    heard.mark()
    chatwoot.call("DELETE", f"conversations/{number}/messages/{message_id}")
    deleted = heard.frame("message.updated")
    assert deleted.data["content"] == "This message was deleted"
    assert deleted.data["previous_changes"] == {
        "content": [None, "This message was deleted"],
        "content_attributes": [None, {"deleted": True}],
    }
    assert len(deleted.audience.point_ids) == 1


def test_what_was_said_before_a_change_is_not_told(chatwoot: Chatwoot, heard: Heard, world: World, number: int) -> None:
    """Words are changed on DevRev's wire; emoji, which this one does not know, are no update."""
    message_id = chatwoot.post(f"conversations/{number}/messages", {"content": "My secret"})["id"]
    heard.mark()
    act(world, update_message, message_id, MessageEdit(body="My words"))
    act(world, react, message_id, "\N{THUMBS UP SIGN}", "add")
    frame = heard.frame("message.updated")
    assert frame.data["content"] == "My words"
    assert frame.data["previous_changes"] == {"content": [None, "My words"], "updated_at": [None, frame.data["updated_at"]]}
    assert "My secret" not in str(heard.events())


def test_a_new_conversation(chatwoot: Chatwoot, heard: Heard, visitor: Visitor, ears: Ears) -> None:
    heard.mark()
    number = visitor.start("Hello")
    frame = heard.frame("conversation.created")
    assert list(frame.data) == CONVERSATION[:-1]
    assert (frame.data["id"], frame.data["channel"], frame.data["account_id"]) == (number, "Channel::Api", 1)
    assert [one["content"] for one in frame.data["messages"]] == ["Hello"]
    assert frame.audience == in_inbox(number, points=(point_of(ears, visitor.source_id),))


def test_a_status(chatwoot: Chatwoot, heard: Heard, visitor: Visitor, ears: Ears) -> None:
    number, point = visitor.start(), point_of(ears, visitor.source_id)
    heard.mark()
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "resolved"})
    assert talk(heard) == ["conversation.status_changed", "conversation.updated", "message.created"]  # the last asks an opinion
    changed = heard.frame("conversation.status_changed")
    assert list(changed.data) == CONVERSATION
    assert (changed.data["status"], changed.data["performer"]["name"]) == ("resolved", "Ada")
    assert changed.audience == heard.frame("conversation.updated").audience == in_inbox(number, points=(point,))
    words = spoken(heard, ACTIVITY)
    assert words.data["content"] == "Conversation was marked resolved by Ada"
    assert words.audience == in_inbox(number), "what agents do is none of the contact's business"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("assignee.changed", {"assignee_id": BO}),
        ("assignee.changed", {"assignee_id": BOT, "assignee_type": "AgentBot"}),
        ("team.changed", {"team_id": TEAM}),
    ],
)
def test_who_answers(chatwoot: Chatwoot, heard: Heard, number: int, name: str, body: dict[str, Any]) -> None:
    chatwoot.post(f"conversations/{number}/assignments", body)
    assert [one.event for one in heard.talk()] == [name, "message.created", "conversation.updated"]
    frame = heard.frame(name)
    assert list(frame.data) == CONVERSATION
    assert frame.audience == in_inbox(number)
    meta = frame.data["meta"]
    assert (meta["assignee"] or meta["team"])["id"] == next(iter(body.values()))


def test_reading(chatwoot: Chatwoot, heard: Heard, visitor: Visitor) -> None:
    """By the contact: conversation.read. By an agent: only counts move, for accounts that have them."""
    number = visitor.start()
    heard.mark()
    visitor.post(f"/conversations/{number}/update_last_seen")
    frame = heard.frame("conversation.read")
    assert frame.data["contact_last_seen_at"] > 0
    assert frame.audience == in_inbox(number)
    heard.mark()
    chatwoot.post(f"conversations/{number}/update_last_seen")
    assert talk(heard) == []
    counted = heard.having("conversation_unread_counts")
    moved = counted.frame("conversation.unread_count_changed")
    assert (moved.data["account_id"], moved.data.keys(), moved.audience) == (1, {"account_id", "performer"}, in_inbox(number))


def test_counts_move_with_what_the_contact_says_and_who_answers(chatwoot: Chatwoot, heard: Heard, visitor: Visitor) -> None:
    counted = heard.having("conversation_unread_counts")
    number = visitor.start()
    counted.mark()
    visitor.post(f"/conversations/{number}/messages", {"content": "Anybody?"})
    assert talk(counted) == ["message.created", "conversation.unread_count_changed"]
    assert counted.frame("conversation.unread_count_changed").data == {"account_id": 1}
    counted.mark()
    chatwoot.post(f"conversations/{number}/messages", {"content": "Yes", "private": True})
    assert talk(counted) == ["message.created"]


def test_typing_is_told_to_all_but_who_types(chatwoot: Chatwoot, heard: Heard, visitor: Visitor, ears: Ears) -> None:
    number, point = visitor.start(), point_of(ears, visitor.source_id)
    heard.mark()
    chatwoot.post(f"conversations/{number}/toggle_typing_status", {"typing_status": "on"}, who="admin")
    frame = heard.frame("conversation.typing_on")
    assert list(frame.data) == ["conversation", "user", "is_private", "account_id", "performer"]
    assert (frame.data["user"]["id"], frame.data["user"]["type"], frame.data["is_private"]) == (ADA, "user", False)
    assert frame.data["conversation"]["id"] == number
    assert frame.audience == in_inbox(number, points=(point,))._replace(but=Ref("user", ADA))
    heard.mark()
    chatwoot.post(f"conversations/{number}/toggle_typing_status", {"typing_status": "on", "is_private": True})
    assert heard.frame("conversation.typing_on").audience.point_ids == (), "a note in the making"
    heard.mark()
    visitor.post(f"/conversations/{number}/toggle_typing", {"typing_status": "off"})
    frame = heard.frame("conversation.typing_off")
    assert (frame.data["user"]["name"], frame.data["user"]["type"]) == ("Ida", "contact")
    assert frame.audience.but is not None
    assert frame.audience.but.kind == "contact"


def test_who_proved_to_be_a_contact_hears_of_it_wherever_they_did(chatwoot: Chatwoot, heard: Heard, ears: Ears) -> None:
    first = come(chatwoot, OPEN, **proof("known"))
    second = come(chatwoot, OPEN, **proof("known"))
    stranger = come(chatwoot, OPEN, identifier="known")
    number = first.start()
    heard.mark()
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
    points = {point_of(ears, one.source_id) for one in (first, second)}
    assert set(spoken(heard).audience.point_ids) == points
    assert point_of(ears, stranger.source_id) not in points


def test_who_only_said_to_be_a_contact_hears_nothing_of_it(chatwoot: Chatwoot, heard: Heard, ears: Ears) -> None:
    """By naming somebody's address one writes as them, and sees no more than one said; agents see them."""
    secrets = ("zoe@mail.test", "Zo\u00eb", "+351910000000", "ext-1", "K\u00f6ln", "gold")
    stranger = come(chatwoot, OPEN, email="zoe@mail.test")
    heard.mark()
    number = stranger.start("I am Zo")
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "resolved"})
    stranger.post(f"/conversations/{number}/toggle_typing", {"typing_status": "on"})
    theirs = [one for one in heard.frames() if point_of(ears, stranger.source_id) in one.audience.point_ids]
    assert {one.event for one in theirs} == {
        *("conversation.created", "message.created", "conversation.updated", "conversation.status_changed", "conversation.typing_on"),
    }
    text = json.dumps([one.data for one in theirs], ensure_ascii=False)
    assert [one for one in secrets if one in text] == []
    assert all(one.audience.inbox_id is None for one in theirs)
    agents = json.dumps([one.data for one in heard.frames("message.created") if one.audience.inbox_id], ensure_ascii=False)
    assert [one for one in secrets if one not in agents] == []


def test_a_mention(chatwoot: Chatwoot, heard: Heard) -> None:
    number = chatwoot.post("conversations", {"inbox_id": STOREFRONT, "contact_id": CONTACT})["id"]
    heard.mark()
    text = f"Look, [@Bo](mention://user/{BO}/Bo)"
    chatwoot.post(f"conversations/{number}/messages", {"content": text, "private": True})
    frame = heard.frame("conversation.mentioned")
    assert list(frame.data) == CONVERSATION
    assert frame.audience == Audience(user_ids=(BO,), conversation_number=number)


def test_contacts(chatwoot: Chatwoot, heard: Heard) -> None:
    heard.mark()
    number = chatwoot.post("contacts", {"name": "New", "email": "n@mail.test"})["payload"]["contact"]["id"]
    made = heard.frame("contact.created")
    assert list(made.data) == CONTACT_KEYS
    assert (made.data["id"], made.data["email"], made.data["type"]) == (number, "n@mail.test", "contact")
    assert made.audience == Audience(account=True)
    heard.mark()
    chatwoot.call("PUT", f"contacts/{number}", {"name": "Other"})
    updated = heard.frame("contact.updated")
    assert (updated.data["name"], updated.audience) == ("Other", Audience(account=True))
    heard.mark()
    chatwoot.call("DELETE", f"contacts/{number}")
    deleted = heard.frame("contact.deleted")
    assert {name: deleted.data[name] for name in ("id", "type", "account_id")} == {"id": number, "type": "contact", "account_id": 1}
    assert deleted.audience == Audience(account=True)
    assert "n@mail.test" not in str(deleted.data)


def test_a_merge(chatwoot: Chatwoot, heard: Heard) -> None:
    base, other = (chatwoot.post("contacts", {"name": name})["payload"]["contact"]["id"] for name in ("Base", "Other"))
    number = chatwoot.post("conversations", {"inbox_id": ORDERS, "contact_id": other})["id"]
    heard.mark()
    chatwoot.post("actions/contact_merge", {"base_contact_id": base, "mergee_contact_id": other})
    assert [one.event for one in heard.talk()] == ["conversation.contact_changed", "contact.deleted", "contact.merged"]
    assert (heard.frame("contact.merged").data["id"], heard.frame("contact.deleted").data["id"]) == (base, other)
    moved = heard.frame("conversation.contact_changed")
    assert (moved.data["id"], moved.data["meta"]["sender"]["id"], moved.audience) == (number, base, in_inbox(number))


def test_notifications(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    wait_until_all_are_told(heard)
    heard.mark()
    chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": BO})
    frame = wait_for(heard, "notification.created")
    shown = frame.data["notification"]
    assert list(frame.data) == ["notification", "unread_count", "count", "account_id"]
    assert frame.data["unread_count"] == frame.data["count"] >= 1
    assert (shown["notification_type"], shown["primary_actor_type"], shown["primary_actor_id"]) == (
        *("conversation_assignment", "Conversation", number),
    )
    assert list(shown["primary_actor"]) == ["id", "meta", "inbox_id"]
    assert (shown["user"]["id"], shown["secondary_actor"]["id"], shown["read_at"]) == (BO, ADA, None)
    assert shown["push_message_title"] == f"A conversation (#{number}) has been assigned to you"
    assert type(shown["created_at"]) is type(shown["last_activity_at"]) is int
    assert frame.audience == Audience(user_ids=(BO,), conversation_number=number)
    chatwoot.post("inbox_members", {"inbox_id": ORDERS, "user_ids": [BO]})
    heard.mark()
    chatwoot.call("PATCH", f"notifications/{shown['id']}", who="agent")
    read = heard.frame("notification.updated")
    assert read.data["notification"]["read_at"] is not None
    assert read.data["unread_count"] == frame.data["unread_count"] - 1
    heard.mark()
    chatwoot.post(f"notifications/{shown['id']}/unread", who="agent")
    chatwoot.post("notifications/read_all", {"primary_actor_type": "Conversation", "primary_actor_id": number}, who="agent")
    assert [one.event for one in heard.frames()] == ["notification.updated"] * 2
    assert heard.frames()[-1].data["unread_count"] == frame.data["unread_count"] - 1
    heard.mark()
    chatwoot.call("DELETE", f"notifications/{shown['id']}", who="agent")
    gone = heard.frame("notification.deleted")
    assert gone.data["notification"] == {"id": shown["id"]}
    assert gone.audience == Audience(user_ids=(BO,))


def wait_until_all_are_told(heard: Heard) -> None:
    async def is_behind(connection: Connection, _context: Context) -> bool:
        behind = "SELECT h.position < (SELECT max(position) FROM events WHERE kind NOT LIKE 'notification.%') FROM notification_heads h"
        return bool(await connection.fetchval(behind))

    deadline = time.monotonic() + 20
    while heard.ears.work(1, is_behind):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_for(heard: Heard, name: str) -> Frame:
    """The last of this name, once a job has come."""
    deadline = time.monotonic() + 20
    while not (found := heard.frames(name)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found[-1]


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("labels", {"title": "fresh"}, "label"),
        ("teams", {"name": "fresh"}, "team"),
        ("inboxes", {"name": "Fresh", "channel": {"type": "api"}}, "inbox"),
    ],
)
def test_what_clients_keep_is_out_of_date(chatwoot: Chatwoot, heard: Heard, path: str, body: dict[str, Any], kind: str) -> None:
    before = chatwoot.get("cache_keys")["cache_keys"]
    heard.mark()
    made = chatwoot.post(path, body)
    chatwoot.call("PATCH", f"{path}/{made['id']}", {"description": "x"} if kind != "inbox" else {"greeting_enabled": True})
    chatwoot.call("DELETE", f"{path}/{made['id']}")
    found = heard.frames("account.cache_invalidated")
    assert [one.audience for one in found] == [Audience(account=True)] * 3
    assert list(found[0].data) == ["cache_keys", "account_id", "performer"]
    assert found[-1].data["cache_keys"] == chatwoot.get("cache_keys")["cache_keys"] != before
    assert {name for name, value in found[-1].data["cache_keys"].items() if value != before[name]} == {kind}


def test_frames_keep_the_order_of_the_events(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "resolved"})
    chatwoot.post("contacts", {"name": "New"})
    positions = [one.position for one in heard.frames()]
    assert positions == sorted(positions)
    assert set(positions) <= {one.position for one in heard.events()}


def test_a_batch_of_many_asks_as_much_as_a_batch_of_few(chatwoot: Chatwoot, heard: Heard) -> None:
    numbers = [chatwoot.post("conversations", {"inbox_id": ORDERS, "contact_id": CONTACT})["id"] for _ in range(5)]
    heard.mark()

    async def make(connection: Connection, context: Context) -> object:
        return await frames(connection, TENANT, await list_events(connection, 1, heard.after, 500), context)

    def happen(number: int) -> None:
        chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
        chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": ADA})
        chatwoot.post("labels", {"title": f"label-{number}"})
        chatwoot.post("contacts", {"name": "New"})

    happen(numbers[0])
    few = heard.statements(make)
    for number in numbers[1:]:
        happen(number)
    assert heard.statements(make) == few < 25
