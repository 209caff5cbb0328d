"""Reading conversations: last seen, unread, files, drafts (contract 3.1, 8.1.7 to 10, 51 to 62, 73 to 76)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.wire.chatwoot_care import care_world, events, fetch, place
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import BO, CONTACT, FULL, MAIL, QUIET_CONTACT, STOREFRONT, TEAM, World, add_message, add_tags, insert
from tests.wire.conftest import Live

HALF_AN_HOUR = datetime.now(UTC) - timedelta(minutes=30)
TWO_HOURS = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return care_world(live.dsn, live.url)


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def see(chatwoot: Chatwoot, number: int, who: str = "agent") -> tuple[int, int, int]:
    """When agents and when the assignee last looked, and what is unread."""
    shown = chatwoot.post(f"conversations/{number}/update_last_seen", who=who)
    assert shown == chatwoot.get(f"conversations/{number}", who=who)
    return shown["agent_last_seen_at"], shown["assignee_last_seen_at"], shown["unread_count"]


def now() -> float:
    return datetime.now(UTC).timestamp()


def test_8_1_52_the_first_look_is_noted(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 600)
    updated = chatwoot.get(f"conversations/{number}")["updated_at"]
    seen, by_assignee, _ = see(chatwoot, number)
    assert now() - 5 < seen + 1
    assert by_assignee == 0
    assert chatwoot.get(f"conversations/{number}")["updated_at"] == updated, "looking is no change"
    assert [kind for kind, _ in events(world, number)] == ["conversation.read"]


def test_8_1_53_the_assignee_s_look_counts_twice(chatwoot: Chatwoot, world: World) -> None:
    seen, by_assignee, _ = see(chatwoot, place(world, 601, assignee_user_id=BO))
    assert seen == by_assignee > 0


def test_8_1_55_nothing_new_is_not_noted_again(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 602, messages=1, agent_last_seen_at=HALF_AN_HOUR)
    assert see(chatwoot, number)[0] == int(HALF_AN_HOUR.timestamp())
    assert events(world, number) == []


def test_8_1_56_57_what_is_new_is_noted_and_read(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 603, agent_last_seen_at=HALF_AN_HOUR, unread_count=1)
    world.fill(add_message, 60301, number, created_at=datetime.now(UTC) - timedelta(minutes=1))
    assert chatwoot.get(f"conversations/{number}")["unread_count"] == 1
    seen, _, unread = see(chatwoot, number)
    assert (now() - 5 < seen + 1, unread) == (True, 0)


def test_8_1_58_one_old_look_moves_both(chatwoot: Chatwoot, world: World) -> None:
    columns = {"assignee_user_id": BO, "agent_last_seen_at": TWO_HOURS, "assignee_last_seen_at": HALF_AN_HOUR}
    seen, by_assignee, _ = see(chatwoot, place(world, 604, **columns))
    assert seen == by_assignee > HALF_AN_HOUR.timestamp() + 60


def test_8_1_59_two_new_looks_move_nothing(chatwoot: Chatwoot, world: World) -> None:
    columns = {"assignee_user_id": BO, "agent_last_seen_at": HALF_AN_HOUR, "assignee_last_seen_at": HALF_AN_HOUR}
    half = int(HALF_AN_HOUR.timestamp())
    assert see(chatwoot, place(world, 605, **columns))[:2] == (half, half)
    assert see(chatwoot, 605, who="admin")[:2] == (half, half)


def test_8_1_61_62_unread_again(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 606, unread_count=0, agent_last_seen_at=HALF_AN_HOUR)
    last = datetime(2024, 6, 3, 12, 0, 30, 500, tzinfo=UTC)
    world.fill(add_message, 60601, number, created_at=last - timedelta(hours=1))
    world.fill(add_message, 60602, number, created_at=last)
    world.fill(add_message, 60603, number, created_at=last + timedelta(hours=1), kind="outgoing", author_kind="user", author_id=BO)
    shown = chatwoot.post(f"conversations/{number}/unread", who="agent")
    second_before = int(last.timestamp()) - 1
    assert (shown["agent_last_seen_at"], shown["assignee_last_seen_at"], shown["unread_count"]) == (second_before, second_before, 1)
    assert [kind for kind, _ in events(world, number)] == ["conversation.unread"]
    assert see(chatwoot, number)[2] == 0


def test_unread_without_a_message_of_the_contact(chatwoot: Chatwoot, world: World) -> None:
    shown = chatwoot.post(f"conversations/{place(world, 607, agent_last_seen_at=TWO_HOURS)}/unread")
    assert (shown["agent_last_seen_at"], shown["unread_count"]) == (0, 0)


def test_the_counts_are_what_the_doctor_counts(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 608, messages=3)
    world.fill(add_message, 60899, number, visibility="private", private_to=["user:1"])
    assert chatwoot.post(f"conversations/{number}/unread")["unread_count"] == 3


def test_8_1_7_to_10_unread_counts(chatwoot: Chatwoot, world: World) -> None:
    chatwoot.get("conversations/unread_counts", who="", expect=401)
    refused = {"error": "Conversation unread counts feature not enabled for this account"}
    assert chatwoot.get("conversations/unread_counts", who="agent", expect=403) == refused
    world.execute(
        "UPDATE conversations SET unread_count = 0",
        "UPDATE tenants SET features = '{sla,conversation_unread_counts}' WHERE id = 1",
    )
    assert chatwoot.get("conversations/unread_counts") == {"payload": {"all_count": 0, "inboxes": {}, "labels": {}, "teams": {}}}
    place(world, 620, unread_count=3, team_id=TEAM)
    place(world, 621, unread_count=1, inbox_id=MAIL, team_id=TEAM)
    place(world, 622, unread_count=1, status="resolved")
    place(world, 623, unread_count=0, team_id=TEAM)
    for number in (620, 621, 622):
        world.fill(add_tags, number, ["vip"])
    (tag,) = fetch(world, "SELECT id::text FROM tags WHERE name = 'vip'")
    visible = {"all_count": 1, "inboxes": {str(STOREFRONT): 1}, "labels": {tag[0]: 1}, "teams": {str(TEAM): 1}}
    assert chatwoot.get("conversations/unread_counts", who="agent") == {"payload": visible}
    inboxes = {str(STOREFRONT): 1, str(MAIL): 1}
    whole = {"all_count": 2, "inboxes": inboxes, "labels": {tag[0]: 2}, "teams": {str(TEAM): 2}}
    assert chatwoot.get("conversations/unread_counts") == {"payload": whole}
    world.execute("UPDATE tags SET is_label = false WHERE name = 'vip'")
    assert chatwoot.get("conversations/unread_counts")["payload"]["labels"] == {}, "what is no label of the account is not counted"
    assert chatwoot.get("conversations/unread_counts", who="idle")["payload"]["all_count"] == 0


async def add_file(connection: Any, file_id: int, message_id: int, **columns: Any) -> None:
    row = {"file_type": "file", "file_name": "a.txt", "content_type": "text/plain", "byte_size": 3, "blob_key": f"k{file_id}"}
    await insert(connection, "attachments", id=file_id, message_id=message_id, **(row | columns))


def test_8_1_75_76_attachments(chatwoot: Chatwoot) -> None:
    listed = chatwoot.get(f"conversations/{FULL}/attachments")
    assert listed["meta"] == {"total_count": 1}
    (file,) = listed["payload"]
    assert (file["id"], file["file_type"], file["sender"]["id"], file["message_id"]) == (3, "image", CONTACT, 1001)
    assert (file["width"], file["height"], file["file_size"], file["extension"]) == (4, 5, 321, "png")
    assert file["thumb_url"] == file["data_url"] != ""


def test_attachments_of_every_kind_newest_first_and_what_is_hidden_is_not_counted(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 630)
    world.fill(add_message, 63001, number)
    world.fill(add_message, 63002, number, kind="outgoing", author_kind="user", author_id=BO, visibility="internal")
    world.fill(add_message, 63003, number, kind="outgoing", author_kind="user", author_id=BO, visibility="private")
    world.fill(add_message, 63004, number, author_kind="system", author_id=None)
    for file_id, message_id in ((701, 63001), (702, 63002), (703, 63003)):
        world.fill(add_file, file_id, message_id, created_at=TWO_HOURS + timedelta(seconds=file_id))
    world.fill(add_file, 704, 63004, file_type="location", file_name=None, blob_key=None, fallback_title="Here", coordinates_lat=1.5)
    listed = chatwoot.get(f"conversations/{number}/attachments")
    assert (listed["meta"]["total_count"], [file["id"] for file in listed["payload"]]) == (3, [704, 702, 701])
    assert ["sender" in file for file in listed["payload"]] == [False, True, True]
    assert (listed["payload"][0]["thumb_url"], listed["payload"][0]["data_url"]) == ("", None)
    own = chatwoot.get(f"conversations/{number}/attachments", who="agent")
    assert own["meta"]["total_count"] == 4, "who wrote a private entry sees its file"


def test_a_hundred_attachments_a_page(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 631)
    world.fill(add_message, 63101, number)
    world.execute(
        "INSERT INTO attachments (tenant_id, id, message_id, file_name, blob_key)"
        " SELECT 1, 800 + n, 63101, 'f', 'b' || n FROM generate_series(1, 150) n"
    )
    pages = [chatwoot.get(f"conversations/{number}/attachments", params={"page": page}) for page in (1, 2, 3)]
    assert [page["meta"]["total_count"] for page in pages] == [150] * 3
    assert [file["id"] for page in pages for file in page["payload"]] == list(range(950, 800, -1))
    assert [len(page["payload"]) for page in pages] == [100, 50, 0]
    for page in ("0", "x", "99999999999999999999"):
        refused = chatwoot.get(f"conversations/{number}/attachments", params={"page": page}, expect=400)
        assert refused["errors"][0]["field"] == "page"


def test_no_assistant_is_connected(chatwoot: Chatwoot) -> None:
    assert chatwoot.get(f"conversations/{FULL}/inbox_assistant", who="agent") == {"assistant": None}


def test_drafts_are_each_user_s_own(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 640)
    path = f"conversations/{number}/draft_messages"
    assert chatwoot.get(path, who="agent") == {"has_draft": False}
    assert chatwoot.call("PATCH", path, {"draft_message": {"message": "Dear Zoë"}}, who="agent") is None
    chatwoot.call("PATCH", path, {"draft_message": {"message": "Dear Zoë"}}, who="agent")
    assert chatwoot.get(path, who="agent") == {"has_draft": True, "message": "Dear Zoë"}
    assert chatwoot.get(path) == {"has_draft": False}
    chatwoot.call("PATCH", path, {"draft_message": {"message": "Dear Q"}})
    assert chatwoot.call("DELETE", path, who="agent") is None
    chatwoot.call("DELETE", path, who="agent")
    assert (chatwoot.get(path, who="agent"), chatwoot.get(path)["message"]) == ({"has_draft": False}, "Dear Q")
    chatwoot.call("PATCH", path, {})
    assert chatwoot.get(path) == {"has_draft": False}
    told = [("draft.updated", {}), ("draft.updated", {}), ("draft.deleted", {}), ("draft.deleted", {})]
    assert events(world, number) == told, "of its words nothing is told"
    too_long = chatwoot.call("PATCH", path, {"draft_message": {"message": "x" * 150_001}}, expect=422)
    assert too_long["attributes"] == ["draft_message.message"]


def test_a_draft_goes_with_its_conversation(chatwoot: Chatwoot, world: World) -> None:
    number = place(world, 641, contact_id=QUIET_CONTACT)
    chatwoot.call("PATCH", f"conversations/{number}/draft_messages", {"draft_message": {"message": "x"}})
    chatwoot.call("DELETE", f"conversations/{number}")
    assert fetch(world, "SELECT FROM conversation_drafts WHERE conversation_number = $1", number) == []
