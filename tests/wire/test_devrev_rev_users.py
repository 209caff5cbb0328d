"""rev-users.*: over HTTP, against the official document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from parley.devrev import rev_users
from tests.wire import devrev_customers_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_customers_world import ask


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    return devrev_customers_world.build(module_database, live.url)


def make(devrev: Devrev, **fields: Any) -> Any:
    return devrev.call("rev-users.create", fields, expect=201)["rev_user"]


def test_a_rev_users_life(devrev: Devrev, module_database: str) -> None:
    fields = {
        "display_name": "Zoe", "email": "Zoe@Life.test", "external_ref": "life-1", "description": "VIP",
        "phone_numbers": ["+351910000000", "+351920000000"], "custom_fields": {"tnt__plan": "big"},
    }  # fmt: skip
    more = {"rev_org": "REV-1", "display_picture": "ARTIFACT-12", "artifacts": ["ARTIFACT-11"], "tags": [{"id": "TAG-1"}]}
    made = make(devrev, **fields, **more, custom_schema_spec={"tenant_fragment": True})
    assert {key: made[key] for key in fields} == fields
    assert (made["external_refs"], made["full_name"], made["state"], made["is_verified"]) == (["life-1"], "Zoe", "active", False)
    assert (made["rev_org"]["display_id"], made["display_picture"]["display_id"]) == ("REV-1", "ARTIFACT-12")
    assert (made["artifacts"][0]["display_id"], made["tags"][0]["tag"]["name"]) == ("ARTIFACT-11", "vip")
    again = {"id": made["display_id"], "display_name": "Zoë", "phone_numbers": ["+351930000000"], "display_picture": None, "tags": []}
    changed = devrev.call("rev-users.update", again | {"artifacts": {"set": []}, "external_refs": ["life-2"]}, who="bob")["rev_user"]
    assert (changed["display_name"], changed["phone_numbers"], changed["external_ref"]) == ("Zoë", ["+351930000000"], "life-2")
    assert not {"display_picture", "tags", "artifacts"} & changed.keys()
    assert (changed["email"], changed["modified_by"]["display_id"]) == ("Zoe@Life.test", "DEVU-2")
    assert devrev.call("rev-users.get", {"id": made["id"]})["rev_user"] == changed
    assert devrev.get("rev-users.get", f"id={made['id']}").json()["rev_user"] == changed
    assert devrev.call("rev-users.delete", {"id": made["id"]}) == {}
    assert devrev.call("rev-users.get", {"id": made["id"]}, expect=404)["type"] == "not_found"
    number = int(made["display_id"].partition("-")[2])
    assert ask(module_database, "SELECT 1 FROM contacts WHERE tenant_id = 1 AND id = $1", number) == []
    assert ask(module_database, "SELECT 1 FROM tombstones WHERE noun = 'contact' AND id = $1", number) == [(1,)]
    told = [kind for (kind,) in ask(module_database, "SELECT kind FROM events WHERE data ->> 'id' = $1 ORDER BY id", str(number))]
    assert told == ["contact.created", "contact.updated", "contact.deleted"]
    make(devrev, external_ref="life-2")


def test_an_imported_name_is_shown_and_replaced(devrev: Devrev) -> None:
    shown = devrev.call("rev-users.get", {"id": "REVU-1"})["rev_user"]
    assert (shown["display_name"], shown["full_name"]) == ("C1", "Contact 1")
    changed = devrev.call("rev-users.update", {"id": "REVU-1", "display_name": "New"})["rev_user"]
    assert (changed["display_name"], changed["full_name"]) == ("New", "New")


def test_an_account_means_its_default_rev_org(devrev: Devrev) -> None:
    assert make(devrev, account="ACC-2")["rev_org"]["display_id"] == "REV-2"
    body = {"account": "ACC-2", "rev_org": "REV-1"}
    assert devrev.call("rev-users.create", body, expect=400)["field_name"] == "rev_org"


def test_an_external_reference_is_given_and_unique(devrev: Devrev) -> None:
    first, second = make(devrev), make(devrev)
    assert UUID(first["external_ref"]) != UUID(second["external_ref"])
    for path, body in (
        ("rev-users.create", {"external_ref": first["external_ref"]}),
        ("rev-users.create", {"external_refs": [first["external_ref"]]}),
        ("rev-users.update", {"id": second["id"], "external_ref": first["external_ref"]}),
    ):
        assert devrev.call(path, body, expect=409)["type"] == "conflict"
    devrev.call("rev-users.update", {"id": first["id"], "external_ref": first["external_ref"], "description": "same"})
    assert devrev.call("rev-users.get", {"id": second["id"]})["rev_user"] == second


def test_a_rev_user_moves_between_rev_orgs(devrev: Devrev) -> None:
    made = make(devrev, rev_org="REV-1")
    linked = devrev.call("rev-users.link", {"id": made["id"], "rev_org": "REV-2"})["rev_user"]
    assert linked["rev_org"]["display_id"] == "REV-2"
    assert made["id"] in [one["id"] for one in devrev.call("rev-users.list", {"associations": ["ACC-2"]})["rev_users"]]
    wrong = {"user_don": made["id"], "rev_org_don": "REV-1"}
    assert devrev.call("rev-users.unlink", wrong, expect=400)["field_name"] == "rev_org"
    assert "rev_org" not in devrev.call("rev-users.unlink", {"id": made["id"], "rev_org": "REV-2"})["rev_user"]
    assert made["id"] not in [one["id"] for one in devrev.call("rev-users.list", {"associations": ["ACC-2"]})["rev_users"]]
    for body, status, kind in (
        ({"id": made["id"]}, 400, "missing_required_field"),
        ({"id": made["id"], "rev_org": "REV-999"}, 400, "invalid_id"),
        ({"id": made["id"], "user_don": "REVU-1", "rev_org": "REV-1"}, 400, "value_not_permitted"),
        ({"id": "REVU-999", "rev_org": "REV-1"}, 404, "not_found"),
    ):
        assert devrev.call("rev-users.link", body, expect=status)["type"] == kind
    assert devrev.call("rev-users.link", {"id": made["id"], "rev_org": "REV-1"}, who="contact", expect=403)["type"] == "forbidden"


def test_a_picture_belongs_to_nothing_else(devrev: Devrev) -> None:
    made = make(devrev, display_picture="ARTIFACT-13", artifacts=["ARTIFACT-14"])
    held = "don:identity:dvrv-us-1:devo/acme:devu/1"
    for artifact, parent in (("ARTIFACT-13", made["id"]), ("ARTIFACT-14", made["id"]), ("ARTIFACT-1", held)):
        for path, body in (("rev-users.create", {}), ("rev-users.update", {"id": "REVU-3"})):
            refused = devrev.call(path, body | {"display_picture": artifact}, expect=400)
            assert (refused["type"], refused["existing_parent"]) == ("artifact_already_attached_to_a_parent", parent)
    assert "display_picture" not in devrev.call("rev-users.get", {"id": "REVU-3"})["rev_user"]
    for own in ("ARTIFACT-13", "ARTIFACT-14"):
        changed = devrev.call("rev-users.update", {"id": made["id"], "display_picture": own})["rev_user"]
        assert changed["display_picture"]["display_id"] == own
    assert make(devrev, display_picture="ARTIFACT-13")["display_picture"]["display_id"] == "ARTIFACT-13", "it was given up"


@pytest.fixture(scope="module")
def filtered(devrev: Devrev) -> Any:
    body = {
        "rev_org": "REV-2", "email": "Filtered@X.test", "external_ref": "f-1", "phone_numbers": ["+15550001", "+15550002"],
        "tags": [{"id": "TAG-3", "value": "f"}], "custom_fields": {"tnt__plan": "f"}, "custom_schema_spec": {"tenant_fragment": True},
    }  # fmt: skip
    return devrev.call("rev-users.create", body, expect=201, who="bot")["rev_user"]


@pytest.mark.parametrize(
    ("fits", "not_fits"),
    [
        ({"email": ["filtered@x.TEST", "y"]}, {"email": ["filtered@x.tes"]}),
        ({"external_ref": ["f-1"]}, {"external_ref": ["f-2"]}),
        ({"external_refs": ["f-1"], "external_ref": ["f-1"]}, {"external_refs": ["f-1"], "external_ref": ["f-2"]}),
        ({"phone_numbers": ["+15550002"]}, {"phone_numbers": ["+15550003"]}),
        ({"rev_org": ["REV-2"]}, {"rev_org": ["REV-1"]}),
        ({"associations": ["ACC-2", "REV-1"]}, {"associations": ["ACC-1"]}),
        ({"associations": ["REV-2"]}, {"associations": ["REV-1"]}),
        ({"is_verified": False}, {"is_verified": True}),
        ({"created_by": ["SVCACC-1"]}, {"created_by": ["DEVU-1"]}),
        ({"tags": ["TAG-3:f"]}, {"tags": ["TAG-2"]}),
        ({"custom_fields": {"tnt__plan": ["f"]}}, {"custom_fields": {"tnt__plan": ["g"]}}),
        ({"created_date": {"after": "2020-01-01T00:00:00Z"}}, {"created_date": {"before": "2020-01-01T00:00:00Z"}}),
        ({"modified_date": {"after": "2020-01-01T00:00:00Z"}}, {"modified_date": {"before": "2020-01-01T00:00:00Z"}}),
    ],
)
def test_filters_choose(devrev: Devrev, filtered: Any, fits: Any, not_fits: Any) -> None:
    for path, fields in (("rev-users.list", {"limit": 1000}), ("rev-users.scan", {})):
        assert filtered["id"] in [one["id"] for one in devrev.call(path, fits | fields)["rev_users"]]
        assert filtered["id"] not in [one["id"] for one in devrev.call(path, not_fits | fields)["rev_users"]]


async def test_a_scan_goes_through_all(devrev: Devrev, module_database: str) -> None:
    connection = await asyncpg.connect(module_database)
    try:
        await connection.execute("INSERT INTO contacts (tenant_id, id, name) SELECT 1, i, 's' FROM generate_series(50001, 51100) i")
        (total,) = await connection.fetchrow("SELECT count(*) FROM contacts WHERE tenant_id = 1 AND state <> 'deleted'")
        seen: list[str] = []
        body: dict[str, object] = {}
        while True:
            page = devrev.call("rev-users.scan", body)
            seen += [one["id"] for one in page["rev_users"]]
            assert len(page["rev_users"]) <= rev_users.SCAN
            if "next_cursor" not in page:
                break
            body = {"cursor": page["next_cursor"]}
        assert len(seen) == len(set(seen)) == total
        await connection.execute("DELETE FROM contacts WHERE tenant_id = 1 AND id BETWEEN 50001 AND 51100")
    finally:
        await connection.close()


def test_pages_go_both_ways(devrev: Devrev) -> None:
    everything = [one["id"] for one in devrev.call("rev-users.list", {"limit": 1000})["rev_users"]]
    first = devrev.call("rev-users.list", {"limit": 2})
    second = devrev.call("rev-users.list", {"limit": 2, "cursor": first["next_cursor"]})
    back = devrev.call("rev-users.list", {"limit": 2, "cursor": second["prev_cursor"], "mode": "before"})
    assert [one["id"] for one in first["rev_users"] + second["rev_users"]] == everything[:4]
    assert back["rev_users"] == first["rev_users"]


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("rev-users.create", {"name": "x"}, 400, "invalid_field", "name"),
        ("rev-users.create", {"email": 1}, 400, "unexpected_json_type", "email"),
        ("rev-users.create", {"email": "x"}, 400, "value_not_permitted", "email"),
        ("rev-users.create", {"phone_numbers": ["0910"]}, 400, "value_not_permitted", "phone_numbers[0]"),
        ("rev-users.create", {"external_refs": ["a", "b"]}, 400, "value_not_permitted", "external_refs"),
        ("rev-users.create", {"external_refs": ["a"], "external_ref": "b"}, 400, "value_not_permitted", "external_refs"),
        ("rev-users.create", {"rev_org": "REV-999"}, 400, "invalid_id", "rev_org"),
        ("rev-users.create", {"account": "ACC-999"}, 400, "invalid_id", "account"),
        ("rev-users.create", {"account": "REV-1"}, 400, "unexpected_id_type", "account"),
        ("rev-users.create", {"display_picture": "ARTIFACT-99"}, 400, "invalid_id", "display_picture"),
        ("rev-users.create", {"custom_schema_fragments": ["TYPEFRAG-99"]}, 400, "invalid_id", "custom_schema_fragments"),
        ("rev-users.create", {"tags": [{"id": "TAG-99"}]}, 400, "invalid_id", "tags"),
        (
            "rev-users.create",
            {"custom_fields": {"tnt__none": 1}, "custom_schema_spec": {"tenant_fragment": True}},
            400,
            "customization_validation_error",
            "custom_fields.tnt__none",
        ),
        ("rev-users.get", {"id": "DEVU-1"}, 400, "unexpected_id_type", "id"),
        ("rev-users.get", {"id": "REVU-999"}, 404, "not_found", None),
        ("rev-users.get", {"id": "don:identity:dvrv-us-1:devo/other:revu/1"}, 400, "invalid_id", "id"),
        ("rev-users.update", {"id": "REVU-999", "description": "x"}, 404, "not_found", None),
        ("rev-users.delete", {"id": "REVU-999"}, 404, "not_found", None),
        ("rev-users.scan", {"limit": 5}, 400, "invalid_field", "limit"),
        ("rev-users.scan", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
        ("rev-users.list", {"associations": ["CONV-1"]}, 400, "unexpected_id_type", "associations[0]"),
        ("rev-users.merge", {"primary_user": "REVU-1"}, 400, "missing_required_field", "secondary_user"),
        ("rev-users.merge", {"primary_user": "REVU-1", "secondary_user": "REVU-1"}, 400, "value_not_permitted", "secondary_user"),
        ("rev-users.merge", {"primary_user": "REVU-1", "secondary_user": "REVU-999"}, 400, "invalid_id", "secondary_user"),
        ("rev-users.merge", {"primary_user": "REVU-999", "secondary_user": "REVU-1"}, 404, "not_found", None),
        ("rev-users.delete-personal-data", {"email": "nobody@x.test"}, 404, "not_found", None),
        ("rev-users.delete-personal-data", {}, 400, "missing_required_field", "email"),
        ("rev-users.personal-data", {"email": "nobody@x.test"}, 404, "not_found", None),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    before = devrev.call("rev-users.list", {"limit": 1000})
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert devrev.call("rev-users.list", {"limit": 1000}) == before


def test_who_may(devrev: Devrev) -> None:
    made = make(devrev)
    for path, body in (
        ("rev-users.list", {}),
        ("rev-users.scan", {}),
        ("rev-users.get", {"id": "REVU-1"}),
        ("rev-users.create", {}),
        ("rev-users.update", {"id": "REVU-1", "description": "x"}),
    ):
        assert devrev.call(path, body, who="contact", expect=403)["type"] == "forbidden"
    for path, body in (
        ("rev-users.delete", {"id": made["id"]}),
        ("rev-users.merge", {"primary_user": "REVU-1", "secondary_user": made["id"]}),
        ("rev-users.delete-personal-data", {"email": "c2@example.test"}),
        ("rev-users.personal-data", {"email": "c2@example.test"}),
    ):
        assert devrev.call(path, body, who="bob", expect=403)["type"] == "forbidden"
    assert [one["display_id"] for one in devrev.call("rev-users.list", {}, who="globex")["rev_users"]] == ["REVU-1"]
    devrev.call("rev-users.get", {"id": made["display_id"]}, who="globex", expect=404)
