"""Campaigns on Chatwoot's wire (contract 3.5, internal): kept, and sent by nobody yet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ADA, FOREIGN, ORDERS, OTHER, STOREFRONT, World, build, run
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


ASKED = {
    "title": "Hello", "description": "First words", "message": "May I help?", "inbox_id": STOREFRONT, "sender_id": ADA, "enabled": False,
    "trigger_rules": {"url": "https://shop.test", "time_on_page": 10}, "trigger_only_during_business_hours": True,
}  # fmt: skip


def test_a_life(chatwoot: Chatwoot) -> None:
    assert chatwoot.get("campaigns") == []
    made = chatwoot.post("campaigns", {"campaign": ASKED})
    shown = {name: value for name, value in ASKED.items() if name not in ("inbox_id", "sender_id")}
    shown |= {"campaign_type": "ongoing", "campaign_status": "active", "account_id": 1}
    assert {name: made[name] for name in shown} == shown
    assert (made["inbox"]["id"], made["sender"]["name"]) == (STOREFRONT, "Ada")
    assert "scheduled_at" not in made
    assert chatwoot.get(f"campaigns/{made['id']}") == made
    assert chatwoot.get("campaigns") == [made]
    assert chatwoot.get(f"inboxes/{STOREFRONT}/campaigns") == [made]
    assert chatwoot.get(f"inboxes/{ORDERS}/campaigns") == []
    changed = chatwoot.call("PATCH", f"campaigns/{made['id']}", {"enabled": True, "title": "Hi", "sender_id": None})
    assert (changed["enabled"], changed["title"], changed["message"]) == (True, "Hi", "May I help?")
    assert "sender" not in changed
    assert chatwoot.call("DELETE", f"campaigns/{made['id']}") is None
    for method in ("GET", "PATCH", "DELETE"):
        assert chatwoot.ask(method, f"campaigns/{made['id']}", {} if method == "PATCH" else None).status_code == 404


def test_over_sms_it_is_sent_once(chatwoot: Chatwoot) -> None:
    inbox = chatwoot.post("inboxes", {"name": "Texts", "channel": {"type": "sms", "phone_number": "+1"}})
    label = {"type": "Label", "id": 1}
    body = {"title": "Sale", "message": "Now", "inbox_id": inbox["id"], "scheduled_at": "2030-01-01T00:00:00Z", "audience": [label]}
    made = chatwoot.post("campaigns", body)
    assert (made["campaign_type"], made["scheduled_at"], made["audience"]) == ("one_off", 1_893_456_000, [label])


def test_an_imported_one_keeps_its_number(chatwoot: Chatwoot, world: World) -> None:
    world.execute(
        "INSERT INTO campaigns (tenant_id, id, display_id, title, inbox_id, settings) VALUES "
        f"""(1, 40, 4, 'Old', {STOREFRONT}, '{{"campaign_type": 0, "campaign_status": 1, "message": "m"}}')"""
    )
    found = chatwoot.get("campaigns/4")
    assert (found["id"], found["campaign_status"], found["campaign_type"]) == (4, "completed", "ongoing")
    assert chatwoot.call("PATCH", "campaigns/4", {"title": "New"})["title"] == "New"
    chatwoot.get("campaigns/40", expect=404)


@pytest.mark.parametrize(
    ("change", "attribute"),
    [
        ({"title": None}, "title"),
        ({"message": ""}, "message"),
        ({"inbox_id": None}, "inbox_id"),
        ({"inbox_id": 999_999}, "inbox_id"),
        ({"inbox_id": ORDERS}, "inbox"),
        ({"sender_id": FOREIGN}, "sender_id"),
        ({"trigger_rules": {"url": "shop"}}, "url"),
        ({"scheduled_at": "soon"}, "scheduled_at"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, change: Any, attribute: str) -> None:
    before = chatwoot.get("campaigns")
    assert chatwoot.post("campaigns", ASKED | change, expect=422)["attributes"] == [attribute]
    assert chatwoot.get("campaigns") == before


def test_only_administrators_see_and_change_them(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("campaigns", ASKED)
    for who in ("agent", "manager", "bot", "contact", ""):
        for method, path in (
            ("GET", ""),
            ("POST", ""),
            ("GET", f"/{made['id']}"),
            ("PATCH", f"/{made['id']}"),
            ("DELETE", f"/{made['id']}"),
        ):
            body = ASKED if method in ("POST", "PATCH") else None
            assert chatwoot.ask(method, f"campaigns{path}", body, who=who).status_code == 401
    for method in ("GET", "PATCH", "DELETE"):
        body = {} if method == "PATCH" else None
        assert chatwoot.ask(method, f"campaigns/{made['id']}", body, who="foreign", account=OTHER).status_code == 404
    assert chatwoot.ask("GET", "campaigns", who="foreign", account=OTHER).json() == []
