"""What webhooks are told (contract 5.1): each documented subscription by a real action, its exact keys and types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parley.actions.account_webhooks import SUBSCRIPTIONS
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_heard import Ears, Heard, listening, open_ears
from tests.wire.chatwoot_public import OPEN, come, open_doors
from tests.wire.chatwoot_world import ADA, BO, BOT, CONTACT, FULL, ORDERS, STOREFRONT, TEAM, World, build, run
from tests.wire.conftest import Live

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ACCOUNT = {"id": 1, "name": "Acme"}
CONVERSATION = [
    "additional_attributes", "can_reply", "channel", "contact_inbox", "id", "inbox_id", "messages", "labels", "meta", "status",
    "custom_attributes", "snoozed_until", "unread_count", "first_reply_created_at", "priority", "waiting_since", "agent_last_seen_at",
    "contact_last_seen_at", "last_activity_at", "timestamp", "created_at", "updated_at", "account",
]  # fmt: skip
MESSAGE = [
    "account", "additional_attributes", "content_attributes", "content_type", "content", "conversation", "created_at", "id", "inbox",
    "message_type", "private", "sender", "source_id", "event",
]  # fmt: skip
CONTACT_KEYS = [
    "account", "additional_attributes", "avatar", "custom_attributes", "email", "id", "identifier", "name", "phone_number", "thumbnail",
    "blocked",
]  # fmt: skip
PUSHED_MESSAGE = [
    "id", "content", "account_id", "inbox_id", "conversation_id", "message_type", "created_at", "updated_at", "private", "status",
    "source_id", "content_type", "content_attributes", "sender_type", "sender_id", "external_source_ids", "additional_attributes",
    "processed_message_content", "sentiment", "conversation", "sender",
]  # fmt: skip


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    open_doors(found)
    open_ears(found, SUBSCRIPTIONS)
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


# How each event that can be subscribed to comes about, in conversation ``number``.
ACTS: dict[str, Callable[[Chatwoot, int], Any]] = {
    "conversation_created": lambda c, _: c.post("conversations", {"inbox_id": ORDERS, "contact_id": CONTACT}),
    "conversation_status_changed": lambda c, n: c.post(f"conversations/{n}/toggle_status", {"status": "resolved"}),
    "conversation_updated": lambda c, n: c.post(f"conversations/{n}/toggle_priority", {"priority": "high"}),
    "message_created": lambda c, n: c.post(f"conversations/{n}/messages", {"content": "Hi"}),
    "message_updated": lambda c, n: c.call("DELETE", f"conversations/{n}/messages/{say(c, n)}"),
    "contact_created": lambda c, _: c.post("contacts", {"name": "New"}),
    "contact_updated": lambda c, _: c.call("PUT", f"contacts/{made_contact(c)}", {"name": "Other"}),
    "inbox_created": lambda c, _: c.post("inboxes", {"name": "Made", "channel": {"type": "api"}}),
    "inbox_updated": lambda c, _: c.call("PATCH", f"inboxes/{STOREFRONT}", {"greeting_enabled": True}),
    "conversation_typing_on": lambda c, n: c.post(f"conversations/{n}/toggle_typing_status", {"typing_status": "on"}),
    "conversation_typing_off": lambda c, n: c.post(f"conversations/{n}/toggle_typing_status", {"typing_status": "off"}),
}


def say(chatwoot: Chatwoot, number: int, text: str = "Hi", **more: Any) -> int:
    return int(chatwoot.post(f"conversations/{number}/messages", {"content": text} | more)["id"])


def made_contact(chatwoot: Chatwoot, **more: Any) -> int:
    return int(chatwoot.post("contacts", {"name": "Made"} | more)["payload"]["contact"]["id"])


def test_every_documented_subscription_comes_about() -> None:
    """webwidget_triggered is a website widget's, of which there is none yet: the ledger says so."""
    assert ACTS.keys() == set(SUBSCRIPTIONS) - {"webwidget_triggered"}


@pytest.mark.parametrize("name", ACTS)
def test_a_subscription_hears_its_event_once(chatwoot: Chatwoot, heard: Heard, number: int, name: str) -> None:
    ACTS[name](chatwoot, number)
    post = heard.post("webhook", name)
    assert post.body["event"] == name
    assert post.told.wire == "chatwoot"
    noun = name.partition("_")[0]
    is_talk = noun in ("conversation", "message")
    assert re.fullmatch(r"conversation:\d+" if is_talk else rf"{noun}:\d+", post.told.lane)


def test_a_conversation(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    say(chatwoot, number, "Hello", message_type="incoming")
    chatwoot.post(f"conversations/{number}/labels", {"labels": ["Vip"]})
    chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": BO})
    chatwoot.post(f"conversations/{number}/custom_attributes", {"custom_attributes": {"order": 7}})
    heard.mark()
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "snoozed", "snoozed_until": 4102444800})
    body, shown = heard.post("webhook", "conversation_status_changed").body, chatwoot.get(f"conversations/{number}")
    assert list(body) == [*CONVERSATION, "event", "changed_attributes"]
    for name in ("id", "inbox_id", "labels", "status", "custom_attributes", "snoozed_until", "unread_count", "priority", "waiting_since"):
        assert body[name] == shown[name], name
    for name in ("agent_last_seen_at", "contact_last_seen_at", "last_activity_at", "timestamp", "created_at", "can_reply"):
        assert body[name] == shown[name], name
    assert body["account"] == ACCOUNT
    assert body["channel"] == "Channel::Api"
    assert body["first_reply_created_at"] is None
    assert isinstance(body["updated_at"], float)
    assert ISO.fullmatch(body["snoozed_until"])
    assert type(body["waiting_since"]) is type(body["created_at"]) is int
    assert [one["content"] for one in body["messages"]] == ["Hello"]
    assert list(body["messages"][0]) == PUSHED_MESSAGE
    assert body["messages"][0]["message_type"] == 0
    assert ISO.fullmatch(body["messages"][0]["updated_at"])


def test_the_people_of_a_conversation(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/assignments", {"team_id": TEAM})
    heard.mark()
    chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": ADA})
    body = heard.post("webhook", "conversation_updated").body
    meta, point = body["meta"], body["contact_inbox"]
    assert list(meta) == ["sender", "assignee", "assignee_type", "team", "hmac_verified"]
    assert (meta["assignee_type"], meta["assignee"]["id"], meta["assignee"]["type"]) == ("User", ADA, "user")
    assert list(meta["assignee"]) == ["id", "name", "available_name", "avatar_url", "type", "availability_status", "thumbnail"]
    assert meta["team"] == {"id": TEAM, "name": "tier one"}
    assert (meta["sender"]["id"], meta["sender"]["type"], meta["sender"]["email"]) == (CONTACT, "contact", "zoe@mail.test")
    assert meta["sender"]["thumbnail"].startswith("https://files.test/")
    assert list(point) == ["id", "contact_id", "inbox_id", "source_id", "created_at", "updated_at", "hmac_verified", "pubsub_token"]
    assert (point["contact_id"], point["inbox_id"], point["pubsub_token"]) == (CONTACT, ORDERS, None)
    assert ISO.fullmatch(point["created_at"])


def test_nobody_assigned_is_null_and_a_bot_says_so(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": BOT, "assignee_type": "AgentBot"})
    chatwoot.post(f"conversations/{number}/toggle_priority", {"priority": "low"})
    meta = heard.posts("webhook", "conversation_updated")[-1].body["meta"]
    assert (meta["assignee_type"], meta["assignee"]) == ("AgentBot", {"id": BOT, "name": "Triage", "avatar_url": "", "type": "agent_bot"})
    chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": None})
    meta = heard.posts("webhook", "conversation_updated")[-1].body["meta"]
    assert (meta["assignee"], meta["assignee_type"], meta["team"]) == (None, None, None)


def test_an_account_with_slas_tells_them(chatwoot: Chatwoot, heard: Heard) -> None:
    heard.mark()
    chatwoot.post(f"conversations/{FULL}/toggle_priority", {"priority": "urgent"})
    with_sla = heard.having("sla").post("webhook", "conversation_updated").body
    assert with_sla["sla_policy_id"] == 7
    assert with_sla["applied_sla"]["sla_name"] == "Gold"
    assert [one["event_type"] for one in with_sla["sla_events"]] == ["frt"]
    assert "applied_sla" not in heard.post("webhook", "conversation_updated").body


# An act, and the attributes that it changed with their old and new values; updated_at stands beside them.
CHANGES: dict[str, tuple[tuple[str, Any], dict[str, tuple[Any, Any]]]] = {
    "status": (("toggle_status", {"status": "resolved"}), {"status": ("open", "resolved")}),
    "assignee": (("assignments", {"assignee_id": BO}), {"assignee_id": (None, BO)}),
    "bot": (("assignments", {"assignee_id": BOT, "assignee_type": "AgentBot"}), {"assignee_agent_bot_id": (None, BOT)}),
    "team": (("assignments", {"team_id": TEAM}), {"team_id": (None, TEAM)}),
    "priority": (("toggle_priority", {"priority": "urgent"}), {"priority": (None, "urgent")}),
    "labels": (("labels", {"labels": ["x", "y"]}), {"label_list": ([], ["x", "y"])}),
    "custom": (("custom_attributes", {"custom_attributes": {"a": 1}}), {"custom_attributes": ({}, {"a": 1})}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed(chatwoot: Chatwoot, heard: Heard, number: int, what: str) -> None:
    (path, body), wanted = CHANGES[what]
    chatwoot.post(f"conversations/{number}/{path}", body)
    told = {name: sides for one in heard.post("webhook", "conversation_updated").body["changed_attributes"] for name, sides in one.items()}
    updated = told.pop("updated_at")
    assert ISO.fullmatch(updated["previous_value"])
    assert ISO.fullmatch(updated["current_value"])
    for name, (old, new) in wanted.items():
        assert told[name] == {"previous_value": old, "current_value": new}
    assert told.keys() - wanted.keys() <= {"waiting_since", "snoozed_until"}


def test_a_status_is_told_alone_where_it_changed_with_others(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "snoozed", "snoozed_until": 4102444800})
    alone = heard.post("webhook", "conversation_status_changed").body["changed_attributes"]
    assert alone == [{"status": {"previous_value": "open", "current_value": "snoozed"}}]
    whole = {name: sides for one in heard.post("webhook", "conversation_updated").body["changed_attributes"] for name, sides in one.items()}
    assert whole["snoozed_until"] == {"previous_value": None, "current_value": "2100-01-01T00:00:00.000Z"}


def test_an_answer_ends_the_waiting_and_the_first_one_is_told(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    say(chatwoot, number)
    assert [one.to[1] for one in heard.posts("webhook")] == ["message_created", "conversation_updated"]
    told = {name: sides for one in heard.posts("webhook")[1].body["changed_attributes"] for name, sides in one.items()}
    assert told["first_reply_created_at"]["previous_value"] is None
    assert ISO.fullmatch(told["first_reply_created_at"]["current_value"])
    assert ISO.fullmatch(told["waiting_since"]["previous_value"])
    assert told["waiting_since"]["current_value"] is None
    heard.mark()
    say(chatwoot, number)
    assert [one.to[1] for one in heard.posts("webhook")] == ["message_created"]


def test_what_a_resolved_conversation_is_told_of_when_its_contact_writes(chatwoot: Chatwoot, heard: Heard) -> None:
    visitor = come(chatwoot, OPEN, name="Ida")
    number = visitor.start()
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "resolved"})
    heard.mark()
    visitor.post(f"/conversations/{number}/messages", {"content": "Again"})
    assert {one.to[1] for one in heard.posts("webhook")} == {"message_created", "conversation_status_changed", "conversation_updated"}
    assert heard.post("webhook", "conversation_status_changed").body["changed_attributes"] == [
        {"status": {"previous_value": "resolved", "current_value": "open"}}
    ]


def test_a_change_that_the_original_does_not_know_is_not_told(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/update_last_seen")
    chatwoot.post(f"conversations/{number}/unread")
    assert heard.events()
    assert heard.posts() == []


def test_a_message_of_an_agent(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    message_id = say(chatwoot, number, "Hello", content_attributes={"in_reply_to": None}, source_id="s-1")
    body = heard.post("webhook", "message_created").body
    assert list(body) == MESSAGE
    assert (body["id"], body["content"], body["message_type"], body["content_type"]) == (message_id, "Hello", "outgoing", "text")
    assert (body["private"], body["source_id"], body["account"]) == (False, "s-1", ACCOUNT)
    assert body["inbox"] == {"id": ORDERS, "name": "Orders"}
    assert body["sender"] == {"id": ADA, "name": "Ada", "email": "u1@x.test", "type": "user"}
    assert ISO.fullmatch(body["created_at"])
    assert list(body["conversation"]) == CONVERSATION
    assert body["conversation"]["messages"][0]["id"] == message_id
    assert body["conversation"]["id"] == number


def test_a_message_of_a_contact_and_of_a_bot(chatwoot: Chatwoot, heard: Heard) -> None:
    number = come(chatwoot, OPEN, name="Ida", email="ida@mail.test").start("Where is it?")
    body = heard_last(heard, "message_created")
    assert (body["message_type"], body["content"]) == ("incoming", "Where is it?")
    assert list(body["sender"]) == CONTACT_KEYS
    assert (body["sender"]["email"], body["sender"]["account"]) == ("ida@mail.test", ACCOUNT)
    chatwoot.post(f"conversations/{number}/messages", {"content": "I am a bot"}, who="bot")
    assert heard_last(heard, "message_created")["sender"] == {"id": BOT, "name": "Triage", "type": "agent_bot"}


def heard_last(heard: Heard, name: str) -> dict[str, Any]:
    return heard.posts("webhook", name)[-1].body


def test_a_message_with_a_file(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    files = {"attachments[]": ("a.png", b"\x89PNG\r\n\x1a\n", "image/png")}
    chatwoot.post(f"conversations/{number}/messages", data={"content": "Look"}, files=files)
    body = heard.post("webhook", "message_created").body
    (file,) = body["attachments"]
    assert (file["file_type"], file["extension"], file["account_id"]) == ("image", "png", 1)
    assert file["data_url"].startswith("https://files.test/")
    assert file["message_id"] == body["id"]


def test_a_note_is_told_and_says_that_it_is_private_but_is_no_message_of_the_conversation(
    chatwoot: Chatwoot, heard: Heard, number: int
) -> None:
    say(chatwoot, number, "Between us", private=True)
    body = heard.post("webhook", "message_created").body
    assert (body["private"], body["content"]) == (True, "Between us")
    assert body["conversation"]["messages"] == []


def test_a_change_is_no_message(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/labels", {"labels": ["z"]})
    assert [one.to[1] for one in heard.posts("webhook")] == ["conversation_updated"]


def test_a_deleted_message_is_an_update_without_its_words(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    message_id = say(chatwoot, number, "Forget this")
    heard.mark()
    chatwoot.call("DELETE", f"conversations/{number}/messages/{message_id}")
    body = heard.post("webhook", "message_updated").body
    assert (body["content"], body["content_attributes"]) == ("This message was deleted", {"deleted": True})
    assert list(body) == MESSAGE


def test_a_reported_delivery_is_an_update(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    message_id = say(chatwoot, number)
    heard.mark()
    chatwoot.call("PATCH", f"conversations/{number}/messages/{message_id}", {"status": "failed", "external_error": "gone"})
    body = heard.post("webhook", "message_updated").body
    assert (body["id"], body["content_attributes"]) == (message_id, {"external_error": "gone"})


def test_a_contact(chatwoot: Chatwoot, heard: Heard) -> None:
    heard.mark()
    given = {"name": "Eva", "email": "eva@mail.test", "phone_number": "+351910000009", "identifier": "e-1"}
    more = {"custom_attributes": {"tier": "gold"}, "additional_attributes": {"city": "Faro"}}
    number = made_contact(chatwoot, **given, **more)
    body = heard.post("webhook", "contact_created").body
    assert list(body) == [*CONTACT_KEYS, "event"]
    assert {name: body[name] for name in (*given, *more)} == given | more
    assert (body["id"], body["blocked"], body["avatar"], body["thumbnail"], body["account"]) == (number, False, "", "", ACCOUNT)


def test_what_changed_of_a_contact(chatwoot: Chatwoot, heard: Heard) -> None:
    number = made_contact(chatwoot, email="old@mail.test", custom_attributes={"a": 1})
    heard.mark()
    wanted = {"email": "new@mail.test", "blocked": True, "custom_attributes": {"b": 2}, "name": "Made"}
    chatwoot.call("PUT", f"contacts/{number}", wanted)
    body = heard.post("webhook", "contact_updated").body
    assert list(body) == [*CONTACT_KEYS, "event", "changed_attributes"]
    told = {name: (sides["previous_value"], sides["current_value"]) for one in body["changed_attributes"] for name, sides in one.items()}
    assert told == {
        "email": ("old@mail.test", "new@mail.test"),
        "blocked": (False, True),
        "custom_attributes": ({"a": 1}, {"a": 1, "b": 2}),
    }
    heard.mark()
    chatwoot.call("PUT", f"contacts/{number}", {"name": "Made"})
    assert heard.posts() == []


def test_whose_personal_data_was_erased_is_told_of_no_more(chatwoot: Chatwoot, heard: Heard) -> None:
    number = made_contact(chatwoot, email="secretive@mail.test")
    heard.mark()
    chatwoot.call("PUT", f"contacts/{number}", {"email": "quiet@mail.test"})
    assert "secretive@mail.test" in str(heard.events())
    chatwoot.call("DELETE", f"contacts/{number}")
    assert "secretive@mail.test" not in str(heard.events())
    assert "mail.test" not in str([one.body for one in heard.posts()])


def test_an_inbox(chatwoot: Chatwoot, heard: Heard) -> None:
    heard.mark()
    made = chatwoot.post("inboxes", {"name": "Shop", "channel": {"type": "api", "webhook_url": "https://shop.test/in"}})
    body = heard.post("webhook", "inbox_created").body
    assert (body["id"], body["name"], body["channel_type"], body["account"]) == (made["id"], "Shop", "Channel::Api", ACCOUNT)
    assert body["channel"] == {"webhook_url": "https://shop.test/in", "id": made["channel_id"], "account_id": 1}
    assert {"greeting_enabled", "working_hours", "timezone", "csat_survey_enabled", "enable_auto_assignment"} <= body.keys()
    heard.mark()
    chatwoot.call("PATCH", f"inboxes/{made['id']}", {"name": "Store", "greeting_message": "Hi"})
    changed = heard.post("webhook", "inbox_updated").body["changed_attributes"]
    assert {"name": {"previous_value": "Shop", "current_value": "Store"}} in changed
    assert {"greeting_message": {"previous_value": None, "current_value": "Hi"}} in changed
    assert len(changed) == 2


def test_typing(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/toggle_typing_status", {"typing_status": "on", "is_private": True})
    body = heard.post("webhook", "conversation_typing_on").body
    assert list(body) == ["user", "conversation", "is_private", "event"]
    assert (body["user"]["id"], body["is_private"], body["conversation"]["id"]) == (ADA, True, number)
    visitor = come(chatwoot, OPEN, name="Ida")
    started = visitor.start()
    heard.mark()
    visitor.post(f"/conversations/{started}/toggle_typing", {"typing_status": "off"})
    assert list(heard.post("webhook", "conversation_typing_off").body["user"]) == CONTACT_KEYS
