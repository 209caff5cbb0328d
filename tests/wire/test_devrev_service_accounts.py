"""service-accounts.*, sys-users.list and dev-orgs.get: over HTTP, against the official document."""

from __future__ import annotations

import pytest

from tests.wire import devrev_people
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    return devrev_people.build(module_database, live.url)


def test_a_service_accounts_life(devrev: Devrev, module_database: str) -> None:
    made = devrev.call("service-accounts.create", {"display_name": "Export"}, expect=201)["service_account"]
    assert (made["display_name"], made["state"], made["created_by"]["display_id"]) == ("Export", "active", "DEVU-1")
    assert devrev.call("service-accounts.create", {"display_name": "Export"}, expect=409)["type"] == "conflict"
    changed = devrev.call("service-accounts.update", {"id": made["id"], "display_name": "Import"})["service_account"]
    assert changed["display_name"] == "Import"
    assert (
        devrev.call("service-accounts.update", {"id": made["id"], "display_name": "Import"})["service_account"]["display_name"] == "Import"
    )
    assert devrev.call("service-accounts.update", {"id": made["id"], "display_name": "Helper"}, expect=409)["type"] == "conflict"
    shown = devrev.get("service-accounts.get", f"id={made['display_id']}", who="bob").json()["service_account"]
    assert shown["display_name"] == "Import"
    assert devrev_people.events(module_database, "bot.created")
    assert devrev_people.events(module_database, "bot.updated")
    again = devrev.call("service-accounts.create", {"display_name": "Export"}, who="bot", expect=201)["service_account"]
    assert again["created_by"]["display_id"] == "SVCACC-1"


def test_a_name_is_unique_as_it_is_written(devrev: Devrev) -> None:
    for name in ("Sync", "SYNC"):
        devrev.call("service-accounts.create", {"display_name": name}, expect=201)
        assert devrev.call("service-accounts.create", {"display_name": name}, expect=409)["type"] == "conflict"
    assert devrev.call("service-accounts.update", {"id": "SVCACC-1", "display_name": "SYNC"}, expect=409)["type"] == "conflict"


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("service-accounts.create", {}, 400, "missing_required_field", "display_name"),
        ("service-accounts.create", {"display_name": ""}, 400, "value_not_permitted", "display_name"),
        ("service-accounts.create", {"display_name": "x", "gen_keyring": True}, 400, "value_not_permitted", "gen_keyring"),
        ("service-accounts.get", {"id": "SVCACC-999"}, 404, "not_found", None),
        ("service-accounts.get", {"id": "SVCACC-2"}, 404, "not_found", None),
        ("service-accounts.get", {"id": "SYSU-2"}, 400, "unexpected_id_type", "id"),
        ("service-accounts.update", {"id": "SVCACC-2", "display_name": "x"}, 404, "not_found", None),
        ("sys-users.list", {"limit": 0}, 400, "value_not_permitted", "limit"),
        ("dev-orgs.get", {"id": "DEV-1"}, 400, "invalid_field", "id"),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)


@pytest.mark.parametrize("who", ["bob", "contact"])
@pytest.mark.parametrize(
    ("path", "body"),
    [("service-accounts.create", {"display_name": "x"}), ("service-accounts.update", {"id": "SVCACC-1", "display_name": "x"})],
)
def test_only_an_administrator_makes_them(devrev: Devrev, who: str, path: str, body: object) -> None:
    assert devrev.call(path, body, who=who, expect=403)["type"] == "forbidden"


def test_a_foreign_tenant_sees_none_of_them(devrev: Devrev) -> None:
    assert devrev.call("service-accounts.get", {"id": "SVCACC-1"}, who="globex", expect=404)["type"] == "not_found"
    assert [one["display_id"] for one in devrev.call("sys-users.list", who="globex")["sys_users"]] == ["SYSU-0"]


def test_system_users_go_both_ways(devrev: Devrev) -> None:
    everything = devrev.call("sys-users.list")["sys_users"]
    assert {one["display_id"]: one["display_name"] for one in everything} == {"SYSU-0": "System", "SYSU-2": "Robot"}
    first = devrev.get("sys-users.list", "limit=1").json()
    second = devrev.call("sys-users.list", {"limit": 1, "cursor": first["next_cursor"]})
    assert first["sys_users"] + second["sys_users"] == everything
    assert devrev.call("sys-users.list", {"limit": 1, "mode": "before", "cursor": second["prev_cursor"]})["sys_users"] == first["sys_users"]
    newest = devrev.call("sys-users.list", {"sort_by": ["created_date:desc"]})["sys_users"]
    assert newest == everything[::-1]
    assert devrev.call("sys-users.list", who="contact", expect=403)["type"] == "forbidden"


def test_the_dev_org(devrev: Devrev) -> None:
    org = devrev.call("dev-orgs.get", who="bob")["dev_org"]
    assert (org["dev_slug"], org["display_name"], org["display_id"]) == ("acme", "Acme", "DEV-1")
    assert devrev.get("dev-orgs.get", who="globex").json()["dev_org"]["dev_slug"] == "globex"
    assert devrev.call("dev-orgs.get", who="contact", expect=403)["type"] == "forbidden"
