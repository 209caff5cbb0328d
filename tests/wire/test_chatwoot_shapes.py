"""The odd types of a listed conversation, one case each, and swagger.json's own schema (contract 2.1-2.6)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from .chatwoot_world import (
    ACCOUNT,
    BO,
    BOT,
    CONTACT,
    FULL,
    GONE,
    MANAGE,
    MANAGER,
    ORDERS,
    OTHER,
    STOREFRONT,
    SYSTEM_BOT,
    T0,
    World,
    add_conversation,
    add_message,
    build,
    insert,
    run,
)
from .conftest import Live

BARE, BY_BOT, BY_SYSTEM_BOT, BY_GONE, UNREAD, DELETED, FILES, SENDERS, BY_MANAGER = range(20, 29)
KINDS = {
    40: "facebook_page", 41: "whatsapp", 42: "telegram", 43: "line", 44: "twilio_sms", 45: "sms", 46: "instagram", 47: "tiktok",
    48: "twitter_profile",
}  # fmt: skip


async def fill(connection: Any) -> None:
    await add_conversation(connection, BARE)
    await add_conversation(connection, BY_BOT, assignee_bot_id=BOT)
    await add_conversation(connection, BY_SYSTEM_BOT, assignee_bot_id=SYSTEM_BOT)
    await add_conversation(connection, BY_GONE, assignee_user_id=GONE)
    await add_conversation(connection, UNREAD, unread_count=57, inbox_id=ORDERS)
    await add_conversation(connection, BY_MANAGER, assignee_user_id=MANAGER)
    await add_conversation(connection, DELETED)
    await add_message(connection, 2001, DELETED, body="This message was deleted", content_attributes='{"deleted": true}')
    await add_message(connection, 2002, DELETED, deleted_at=T0, created_at=T0 + timedelta(minutes=1), kind="outgoing")
    await add_conversation(connection, FILES)
    await add_message(connection, 2100, FILES)
    for n, columns in enumerate(ATTACHMENTS.values()):
        await insert(connection, "attachments", id=500 + n, message_id=2100, **columns[0])
    await add_conversation(connection, SENDERS)
    for n, (kind, author_id) in enumerate((("user", GONE), ("bot", BOT), ("contact", CONTACT), ("system", None))):
        at = T0 + timedelta(minutes=n)
        await add_message(
            connection, 2200 + n, SENDERS, kind="outgoing", author_kind=kind, author_id=author_id, created_at=at, updated_at=at,
        )  # fmt: skip
    for number, kind in KINDS.items():
        await insert(connection, "inboxes", id=number, name=kind, kind=kind)
        await add_conversation(connection, number, inbox_id=number)
    await insert(connection, "inboxes", tenant_id=OTHER, id=77, name="Front", kind="api")
    await insert(connection, "contacts", tenant_id=OTHER, id=CONTACT, name="Theirs")
    await add_conversation(connection, 1, tenant_id=OTHER, inbox_id=77, contact_id=CONTACT)


STORED = {"blob_key": "k", "extension": "ogg", "byte_size": 9, "width": 1, "height": 2}
ATTACHMENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "image": (
        {"file_type": "image", "file_name": "é.png", "content_type": "image/png", **STORED, "extension": "png"},
        {
            "extension": "png", "content_type": "image/png", "data_url": "{url}/attachments/1/500/%C3%A9.png",
            "thumb_url": "{url}/attachments/1/500/%C3%A9.png", "file_size": 9, "width": 1, "height": 2,
        },
    ),
    "file": (
        {"file_type": "file", "file_name": "a/b?.pdf", "content_type": "application/pdf", "byte_size": 7},
        {
            "extension": None, "content_type": "application/pdf", "data_url": "{url}/attachments/1/501/a%2Fb%3F.pdf", "thumb_url": "",
            "file_size": 7, "width": None, "height": None,
        },
    ),
    "audio": (
        {"file_type": "audio", "file_name": "v.ogg", "content_type": "audio/ogg", **STORED, "meta": '{"transcribed_text": "hello"}'},
        {
            "extension": "ogg", "content_type": "audio/ogg", "data_url": "{url}/attachments/1/502/v.ogg", "thumb_url": "", "file_size": 9,
            "width": 1, "height": 2, "transcribed_text": "hello",
        },
    ),
    "audio elsewhere": (
        {"file_type": "audio", "external_url": "https://x.test/v"},
        {"data_url": "https://x.test/v", "thumb_url": ""},
    ),
    "location": (
        {"file_type": "location", "coordinates_lat": 1.5, "coordinates_long": -2, "fallback_title": "Here", "external_url": "https://m.test"},
        {"coordinates_lat": 1.5, "coordinates_long": -2.0, "fallback_title": "Here", "data_url": "https://m.test"},
    ),
    "fallback": (
        {"file_type": "fallback", "fallback_title": "A page", "external_url": "https://x.test/p"},
        {"fallback_title": "A page", "data_url": "https://x.test/p"},
    ),
    "contact": (
        {"file_type": "contact", "fallback_title": "+351", "meta": '{"firstName": "Ana"}'},
        {"fallback_title": "+351", "meta": {"firstName": "Ana"}},
    ),
    "embed": ({"file_type": "embed", "external_url": "https://x.test/e"}, {"data_url": "https://x.test/e"}),
    "story": (
        {"file_type": "story_mention", "external_url": "https://x.test/s"},
        {"data_url": "https://x.test/s", "thumb_url": ""},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    built = run(build(live.dsn, live.url))
    built.fill(fill)
    return built


def test_a_bare_conversation_has_zeros_and_nulls_in_their_places(world: World) -> None:
    row = world.row(BARE)
    zeros = (
        "agent_last_seen_at",
        "assignee_last_seen_at",
        "contact_last_seen_at",
        "first_reply_created_at",
        "waiting_since",
        "unread_count",
    )
    assert {name: row[name] for name in zeros} == dict.fromkeys(zeros, 0)
    nulls = ("snoozed_until", "priority", "last_non_activity_message", "sla_policy_id")
    assert {name: row[name] for name in nulls} == dict.fromkeys(nulls)
    assert (row["messages"], row["labels"], row["custom_attributes"], row["additional_attributes"]) == ([], [], {}, {})
    assert not {"assignee", "assignee_type", "team"} & row["meta"].keys()
    assert row["meta"]["hmac_verified"] is None
    assert "last_activity_at" not in row["meta"]["sender"]
    assert row["sla_events"] == []
    assert "applied_sla" not in row


def test_times_are_whole_seconds_but_for_three(world: World) -> None:
    row = world.row(FULL)
    seconds = int(T0.timestamp())
    assert row["created_at"] == seconds + 7 * 3600
    assert row["updated_at"] == (T0 + timedelta(hours=8, microseconds=8)).timestamp()
    assert '"updated_at":1717272000.123464,' in world.ask("admin", "status=all").text
    assert row["snoozed_until"] == "2024-06-01T23:00:00.123Z"
    assert row["last_non_activity_message"]["updated_at"] == "2024-06-01T12:00:00.123Z"
    assert row["timestamp"] == row["last_activity_at"] == seconds + 9 * 3600


def test_keys_stand_in_the_originals_order(world: World) -> None:
    keys = list(world.row(FULL))
    assert keys[:4] == ["meta", "id", "messages", "account_id"]
    assert keys[-5:] == ["priority", "waiting_since", "sla_policy_id", "applied_sla", "sla_events"]


def test_unread_is_capped_at_ten(world: World) -> None:
    assert world.row(UNREAD)["unread_count"] == 10


def test_labels_stand_in_their_own_order(world: World) -> None:
    assert world.row(FULL)["labels"] == ["vip-gold", "50%_off"]


def test_a_bot_as_assignee_is_slim_and_a_system_bot_hides_its_url(world: World) -> None:
    meta = world.row(BY_BOT)["meta"]
    assert meta["assignee_type"] == "AgentBot"
    assert meta["assignee"] == {
        "id": BOT, "name": "Triage", "description": "First contact", "thumbnail": "", "outgoing_url": "https://bot.test/hook",
        "bot_type": "webhook",
    }  # fmt: skip
    assert "outgoing_url" not in world.row(BY_SYSTEM_BOT)["meta"]["assignee"]


def test_an_assignee_who_left_is_absent_and_still_counts(world: World) -> None:
    row = world.row(BY_GONE)
    assert not {"assignee", "assignee_type"} & row["meta"].keys()
    assert BY_GONE in world.ids("admin", "status=all&assignee_type=assigned")


def test_no_secret_of_an_assignee_is_listed(world: World) -> None:
    assert not {"access_token", "pubsub_token", "hmac_identifier"} & world.row(FULL)["meta"]["assignee"].keys()


def test_a_custom_role_is_told_with_its_permissions(world: World) -> None:
    agent = world.row(BY_MANAGER)["meta"]["assignee"]
    assert (agent["role"], agent["custom_role_id"]) == ("agent", MANAGE)
    account = agent["accounts"][0]
    assert account["permissions"] == ["conversation_manage", "custom_role"]
    assert account["custom_role"] == {
        "id": MANAGE, "name": "manage", "description": "May manage", "permissions": ["conversation_manage"],
    }  # fmt: skip
    assert world.row(FULL)["meta"]["assignee"]["accounts"][0]["permissions"] == ["agent"]


@pytest.mark.parametrize(("automatic", "shown"), [("false", "busy"), ("true", "offline")])
def test_availability_is_what_was_set_unless_it_follows_presence(world: World, automatic: str, shown: str) -> None:
    world.execute(f"UPDATE memberships SET availability = 'busy', auto_offline = {automatic} WHERE user_id = {BO}")
    assert world.row(FULL)["meta"]["assignee"]["availability_status"] == shown


def test_a_deleted_message_keeps_its_place_and_says_so(world: World) -> None:
    """Imported with the original's words, and deleted here without any."""
    for query in ("status=all", f"inbox_id={STOREFRONT}&status=all"):
        shown = world.row(DELETED, query=query)["messages"][0]
        assert shown["id"] == 2002
        assert (shown["content"], shown["content_attributes"]) == ("This message was deleted", {"deleted": True})
    world.execute("UPDATE messages SET expires_at = now() WHERE id = 2002")
    shown = world.row(DELETED)["messages"][0]
    assert (shown["id"], shown["content"], shown["content_attributes"]) == (2001, "This message was deleted", {"deleted": True})


@pytest.mark.parametrize("name", ATTACHMENTS)
def test_an_attachment_has_the_keys_of_its_file_type(world: World, name: str) -> None:
    number = 500 + list(ATTACHMENTS).index(name)
    message = world.row(FILES)["messages"][0]
    columns, expected = ATTACHMENTS[name]
    shown = next(file for file in message["attachments"] if file["id"] == number)
    base = {"id": number, "message_id": 2100, "file_type": columns["file_type"], "account_id": ACCOUNT}
    for key in {"data_url", "thumb_url"} & shown.keys():
        assert ("&signature=" in shown[key]) == shown[key].startswith(world.url), "our own links are signed, and only those"
        shown[key] = shown[key].partition("?")[0]
    assert shown == base | {key: value.format(url=world.url) if isinstance(value, str) else value for key, value in expected.items()}
    assert (message["attachment"]["id"], len(message["attachment"])) == (500, len(message["attachments"][0]))


def test_a_link_leads_to_the_bytes_without_a_token(world: World) -> None:
    first = world.row(FILES)["messages"][0]["attachments"][0]["data_url"]
    assert httpx.get(first).status_code == 404  # imported: its bytes are not here
    elsewhere = "UPDATE attachments SET external_url = 'https://x.test/a b' WHERE tenant_id = 1 AND id = 500"
    world.execute(elsewhere)
    answer = httpx.get(first)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://x.test/a%20b")
    world.execute("UPDATE attachments SET external_url = NULL WHERE tenant_id = 1 AND id = 500")
    for changed in (first.replace("/500/", "/501/"), first.replace("/attachments/1/", "/attachments/2/"), first.partition("?")[0]):
        assert httpx.get(changed).status_code == 404


def test_a_link_stays_the_same_for_a_while(world: World) -> None:
    links = [world.row(FILES)["messages"][0]["attachment"]["data_url"] for _ in range(2)]
    assert links[0] == links[1]


def test_senders_have_the_shape_of_their_kind(world: World) -> None:
    row = world.row(SENDERS)
    assert (row["messages"][0]["sender_type"], row["messages"][0]["sender_id"], "sender" in row["messages"][0]) == (None, None, False)
    shapes = {}
    for latest in (2202, 2201, 2200):
        world.execute(f"UPDATE messages SET expires_at = now() WHERE id = {latest + 1}")
        message = world.row(SENDERS)["messages"][0]
        shapes[message["sender_type"]] = message["sender"]
    assert set(shapes) == {"Contact", "AgentBot", "User"}
    assert shapes["User"] == {
        "id": GONE, "name": "Gone", "available_name": "Gone", "avatar_url": "", "type": "user", "availability_status": "offline",
        "thumbnail": "",
    }  # fmt: skip
    assert shapes["AgentBot"] == {"id": BOT, "name": "Triage", "avatar_url": "", "type": "agent_bot"}
    assert shapes["Contact"]["type"] == "contact"


@pytest.mark.parametrize(("number", "kind"), KINDS.items())
def test_a_channel_has_the_originals_name(world: World, number: int, kind: str) -> None:
    names = {"twilio_sms": "TwilioSms", "facebook_page": "FacebookPage", "twitter_profile": "TwitterProfile"}
    assert world.row(number)["meta"]["channel"] == f"Channel::{names.get(kind, kind.capitalize())}"


@pytest.mark.parametrize(("ago", "can_reply"), [("23 hours", True), ("25 hours", False), (None, False)], ids=["inside", "outside", "never"])
def test_a_reply_window_closes(world: World, ago: str | None, can_reply: bool) -> None:
    moment = "NULL" if ago is None else f"now() - interval '{ago}'"
    world.execute(f"UPDATE conversations SET last_incoming_at = {moment} WHERE number = {UNREAD}")
    assert world.row(UNREAD)["can_reply"] is can_reply
    assert world.row(BARE)["can_reply"] is True


def test_sla_and_companies_appear_with_their_features_only(world: World) -> None:
    other = world.rows("foreign", account=OTHER)[0]
    assert not {"applied_sla", "sla_events"} & other.keys()
    assert "company_id" not in world.row(FULL)["meta"]["sender"]
    world.execute(f"UPDATE tenants SET features = '{{sla, companies}}' WHERE id = {ACCOUNT}")
    row = world.row(FULL)
    assert row["meta"]["sender"]["company_id"] == 1
    assert row["last_non_activity_message"]["sender"]["company_id"] == 1


def test_contact_custom_fields_of_other_namespaces_stay_out(world: World) -> None:
    assert world.row(FULL)["meta"]["sender"]["custom_attributes"] == {"tier": "gold"}
    assert world.row(FULL)["custom_attributes"] == {"order total": 12.5}


def test_urls_start_with_the_public_url(serve: Any, database: str) -> None:
    live = serve(public_url="https://desk.example.test/base")
    built = run(build(database, live.url))
    thumbnail = built.row(FULL)["meta"]["sender"]["thumbnail"]
    assert thumbnail.startswith("https://desk.example.test/base/attachments/1/1/face%20one.png?version=0&expires=")


# Where the original's own answers leave its schema (contract 2.6), and nothing else.
SLIPS = {
    ("snoozed_until", "type"): "an ISO string where the schema says number",
    ("status", "enum"): "the schema forgets snoozed",
    ("content", "type"): "a message without text has null",
    ("hmac_verified", "type"): "null without a contact inbox",
}


def slip(error: Any) -> tuple[str, str]:
    names = [part for part in error.absolute_path if isinstance(part, str)]
    return (names[-1] if names else "", error.validator)


def test_answers_keep_swaggers_schema(world: World, shared: Path) -> None:
    swagger = json.loads((shared / "contracts/chatwoot/swagger.json").read_text())
    schema = {"$ref": "#/components/schemas/conversation_list", "components": swagger["components"]}
    errors = list(flat(Draft202012Validator(schema).iter_errors(world.ask("admin", "status=all&updated_within=9999999999").json())))
    assert {slip(error) for error in errors} <= SLIPS.keys()


def flat(errors: Any) -> Any:
    """Leaves of oneOf and allOf errors, the alternative that is meant."""
    for error in errors:
        if error.context:
            yield from flat([inner for inner in error.context if inner.validator != "type" or inner.absolute_path != error.absolute_path])
        else:
            yield error
