"""Agent bots on Chatwoot's wire (contract 3.5), and what their tokens open (section 4)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import BOT, FULL, OTHER, STOREFRONT, SYSTEM_BOT, World, build, run
from tests.wire.conftest import Live

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
REFUSED = {"error": "You are not authorized to do this action"}


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    return found


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_a_life(chatwoot: Chatwoot) -> None:
    asked = {"name": "Helper", "description": "Helps", "outgoing_url": "https://bot.test/in", "bot_type": 0, "bot_config": {"a": [1]}}
    made = chatwoot.post("agent_bots", asked)
    wanted = asked | {"bot_type": "webhook", "thumbnail": "", "account_id": 1, "system_bot": False}
    assert {name: made[name] for name in wanted} == wanted
    assert list(made) == [
        "id", "name", "description", "thumbnail", "outgoing_url", "bot_type", "bot_config", "account_id", "access_token", "secret",
        "system_bot",
    ]  # fmt: skip
    shown = {name: value for name, value in made.items() if name != "access_token"}
    assert chatwoot.get(f"agent_bots/{made['id']}") == shown
    assert shown in chatwoot.get("agent_bots")
    changed = chatwoot.call("PATCH", f"agent_bots/{made['id']}", {"agent_bot": {"name": "Helper 2", "outgoing_url": None}})
    assert changed == shown | {"name": "Helper 2", "outgoing_url": None}
    assert chatwoot.call("DELETE", f"agent_bots/{made['id']}") is None
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("DELETE", "/avatar"), ("POST", "/reset_access_token")):
        body = {} if method == "PATCH" else None
        assert chatwoot.ask(method, f"agent_bots/{made['id']}{path}", body).status_code == 404, path
    assert made["id"] not in [one["id"] for one in chatwoot.get("agent_bots")]


def test_its_token_opens_what_bots_may_do_until_it_is_reset(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("agent_bots", {"name": "Signs in"})
    token = made["access_token"]
    assert chatwoot.get(f"conversations/{FULL}", who=token)["id"] == FULL
    told = {"error": "Access to this endpoint is not authorized for bots"}
    for path in ("agent_bots", "inboxes", "agents", "labels", "teams", "conversations"):
        assert chatwoot.ask("GET", path, who=token).json() == told, path
    new = chatwoot.post(f"agent_bots/{made['id']}/reset_access_token")["access_token"]
    assert chatwoot.ask("GET", f"conversations/{FULL}", who=token).json() == {"error": "Invalid Access Token"}
    assert chatwoot.get(f"conversations/{FULL}", who=new)["id"] == FULL
    other = chatwoot.ask("GET", f"conversations/{FULL}", who=new, account=OTHER)
    assert other.json() == {"error": "Bot is not authorized to access this account"}
    chatwoot.call("DELETE", f"agent_bots/{made['id']}")
    assert chatwoot.ask("GET", f"conversations/{FULL}", who=new).status_code == 401


def test_a_secret_is_made_and_made_anew_and_shown_to_administrators(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("agent_bots", {"name": "Signed"})
    again = chatwoot.post(f"agent_bots/{made['id']}/reset_secret")
    assert len(made["secret"]) >= 32
    assert again["secret"] != made["secret"]
    assert "access_token" not in again
    seen = chatwoot.get(f"agent_bots/{made['id']}", who="agent")
    assert not {"secret", "access_token"} & set(seen)
    assert all("secret" not in one for one in chatwoot.get("agent_bots", who="agent"))


def test_a_key_that_would_keep_a_secret_is_refused(chatwoot: Chatwoot) -> None:
    refused = chatwoot.post("agent_bots", {"name": "Once"}, headers={"Idempotency-Key": "k"}, expect=422)
    assert refused["attributes"] == ["Idempotency-Key"]
    assert "Once" not in [one["name"] for one in chatwoot.get("agent_bots")]


def test_a_deleted_bot_leaves_conversations_and_inboxes(chatwoot: Chatwoot, world: World) -> None:
    made = chatwoot.post("agent_bots", {"name": "Leaving"})
    chatwoot.post(f"inboxes/{STOREFRONT}/set_agent_bot", {"agent_bot": made["id"]})
    world.execute(
        f"UPDATE conversations SET assignee_user_id = NULL, assignee_bot_id = {made['id']} WHERE tenant_id = 1 AND number = {FULL}"
    )
    assert chatwoot.get(f"conversations/{FULL}")["meta"]["assignee"]["name"] == "Leaving"
    chatwoot.call("DELETE", f"agent_bots/{made['id']}")
    assert "assignee" not in chatwoot.get(f"conversations/{FULL}")["meta"]
    assert chatwoot.get(f"inboxes/{STOREFRONT}/agent_bot") == {"agent_bot": {}}


def test_a_picture(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("agent_bots", data={"name": "Pictured"}, files={"avatar": ("bot.png", PNG, "image/png")})
    assert "/bot.png?" in made["thumbnail"]
    assert chatwoot.call("DELETE", f"agent_bots/{made['id']}/avatar")["thumbnail"] == ""
    linked = chatwoot.call("PATCH", f"agent_bots/{made['id']}", {"avatar_url": "https://pictures.test/a/face.png"})
    answer = httpx.get(linked["thumbnail"], follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://pictures.test/a/face.png")


def test_a_bot_of_the_server_is_shown_and_stays(chatwoot: Chatwoot) -> None:
    system = chatwoot.get(f"agent_bots/{SYSTEM_BOT}")
    assert (system["system_bot"], system["account_id"]) == (True, None)
    assert not {"outgoing_url", "secret"} & set(system)
    for method in ("PATCH", "DELETE"):
        assert chatwoot.ask(method, f"agent_bots/{SYSTEM_BOT}", {} if method == "PATCH" else None).status_code == 404


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "outgoing_url": "javascript:alert(1)"}, "outgoing_url"),
        ({"name": "x", "outgoing_url": "http://127.1/x"}, "outgoing_url"),
        ({"name": "x", "avatar_url": "ftp://pictures.test/x.png"}, "avatar_url"),
        ({"name": "x", "bot_type": "csml"}, "bot_type"),
        ({"name": "x", "bot_config": "no object"}, "bot_config"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: Any, attribute: str) -> None:
    before = chatwoot.get("agent_bots")
    assert chatwoot.post("agent_bots", body, expect=422)["attributes"] == [attribute]
    assert chatwoot.get("agent_bots") == before


def test_only_administrators_change_bots(chatwoot: Chatwoot) -> None:
    for who in ("agent", "manager"):
        assert chatwoot.get(f"agent_bots/{BOT}", who=who)["name"] == "Triage"
        asked = [
            ("POST", "", {"name": "x"}), ("PATCH", f"/{BOT}", {}), ("DELETE", f"/{BOT}", None), ("DELETE", f"/{BOT}/avatar", None),
            ("POST", f"/{BOT}/reset_access_token", None), ("POST", f"/{BOT}/reset_secret", None),
        ]  # fmt: skip
        for method, path, body in asked:
            assert chatwoot.ask(method, f"agent_bots{path}", body, who=who).json() == REFUSED
    chatwoot.get("agent_bots", who="contact", expect=401)
    chatwoot.get("agent_bots", who="", expect=401)


def test_another_account_never_finds_them(chatwoot: Chatwoot) -> None:
    assert chatwoot.ask("GET", "agent_bots", who="foreign", account=OTHER).json() == []
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/reset_access_token")):
        body = {} if method == "PATCH" else None
        assert chatwoot.ask(method, f"agent_bots/{BOT}{path}", body, who="foreign", account=OTHER).status_code == 404
