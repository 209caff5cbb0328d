"""Dashboard apps and custom roles on Chatwoot's wire (contract 3.5)."""

from __future__ import annotations

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import OTHER, POWERLESS, World, build, run
from tests.wire.conftest import Live

FRAME = {"type": "frame", "url": "https://x.test/orders"}


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return run(build(live.dsn, live.url))


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_the_life_of_a_dashboard_app(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("dashboard_apps", {"dashboard_app": {"title": "Orders", "content": [FRAME]}}, who="agent")
    assert (made["title"], made["content"]) == ("Orders", [FRAME])
    assert chatwoot.get(f"dashboard_apps/{made['id']}") == made
    assert chatwoot.get("dashboard_apps") == [made]
    assert chatwoot.call("PATCH", f"dashboard_apps/{made['id']}", {"title": "Bills"})["title"] == "Bills"
    assert chatwoot.call("DELETE", f"dashboard_apps/{made['id']}", expect=204) is None
    chatwoot.get(f"dashboard_apps/{made['id']}", expect=404)


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({"content": [FRAME]}, "title"),
        ({"title": "x"}, "content"),
        ({"title": "x", "content": []}, "content"),
        ({"title": "x", "content": [{"type": "frame"}]}, "content[0].url"),
        ({"title": "x", "content": [{"type": "popup", "url": "https://x.test"}]}, "content[0].type"),
        ({"title": "x", "content": [{"type": "frame", "url": "javascript:alert(1)"}]}, "content[0].url"),
    ],
)
def test_a_bad_dashboard_app_is_refused(chatwoot: Chatwoot, body: object, attribute: str) -> None:
    assert chatwoot.post("dashboard_apps", body, expect=422)["attributes"] == [attribute]
    assert chatwoot.get("dashboard_apps") == []


def test_another_account_has_its_own_dashboard_apps(chatwoot: Chatwoot) -> None:
    mine = chatwoot.post("dashboard_apps", {"title": "Mine", "content": [FRAME]})
    assert chatwoot.ask("GET", "dashboard_apps", who="foreign", account=OTHER).json() == []
    for method in ("GET", "PATCH", "DELETE"):
        body = None if method == "GET" else {}
        assert chatwoot.ask(method, f"dashboard_apps/{mine['id']}", body, who="foreign", account=OTHER).status_code == 404
    for who in ("", "bot", "contact"):
        assert chatwoot.ask("GET", "dashboard_apps", who=who).status_code == 401
    chatwoot.call("DELETE", f"dashboard_apps/{mine['id']}", expect=204)


def test_the_life_of_a_custom_role(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("custom_roles", {"custom_role": {"name": "Reader", "permissions": ["report_manage"]}})
    assert made == {"id": made["id"], "name": "Reader", "description": None, "permissions": ["report_manage"]}
    assert made in chatwoot.get("custom_roles")
    assert chatwoot.get(f"custom_roles/{made['id']}") == made
    changed = chatwoot.call("PATCH", f"custom_roles/{made['id']}", {"permissions": ["contact_manage"], "description": "x"})
    assert (changed["permissions"], changed["description"]) == (["contact_manage"], "x")
    assert chatwoot.call("DELETE", f"custom_roles/{made['id']}") is None
    chatwoot.call("DELETE", f"custom_roles/{made['id']}", expect=404)


def test_a_role_binds_at_once_and_its_end_frees(chatwoot: Chatwoot) -> None:
    assert chatwoot.get("conversations", params={"status": "all"}, who="powerless")["data"]["payload"] == []
    chatwoot.call("PATCH", f"custom_roles/{POWERLESS}", {"permissions": ["conversation_manage"]})
    assert chatwoot.get("conversations", params={"status": "all"}, who="powerless")["data"]["payload"] != []
    chatwoot.call("PATCH", f"custom_roles/{POWERLESS}", {"permissions": []})
    chatwoot.call("DELETE", f"custom_roles/{POWERLESS}")
    assert chatwoot.get("conversations", params={"status": "all"}, who="powerless")["data"]["payload"] != []


@pytest.mark.parametrize(("body", "attribute"), [({}, "name"), ({"name": "x", "permissions": ["everything"]}, "permissions")])
def test_a_bad_custom_role_is_refused(chatwoot: Chatwoot, body: object, attribute: str) -> None:
    before = chatwoot.get("custom_roles")
    assert chatwoot.post("custom_roles", body, expect=422)["attributes"] == [attribute]
    assert chatwoot.get("custom_roles") == before


def test_custom_roles_are_for_administrators(chatwoot: Chatwoot) -> None:
    for who in ("agent", "manager", "bot", "contact", "foreign", ""):
        assert chatwoot.ask("GET", "custom_roles", who=who).status_code == 401, who
        assert chatwoot.ask("POST", "custom_roles", {"name": "x"}, who=who).status_code == 401, who
    made = chatwoot.post("custom_roles", {"name": "Own"})
    assert chatwoot.ask("DELETE", f"custom_roles/{made['id']}", who="foreign", account=OTHER).status_code == 404
