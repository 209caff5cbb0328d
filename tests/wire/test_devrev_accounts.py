"""accounts.*: over HTTP, against the official document."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire import devrev_customers_world
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_customers_world import ask


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    return devrev_customers_world.build(module_database, live.url)


def make(devrev: Devrev, name: str, **fields: Any) -> Any:
    return devrev.call("accounts.create", {"display_name": name, **fields}, expect=201)["account"]


FULL = {
    "display_name": "Stark", "description": "Metal", "domains": ["Stark.test"], "external_refs": ["crm-1", "crm-2"], "tier": "gold",
    "websites": ["https://www.stark.test/about"], "owned_by": ["DEVU-1", "DEVU-2"],
    "tags": [{"id": "TAG-2", "value": "pro"}, {"id": "TAG-1"}],
    "custom_fields": {"tnt__plan": "big"}, "custom_schema_spec": {"tenant_fragment": True}, "artifacts": ["ARTIFACT-11"],
}  # fmt: skip


def test_an_accounts_life(devrev: Devrev, module_database: str) -> None:
    answer = devrev.call("accounts.create", FULL, expect=201, who="bob")
    made = answer["account"]
    assert {key: made[key] for key in ("display_name", "description", "domains", "external_refs", "tier", "websites", "custom_fields")} == {
        **{key: FULL[key] for key in ("display_name", "description", "external_refs", "tier", "websites", "custom_fields")},
        "domains": ["stark.test"],
    }
    assert [one["display_id"] for one in made["owned_by"]] == ["DEVU-1", "DEVU-2"]
    assert [(one["tag"]["display_id"], one.get("value")) for one in made["tags"]] == [("TAG-2", "pro"), ("TAG-1", None)]
    assert (made["artifacts"][0]["display_id"], made["created_by"]["display_id"]) == ("ARTIFACT-11", "DEVU-2")
    assert made["custom_schema_fragments"]
    default = answer["default_rev_org"]
    assert (default["display_name"], default["account"]["id"]) == ("Stark", made["id"])
    assert devrev.call("rev-orgs.get", {"account": made["id"]})["rev_org"] == default
    again = {"id": made["display_id"], "tier": None, "websites": {"set": []}, "tags": [], "artifacts": {"set": []}, "owned_by": []}
    changed = devrev.call("accounts.update", again | {"custom_fields": {"tnt__plan": None}})["account"]
    assert (changed["websites"], changed["owned_by"], changed["domains"]) == ([], [], ["stark.test"])
    assert not {"tier", "tags", "artifacts", "custom_fields"} & changed.keys()
    assert devrev.call("accounts.get", {"id": made["id"]})["account"] == changed
    assert devrev.get("accounts.get", f"id={made['id']}").json()["account"] == changed
    assert devrev.call("accounts.delete", {"id": made["id"]}) == {}
    assert devrev.call("accounts.get", {"id": made["id"]}, expect=404)["type"] == "not_found"
    assert devrev.call("rev-orgs.get", {"id": default["id"]}, expect=404)["type"] == "not_found"
    number = int(made["display_id"].partition("-")[2])
    dead = "SELECT noun FROM tombstones WHERE tenant_id = 1 AND (noun, id) IN (('company', $1), ('workspace', $2)) ORDER BY 1"
    assert ask(module_database, dead, number, int(default["display_id"].partition("-")[2])) == [("company",), ("workspace",)]
    assert ask(module_database, "SELECT 1 FROM customer_tags WHERE noun = 'company' AND customer_id = $1", number) == []
    told = "SELECT kind FROM events WHERE data ->> 'id' = $1 AND kind LIKE 'company.%' ORDER BY id"
    assert [kind for (kind,) in ask(module_database, told, str(number))] == ["company.created", "company.updated", "company.deleted"]


def test_websites_fill_in_domains(devrev: Devrev) -> None:
    made = make(devrev, "Wayne", websites=["https://www.Wayne.test/x", "shop.wayne.test:8080"])
    assert made["domains"] == ["wayne.test", "shop.wayne.test"]


def test_an_external_reference_is_unique(devrev: Devrev) -> None:
    first, second = make(devrev, "U1", external_refs=["u-1"]), make(devrev, "U2", external_refs=["u-2"])
    taken = {"display_name": "U3", "external_refs": ["u-3", "u-1"]}
    assert devrev.call("accounts.create", taken, expect=409)["type"] == "conflict"
    devrev.call("accounts.update", {"id": second["id"], "external_refs": ["u-1"]}, expect=409)
    assert devrev.call("accounts.get", {"id": second["id"]})["account"]["external_refs"] == ["u-2"]
    devrev.call("accounts.update", {"id": first["id"], "external_refs": ["u-1", "u-4"]})
    assert not [one for one in devrev.call("accounts.list", {"limit": 1000})["accounts"] if one["display_name"] == "U3"]


def test_a_refused_custom_field_names_the_noun_asked(devrev: Devrev) -> None:
    for path, noun in (("accounts", "accounts"), ("rev-users", "rev users"), ("conversations", "conversations")):
        answer = devrev.call(f"{path}.list", {"custom_fields": {"tnt__none": [1]}}, expect=400)
        assert f"{noun} have no such custom field" in answer["detail"]


def test_a_file_has_one_owner(devrev: Devrev) -> None:
    holder = make(devrev, "Holder", artifacts=["ARTIFACT-13"])
    answer = devrev.call("accounts.create", {"display_name": "Thief", "artifacts": ["ARTIFACT-13"]}, expect=400)
    assert (answer["type"], answer["existing_parent"]) == ("artifact_already_attached_to_a_parent", holder["id"])
    devrev.call("accounts.update", {"id": holder["id"], "artifacts": {"set": ["ARTIFACT-13"]}})


@pytest.fixture(scope="module")
def filtered(devrev: Devrev) -> Any:
    fields = {
        "domains": ["f.test"], "external_refs": ["f-1"], "tier": "f-tier", "websites": ["f.test"], "owned_by": ["DEVU-5"],
        "tags": [{"id": "TAG-3", "value": "f"}], "custom_fields": {"tnt__plan": "f"}, "custom_schema_spec": {"tenant_fragment": True},
    }  # fmt: skip
    return devrev.call("accounts.create", {"display_name": "Filtered", **fields}, expect=201, who="bot")["account"]


@pytest.mark.parametrize(
    ("fits", "not_fits"),
    [
        ({"display_name": ["Filtered", "x"]}, {"display_name": ["filtered"]}),
        ({"domains": ["F.test"]}, {"domains": ["g.test"]}),
        ({"external_refs": ["f-1"]}, {"external_refs": ["f-2"]}),
        ({"tier": ["f-tier"]}, {"tier": ["other"]}),
        ({"websites": ["f.test"]}, {"websites": ["g.test"]}),
        ({"owned_by": ["DEVU-5"]}, {"owned_by": ["DEVU-2"]}),
        ({"created_by": ["SVCACC-1"]}, {"created_by": ["SYSU-1"]}),
        ({"tags": ["TAG-3"]}, {"tags": ["TAG-999"]}),
        ({"tags": ["TAG-1", "don:core:dvrv-us-1:devo/acme:tag/3:f"]}, {"tags": ["TAG-3:g"]}),
        ({"custom_fields": {"tnt__plan": ["f", "g"]}}, {"custom_fields": {"tnt__plan": ["g"]}}),
        ({"custom_fields": {"tnt__plan": ["f"]}, "domains": ["f.test"]}, {"custom_fields": {"tnt__plan": ["f"], "tnt__secret": [None]}}),
        ({"created_date": {"after": "2020-01-01T00:00:00Z"}}, {"created_date": {"before": "2020-01-01T00:00:00Z"}}),
        ({"modified_date": {"after": "2020-01-01T00:00:00Z"}}, {"modified_date": {"after": "2100-01-01T00:00:00Z"}}),
        ({"subtype": []}, {"subtype": ["nothing"]}),
    ],
)
def test_filters_choose(devrev: Devrev, filtered: Any, fits: Any, not_fits: Any) -> None:
    for path in ("accounts.list", "accounts.export"):
        found = devrev.call(path, fits | {"sort_by": ["created_date:desc"]})["accounts"]
        assert filtered["id"] in [one["id"] for one in found]
        assert filtered["id"] not in [one["id"] for one in devrev.call(path, not_fits)["accounts"]]


@pytest.mark.parametrize(
    "query",
    [
        "custom_fields[tnt__plan][0]=f",
        "custom_fields.tnt__plan=f,g",
        'custom_fields={"tnt__plan":["f"]}',
        "created_date.after=2020-01-01T00:00:00Z&tier=f-tier",
        "tags=TAG-3:f",
    ],
)
def test_a_query_asks_the_same(devrev: Devrev, filtered: Any, query: str) -> None:
    assert [one["id"] for one in devrev.get("accounts.list", query).json()["accounts"]] == [filtered["id"]]


def test_pages_go_both_ways(devrev: Devrev) -> None:
    for place in range(4):
        make(devrev, f"page-{place}")
    everything = [one["id"] for one in devrev.call("accounts.list", {"limit": 1000})["accounts"]]
    seen: list[str] = []
    body: dict[str, object] = {"limit": 3}
    while True:
        page = devrev.call("accounts.list", body)
        seen += [one["id"] for one in page["accounts"]]
        if "next_cursor" not in page:
            break
        body = {"limit": 3, "cursor": page["next_cursor"]}
    assert seen == everything
    last = devrev.call("accounts.list", {"limit": 2, "mode": "before"})
    assert [one["id"] for one in last["accounts"]] == everything[-2:]
    assert len(devrev.call("accounts.export", {"first": 2})["accounts"]) == 2
    newest = devrev.call("accounts.list", {"limit": 1, "sort_by": ["created_date:desc"]})["accounts"]
    assert newest[0]["display_name"] == "page-3"


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("accounts.create", {}, 400, "missing_required_field", "display_name"),
        ("accounts.create", {"display_name": 1}, 400, "unexpected_json_type", "display_name"),
        ("accounts.create", {"display_name": "x", "colour": 1}, 400, "invalid_field", "colour"),
        ("accounts.create", {"display_name": "x" * 257}, 400, "value_not_permitted", "display_name"),
        ("accounts.create", {"display_name": "x", "owned_by": ["REVU-1"]}, 400, "unexpected_id_type", "owned_by[0]"),
        ("accounts.create", {"display_name": "x", "owned_by": ["DEVU-99"]}, 400, "invalid_id", "owned_by"),
        ("accounts.create", {"display_name": "x", "tags": [{"id": "TAG-99"}]}, 400, "invalid_id", "tags"),
        ("accounts.create", {"display_name": "x", "artifacts": ["ARTIFACT-99"]}, 400, "invalid_id", "artifacts"),
        ("accounts.create", {"display_name": "x", "schema_fragment_ids": ["TYPEFRAG-99"]}, 400, "invalid_id", "schema_fragment_ids"),
        (
            "accounts.create",
            {"display_name": "x", "custom_fields": {"tnt__none": 1}, "custom_schema_spec": {"tenant_fragment": True}},
            400,
            "customization_validation_error",
            "custom_fields.tnt__none",
        ),
        (
            "accounts.create",
            {"display_name": "x", "schema_fragment_ids": ["TENANTFRAG-2"], "custom_schema_spec": {"tenant_fragment": True}},
            400,
            "value_not_permitted",
            "schema_fragment_ids",
        ),
        ("accounts.get", {"id": "REV-1"}, 400, "unexpected_id_type", "id"),
        ("accounts.get", {"id": "nonsense"}, 400, "invalid_id", "id"),
        ("accounts.get", {"id": "ACC-999"}, 404, "not_found", None),
        ("accounts.get", {"id": "don:identity:dvrv-us-1:devo/other:account/1"}, 400, "invalid_id", "id"),
        ("accounts.update", {"id": "ACC-999", "tier": "x"}, 404, "not_found", None),
        ("accounts.update", {"id": "ACC-999"}, 404, "not_found", None),
        ("accounts.delete", {"id": "ACC-999"}, 404, "not_found", None),
        ("accounts.list", {"cursor": "x"}, 400, "value_not_permitted", "cursor"),
        ("accounts.list", {"mode": "sideways"}, 400, "invalid_enum_value", "mode"),
        ("accounts.list", {"stage": ["STAGE-1"]}, 400, "value_not_permitted", "stage"),
        ("accounts.list", {"tags": ["x"]}, 400, "invalid_id", "tags[0]"),
        ("accounts.list", {"custom_fields": {"tnt__none": [1]}}, 400, "invalid_field", "custom_fields.tnt__none"),
        ("accounts.list", {"created_date": {"after": "x"}}, 400, "value_not_permitted", "created_date.after"),
        ("accounts.export", {"first": 501}, 400, "value_not_permitted", "first"),
        ("accounts.export", {"cursor": "x"}, 400, "invalid_field", "cursor"),
        ("accounts.merge", {"primary_account": "ACC-1"}, 400, "missing_required_field", "secondary_account"),
        ("accounts.merge", {"primary_account": "ACC-1", "secondary_account": "ACC-1"}, 400, "value_not_permitted", "secondary_account"),
        ("accounts.merge", {"primary_account": "ACC-1", "secondary_account": "ACC-999"}, 400, "invalid_id", "secondary_account"),
        ("accounts.merge", {"primary_account": "ACC-999", "secondary_account": "ACC-1"}, 404, "not_found", None),
    ],
)
def test_bad_input_names_the_field(devrev: Devrev, path: str, body: object, status: int, kind: str, field: str | None) -> None:
    before = devrev.call("accounts.list", {"limit": 1000})
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert devrev.call("accounts.list", {"limit": 1000}) == before


def test_who_may(devrev: Devrev) -> None:
    made = make(devrev, "Rights")
    for path, body in (
        ("accounts.list", {}),
        ("accounts.get", {"id": made["id"]}),
        ("accounts.create", {"display_name": "x"}),
        ("accounts.delete", {"id": made["id"]}),
    ):
        assert devrev.call(path, body, who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("accounts.delete", {"id": made["id"]}, who="bob", expect=403)["type"] == "forbidden"
    merge = {"primary_account": "ACC-1", "secondary_account": made["id"]}
    assert devrev.call("accounts.merge", merge, who="bob", expect=403)["type"] == "forbidden"
    assert devrev.call("accounts.list", {}, who="globex")["accounts"] == []
    devrev.call("accounts.get", {"id": made["display_id"]}, who="globex", expect=404)
    devrev.call("accounts.delete", {"id": made["id"]}, who="bot")


def test_an_account_with_customers_stays(devrev: Devrev) -> None:
    before = devrev.call("accounts.get", {"id": "ACC-1"})
    assert devrev.call("accounts.delete", {"id": "ACC-1"}, expect=409)["type"] == "conflict"
    assert devrev.call("accounts.get", {"id": "ACC-1"}) == before
    talked = make(devrev, "Talked")
    opened = devrev.call("conversations.create", {"type": "support", "account": talked["id"]}, expect=201)["conversation"]
    assert devrev.call("accounts.delete", {"id": talked["id"]}, expect=409)["type"] == "conflict"
    devrev.call("conversations.delete", {"id": opened["id"]})
    devrev.call("accounts.delete", {"id": talked["id"]})
    assert devrev.call("rev-orgs.get", {"account": "ACC-1"})["rev_org"]["display_id"] == "REV-1"


def test_a_merge_moves_everything(devrev: Devrev, module_database: str) -> None:
    primary = make(devrev, "Primary", domains=["p.test"], tier="gold", custom_fields={"tnt__plan": "p"})
    body = {
        "domains": ["s.test"], "tier": "silver", "description": "s", "external_refs": ["m-1"], "tags": [{"id": "TAG-1"}],
        "custom_fields": {"tnt__plan": "s", "tnt__secret": "s"},
    }  # fmt: skip
    secondary = devrev.call("accounts.create", {"display_name": "Secondary", **body}, expect=201)
    number = int(secondary["account"]["display_id"].partition("-")[2])
    person = devrev.call("rev-users.create", {"account": secondary["account"]["id"]}, expect=201)["rev_user"]
    opened = devrev.call("conversations.create", {"type": "support", "members": [person["id"]]}, expect=201)["conversation"]
    assert opened["account"]["id"] == secondary["account"]["id"]
    frozen = "UPDATE conversations SET is_frozen = true WHERE tenant_id = 1 AND number = $1 RETURNING 1"
    assert ask(module_database, frozen, int(opened["display_id"].partition("-")[2])) == [(1,)]
    devrev.call("accounts.merge", {"primary_account": primary["id"], "secondary_account": secondary["account"]["id"]})
    merged = devrev.call("accounts.get", {"id": primary["id"]})["account"]
    assert (merged["display_name"], merged["tier"], merged["description"]) == ("Primary", "gold", "s")
    assert (merged["domains"], merged["external_refs"]) == (["p.test", "s.test"], ["m-1"])
    assert merged["custom_fields"] == {"tnt__plan": "p", "tnt__secret": "s"}
    assert [one["tag"]["display_id"] for one in merged["tags"]] == ["TAG-1"]
    devrev.call("accounts.get", {"id": secondary["account"]["id"]}, expect=404)
    orgs = devrev.call("rev-orgs.list", {"account": [primary["id"]]})["rev_orgs"]
    assert {one["display_name"] for one in orgs} == {"Primary", "Secondary"}
    assert devrev.call("rev-orgs.get", {"account": primary["id"]})["rev_org"]["display_name"] == "Primary"
    assert [one["id"] for one in devrev.call("conversations.list", {"account": [primary["id"]]})["conversations"]] == [opened["id"]]
    assert [one["id"] for one in devrev.call("rev-users.list", {"associations": [primary["id"]]})["rev_users"]] == [person["id"]]
    assert ask(module_database, "SELECT 1 FROM tombstones WHERE noun = 'company' AND id = $1", number) == [(1,)]
    told = "SELECT count(*) FROM events WHERE kind = 'conversation.updated' AND conversation_number = $1"
    assert ask(module_database, told, int(opened["display_id"].partition("-")[2])) == [(1,)]
