"""dev-users.*: over HTTP, against the official document."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.wire import devrev_people
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_people import sql


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    return devrev_people.build(module_database, live.url)


def invite(devrev: Devrev, name: str, **more: Any) -> dict[str, Any]:
    wanted = {"email": f"{name}@acme.test", "state": "shadow", **more}
    made: dict[str, Any] = devrev.call("dev-users.create", wanted, expect=201)["dev_user"]
    return made


def give_token(devrev: Devrev, dsn: str, name: str, user: dict[str, Any]) -> None:
    """A token as an operator makes it, under this name."""
    token = f"prl_{name}"
    number = int(user["display_id"].removeprefix("DEVU-"))
    sql(dsn, "INSERT INTO tokens (token_hash, tenant_id, owner_kind, owner_id) VALUES (sha256($1), 1, 'user', $2)", token.encode(), number)
    devrev.tokens[name] = token


def test_a_dev_users_life(devrev: Devrev, module_database: str) -> None:
    made = invite(devrev, "lena", full_name="Lena Lis", reports_to="DEVU-1")
    assert (made["full_name"], made["email"], made["state"]) == ("Lena Lis", "lena@acme.test", "shadow")
    assert (made["reports_to"]["display_id"], made["created_by"]["display_id"]) == ("DEVU-1", "DEVU-1")
    who = {"id": made["id"]}
    give_token(devrev, module_database, "lena", made)
    assert devrev.call("dev-users.self", who="lena", expect=403)["type"] == "forbidden"
    assert devrev.call("dev-users.activate", who | {"groups": ["GROUP-1"]}) == {"invite_sent": False}
    assert devrev.call("dev-users.self", who="lena")["dev_user"]["id"] == made["id"]
    assert made["id"] in [one["member"]["id"] for one in devrev.call("groups.members.list", {"group": "GROUP-1"})["members"]]
    assert devrev.call("dev-users.deactivate", who) == {}
    assert devrev.call("dev-users.self", who="lena", expect=403)["type"] == "forbidden"
    assert devrev.call("dev-users.get", who)["dev_user"]["state"] == "deactivated"
    devrev.call("dev-users.activate", who)
    assert devrev.get("dev-users.self", who="lena").json()["dev_user"]["state"] == "active"
    for kind in ("user.created", "user.activated", "user.deactivated"):
        assert f'"id": {int(made["display_id"][5:])}' in devrev_people.events(module_database, kind)[-1]


def test_what_is_said_of_a_dev_user_is_shown(devrev: Devrev) -> None:
    made = invite(devrev, "max")
    assert made["full_name"] == "max"
    said = {
        "display_name": "Max",
        "full_name": "Max Muster",
        "job_title": "qa",
        "reports_to": "DEVU-2",
        "experience_start_date": "2020-01-02T03:04:05.000Z",
        "job_history": [{"title": "Tester", "is_current": True, "start_date": "2021-01-01T00:00:00.000Z", "location": "Rome"}],
    }
    changed = devrev.call("dev-users.update", {"id": made["id"], **said})["dev_user"]
    assert changed["reports_to"]["display_id"] == "DEVU-2"
    assert {key: changed[key] for key in said if key != "reports_to"} == {key: said[key] for key in said if key != "reports_to"}
    assert changed["modified_date"] > made["modified_date"]
    mine = devrev.call("dev-users.self.update", {"display_name": "Bobby"}, who="bob")["dev_user"]
    assert (mine["display_id"], mine["display_name"], mine["modified_by"]["display_id"]) == ("DEVU-2", "Bobby", "DEVU-2")
    untouched = devrev.call("dev-users.update", {"id": made["id"]})["dev_user"]
    assert untouched == changed | {"reports_to": untouched["reports_to"]}


def test_custom_fields_are_held_against_the_schema(devrev: Devrev, module_database: str) -> None:
    refused = devrev.call("dev-users.update", {"id": "DEVU-1", "custom_fields": {"tnt__floor": 3}}, expect=400)
    assert (refused["type"], refused["subtype"]) == ("customization_validation_error", "field_not_in_schema")
    sql(module_database, "ALTER TABLE custom_fields DROP CONSTRAINT IF EXISTS custom_fields_noun_check")
    sql(
        module_database,
        "INSERT INTO custom_fields (tenant_id, id, noun, key, display_name, field_type) VALUES (1, 900, 'user', 'floor', 'Floor', 'int')",
    )
    spec = {"tenant_fragment": True}
    shown = devrev.call("dev-users.update", {"id": "DEVU-1", "custom_fields": {"tnt__floor": 3}, "custom_schema_spec": spec})["dev_user"]
    assert shown["custom_fields"] == {"tnt__floor": 3}
    found = devrev.call("dev-users.list", {"custom_fields": {"tnt__floor": [2, 3]}})["dev_users"]
    assert [one["display_id"] for one in found] == ["DEVU-1"]
    assert devrev.call("dev-users.list", {"custom_fields": {"tnt__floor": [2]}})["dev_users"] == []
    unknown = devrev.call("dev-users.list", {"custom_fields": {"tnt__nothing": [2]}}, expect=400)
    assert (unknown["type"], unknown["field_name"]) == ("invalid_field", "custom_fields.tnt__nothing")
    gone = devrev.call("dev-users.update", {"id": "DEVU-1", "custom_fields": {"tnt__floor": None}})["dev_user"]
    assert "custom_fields" not in gone


def test_an_identity_elsewhere(devrev: Devrev) -> None:
    made = invite(devrev, "iris")
    link = {"dev_user": made["id"], "issuer": "slack", "id": "U1", "display_name": "iris.s"}
    linked = devrev.call("dev-users.identities.link", link)["dev_user"]
    assert linked["external_identities"] == [{"issuer": "slack", "id": "U1", "display_name": "iris.s"}]
    assert devrev.call("dev-users.identities.link", link | {"dev_user": "DEVU-2"}, expect=409)["type"] == "conflict"
    found = devrev.call("dev-users.list", {"external_identity": [{"issuer": "slack"}]})["dev_users"]
    assert [one["id"] for one in found] == [made["id"]]
    assert devrev.get("dev-users.list", "external_identity.id=U1&external_identity.issuer=slack").json()["dev_users"] == found
    assert devrev.call("dev-users.list", {"external_identity": [{"issuer": "slack", "id": "U2"}]})["dev_users"] == []
    unlink = {"dev_user": made["id"], "issuer": "slack"}
    assert "external_identities" not in devrev.call("dev-users.identities.unlink", unlink)["dev_user"]
    assert devrev.call("dev-users.identities.unlink", unlink, expect=404)["type"] == "not_found"


def test_filters_and_pages(devrev: Devrev, module_database: str) -> None:
    for place in range(5):
        invite(devrev, f"page{place}")
    sql(module_database, "UPDATE memberships SET phone_numbers = '{+391}', timezone = 'Europe/Rome' WHERE tenant_id = 1 AND user_id = 2")

    def found(**asked: Any) -> list[str]:
        return [one["display_id"] for one in devrev.call("dev-users.list", asked)["dev_users"]]

    assert found(email=["ADA@acme.test"]) == ["DEVU-1"]
    assert found(phone_numbers=["+391", "+1"]) == found(timezone=["Europe/Rome"]) == ["DEVU-2"]
    assert "DEVU-3" in found(state=["deactivated"]), "somebody who left shows as deactivated, and is found as that"
    assert "DEVU-3" not in found(state=["active"])
    assert found(created_date={"type": "range", "before": "2001-01-01T00:00:00Z"}) == []
    assert "DEVU-1" in found(modified_date={"type": "preset", "preset_type": "last_n_days", "days": 2})
    everything = found(limit=1000)
    seen: list[str] = []
    body: dict[str, Any] = {"limit": 4}
    while True:
        answer = devrev.call("dev-users.list", body)
        seen += [one["display_id"] for one in answer["dev_users"]]
        if "next_cursor" not in answer:
            break
        body["cursor"] = answer["next_cursor"]
    assert seen == everything
    assert found(limit=3, mode="before") == everything[-3:]
    assert found(sort_by=["created_date:desc"])[:5] == everything[::-1][:5]


def test_who_asks_is_shown(devrev: Devrev) -> None:
    assert devrev.call("dev-users.self")["dev_user"]["display_picture"]["display_id"] == "ARTIFACT-1"
    assert devrev.call("dev-users.self", who="bot")["dev_user"]["display_id"] == "SVCACC-1"
    assert devrev.call("dev-users.self", who="contact", expect=403)["type"] == "forbidden"
    assert devrev.call("dev-users.self", who="globex")["dev_user"]["full_name"] == "Gus"


CREATE = {"email": "x@acme.test", "state": "shadow"}


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "field"),
    [
        ("dev-users.create", {"state": "shadow"}, 400, "missing_required_field", "email"),
        ("dev-users.create", {"email": "x@acme.test"}, 400, "missing_required_field", "state"),
        ("dev-users.create", CREATE | {"state": "active"}, 400, "invalid_enum_value", "state"),
        ("dev-users.create", CREATE | {"email": "nonsense"}, 400, "value_not_permitted", "email"),
        ("dev-users.create", CREATE | {"email": "BOB@acme.test"}, 409, "conflict", None),
        ("dev-users.create", CREATE | {"reports_to": "DEVU-999"}, 400, "invalid_id", "reports_to"),
        ("dev-users.create", CREATE | {"reports_to": "DEVU-4"}, 400, "invalid_id", "reports_to"),
        ("dev-users.create", CREATE | {"role": "admin"}, 400, "invalid_field", "role"),
        ("dev-users.get", {"id": "DEVU-999"}, 404, "not_found", None),
        ("dev-users.get", {"id": "DEVU-4"}, 404, "not_found", None),
        ("dev-users.get", {"id": "REVU-1"}, 400, "unexpected_id_type", "id"),
        ("dev-users.get", {}, 400, "missing_required_field", "id"),
        ("dev-users.update", {"id": "DEVU-999", "display_name": "x"}, 404, "not_found", None),
        ("dev-users.update", {"id": "DEVU-2", "job_title": "king"}, 400, "invalid_enum_value", "job_title"),
        ("dev-users.update", {"id": "DEVU-2", "reports_to": "DEVU-2"}, 400, "value_not_permitted", "reports_to"),
        (
            "dev-users.update",
            {"id": "DEVU-2", "job_history": [{"employment_status": 1}]},
            400,
            "value_not_permitted",
            "job_history[0].employment_status",
        ),
        ("dev-users.activate", {"id": "DEVU-2", "groups": ["GROUP-1", "GROUP-2"]}, 400, "invalid_id", "groups[1]"),
        ("dev-users.activate", {"id": "DEVU-999"}, 404, "not_found", None),
        ("dev-users.deactivate", {"id": "DEVU-4"}, 404, "not_found", None),
        ("dev-users.list", {"state": ["gone"]}, 400, "invalid_enum_value", "state[0]"),
        ("dev-users.list", {"created_date": {"after": "2001-01-01T00:00:00Z"}}, 400, "missing_required_field", "created_date.type"),
        ("dev-users.merge", {"primary_user": "DEVU-2"}, 400, "missing_required_field", "secondary_user"),
        ("dev-users.merge", {"primary_user": "DEVU-2", "secondary_user": "DEVU-2"}, 400, "value_not_permitted", "secondary_user"),
        ("dev-users.merge", {"primary_user": "DEVU-2", "secondary_user": "DEVU-4"}, 400, "invalid_id", "secondary_user"),
        ("dev-users.merge", {"primary_user": "DEVU-999", "secondary_user": "DEVU-2"}, 400, "invalid_id", "primary_user"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    devrev: Devrev, module_database: str, path: str, body: object, status: int, kind: str, field: str | None
) -> None:
    before = sql(module_database, "SELECT md5(string_agg(m::text, '' ORDER BY tenant_id, user_id)) FROM memberships m")
    answer = devrev.call(path, body, expect=status)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert sql(module_database, "SELECT md5(string_agg(m::text, '' ORDER BY tenant_id, user_id)) FROM memberships m") == before


@pytest.mark.parametrize("who", ["bob", "contact"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("dev-users.create", CREATE),
        ("dev-users.update", {"id": "DEVU-1", "display_name": "x"}),
        ("dev-users.activate", {"id": "DEVU-3"}),
        ("dev-users.deactivate", {"id": "DEVU-1"}),
        ("dev-users.merge", {"primary_user": "DEVU-2", "secondary_user": "DEVU-1"}),
        ("dev-users.identities.link", {"dev_user": "DEVU-2", "issuer": "slack", "id": "U9"}),
        ("dev-users.identities.unlink", {"dev_user": "DEVU-2", "issuer": "slack"}),
    ],
)
def test_only_an_administrator_changes_others(devrev: Devrev, who: str, path: str, body: object) -> None:
    assert devrev.call(path, body, who=who, expect=403)["type"] == "forbidden"


def test_a_service_account_has_no_profile_to_change(devrev: Devrev) -> None:
    assert devrev.call("dev-users.self.update", {"display_name": "x"}, who="bot", expect=400)["type"] == "value_not_permitted"


def test_the_last_administrator_stays(devrev: Devrev) -> None:
    alone = devrev.call("dev-users.deactivate", {"id": "DEVU-4"}, who="globex", expect=400)
    assert (alone["type"], alone["field_name"]) == ("value_not_permitted", "id")
    assert devrev.call("dev-users.self", who="globex")["dev_user"]["state"] == "active"


def test_of_two_administrators_who_end_each_other_one_stays(devrev: Devrev, module_database: str) -> None:
    with ThreadPoolExecutor(2) as both:
        answers = [
            both.submit(devrev.post, "dev-users.deactivate", {"id": other}, who=who)
            for who, other in (("ada", "DEVU-5"), ("dora", "DEVU-1"))
        ]
        statuses = sorted(answer.result().status_code for answer in answers)
    left = sql(module_database, "SELECT count(*) FROM memberships WHERE tenant_id = 1 AND role = 'administrator' AND state = 'active'")
    sql(module_database, "UPDATE memberships SET state = 'active', left_at = NULL WHERE tenant_id = 1 AND user_id IN (1, 5)")
    assert left == [(1,)]
    assert statuses in ([200, 400], [200, 403]), "the second came too late, or was refused as the last"


def test_a_merge_moves_everything(devrev: Devrev, module_database: str) -> None:
    first, second = invite(devrev, "primary", full_name="Prima"), invite(devrev, "secondary", full_name="Secunda")
    numbers = [int(one["display_id"].removeprefix("DEVU-")) for one in (first, second)]
    for one in (first, second):
        devrev.call("dev-users.activate", {"id": one["id"], "groups": ["GROUP-1"]})
    give_token(devrev, module_database, "secunda", second)
    kept, gone = numbers
    for text in (
        "UPDATE conversations SET assignee_user_id = $2, assignee_bot_id = NULL WHERE tenant_id = 1 AND number IN (2, 3) AND $1::int > 0",
        "DELETE FROM conversation_owners WHERE tenant_id = 1 AND conversation_number IN (2, 3, 4) AND $1::bigint + $2::bigint > 0",
        "INSERT INTO conversation_owners VALUES (1, 3, 'user', $1::bigint, 0), (1, 4, 'user', $1, 0), (1, 4, 'user', $2::bigint, 1)",
        "INSERT INTO conversation_members VALUES (1, 5, 'user', $2::bigint), (1, 6, 'user', $2), (1, 6, 'user', $1::bigint)",
        "INSERT INTO mentions VALUES (1, 5, $2::bigint), (1, 6, $2), (1, 6, $1::bigint)",
        "INSERT INTO inbox_members VALUES (1, 1, $2::bigint), (1, 2, $2), (1, 2, $1::bigint)",
        "INSERT INTO conversation_drafts VALUES (1, 5, $2::bigint, 'theirs'), (1, 6, $2, 'lost'), (1, 6, $1::bigint, 'mine')",
        "UPDATE parts SET owner_ids = ARRAY[$2, $1]::bigint[] WHERE tenant_id = 1 AND id = 2",
        "UPDATE memberships SET reports_to = $2 WHERE tenant_id = 1 AND user_id IN (2, $1)",
        "UPDATE teams SET owner = 'user:' || $2::bigint WHERE tenant_id = 1 AND id = 1 AND $1::bigint > 0",
    ):
        sql(module_database, text, kept, gone)
    sql(module_database, "UPDATE conversations SET is_frozen = true WHERE tenant_id = 1 AND number IN (3, 6)")
    before = sql(module_database, "SELECT number, version FROM conversations WHERE tenant_id = 1 AND number IN (2, 3, 4, 5, 6) ORDER BY 1")

    assert devrev.call("dev-users.merge", {"primary_user": first["id"], "secondary_user": second["id"]}) == {}

    def rows(text: str) -> list[Any]:
        return sql(module_database, text)

    assert rows("SELECT assignee_user_id FROM conversations WHERE tenant_id = 1 AND number IN (2, 3)") == [(kept,), (kept,)]
    owners = rows(
        "SELECT conversation_number, id FROM conversation_owners WHERE tenant_id = 1 AND conversation_number IN (2, 3, 4) ORDER BY 1"
    )
    assert owners == [(4, kept)], "who is the assignee is no co-owner, and nobody is one twice"
    members = f"conversation_members WHERE tenant_id = 1 AND kind = 'user' AND id IN ({kept}, {gone})"
    assert sorted(rows(f"SELECT conversation_number, id FROM {members}")) == [(5, kept), (6, kept)]
    for table, column in (("mentions", "conversation_number"), ("inbox_members", "inbox_id"), ("team_members", "team_id")):
        found = sorted(rows(f"SELECT {column}, user_id FROM {table} WHERE tenant_id = 1 AND user_id IN ({kept}, {gone})"))
        assert found == {"mentions": [(5, kept), (6, kept)], "inbox_members": [(1, kept), (2, kept)], "team_members": [(1, kept)]}[table]
    drafts = rows("SELECT conversation_number, user_id, message FROM conversation_drafts WHERE tenant_id = 1 ORDER BY 1")
    assert drafts == [(5, kept, "theirs"), (6, kept, "mine")]
    assert rows("SELECT owner_ids FROM parts WHERE tenant_id = 1 AND id = 2") == [([kept],)]
    assert rows(f"SELECT reports_to FROM memberships WHERE tenant_id = 1 AND user_id IN (2, {kept}) ORDER BY user_id") == [(kept,), (None,)]
    assert rows("SELECT owner FROM teams WHERE tenant_id = 1 AND id = 1") == [(f"user:{kept}",)]
    after = rows("SELECT number, version FROM conversations WHERE tenant_id = 1 AND number IN (2, 3, 4, 5, 6) ORDER BY 1")
    assert all(new[1] > old[1] for old, new in zip(before, after, strict=True))

    deleted = devrev.call("dev-users.get", {"id": second["id"]})["dev_user"]
    assert deleted["state"] == "deleted"
    assert devrev.call("dev-users.self", who="secunda", expect=401)["type"] == "token_revoked"
    owned = devrev.call("conversations.list", {"owned_by": [first["id"]]})["conversations"]
    assert sorted(one["display_id"] for one in owned) == ["CONV-2", "CONV-3", "CONV-4"]
    changes = rows(
        "SELECT e.conversation_number, e.data -> 'deltas' -> 0 ->> 'field', m.body FROM events e JOIN messages m ON m.id = e.message_id"
        " WHERE e.tenant_id = 1 AND e.kind = 'conversation.updated' AND m.body LIKE '%merged Secunda into Prima' ORDER BY 1"
    )
    assert [row[:2] for row in changes] == [(2, "owned_by"), (3, "owned_by"), (4, "owned_by"), (5, "members"), (6, "members")]
    assert f'"into": {kept}' in devrev_people.events(module_database, "user.merged")[-1]
    assert rows(f"SELECT count(*) FROM tombstones WHERE tenant_id = 1 AND noun = 'user' AND id = {gone}") == [(1,)]

    again = devrev.call("dev-users.merge", {"primary_user": first["id"], "secondary_user": second["id"]}, expect=400)
    assert (again["type"], again["field_name"]) == ("value_not_permitted", "secondary_user")
    for verb in ("activate", "deactivate"):
        assert devrev.call(f"dev-users.{verb}", {"id": second["id"]}, expect=400)["field_name"] == "id"


def test_a_merge_shows_private_words_and_leaves_authors(devrev: Devrev, module_database: str) -> None:
    first, second = invite(devrev, "reader"), invite(devrev, "writer")
    for name, one in (("reader", first), ("writer", second)):
        devrev.call("dev-users.activate", {"id": one["id"]})
        give_token(devrev, module_database, name, one)
        number = int(one["display_id"].removeprefix("DEVU-"))
        sql(module_database, "INSERT INTO inbox_members (tenant_id, inbox_id, user_id) VALUES (1, 1, $1)", number)
    opened = {"type": "support", "members": ["REVU-1"], "source_channel_v2": "CHAN-1"}
    talk = devrev.call("conversations.create", opened, expect=201)["conversation"]["id"]
    note = {"type": "timeline_comment", "object": talk, "body": "psst", "visibility": "private", "private_to": [second["id"]]}
    devrev.call("timeline-entries.create", note, expect=201)
    devrev.call("timeline-entries.create", {"type": "timeline_comment", "object": talk, "body": "Hello"}, who="writer", expect=201)

    def said(who: str) -> dict[str, str]:
        entries = devrev.call("timeline-entries.list", {"object": talk, "collections": ["discussions"]}, who=who)["timeline_entries"]
        return {one["body"]: one["created_by"]["display_id"] for one in entries}

    hello = {"Hello": second["display_id"]}
    assert (said("reader"), said("writer")) == (hello, {"psst": "DEVU-1"} | hello)
    devrev.call("dev-users.merge", {"primary_user": first["id"], "secondary_user": second["id"]})
    assert said("reader") == {"psst": "DEVU-1"} | hello


def test_a_merge_moves_identities_that_the_primary_lacks(devrev: Devrev) -> None:
    first, second = invite(devrev, "known"), invite(devrev, "known-elsewhere")
    for user, issuer, name in ((first, "github", "mine"), (second, "github", "theirs"), (second, "jira", "theirs")):
        devrev.call("dev-users.identities.link", {"dev_user": user["id"], "issuer": issuer, "id": name})
    devrev.call("dev-users.merge", {"primary_user": first["id"], "secondary_user": second["id"]})
    shown = devrev.call("dev-users.get", {"id": first["id"]})["dev_user"]["external_identities"]
    assert sorted((one["issuer"], one["id"]) for one in shown) == [("github", "mine"), ("jira", "theirs")]


def test_the_last_administrator_is_not_merged_away(devrev: Devrev) -> None:
    body = {"email": "heir@globex.test", "state": "shadow"}
    heir = devrev.call("dev-users.create", body, who="globex", expect=201)["dev_user"]
    devrev.call("dev-users.activate", {"id": heir["id"]}, who="globex")
    merge = {"primary_user": heir["id"], "secondary_user": "DEVU-4"}
    refused = devrev.call("dev-users.merge", merge, who="globex", expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "secondary_user")
    assert devrev.call("dev-users.self", who="globex")["dev_user"]["state"] == "active"


def test_a_user_of_another_tenant_becomes_a_member_here_too(devrev: Devrev) -> None:
    wanted = {"email": "gus@globex.test", "state": "shadow", "full_name": "Gus of Acme"}
    made = devrev.call("dev-users.create", wanted, expect=201)["dev_user"]
    assert (made["display_id"], made["full_name"]) == ("DEVU-4", "Gus of Acme")
    assert devrev.call("dev-users.self", who="globex")["dev_user"]["full_name"] == "Gus"
    foreign = httpx.post(
        f"{devrev.url}/dev-users.self", json={}, headers={"Authorization": devrev.tokens["globex"], "X-Parley-Tenant": "acme"}
    )
    assert foreign.status_code == 403, "known, but not let in yet"
    devrev.call("dev-users.merge", {"primary_user": "DEVU-2", "secondary_user": "DEVU-4"})
    assert devrev.call("dev-users.self", who="globex")["dev_user"]["full_name"] == "Gus", "a merge ends access to one tenant only"
