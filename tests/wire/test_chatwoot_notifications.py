"""What users are told of on Chatwoot's wire (contract 3.5): one line per conversation, written from the events."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.actions.change import Edit, edit
from parley.actions.context import Context
from parley.actions.opening import NewConversation, open_conversation
from parley.actions.post import NewMessage, Visibility, post_message
from parley.domain.principals import Principal, Ref, Tenant
from parley.store.database import Database
from parley.store.tenants import raise_allocator
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, BO, CONTACT, IDLE, MAIL, OTHER, STOREFRONT, World, build, insert, run
from tests.wire.conftest import Live

ACCOUNT = Tenant(1, "acme", "Acme")
ADMIN = Principal(ACCOUNT, Ref("user", ADA), role="administrator", can_write=True)
AGENT = Principal(ACCOUNT, Ref("user", BO), role="agent", can_write=True, inbox_ids=(STOREFRONT,))
CUSTOMER = Principal(ACCOUNT, Ref("contact", CONTACT), can_write=True)


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.fill(prepare)
    return world


async def prepare(connection: Any) -> None:
    """Nothing that the world was built with is told; numbers given out are above those it has."""
    await raise_allocator(connection, 1, "conversation", 99)
    await raise_allocator(connection, 1, "contact_point", 999)
    await connection.execute("UPDATE messages SET id = id WHERE tenant_id = 1")
    await connection.execute("SELECT setval('message_ids', 100000)")


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


@pytest.fixture
def number(world: World) -> int:
    """A new conversation of the storefront, of which nobody is told."""
    world.execute("DELETE FROM notifications")
    new = NewConversation(title="Help", members=(Ref("contact", CONTACT),), inbox_id=STOREFRONT)
    return int(act(world, open_conversation, ADMIN, new))


def act(world: World, action: Any, *arguments: Any) -> Any:
    """Runs an action, and waits until everybody is told."""

    async def go() -> Any:
        database = await Database.open(world.dsn, max_connections=1)
        try:
            return await action(Context(database=database, cursor_key=b"k" * 32), *arguments)
        finally:
            await database.close()

    done = run(go())
    wait(world)
    return done


def wait(world: World) -> None:
    """Until every event has been read."""
    behind = """SELECT count(*) FROM events e LEFT JOIN notification_heads h ON h.tenant_id = e.tenant_id
        WHERE e.tenant_id = 1 AND (e.position IS NULL OR e.position > coalesce(h.position, 0)) AND e.kind NOT LIKE 'notification.%'"""
    deadline = time.monotonic() + 30
    while count(world, behind) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert count(world, behind) == 0, "the events were not read in time"


def count(world: World, text: str) -> int:
    found: list[int] = []

    async def look(connection: Any) -> None:
        found.append(await connection.fetchval(text))

    world.fill(look)
    return found[0]


def assign(world: World, number: int, user_id: int, *, by: Principal = ADMIN) -> None:
    act(world, edit, by, number, Edit(owners=(Ref("user", user_id),)))


def say(world: World, number: int, body: str, *, by: Principal = CUSTOMER, visibility: Visibility = "external") -> None:
    act(world, post_message, by, number, NewMessage(body=body, visibility=visibility))


def told(chatwoot: Chatwoot, who: str = "agent", **params: Any) -> list[dict[str, Any]]:
    return list(chatwoot.get("notifications", who=who, params=params)["data"]["payload"])


def kinds(chatwoot: Chatwoot, who: str = "agent") -> list[str]:
    return [one["notification_type"] for one in told(chatwoot, who)]


def test_an_assignment_is_told_to_the_assignee(chatwoot: Chatwoot, world: World, number: int) -> None:
    assign(world, number, BO)
    (one,) = told(chatwoot)
    assert list(one) == [
        *("id", "notification_type", "push_message_title", "push_message_body", "primary_actor_type", "primary_actor_id"),
        *("primary_actor", "read_at", "secondary_actor", "user", "created_at", "last_activity_at", "snoozed_until", "meta"),
        "account_id",
    ]
    assert one["notification_type"] == "conversation_assignment"
    assert one["push_message_title"] == f"A conversation (#{number}) has been assigned to you"
    assert (one["primary_actor_type"], one["primary_actor_id"], one["primary_actor"]["id"]) == ("Conversation", number, number)
    assert (one["user"]["id"], one["secondary_actor"]["id"], one["read_at"]) == (BO, ADA, None)
    assert kinds(chatwoot, "admin") == []


def test_who_assigns_to_themselves_is_not_told(chatwoot: Chatwoot, world: World, number: int) -> None:
    assign(world, number, ADA)
    assert kinds(chatwoot, "admin") == []


def test_a_pending_conversation_tells_nobody_of_its_assignment(chatwoot: Chatwoot, world: World, number: int) -> None:
    act(world, edit, ADMIN, number, Edit(status="pending"))
    assign(world, number, BO)
    assert kinds(chatwoot) == []


def test_other_changes_tell_nobody_again(chatwoot: Chatwoot, world: World, number: int) -> None:
    assign(world, number, BO)
    world.execute("DELETE FROM notifications")
    act(world, edit, ADMIN, number, Edit(title="Another"))
    assert kinds(chatwoot) == []


def test_a_message_is_told_to_the_assignee_in_the_place_of_the_assignment(chatwoot: Chatwoot, world: World, number: int) -> None:
    assign(world, number, BO)
    before = told(chatwoot)[0]["id"]
    say(world, number, "one two three four five six seven eight nine ten eleven")
    (one,) = told(chatwoot)
    assert (one["notification_type"], one["id"] > before) == ("assigned_conversation_new_message", True)
    assert one["push_message_body"] == "Zoë: one two three four five six seven eight nine ten..."
    assert (one["secondary_actor"]["content"][:7], one["secondary_actor"]["message_type"]) == ("one two", 0)
    say(world, number, "mine", by=AGENT)
    assert told(chatwoot)[0]["id"] == one["id"], "not of one's own words"


def test_those_who_take_part_are_told(chatwoot: Chatwoot, world: World, number: int) -> None:
    world.fill(lambda connection: insert(connection, "conversation_members", conversation_number=number, kind="user", id=ADA))
    say(world, number, "hello")
    assert kinds(chatwoot, "admin") == ["participating_conversation_new_message"]
    assert kinds(chatwoot) == []


@pytest.mark.parametrize(
    ("word", "who"),
    [(f"[@Bo](mention://user/{BO}/Bo)", "agent"), ("[@tier one](mention://team/5/tier%20one)", "admin")],
)
def test_a_mention_in_a_note_is_told_before_all_else(chatwoot: Chatwoot, world: World, number: int, word: str, who: str) -> None:
    assign(world, number, BO)
    say(world, number, f"look {word} please", by=ADMIN, visibility="internal")
    (one,) = told(chatwoot, who)
    assert one["notification_type"] == "conversation_mention"
    assert one["push_message_title"] == f"You have been mentioned in conversation (#{number})"
    assert one["push_message_body"].startswith("Ada: look @")


def test_a_mention_of_somebody_who_cannot_see_it_or_in_a_public_message_is_none(chatwoot: Chatwoot, world: World, number: int) -> None:
    say(world, number, f"[@Idle](mention://user/{IDLE}/Idle)", by=ADMIN, visibility="internal")
    say(world, number, f"[@Bo](mention://user/{BO}/Bo)", by=ADMIN)
    assert count(world, "SELECT count(*) FROM notifications") == 0


def test_a_blocked_contact_disturbs_nobody(chatwoot: Chatwoot, world: World, number: int) -> None:
    assign(world, number, BO)
    world.execute("DELETE FROM notifications", f"UPDATE contacts SET blocked = true WHERE tenant_id = 1 AND id = {CONTACT}")
    say(world, number, "spam")
    world.execute(f"UPDATE contacts SET blocked = false WHERE tenant_id = 1 AND id = {CONTACT}")
    assert kinds(chatwoot) == []


def test_a_new_conversation_is_told_to_those_who_want_it(chatwoot: Chatwoot, world: World, number: int) -> None:
    settings = {"selected_push_flags": ["push_conversation_creation"]}
    chatwoot.call("PATCH", "notification_settings", {"notification_settings": settings}, who="agent")
    made = act(world, open_conversation, ADMIN, NewConversation(members=(Ref("contact", CONTACT),), inbox_id=STOREFRONT))
    (one,) = told(chatwoot)
    assert (one["notification_type"], one["primary_actor_id"]) == ("conversation_creation", made)
    assert one["push_message_title"] == f"A conversation (#{made}) has been created in Storefront"
    assert kinds(chatwoot, "manager") == []
    chatwoot.call("PATCH", "notification_settings", {"selected_push_flags": [""]}, who="agent")
    act(world, open_conversation, ADMIN, NewConversation(members=(Ref("contact", CONTACT),), inbox_id=STOREFRONT))
    assert len(told(chatwoot)) == 1


def test_reading_snoozing_and_throwing_away(chatwoot: Chatwoot, world: World, number: int) -> None:
    assign(world, number, BO)
    one = told(chatwoot)[0]["id"]
    assert chatwoot.get("notifications/unread_count", who="agent") == 1
    read = chatwoot.call("PATCH", f"notifications/{one}", {}, who="agent")
    assert (read["primary_actor_id"], read["user_id"], read["read_at"] is not None) == (number, BO, True)
    assert (told(chatwoot), chatwoot.get("notifications/unread_count", who="agent")) == ([], 0)
    assert [row["id"] for row in told(chatwoot, **{"includes[]": "read"})] == [one]
    assert chatwoot.post(f"notifications/{one}/unread", who="agent")["read_at"] is None
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    snoozed = chatwoot.post(f"notifications/{one}/snooze", {"snoozed_until": int(later.timestamp())}, who="agent")
    assert snoozed["snoozed_until"] == later.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (told(chatwoot), [row["id"] for row in told(chatwoot, **{"includes[]": "snoozed"})]) == ([], [one])
    world.execute("UPDATE notifications SET snoozed_until = now() - interval '1 second'")
    (awake,) = told(chatwoot)
    assert (awake["id"], awake["snoozed_until"]) == (one, None)
    chatwoot.call("DELETE", f"notifications/{one}", who="agent")
    chatwoot.call("DELETE", f"notifications/{one}", who="agent", expect=404)
    assert told(chatwoot, **{"includes[]": "read"}) == []


def test_8_1_54_reading_a_conversation_reads_what_was_told_of_it(chatwoot: Chatwoot, world: World, number: int) -> None:
    world.fill(fill, BO, 1)
    chatwoot.post(f"conversations/{number}/assignments", {"assignee_id": BO})
    wait(world)
    assert chatwoot.get("notifications/unread_count", who="agent") == 2
    chatwoot.post(f"conversations/{number}/update_last_seen", who="admin")
    assert chatwoot.get("notifications/unread_count", who="agent") == 2
    chatwoot.post(f"conversations/{number}/update_last_seen", who="agent")
    assert [one["primary_actor_id"] == number for one in told(chatwoot)] == [False]
    kinds = "SELECT count(*) FROM events WHERE tenant_id = 1 AND kind = 'notification.all_read' AND data->>'conversation' = '{}'"
    assert count(world, kinds.format(number)) == 1


def test_all_at_once(chatwoot: Chatwoot, world: World, number: int) -> None:
    world.fill(fill, BO, 3)
    chatwoot.post("notifications/read_all", {"primary_actor_type": "Conversation", "primary_actor_id": 2001}, who="agent")
    assert chatwoot.get("notifications/unread_count", who="agent") == 2
    chatwoot.post("notifications/destroy_all", {"type": "read"}, who="agent")
    assert len(told(chatwoot, **{"includes[]": "read"})) == 2
    chatwoot.post("notifications/read_all", who="agent")
    assert (told(chatwoot), len(told(chatwoot, **{"includes[]": "read"}))) == ([], 2)
    chatwoot.post("notifications/destroy_all", who="agent")
    assert told(chatwoot, **{"includes[]": "read"}) == []
    assert count(world, "SELECT count(*) FROM tombstones WHERE noun = 'notification' AND tenant_id = 1 AND id > 5000") == 3


async def fill(connection: Any, user_id: int, many: int) -> None:
    """Many conversations with a notification each, the last one the newest."""
    await connection.execute("DELETE FROM conversations WHERE tenant_id = 1 AND number > 2000")
    await connection.execute(
        "INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind)"
        " SELECT 1, 2000 + n, 1, 'open', $1, $2, 'contact', 'contact' FROM generate_series(1, $3::int) n",
        STOREFRONT,
        CONTACT,
        many,
    )
    await connection.execute(
        "INSERT INTO notifications (tenant_id, id, user_id, kind, conversation_number, actor_kind, actor_id, last_activity_at)"
        " SELECT 1, 5000 + n, $1, 'conversation_assignment', 2000 + n, 'user', 1, now() + n * interval '1 second'"
        " FROM generate_series(1, $2::int) n",
        user_id,
        many,
    )


def test_pages_of_fifteen_with_counts(chatwoot: Chatwoot, world: World, number: int) -> None:
    world.fill(fill, BO, 1000)
    pages = [chatwoot.get("notifications", who="agent", params={"page": page})["data"] for page in (1, 2, 67, 68)]
    assert [len(page["payload"]) for page in pages] == [15, 15, 10, 0]
    assert pages[2]["meta"] == {"unread_count": 1000, "count": 1000, "current_page": 67}
    assert [one["primary_actor_id"] for one in pages[0]["payload"]] == list(range(3000, 2985, -1))
    assert pages[2]["payload"][-1]["primary_actor_id"] == 2001
    oldest = chatwoot.get("notifications", who="agent", params={"sort_order": "asc"})["data"]["payload"]
    assert oldest[0]["primary_actor_id"] == 2001
    world.fill(fill, BO, 1)


def test_a_conversation_that_may_not_be_opened_any_more_is_not_shown(chatwoot: Chatwoot, world: World, number: int) -> None:
    assign(world, number, BO)
    world.execute(f"UPDATE conversations SET inbox_id = {MAIL} WHERE tenant_id = 1 AND number = {number}")
    assert told(chatwoot) == []
    assert chatwoot.get("notifications/unread_count", who="agent") == 0


def test_settings_of_the_caller(chatwoot: Chatwoot) -> None:
    found = chatwoot.get("notification_settings", who="manager")
    assert (found["selected_email_flags"], found["selected_push_flags"]) == (
        ["email_conversation_assignment"], ["push_conversation_assignment"],
    )  # fmt: skip
    assert len(found["all_email_flags"]) == 5
    body = {"notification_settings": {"selected_email_flags": ["email_conversation_mention", "email_conversation_creation"]}}
    changed = chatwoot.call("PATCH", "notification_settings", body, who="manager")
    assert changed["selected_email_flags"] == ["email_conversation_mention", "email_conversation_creation"]
    assert changed["selected_push_flags"] == ["push_conversation_assignment"]
    assert chatwoot.get("notification_settings", who="manager") == changed
    assert chatwoot.get("notification_settings", who="picker")["selected_email_flags"] == ["email_conversation_assignment"]
    for flag in ("push_conversation_mention", "email_everything", 5):
        refused = chatwoot.call("PATCH", "notification_settings", {"selected_email_flags": [flag]}, who="manager", expect=422)
        assert refused["attributes"] == ["selected_email_flags[0]"]
    assert chatwoot.get("notification_settings", who="manager") == changed


def test_nobody_reaches_anothers(chatwoot: Chatwoot, world: World, number: int) -> None:
    assign(world, number, BO)
    one = told(chatwoot)[0]["id"]
    for who in ("admin", "manager"):
        for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/unread"), ("POST", "/snooze")):
            chatwoot.call(method, f"notifications/{one}{path}", {}, who=who, expect=404)
    for method, path in (("PATCH", ""), ("DELETE", "")):
        assert chatwoot.ask(method, f"notifications/{one}{path}", {}, who="foreign", account=OTHER).status_code == 404
    assert chatwoot.ask("GET", "notifications", who="foreign", account=OTHER).json()["data"]["payload"] == []
    for who in ("bot", "contact", "foreign", ""):
        chatwoot.get("notifications", who=who, expect=401)
        chatwoot.post("notifications/read_all", who=who, expect=401)
    assert [row["id"] for row in told(chatwoot)] == [one]


@pytest.mark.parametrize(("query", "field"), [({"page": 0}, "page"), ({"page": "x"}, "page"), ({"sort_order": "up"}, "sort_order")])
def test_odd_queries_are_refused(chatwoot: Chatwoot, query: dict[str, Any], field: str) -> None:
    assert chatwoot.get("notifications", params=query, expect=400)["errors"][0]["field"] == field


def test_a_notification_is_an_event(world: World, number: int) -> None:
    assign(world, number, BO)
    assert count(world, "SELECT count(*) FROM events WHERE kind = 'notification.created' AND (data ->> 'user')::int = 2") > 0
