"""Who is called when something happens (contract 5.1): webhooks, callbacks of API inboxes, bots, rules and macros."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from parley.actions.account_webhooks import SUBSCRIPTIONS
from parley.actions.context import Context
from parley.actions.delivery import report_delivery
from parley.actions.post import NewMessage, post_message
from parley.chatwoot.event_names import happened
from parley.chatwoot.event_tellings import teller
from parley.domain.principals import SYSTEM, Ref, Tenant
from parley.store.database import Connection
from parley.store.events import list_events
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_heard import BOT_URL, CALLBACK_URL, HOOK_URL, TENANT, Ears, Heard, act, listening, open_ears
from tests.wire.chatwoot_public import BOTTED, KEY, OPEN, come, open_doors
from tests.wire.chatwoot_world import BO, BOT, CONTACT, ORDERS, OTHER, STOREFRONT, World, build, run
from tests.wire.conftest import Live

QUIET = ("contact_created",)
"""What the account's webhook subscribes to here, so that the others are heard."""


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    open_doors(found)
    open_ears(found, QUIET)
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
    """A new conversation of the orders' inbox, which has a callback."""
    return opened(chatwoot, heard, ORDERS)


def opened(chatwoot: Chatwoot, heard: Heard, inbox_id: int) -> int:
    made = chatwoot.post("conversations", {"inbox_id": inbox_id, "contact_id": CONTACT})
    heard.mark()
    return int(made["id"])


def test_a_webhook_hears_what_it_subscribed_to_and_no_more(chatwoot: Chatwoot, heard: Heard) -> None:
    heard.mark()
    chatwoot.post("contacts", {"name": "New"})
    chatwoot.post("conversations", {"inbox_id": STOREFRONT, "contact_id": CONTACT, "message": {"content": "Hi"}})
    assert [one.to for one in heard.posts("webhook")] == [("webhook", "contact_created")]
    assert heard.post("webhook", "contact_created").told.endpoint.url == HOOK_URL


def test_an_api_inbox_calls_back_for_all_that_happens_in_it(chatwoot: Chatwoot, heard: Heard) -> None:
    heard.mark()
    made = chatwoot.post("conversations", {"inbox_id": ORDERS, "contact_id": CONTACT, "message": {"content": "Hi"}})
    chatwoot.post(f"conversations/{made['id']}/toggle_typing_status", {"typing_status": "on"})
    chatwoot.post(f"conversations/{made['id']}/toggle_typing_status", {"typing_status": "off"})
    chatwoot.post(f"conversations/{made['id']}/toggle_status", {"status": "resolved"})
    posts = heard.posts("inbox")
    assert {one.told.endpoint.url for one in posts} == {CALLBACK_URL}
    assert {one.told.type for one in posts} == {
        *("conversation_created", "message_created", "conversation_typing_on", "conversation_typing_off"),
        *("conversation_status_changed", "conversation_updated"),
    }
    assert {one.told.endpoint.id for one in posts} == {ORDERS}


def test_of_other_inboxes_and_of_contacts_it_hears_nothing(chatwoot: Chatwoot, heard: Heard) -> None:
    opened(chatwoot, heard, STOREFRONT)
    heard.after -= 1
    chatwoot.post("contacts", {"name": "New"})
    chatwoot.call("PATCH", f"inboxes/{ORDERS}", {"greeting_enabled": True})
    assert heard.events()
    assert heard.posts("inbox") == []


def test_a_url_in_two_places_is_called_once(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    made = chatwoot.post("webhooks", {"url": CALLBACK_URL, "subscriptions": ["message_created"]})["payload"]["webhook"]
    heard.mark()
    try:
        chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
        chatwoot.post(f"conversations/{number}/toggle_priority", {"priority": "low"})
        assert [one.to for one in heard.posts()] == [
            ("webhook", "message_created"),  # signed with the webhook's secret, which its owner was shown
            ("inbox", "conversation_updated"),  # the first answer ends the waiting
            ("inbox", "conversation_updated"),
        ]
    finally:
        chatwoot.call("DELETE", f"webhooks/{made['id']}")


def test_one_event_has_one_delivery_per_receiver_and_type(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "resolved"})
    keys = [(one.told.endpoint, one.told.event_id, one.told.type) for one in heard.posts()]
    assert len(keys) == len(set(keys)) >= 4


@pytest.mark.parametrize("status", ["inactive", "unverified"])
def test_a_webhook_that_is_not_active_hears_nothing(chatwoot: Chatwoot, heard: Heard, world: World, status: str) -> None:
    world.execute(f"UPDATE webhooks SET status = '{status}' WHERE id = 61")
    try:
        heard.mark()
        chatwoot.post("contacts", {"name": "New"})
        assert heard.posts() == []
    finally:
        world.execute("UPDATE webhooks SET status = 'active' WHERE id = 61")
    assert [one.to for one in heard.posts()] == [("webhook", "contact_created")]


def test_what_happened_before_a_webhook_was_made_is_not_its_business(chatwoot: Chatwoot, heard: Heard, world: World) -> None:
    heard.mark()
    chatwoot.post("contacts", {"name": "Before"})
    made = chatwoot.post("webhooks", {"url": "https://late.test/", "subscriptions": ["contact_created"]})["payload"]["webhook"]
    chatwoot.post("contacts", {"name": "After"})
    late = [one.body["name"] for one in heard.posts("webhook") if one.told.endpoint.id == made["id"]]
    chatwoot.call("DELETE", f"webhooks/{made['id']}")
    assert late == ["After"]


def test_a_bot_hears_of_the_inbox_where_it_answers_first(chatwoot: Chatwoot, heard: Heard) -> None:
    heard.mark()
    visitor = come(chatwoot, BOTTED, name="Ida")
    number = visitor.start("Hello")
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "open"}, who="bot")
    chatwoot.post(f"conversations/{number}/messages", {"content": "Note", "private": True})
    chatwoot.post(f"conversations/{number}/toggle_typing_status", {"typing_status": "on"})
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "snoozed"})
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "resolved"})
    posts = heard.posts("bot")
    assert [one.told.type for one in posts] == ["message_created", "conversation_opened", "message_created", "conversation_resolved"]
    assert {(one.told.endpoint.id, one.told.endpoint.url) for one in posts} == {(BOT, BOT_URL)}
    assert posts[1].body["event"] == "conversation_opened"
    assert (posts[1].body["id"], posts[1].body["status"]) == (number, "resolved"), "as it is when it is told"
    assert "changed_attributes" not in posts[1].body


def test_a_bot_hears_of_what_is_assigned_to_it_and_of_nothing_else(chatwoot: Chatwoot, heard: Heard) -> None:
    mine, other = opened(chatwoot, heard, STOREFRONT), opened(chatwoot, heard, STOREFRONT)
    chatwoot.post(f"conversations/{mine}/assignments", {"assignee_id": BOT, "assignee_type": "AgentBot"})
    for one in (mine, other):
        chatwoot.post(f"conversations/{one}/messages", {"content": "Hi"})
    assert [(one.told.type, one.told.lane) for one in heard.posts("bot")] == [("message_created", f"conversation:{mine}")]


def test_a_macro_calls_the_url_that_it_names(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    actions = [{"action_name": "send_webhook_event", "action_params": ["https://macro.test/x"]}]
    made = chatwoot.post("macros", {"name": "M", "visibility": "global", "actions": actions})["payload"]
    chatwoot.post(f"macros/{made['id']}/execute", {"conversation_ids": [number]})
    post = heard.post("macro", "macro.executed")
    assert (post.told.endpoint.id, post.told.endpoint.url) == (made["id"], "https://macro.test/x")
    assert (post.body["event"], post.body["id"], post.body["account"]) == ("macro.executed", number, {"id": 1, "name": "Acme"})
    assert post.told.lane == f"conversation:{number}"
    assert heard.posts("inbox") == []


def test_a_rule_calls_the_url_that_it_names(chatwoot: Chatwoot, heard: Heard, number: int) -> None:
    actions = [{"action_name": "send_webhook_event", "action_params": ["https://rule.test/x"]}]
    condition = {"attribute_key": "content", "filter_operator": "contains", "values": ["refund"], "query_operator": None}
    rule = {"name": "R", "event_name": "message_created", "conditions": [condition], "actions": actions}
    made = chatwoot.post("automation_rules", rule)
    heard.mark()
    chatwoot.post(f"conversations/{number}/messages", {"content": "A refund"})
    deadline = time.monotonic() + 20
    while not heard.posts("rule") and time.monotonic() < deadline:
        time.sleep(0.1)
    post = heard.post("rule", "automation_event.message_created")
    chatwoot.call("DELETE", f"automation_rules/{made['id']}")
    assert (post.told.endpoint.id, post.told.endpoint.url, post.body["id"]) == (made["id"], "https://rule.test/x", number)


def test_a_private_message_leaves_to_nobody(chatwoot: Chatwoot, heard: Heard, number: int, ears: Ears, world: World) -> None:
    """DevRev's visibility, which Chatwoot does not have: neither the message nor a trace of it, not even after its update."""
    heard_everything(world)
    say_privately(world, number)
    chatwoot.post(f"conversations/{number}/toggle_priority", {"priority": "high"})
    kinds = [one.kind for one in heard.events() if not one.kind.startswith("notification.")]
    assert kinds == ["message.created", "message.updated", "conversation.updated"]
    assert {one.told.type for one in heard.posts()} == {"conversation_updated"}
    assert "Only for Bo" not in json.dumps([one.body for one in heard.posts()] + [one.data for one in heard.frames()])
    assert not {"message.updated", "first.reply.created"} & {one.event for one in heard.frames()}
    heard_everything(world, QUIET)


def heard_everything(world: World, subscriptions: tuple[str, ...] = SUBSCRIPTIONS) -> None:
    words = ", ".join(f"'{one}'" for one in subscriptions)
    world.execute(f"UPDATE webhooks SET event_types = ARRAY[{words}] WHERE id = 61")


def say_privately(world: World, number: int) -> None:
    """From Ada to Bo, and its status is reported."""

    new = NewMessage(body="Only for Bo", visibility="private", private_to=(Ref("user", BO),))
    entry = act(world, post_message, number, new)
    act(world, report_delivery, entry.id, "delivered", None)


def test_what_is_gone_is_told_by_its_number(chatwoot: Chatwoot, heard: Heard, world: World, number: int) -> None:
    heard_everything(world)
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
    chatwoot.post(f"conversations/{number}/toggle_typing_status", {"typing_status": "on"})
    chatwoot.call("DELETE", f"conversations/{number}")
    contact = chatwoot.post("contacts", {"name": "Short"})["payload"]["contact"]["id"]
    chatwoot.call("DELETE", f"contacts/{contact}")
    told = [(one.to, one.body["id"], one.body["account"]["id"], len(one.body)) for one in heard.posts()]
    assert told == [
        (("webhook", "conversation_updated"), number, 1, 4),  # event and changed_attributes beside
        (("webhook", "contact_created"), contact, 1, 3),
    ]
    assert [(one.event, one.data["id"], one.audience.account) for one in heard.talk()] == [("contact.deleted", contact, True)]
    heard_everything(world, QUIET)


def test_an_account_where_nobody_listens_asks_one_statement(chatwoot: Chatwoot, ears: Ears, heard: Heard, number: int) -> None:
    chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
    assert heard.posts("inbox")
    foreign = Tenant(OTHER, "other", "Other")

    async def tell(connection: Connection, context: Context) -> object:
        return await teller(context)(connection, foreign, await list_events(connection, 1, heard.after, 500))

    assert heard.statements(tell) == 2  # the events, which belong to another account, and whom to call
    assert Heard(ears, foreign).posts() == []


def test_a_batch_of_many_asks_as_much_as_a_batch_of_few(chatwoot: Chatwoot, heard: Heard, world: World) -> None:
    heard_everything(world)
    numbers = [opened(chatwoot, heard, ORDERS) for _ in range(6)]
    heard.mark()

    async def tell(connection: Connection, context: Context) -> object:
        return await teller(context)(connection, TENANT, await list_events(connection, 1, heard.after, 500))

    def talk(number: int) -> None:
        chatwoot.post(f"conversations/{number}/messages", {"content": "Hi"})
        chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": BO})
        chatwoot.post(f"conversations/{number}/labels", {"labels": ["a"]})
        chatwoot.post("contacts", {"name": "New"})

    talk(numbers[0])
    few = heard.statements(tell)
    for number in numbers[1:]:
        talk(number)
    assert len(heard.posts()) > 40
    assert heard.statements(tell) == few < 20
    heard_everything(world, QUIET)


def test_no_secret_leaves(chatwoot: Chatwoot, heard: Heard, world: World) -> None:
    """Over everything that happened in this module, whoever is told of it."""
    heard_everything(world)
    heard.after = 0
    chatwoot.post(f"inboxes/{ORDERS}/set_agent_bot", {"agent_bot": BOT})
    visitor = come(chatwoot, OPEN, name="Ida")
    visitor.start()
    posts, frames = heard.posts(), heard.frames()
    assert len(posts) > 50
    assert len(frames) > 50
    text = json.dumps([one.body for one in posts]) + json.dumps([one.data for one in frames])
    secrets = ["hook-secret", "callback-secret", "bot-secret", KEY, visitor.shown["pubsub_token"], *world.tokens.values()]
    secrets.append(chatwoot.get("/api/v1/profile")["pubsub_token"])
    assert [one for one in secrets if one in text] == []
    assert '"pubsub_token": null' in text
    heard_everything(world, QUIET)


def test_an_event_that_cannot_be_read_holds_up_no_other(chatwoot: Chatwoot, heard: Heard, world: World, number: int) -> None:
    """Whatever a later version, an import or a fault of ours may have written."""
    columns = "INSERT INTO events (tenant_id, kind, conversation_number, actor_kind, data) VALUES"
    world.execute(
        f"""{columns} (1, 'conversation.updated', {number}, 'system', '{{"columns": {{"priority": [0, 99]}}}}')""",
        f"""{columns} (1, 'conversation.mentioned', {number}, 'system', '{{}}')""",
        f"""{columns} (1, 'conversation.webhook_requested', {number}, 'system', '{{"macro": 1}}')""",
        f"{columns} (1, 'contact.created', NULL, 'system', '{{}}')",
        f"{columns} (1, 'notification.updated', NULL, 'system', '{{}}')",
        f"{columns} (1, 'something.new', NULL, 'system', '{{}}')",
    )
    chatwoot.post(f"conversations/{number}/toggle_priority", {"priority": "low"})
    assert len([one for one in heard.events() if one.actor == SYSTEM and one.message_id is None]) >= 6
    assert [one.to for one in heard.posts()] == [("inbox", "conversation_updated")]
    assert [one.event for one in heard.talk()] == ["message.created", "conversation.updated"]


def test_every_event_of_ours_can_be_read(heard: Heard) -> None:
    """Whatever the actions wrote in this module: no event stops the feed."""
    heard.after = 0
    events = heard.events()
    assert {one.kind for one in events} > {"inbox.updated", "conversation.deleted", "macro.executed", "message.created"}
    assert all(isinstance(happened(one), list) for one in events if one.actor != SYSTEM)  # whose events this module wrote by hand
