"""Behaviours 8.2 and 8.4 of the contract, one test each (Chatwoot's conversation_finder_spec and permission_filter_service_spec), and
those of 8.1 that say who is kept out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    BO,
    IDLE,
    MANAGER,
    PARTNER,
    PICKER,
    TEAM,
    World,
    add_conversation,
    add_tags,
    build,
    insert,
    run,
)
from tests.wire.conftest import Live

# The finder's own inboxes: "idle" is its user_1; of the restricted one only "agent" (and the administrator) knows.
DESK, RESTRICTED, UNREAD, MANY = 61, 62, 63, 64
MINE, MINE_TOO, DONE, THEIRS, NOBODYS = 601, 602, 603, 604, 605
SECRET = 611
TWO, ONE, NONE, DONE_UNREAD = 621, 622, 623, 624
QUIET_TWO, QUIET_ONE, QUIET_NONE = 625, 626, 627
LATELY = 28


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    built = run(build(live.dsn, live.url))
    built.fill(_fill)
    built.raise_ids()
    return built


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


async def _fill(connection: Any) -> None:
    for number, members in {DESK: [IDLE, MANAGER, PICKER, PARTNER], RESTRICTED: [BO], UNREAD: [], MANY: []}.items():
        await insert(connection, "inboxes", id=number, name=f"Inbox {number}", kind="api")
        for user_id in members:
            await insert(connection, "inbox_members", inbox_id=number, user_id=user_id)
    await insert(connection, "contact_points", id=361, contact_id=102, inbox_id=DESK, source_id="testing_source_id")
    answered = {"first_reply_at": datetime(2024, 6, 1, tzinfo=UTC)}
    await add_conversation(connection, MINE, inbox_id=DESK, assignee_user_id=IDLE, contact_point_id=361)
    await add_conversation(
        connection, MINE_TOO, inbox_id=DESK, assignee_user_id=IDLE, waiting_since=datetime(2024, 6, 2, tzinfo=UTC), **answered
    )
    await add_conversation(connection, DONE, inbox_id=DESK, assignee_user_id=IDLE, status="resolved", **answered)
    await add_conversation(connection, THEIRS, inbox_id=DESK, assignee_user_id=MANAGER, team_id=TEAM, **answered)
    await add_conversation(connection, NOBODYS, inbox_id=DESK, **answered)
    await add_tags(connection, THEIRS, ["resolved"])
    await add_conversation(connection, SECRET, inbox_id=RESTRICTED)
    for number, total in {TWO: 2, ONE: 1, NONE: 0}.items():  # the fewer are unread, the later something happened
        await add_conversation(connection, number, inbox_id=UNREAD, unread_count=total)
    await add_conversation(connection, DONE_UNREAD, inbox_id=UNREAD, unread_count=5, status="resolved")
    for number in (QUIET_TWO, QUIET_ONE, QUIET_NONE):
        await add_conversation(connection, number, inbox_id=MANY, team_id=6)
    now = datetime.now(UTC)
    for number in range(700, 750):
        is_late = number < 700 + LATELY
        at = now - timedelta(seconds=750 - number if is_late else 86400)
        await add_conversation(connection, number, at=at, inbox_id=MANY, **({"assignee_user_id": BO} if number == 700 else {}))


def finds(world: World, query: str, wanted: set[int], who: str = "idle") -> None:
    assert set(world.ids(who, query)) == wanted


OPEN = {MINE, MINE_TOO, THEIRS, NOBODYS}


def test_8_2_1_open_and_mine(world: World) -> None:
    finds(world, "status=open&assignee_type=me", {MINE, MINE_TOO})


def test_8_2_2_an_administrator_sees_an_inbox_of_others(world: World) -> None:
    finds(world, f"inbox_id={RESTRICTED}", {SECRET}, "admin")


def test_8_2_3_a_member_sees_their_inbox(world: World) -> None:
    finds(world, f"inbox_id={RESTRICTED}", {SECRET}, "agent")


def test_8_2_4_who_is_no_member_sees_nothing_of_it(world: World) -> None:
    finds(world, f"inbox_id={RESTRICTED}", set())


def test_8_2_5_an_inbox_leaves_out_the_others(world: World) -> None:
    assert not set(world.ids("admin", f"inbox_id={RESTRICTED}")) & OPEN


def test_8_2_6_all(world: World) -> None:
    finds(world, "assignee_type=all", OPEN)


def test_8_2_7_unassigned(world: World) -> None:
    finds(world, "assignee_type=unassigned", {NOBODYS})


def test_8_2_8_every_status(world: World) -> None:
    finds(world, "status=all", OPEN | {DONE})


def test_8_2_9_unread_first(world: World) -> None:
    assert world.ids("admin", f"sort_by=unread&status=open&inbox_id={UNREAD}") == [TWO, ONE, NONE]


def test_8_2_10_private_incoming_messages_are_unread_too(world: World, chatwoot: Chatwoot) -> None:
    for number in (QUIET_TWO, QUIET_TWO, QUIET_ONE):
        chatwoot.post(f"conversations/{number}/messages", {"content": "psst", "message_type": "incoming", "private": True})
    assert world.ids("admin", "sort_by=unread&status=open&team_id=6") == [QUIET_TWO, QUIET_ONE, QUIET_NONE]


def test_8_2_11_assigned(world: World) -> None:
    finds(world, "assignee_type=assigned", {MINE, MINE_TOO, THEIRS})


def test_8_2_12_the_counts_do_not_follow_the_tab(world: World) -> None:
    assert world.counts("idle", "assignee_type=assigned") == (2, 3, 1, 4)


def test_8_2_13_a_team(world: World) -> None:
    finds(world, f"team_id={TEAM}", {THEIRS})


def test_8_2_14_a_label(world: World) -> None:
    finds(world, "labels[]=resolved", {THEIRS})


def test_8_2_15_a_source_id(world: World) -> None:
    finds(world, "source_id=testing_source_id", {MINE})


def test_8_2_16_nothing_asked(world: World) -> None:
    finds(world, "", OPEN)


def test_8_2_17_what_changed_lately_comes_at_once(world: World) -> None:
    """29 there; here the first of the 28 has an assignee."""
    found = world.ids("admin", f"updated_within=800&assignee_type=unassigned&sort_by=created_at_asc&inbox_id={MANY}")
    assert [number for number in found if number >= 700] == list(range(701, 700 + LATELY))


def test_8_2_18_a_page(world: World) -> None:
    assert len(world.ids("admin", f"status=open&inbox_id={MANY}&page=1")) == 25


def test_8_2_19_meta_has_no_conversations(world: World) -> None:
    assert world.ask("idle", "assignee_type=assigned", meta=True).json().keys() == {"meta"}


def test_8_2_20_meta_counts(world: World) -> None:
    told = world.ask("idle", "assignee_type=assigned", meta=True).json()["meta"]
    assert told == {"mine_count": 2, "assigned_count": 3, "unassigned_count": 1, "all_count": 4}


@pytest.mark.parametrize("query", ["", "status=all", "assignee_type=me", f"inbox_id={DESK}&status=resolved"])
def test_8_2_21_meta_and_list_agree(world: World, query: str) -> None:
    world.counts("idle", query)


def test_8_2_22_unattended_and_mine(world: World) -> None:
    finds(world, "conversation_type=unattended&assignee_type=me", {MINE, MINE_TOO})


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        pytest.param("admin", OPEN | {SECRET}, id="8.4.1 administrator"),
        pytest.param("idle", OPEN, id="8.4.2 agent"),
        pytest.param("manager", OPEN, id="8.4.3 conversation_manage"),
        pytest.param("partner", set(), id="8.4.4 participating_manage"),
        pytest.param("picker", {NOBODYS}, id="8.4.5 unassigned_manage"),
    ],
)
def test_8_4_permissions(world: World, who: str, wanted: set[int]) -> None:
    pages = [world.ids(who, f"inbox_id={inbox}") for inbox in (DESK, RESTRICTED)]
    assert {number for page in pages for number in page} == wanted


def test_8_4_6_of_both_permissions_unassigned_wins(world: World) -> None:
    both = "UPDATE custom_roles SET permissions = '{{conversation_{},conversation_unassigned_manage}}' WHERE name = 'participating_manage'"
    world.execute(both.format("participating_manage"), f"UPDATE conversations SET assignee_user_id = {PARTNER} WHERE number = {THEIRS}")
    try:
        finds(world, f"inbox_id={DESK}", {NOBODYS, THEIRS}, "partner")
    finally:
        world.execute(
            "UPDATE custom_roles SET permissions = '{conversation_participating_manage}' WHERE name = 'participating_manage'",
            f"UPDATE conversations SET assignee_user_id = {MANAGER} WHERE number = {THEIRS}",
        )


KEPT_OUT = [
    pytest.param("PATCH", "", {"priority": "high"}, "", id="8.1.21"),
    pytest.param("PATCH", "", {"priority": "high"}, "powerless", id="8.1.22"),
    pytest.param("POST", "..", {"source_id": "testing_source_id"}, "", id="8.1.25"),
    pytest.param("POST", "/toggle_priority", {"priority": "high"}, "", id="8.1.42"),
    pytest.param("POST", "/toggle_typing_status", {"typing_status": "on"}, "", id="8.1.46"),
    pytest.param("POST", "/update_last_seen", {}, "", id="8.1.51"),
    pytest.param("POST", "/unread", {}, "", id="8.1.60"),
    pytest.param("POST", "/mute", {}, "", id="8.1.63"),
    pytest.param("POST", "/unmute", {}, "", id="8.1.65"),
    pytest.param("POST", "/transcript", {"email": "a@x.test"}, "", id="8.1.67"),
    pytest.param("POST", "/custom_attributes", {"custom_attributes": {"a": 1}}, "", id="8.1.70"),
    pytest.param("GET", "/attachments", None, "", id="8.1.73"),
    pytest.param("GET", "/attachments", None, "powerless", id="8.1.74"),
    pytest.param("DELETE", "", None, "", id="8.1.77"),
]


@pytest.mark.parametrize(("method", "path", "body", "who"), KEPT_OUT)
def test_8_1_who_is_kept_out(chatwoot: Chatwoot, method: str, path: str, body: Any, who: str) -> None:
    """Nothing changes either."""
    before = chatwoot.get(f"conversations/{SECRET}")
    total = chatwoot.get("conversations/meta?status=all")
    full = "conversations" if path == ".." else f"conversations/{SECRET}{path}"
    assert chatwoot.ask(method, full, body, who=who).status_code == 401
    assert chatwoot.get(f"conversations/{SECRET}") == before
    assert chatwoot.get("conversations/meta?status=all") == total
