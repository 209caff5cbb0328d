"""Inboxes and who works in them on Chatwoot's wire (contract 3.5)."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from parley.jobs import inboxes as ending
from parley.store import control
from parley.store.database import Database
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    ADA,
    BO,
    BOT,
    CONTACT,
    FOREIGN,
    GONE,
    IDLE,
    MAIL,
    MANAGER,
    ORDERS,
    OTHER,
    STOREFRONT,
    World,
    add_conversation,
    add_message,
    build,
    run,
)
from tests.wire.conftest import Live

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
REFUSED = {"error": "You are not authorized to do this action"}
GENERAL = [
    "id", "avatar_url", "channel_id", "name", "channel_type", "carries_messages", "greeting_enabled", "greeting_message",
    "working_hours_enabled", "enable_email_collect", "csat_survey_enabled", "csat_config", "enable_auto_assignment",
    "auto_assignment_config", "out_of_office_message", "working_hours", "timezone", "callback_webhook_url", "allow_messages_after_resolved",
    "lock_to_single_conversation", "sender_name_type", "business_name", "allowed_domains", "widget_color", "website_url", "hmac_mandatory",
    "welcome_title", "welcome_tagline", "web_widget_script", "website_token", "selected_feature_flags", "reply_time",
]  # fmt: skip
SECRETS = {"hmac_token", "secret", "imap_login", "imap_password", "smtp_password", "provider_config", "auth_token", "account_sid"}


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def make(chatwoot: Chatwoot, kind: str = "api", name: str = "Made", /, **more: Any) -> dict[str, Any]:
    channel = more.pop("channel", {})
    made: dict[str, Any] = chatwoot.post("inboxes", {"name": name, "channel": {"type": kind} | channel} | more)
    return made


def names(chatwoot: Chatwoot, who: str = "admin") -> list[str]:
    return [one["name"] for one in chatwoot.get("inboxes", who=who)["payload"]]


def test_a_life(chatwoot: Chatwoot) -> None:
    made = make(chatwoot, "api", "Parcels", channel={"webhook_url": "https://hook.test/a", "hmac_mandatory": True})
    api = ["hmac_token", "secret", "webhook_url", "inbox_identifier", "additional_attributes"]
    assert list(made) == [*GENERAL, "messaging_service_sid", "phone_number", *api, "provider"]
    assert (made["channel_type"], made["carries_messages"], made["hmac_mandatory"]) == ("Channel::Api", True, True)
    assert min(len(made[name]) for name in ("hmac_token", "secret", "inbox_identifier")) >= 24
    assert [day["closed_all_day"] for day in made["working_hours"]] == [True, *[False] * 5, True]
    assert made["working_hours"][1] == {
        "day_of_week": 1, "closed_all_day": False, "open_hour": 9, "open_minutes": 0, "close_hour": 17, "close_minutes": 0,
        "open_all_day": False,
    }  # fmt: skip
    assert chatwoot.get(f"inboxes/{made['id']}") == made
    assert made in chatwoot.get("inboxes")["payload"]
    assert chatwoot.call("DELETE", f"inboxes/{made['id']}")["message"].startswith("Your inbox deletion request")
    for method in ("GET", "PATCH", "DELETE"):
        assert chatwoot.ask(method, f"inboxes/{made['id']}", {} if method == "PATCH" else None).status_code == 404
    assert made["id"] not in [one["id"] for one in chatwoot.get("inboxes")["payload"]]


SETTINGS = {
    "greeting_enabled": True, "greeting_message": "Hi", "enable_email_collect": False, "csat_survey_enabled": True,
    "enable_auto_assignment": False, "working_hours_enabled": True, "out_of_office_message": "Closed", "timezone": "Europe/Lisbon",
    "allow_messages_after_resolved": False, "lock_to_single_conversation": True, "sender_name_type": "professional",
    "business_name": "Acme", "csat_config": {"display_type": "star", "message": "How?", "survey_rules": {"operator": "contains"}},
    "auto_assignment_config": {"max_assignment_limit": 3}, "name": "Renamed",
}  # fmt: skip


def test_every_setting_is_kept_and_only_what_is_given_changes(chatwoot: Chatwoot) -> None:
    made = make(chatwoot)
    for name, value in SETTINGS.items():
        before = made[name]
        assert before != value, name
        changed = chatwoot.call("PATCH", f"inboxes/{made['id']}", {name: value})
        assert changed == made | {name: value}
        made = changed
    again = chatwoot.post("inboxes", {"channel": {"type": "api"}} | SETTINGS)
    assert {name: again[name] for name in SETTINGS} == SETTINGS
    assert chatwoot.call("PATCH", f"inboxes/{made['id']}", {"greeting_message": None})["greeting_message"] is None
    assert chatwoot.call("PATCH", f"inboxes/{made['id']}", {"channel": {}, "unknown": 1})["name"] == "Renamed"


def test_working_hours_change_day_by_day(chatwoot: Chatwoot) -> None:
    made = make(chatwoot)
    path = f"inboxes/{made['id']}"
    days = [
        {"day_of_week": 0, "open_all_day": True, "closed_all_day": False},
        {"day_of_week": 1, "closed_all_day": False, "open_hour": 8, "open_minutes": 30, "close_hour": 20, "close_minutes": 15},
        {"day_of_week": 2, "closed_all_day": True},
    ]
    week = chatwoot.call("PATCH", path, {"working_hours": days})["working_hours"]
    assert [day["day_of_week"] for day in week] == list(range(7))
    assert (week[0]["open_all_day"], week[0]["open_hour"], week[0]["close_minutes"]) == (True, 0, 59)
    assert (week[1]["open_hour"], week[1]["open_minutes"], week[1]["close_minutes"]) == (8, 30, 15)
    assert (week[2]["closed_all_day"], week[3]["closed_all_day"]) == (True, False)
    for wrong, attribute in (
        ({"day_of_week": 3, "open_hour": 18}, "working_hours[0]"),
        ({"day_of_week": 3, "open_all_day": True, "closed_all_day": True}, "working_hours[0]"),
        ({"day_of_week": 6, "closed_all_day": False}, "working_hours[0].open_hour"),
        ({"day_of_week": 7}, "working_hours[0].day_of_week"),
        ({"day_of_week": 3, "open_hour": 24}, "working_hours[0].open_hour"),
        ({"open_hour": 3}, "working_hours[0].day_of_week"),
    ):
        assert chatwoot.call("PATCH", path, {"working_hours": [wrong]}, expect=422)["attributes"] == [attribute]
    assert chatwoot.get(path)["working_hours"] == week


WIDGET = {
    "website_url": "https://shop.test", "welcome_title": "Hello", "welcome_tagline": "Ask", "widget_color": "#000000",
    "reply_time": "in_a_day", "pre_chat_form_enabled": True, "pre_chat_form_options": {"pre_chat_message": "x"},
    "continuity_via_email": False, "allowed_domains": "shop.test", "selected_feature_flags": ["emoji_picker"],
}  # fmt: skip


def test_a_web_widget_is_kept_and_says_that_it_carries_nothing(chatwoot: Chatwoot) -> None:
    made = make(chatwoot, "web_widget", "Site", channel=WIDGET)
    assert {name: made[name] for name in WIDGET} == WIDGET
    assert (made["channel_type"], made["carries_messages"]) == ("Channel::WebWidget", False)
    assert made["website_token"] in made["web_widget_script"]
    changed = chatwoot.call("PATCH", f"inboxes/{made['id']}", {"channel": {"widget_color": "#111111", "hmac_mandatory": "true"}})
    assert changed == made | {"widget_color": "#111111", "hmac_mandatory": True}
    emptied = chatwoot.call("PATCH", f"inboxes/{made['id']}", {"channel": {"website_url": ""}}, expect=422)
    assert emptied == {"message": "Website url can't be blank", "attributes": ["website_url"]}
    plain = make(chatwoot, "web_widget", "Plain", channel={"website_url": "https://b.test"})
    assert (plain["widget_color"], plain["reply_time"], plain["selected_feature_flags"][0]) == (
        "#1f93ff",
        "in_a_few_minutes",
        "attachments",
    )


KINDS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "email": (
        {"email": "help@acme.test", "imap_login": "me", "imap_password": "pw", "imap_port": 993, "smtp_password": "pw2"},
        "Channel::Email",
        {"email": "help@acme.test", "imap_password": "pw", "imap_port": 993, "smtp_password": "pw2", "smtp_login": None},
    ),
    "whatsapp": (
        {"phone_number": "+351", "provider": "whatsapp_cloud", "provider_config": {"api_key": "k"}},
        "Channel::Whatsapp",
        {"phone_number": "+351", "provider": "whatsapp_cloud", "provider_config": {"api_key": "k"}},
    ),
    "sms": ({"phone_number": "+1", "provider_config": {"api_key": "k"}}, "Channel::Sms", {"phone_number": "+1"}),
    "twilio_sms": ({"medium": "whatsapp", "auth_token": "t"}, "Channel::TwilioSms", {"medium": "whatsapp", "auth_token": "t"}),
    "telegram": ({"bot_token": "t", "bot_name": "acme_bot"}, "Channel::Telegram", {"bot_name": "acme_bot"}),
    "line": ({"line_channel_id": "1", "line_channel_secret": "s", "line_channel_token": "t"}, "Channel::Line", {}),
    "facebook_page": ({"page_id": "9"}, "Channel::FacebookPage", {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_other_kinds_are_kept_and_their_secrets_shown_to_administrators(chatwoot: Chatwoot, kind: str) -> None:
    channel, channel_type, shown = KINDS[kind]
    made = make(chatwoot, kind, kind, channel=channel)
    assert (made["channel_type"], made["carries_messages"]) == (channel_type, False)
    assert {name: made[name] for name in shown} == shown
    chatwoot.post("inbox_members", {"inbox_id": made["id"], "user_ids": [BO]})
    seen = chatwoot.get(f"inboxes/{made['id']}", who="agent")
    assert not SECRETS & set(seen)
    assert seen == {name: value for name, value in made.items() if name in seen}


async def read_only(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return await control.insert_token(connection, tenant_id=1, owner_kind="user", owner_id=ADA, scope="read")
    finally:
        await connection.close()


def test_a_token_that_may_only_read_sees_no_secret(chatwoot: Chatwoot, world: World) -> None:
    token = run(read_only(world.dsn))
    made = make(chatwoot, channel={"webhook_url": "https://hook.test/b"})
    seen = chatwoot.get(f"inboxes/{made['id']}", who=token)
    assert seen == {name: value for name, value in made.items() if name not in SECRETS}
    assert "secret" not in chatwoot.get(f"agent_bots/{BOT}", who=token)
    assert "secret" in chatwoot.get(f"agent_bots/{BOT}")


def test_an_imported_channel_keeps_its_identifier_and_gets_secrets(chatwoot: Chatwoot, world: World) -> None:
    for inbox, tenant in ((901, 1), (902, 2)):
        world.execute(
            "INSERT INTO inboxes (tenant_id, id, name, kind, channel_id, channel, settings) VALUES "
            f"""({tenant}, {inbox}, 'Brought', 'api', 77, '{{"identifier": "known-to-clients", "hmac_mandatory": true}}',"""
            """ '{"sender_name_type": 1, "greeting_enabled": true}')"""
        )
    found = chatwoot.get("inboxes/901")
    assert (found["inbox_identifier"], found["hmac_mandatory"], found["channel_id"]) == ("known-to-clients", True, 77)
    assert (found["sender_name_type"], found["greeting_enabled"]) == ("professional", True)
    theirs = chatwoot.ask("GET", "inboxes/902", who="foreign", account=OTHER).json()
    assert len(theirs["inbox_identifier"]) == len(theirs["hmac_token"]) == len(found["hmac_token"]) == 64
    assert len({theirs["inbox_identifier"], theirs["hmac_token"], found["hmac_token"], found["secret"]}) == 4
    world.execute(
        "INSERT INTO inboxes (tenant_id, id, name, kind, channel) VALUES "
        """(1, 903, 'Old site', 'web_widget', '{"feature_flags": 5, "reply_time": 2, "website_token": "w"}')"""
    )
    widget = chatwoot.get("inboxes/903")
    assert (widget["selected_feature_flags"], widget["reply_time"]) == (["attachments", "end_conversation"], "in_a_day")


def test_the_reply_window_of_an_api_inbox_holds(chatwoot: Chatwoot, world: World) -> None:
    made = make(chatwoot, channel={"additional_attributes": {"agent_reply_time_window": "24"}})
    world.fill(add_conversation, 700, inbox_id=made["id"])
    assert chatwoot.get("conversations/700")["can_reply"] is False
    chatwoot.call("PATCH", f"inboxes/{made['id']}", {"channel": {"additional_attributes": {}}})
    assert chatwoot.get("conversations/700")["can_reply"] is True


def test_a_picture(chatwoot: Chatwoot) -> None:
    form = {"name": "Pictured", "channel[type]": "api", "greeting_enabled": "true"}
    made = chatwoot.post("inboxes", data=form, files={"avatar": ("face.png", PNG, "image/png")})
    assert (made["name"], made["greeting_enabled"]) == ("Pictured", True)
    assert "/face.png?" in made["avatar_url"]
    fetched = httpx.get(made["avatar_url"])
    assert (fetched.status_code, fetched.content) == (200, PNG)
    placed = chatwoot.post("contacts", {"name": "Placed", "inbox_id": made["id"]})["payload"]["contact"]
    others = [*placed["contact_inboxes"], *chatwoot.get(f"contacts/{placed['id']}/contactable_inboxes")["payload"]]
    shown = [one["inbox"]["avatar_url"] for one in others if one["inbox"]["id"] == made["id"]]
    assert len(shown) == 2
    assert all("/face.png?" in url for url in shown)
    assert chatwoot.call("DELETE", f"inboxes/{made['id']}/avatar") is None
    assert chatwoot.get(f"inboxes/{made['id']}")["avatar_url"] == ""
    text = {"avatar": ("a.txt", b"words", "text/plain")}
    refused = chatwoot.call("PATCH", f"inboxes/{made['id']}", files=text, expect=422)
    assert refused == {"message": "Avatar filetype not supported", "attributes": ["avatar"]}


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({}, "channel"),
        ({"channel": {"type": "api"}}, "name"),
        ({"name": "", "channel": {"type": "api"}}, "name"),
        ({"name": " ", "channel": {"type": "api"}}, "name"),
        ({"name": "x", "channel": {}}, "channel.type"),
        ({"name": "x", "channel": {"type": "pigeon"}}, "channel.type"),
        ({"name": "x", "channel": {"type": "web_widget"}}, "website_url"),
        ({"name": "x", "channel": {"type": "email"}}, "email"),
        ({"name": "x", "channel": {"type": "whatsapp", "provider": "default"}}, "phone_number"),
        ({"name": "x", "channel": {"type": "line", "line_channel_id": "1"}}, "line_channel_secret"),
        ({"channel": {"type": "telegram"}}, "bot_token"),
        ({"name": "x", "channel": {"type": "api", "webhook_url": "ftp://x"}}, "webhook_url"),
        ({"name": "x", "channel": {"type": "api", "webhook_url": "http://192.168.0.1/x"}}, "webhook_url"),
        ({"name": "x", "channel": {"type": "api"}, "timezone": "Mars/Base"}, "timezone"),
        ({"name": "x", "channel": {"type": "api"}, "sender_name_type": "rude"}, "sender_name_type"),
        ({"name": "x", "channel": {"type": "api"}, "csat_config": {"display_type": "dice"}}, "csat_config.display_type"),
        (
            {"name": "x", "channel": {"type": "api"}, "auto_assignment_config": {"max_assignment_limit": 0}},
            "auto_assignment_config.max_assignment_limit",
        ),
        ({"name": "x", "channel": {"type": "api"}, "greeting_enabled": "perhaps"}, "greeting_enabled"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: Any, attribute: str) -> None:
    before = names(chatwoot)
    assert chatwoot.post("inboxes", body, expect=422)["attributes"] == [attribute]
    assert names(chatwoot) == before


def test_an_agent_sees_the_inboxes_that_they_work_in(chatwoot: Chatwoot) -> None:
    assert {"Mail", "Orders", "Storefront"} <= set(names(chatwoot))
    assert names(chatwoot) == sorted(names(chatwoot), key=str.lower)
    assert names(chatwoot, "idle") == []
    assert names(chatwoot, "manager") == ["Orders", "Storefront"]
    assert chatwoot.get(f"inboxes/{ORDERS}", who="manager")["name"] == "Orders"
    for path in (f"inboxes/{MAIL}", f"inboxes/{MAIL}/agent_bot", f"inboxes/{MAIL}/assignable_agents", f"inbox_members/{MAIL}"):
        assert chatwoot.get(path, who="manager", expect=401) == REFUSED
    chatwoot.get("assignable_agents", who="manager", params={"inbox_ids[]": [ORDERS, MAIL]}, expect=401)


def test_only_administrators_set_inboxes_up(chatwoot: Chatwoot) -> None:
    for who in ("agent", "manager"):
        asked = [
            ("POST", "inboxes", {"name": "x", "channel": {"type": "api"}}), ("PATCH", f"inboxes/{STOREFRONT}", {"name": "mine"}),
            ("DELETE", f"inboxes/{STOREFRONT}", None), ("DELETE", f"inboxes/{STOREFRONT}/avatar", None),
            ("POST", f"inboxes/{STOREFRONT}/set_agent_bot", {"agent_bot": BOT}), ("GET", f"inboxes/{STOREFRONT}/campaigns", None),
            ("POST", "inbox_members", {"inbox_id": STOREFRONT, "user_ids": [IDLE]}),
            ("PATCH", "inbox_members", {"inbox_id": STOREFRONT, "user_ids": [IDLE]}),
            ("DELETE", "inbox_members", {"inbox_id": STOREFRONT, "user_ids": [BO]}),
        ]  # fmt: skip
        for method, path, body in asked:
            answer = chatwoot.ask(method, path, body, who=who)
            assert (answer.status_code, answer.json()) == (401, REFUSED), path
    for who in ("bot", "contact", ""):
        chatwoot.get("inboxes", who=who, expect=401)
    assert chatwoot.get(f"inboxes/{STOREFRONT}")["name"] == "Storefront"


def test_another_account_never_finds_them(chatwoot: Chatwoot) -> None:
    asked = [
        ("GET", f"inboxes/{STOREFRONT}", None), ("PATCH", f"inboxes/{STOREFRONT}", {"name": "mine"}),
        ("DELETE", f"inboxes/{STOREFRONT}", None), ("GET", f"inboxes/{STOREFRONT}/agent_bot", None),
        ("POST", f"inboxes/{STOREFRONT}/set_agent_bot", {"agent_bot": None}),
        ("GET", f"inbox_members/{STOREFRONT}", None), ("POST", "inbox_members", {"inbox_id": STOREFRONT, "user_ids": [FOREIGN]}),
        ("GET", f"assignable_agents?inbox_ids[]={STOREFRONT}", None), ("DELETE", f"inboxes/{STOREFRONT}/avatar", None),
    ]  # fmt: skip
    for method, path, body in asked:
        assert chatwoot.ask(method, path, body, who="foreign", account=OTHER).status_code == 404, path
    assert STOREFRONT not in [one["id"] for one in chatwoot.ask("GET", "inboxes", who="foreign", account=OTHER).json()["payload"]]


def test_members(chatwoot: Chatwoot) -> None:
    def of(answer: Any) -> list[int]:
        return [one["id"] for one in answer["payload"]]

    inbox = make(chatwoot)["id"]
    assert of(chatwoot.get(f"inbox_members/{inbox}")) == []
    assert of(chatwoot.post("inbox_members", {"inbox_id": inbox, "user_ids": [BO]})) == [BO]
    assert of(chatwoot.post("inbox_members", {"inbox_id": str(inbox), "user_ids": [str(ADA), BO]})) == [ADA, BO]
    assert of(chatwoot.get(f"inbox_members/{inbox}", who="agent")) == [ADA, BO]
    assert of(chatwoot.call("PATCH", "inbox_members", {"inbox_id": inbox, "user_ids": [IDLE, BO]})) == [BO, IDLE]
    assert chatwoot.call("DELETE", "inbox_members", {"inbox_id": inbox, "user_ids": [BO, 999_999]}) is None
    assert of(chatwoot.get(f"inbox_members/{inbox}")) == [IDLE]
    for user in (FOREIGN, GONE, 999_999):
        for method in ("POST", "PATCH"):
            refused = chatwoot.call(method, "inbox_members", {"inbox_id": inbox, "user_ids": [ADA, user]}, expect=422)
            assert refused == {"message": "User must exist", "attributes": ["user_ids"]}
    assert of(chatwoot.get(f"inbox_members/{inbox}")) == [IDLE]
    assert chatwoot.post("inbox_members", {"inbox_id": inbox}, expect=422)["attributes"] == ["user_ids"]
    chatwoot.post("inbox_members", {"inbox_id": 999_999, "user_ids": []}, expect=404)
    assert chatwoot.call("PATCH", "inbox_members", {"inbox_id": inbox, "user_ids": []}) == {"payload": []}


def test_who_can_be_assigned_works_in_every_inbox_or_runs_the_account(chatwoot: Chatwoot) -> None:
    both = chatwoot.get("assignable_agents", params={"inbox_ids[]": [STOREFRONT, ORDERS]})["payload"]
    assert [one["id"] for one in both] == [ADA, MANAGER]
    one = chatwoot.get(f"inboxes/{ORDERS}/assignable_agents", who="manager")["payload"]
    assert [agent["id"] for agent in one] == [ADA, MANAGER]
    assert BO in [agent["id"] for agent in chatwoot.get("assignable_agents", params={"inbox_ids[]": STOREFRONT})["payload"]]
    chatwoot.get("assignable_agents", expect=404)
    chatwoot.get("assignable_agents", params={"inbox_ids[]": [STOREFRONT, 999_999]}, expect=404)


def test_a_bot_answers_first(chatwoot: Chatwoot) -> None:
    inbox = make(chatwoot)["id"]
    assert chatwoot.get(f"inboxes/{inbox}/agent_bot") == {"agent_bot": {}}
    assert chatwoot.post(f"inboxes/{inbox}/set_agent_bot", {"agent_bot": BOT}) is None
    assert chatwoot.get(f"inboxes/{inbox}/agent_bot")["agent_bot"]["name"] == "Triage"
    chatwoot.post(f"inboxes/{inbox}/set_agent_bot", {"agent_bot": 999_999}, expect=404)
    assert chatwoot.get(f"inboxes/{inbox}/agent_bot")["agent_bot"]["id"] == BOT
    chatwoot.post(f"inboxes/{inbox}/set_agent_bot", {"agent_bot": None})
    assert chatwoot.get(f"inboxes/{inbox}/agent_bot") == {"agent_bot": {}}


def test_a_deleted_inbox_takes_its_conversations_with_it(chatwoot: Chatwoot, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = make(chatwoot, "api", "Doomed")["id"]
    chatwoot.post("inbox_members", {"inbox_id": inbox, "user_ids": [BO]})
    world.execute(
        f"INSERT INTO contact_points (tenant_id, id, contact_id, inbox_id, source_id) VALUES (1, 950, {CONTACT}, {inbox}, 's')",
        f"INSERT INTO campaigns (tenant_id, id, title, inbox_id) VALUES (1, 951, 'Bye', {inbox})",
    )
    for number in (801, 802, 803):
        world.fill(add_conversation, number, inbox_id=inbox, contact_point_id=950)
        world.fill(add_message, 8000 + number, number, body="gone soon")
    chatwoot.call("DELETE", f"inboxes/{inbox}")
    assert inbox not in [one["id"] for one in chatwoot.get("inboxes", who="agent")["payload"]]
    reached = chatwoot.get(f"contacts/{CONTACT}/contactable_inboxes")["payload"]
    assert inbox not in [one["inbox"]["id"] for one in reached]
    chatwoot.post("contacts", {"name": "Late", "inbox_id": inbox}, expect=404)
    chatwoot.post(f"contacts/{CONTACT}/contact_inboxes", {"inbox_id": inbox}, expect=404)
    chatwoot.post("contact_inboxes/filter", {"inbox_id": inbox, "source_id": "s"}, expect=404)
    chatwoot.post("conversations", {"inbox_id": inbox, "contact_id": CONTACT}, expect=404)
    hook = {"url": "https://example.com/hook", "subscriptions": ["message_created"], "inbox_id": inbox}
    assert chatwoot.post("webhooks", hook, expect=422)["attributes"] == ["inbox_id"]
    assert chatwoot.get("conversations/801")["inbox_id"] == inbox, "until the job comes to it"

    async def work() -> list[int]:
        monkeypatch.setattr(ending, "BATCH", 2)
        ends = ending.Endings()
        database = await Database.open(world.dsn, max_connections=2)
        try:
            done = []
            while await ends.tenants(database):
                done.append(await ends.delete_batch(database, 1))
            async with database.read(1) as connection:
                kept = await connection.fetch(
                    "SELECT noun, id FROM tombstones WHERE tenant_id = 1 AND (noun, id) IN (('inbox', $1), ('conversation', 801),"
                    " ('conversation', 802), ('conversation', 803), ('campaign', 951))", inbox
                )  # fmt: skip
                assert len(kept) == 5
            return done
        finally:
            await database.close()

    # The server's own job may have done some of it.
    assert sum(asyncio.run(work())) <= 3
    for number in (801, 802, 803):
        chatwoot.get(f"conversations/{number}", expect=404)
    chatwoot.get("campaigns/951", expect=404)
