"""auth-tokens.*: over HTTP, against the official document."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.wire import devrev_people
from tests.wire.conftest import Live
from tests.wire.devrev_client import Devrev
from tests.wire.devrev_people import sql

TYPE = "urn:devrev:params:oauth:token-type:"
DAY_S = 86_400


@pytest.fixture(scope="module")
def devrev(module_database: str, live: Live) -> Devrev:
    return devrev_people.build(module_database, live.url)


def issue(devrev: Devrev, who: str, name: str = "new", **asked: Any) -> dict[str, Any]:
    """The answer; the token is kept under ``name``."""
    made: dict[str, Any] = devrev.call("auth-tokens.create", asked, who=who, expect=201)
    devrev.tokens[name] = made["access_token"]
    return made


def tokens_of(devrev: Devrev, who: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = devrev.call("auth-tokens.list", asked, who=who)["tokens"]
    return found


def test_a_tokens_life(devrev: Devrev, module_database: str) -> None:
    made = issue(devrev, "bob", "laptop", token_hint="laptop", expires_in=30)
    assert (made["token_type"], made["scope"], "client_id" in made) == ("bearer", "read write", False)
    assert abs(made["expires_in"] - time.time() - 30 * DAY_S) < 60
    assert devrev.call("dev-users.self", who="laptop")["dev_user"]["display_id"] == "DEVU-2"
    listed = tokens_of(devrev, "laptop")[-1]
    assert (listed["token_hint"], listed["status"], listed["requested_token_type"]) == ("laptop", "active", f"{TYPE}pat")
    assert (listed["scopes"], listed["created_by"]["display_id"]) == (["read", "write"], "DEVU-2")
    assert listed["subject"] == "don:identity:dvrv-us-1:devo/acme:devu/2"
    who = {"token_id": listed["id"]}
    renamed = devrev.call("auth-tokens.update", who | {"token_hint": "desk"}, who="bob")["token"]
    assert (renamed["token_hint"], renamed["expires_at"]) == ("desk", listed["expires_at"])
    assert devrev.get("auth-tokens.get", f"token_id={listed['display_id']}", who="bob").json()["token"] == renamed
    assert devrev.call("auth-tokens.delete", who, who="bob") == {}
    assert devrev.call("dev-users.self", who="laptop", expect=401)["type"] == "token_revoked"
    assert devrev.call("auth-tokens.get", who, who="bob")["token"]["status"] == "revoked"
    assert devrev.call("auth-tokens.delete", who, who="bob") == {}, "what ended stays so"
    for kind in ("token.created", "token.updated", "token.revoked"):
        assert f'"id": {int(listed["display_id"][6:])}' in devrev_people.events(module_database, kind)[-1]


def test_a_token_that_expired_says_so(devrev: Devrev, module_database: str) -> None:
    issue(devrev, "bob", "short", expires_in_mins=5)
    sql(
        module_database,
        "UPDATE tokens SET expires_at = now() - interval '1 second' WHERE token_hash = sha256($1)",
        devrev.tokens["short"].encode(),
    )
    refused = devrev.call("dev-users.self", who="short", expect=401)
    assert refused["type"] == "token_expired"
    assert tokens_of(devrev, "bob")[-1]["status"] == "expired"
    devrev.tokens["nobody"] = "prl_never_was"
    assert devrev.call("dev-users.self", who="nobody", expect=401)["type"] == "unauthenticated"


def test_a_token_without_id_ends_itself(devrev: Devrev) -> None:
    issue(devrev, "bob", "itself")
    devrev.call("auth-tokens.delete", {}, who="itself")
    assert devrev.call("auth-tokens.info", who="itself", expect=401)["type"] == "token_revoked"


def test_a_read_token_only_reads(devrev: Devrev) -> None:
    made = issue(devrev, "ada", "reader", scope="read")
    assert made["scope"] == "read"
    assert devrev.call("groups.list", who="reader")["groups"]
    refused = devrev.call("auth-tokens.create", {}, who="reader", expect=403)
    assert refused["type"] == "forbidden", "it makes no token that may do more"


@pytest.mark.parametrize(
    ("who", "kind", "display_id"),
    [("ada", "dev_user", "DEVU-1"), ("bot", "service_account", "SVCACC-1"), ("contact", "rev_user", "REVU-1")],
)
def test_info_tells_everybody_who_they_are(devrev: Devrev, who: str, kind: str, display_id: str) -> None:
    told = devrev.call("auth-tokens.info", who=who)
    assert (told["user"]["type"], told["user"]["display_id"]) == (kind, display_id)
    assert (told["organization"]["slug"], told["organization"]["display_id"]) == ("acme", "DEV-1")
    assert told["token"]["subject"] == told["user"]["id"]
    assert told["token"]["issued_at"] <= time.time() < told["token"]["expiry"]
    assert devrev.get("auth-tokens.info", who=who).json() == told


@pytest.mark.parametrize(
    ("who", "asked", "kind", "days"),
    [
        ("bob", {}, "pat", 365),
        ("bob", {"expires_in": 0, "expires_in_mins": 0}, "pat", 365),
        ("bob", {"requested_token_type": f"{TYPE}session"}, "session", 1),
        ("bob", {"requested_token_type": f"{TYPE}session:dev"}, "session:dev", 1),
        ("ada", {"act_as": "SVCACC-1"}, "aat", 365),
        ("bot", {}, "aat", 365),
        ("bot", {"rev_info": {"user_id": "REVU-2"}}, "session:rev", 1),
    ],
)
def test_what_a_token_is_when_nobody_says(devrev: Devrev, who: str, asked: dict[str, Any], kind: str, days: int) -> None:
    made = issue(devrev, who, "plain", **asked)
    assert abs(made["expires_in"] - time.time() - days * DAY_S) < 60
    told = devrev.call("auth-tokens.info", who="plain")
    assert (told["token"]["issuer"], told["token"]["expiry"]) == ("parley", made["expires_in"])
    assert tokens_of(devrev, "ada", subject=told["user"]["id"])[-1]["requested_token_type"] == TYPE + kind


def test_an_application_gets_its_service_account(devrev: Devrev) -> None:
    made = issue(devrev, "ada", "app", requested_token_type=f"{TYPE}aat", token_hint="Exporter")
    me = devrev.call("auth-tokens.info", who="app")["user"]
    assert (me["type"], me["display_name"]) == ("service_account", "Exporter")
    issue(devrev, "ada", "app2", requested_token_type=f"{TYPE}aat", client_id=made["client_id"])
    assert devrev.call("auth-tokens.info", who="app2")["user"] == me, "one client, one service account"
    issue(devrev, "ada", "helper", requested_token_type=f"{TYPE}aat", act_as="SVCACC-1", client_id="mine")
    assert devrev.call("auth-tokens.info", who="helper")["user"]["display_id"] == "SVCACC-1"
    found = tokens_of(devrev, "ada", subject="SVCACC-1", client_id="mine")
    assert [(one["client_id"], one["requested_token_type"]) for one in found] == [("mine", f"{TYPE}aat")]
    own = issue(devrev, "bot", "own")
    assert own["client_id"]
    assert devrev.call("auth-tokens.info", who="own")["user"]["display_id"] == "SVCACC-1"


def test_a_session_for_a_known_rev_user(devrev: Devrev) -> None:
    made = issue(devrev, "bot", "session", rev_info={"user_ref": "ext-1"})
    assert abs(made["expires_in"] - time.time() - DAY_S) < 60
    assert devrev.call("auth-tokens.info", who="session")["user"]["display_id"] == "REVU-1"
    mine = devrev.call("conversations.list", {"limit": 100}, who="session")["conversations"]
    everybodys = devrev.call("conversations.list", {"limit": 100})["conversations"]
    assert mine
    assert len(mine) < len(everybodys)
    issue(devrev, "ada", "by-id", rev_info={"user_id": "REVU-2"}, requested_token_type=f"{TYPE}session:rev")
    assert devrev.call("auth-tokens.info", who="by-id")["user"]["display_id"] == "REVU-2"


def test_a_session_makes_a_rev_user_that_nobody_knew(devrev: Devrev, module_database: str) -> None:
    info = {
        "user_ref": "new-1",
        "user_traits": {"display_name": "Nina", "email": "nina@example.test", "phone_numbers": ["+4912"]},
        "account_ref": "acc-1",
        "account_traits": {"display_name": "Umbrella", "domains": ["umbrella.test"]},
        "workspace_ref": "ws-1",
        "workspace_traits": {"display_name": "Umbrella EU", "description": "Europe"},
    }
    issue(devrev, "bot", "nina", rev_info=info)
    me = devrev.call("auth-tokens.info", who="nina")["user"]
    assert (me["display_name"], me["email"]) == ("Nina", "nina@example.test")
    place = (
        "SELECT c.phone_number, w.name, w.is_default, w.external_ref, k.name, k.domains, k.external_refs FROM contacts c"
        " JOIN workspaces w ON (w.tenant_id, w.id) = (c.tenant_id, c.workspace_id)"
        " JOIN companies k ON (k.tenant_id, k.id) = (c.tenant_id, c.company_id)"
        " WHERE c.tenant_id = 1 AND c.identifier = $1 AND w.company_id = k.id"
    )
    assert sql(module_database, place, "new-1") == [("+4912", "Umbrella EU", True, "ws-1", "Umbrella", ["umbrella.test"], ["acc-1"])]
    issue(devrev, "bot", "nina2", rev_info={"user_ref": "new-1", "account_ref": "acc-1", "user_traits": {"display_name": "Nina B."}})
    assert devrev.call("auth-tokens.info", who="nina2")["user"] == me | {"display_name": "Nina B."}
    assert sql(module_database, place, "new-1")[0][1] == "Umbrella EU", "the account's default workspace"
    issue(devrev, "bot", "otto", rev_info={"user_ref": "new-2", "org_ref": "ws-2"})
    assert sql(module_database, place, "new-2") == [(None, "ws-2", True, "ws-2", "ws-2", [], [])]
    for kind in ("contact.created", "company.created", "workspace.created", "contact.updated"):
        assert devrev_people.events(module_database, kind), kind
    clash = {"rev_info": {"user_ref": "new-1", "account_ref": "acc-1", "workspace_ref": "ws-2"}}
    assert devrev.call("auth-tokens.create", clash, who="bot", expect=400)["field_name"] == "rev_info.workspace_ref"


def test_only_who_may_act_gets_a_session(devrev: Devrev, module_database: str) -> None:
    sql(module_database, "UPDATE contacts SET state = 'deactivated' WHERE tenant_id = 1 AND id = 6")
    refused = devrev.call("auth-tokens.create", {"rev_info": {"user_id": "REVU-6"}}, expect=400)
    assert (refused["type"], refused["field_name"]) == ("value_not_permitted", "rev_info.user_id")


def test_a_contact_ends_their_sessions_and_no_more(devrev: Devrev) -> None:
    issue(devrev, "bot", "visitor", rev_info={"user_id": "REVU-3"})
    for path, body in (
        ("auth-tokens.list", {}),
        ("auth-tokens.create", {}),
        ("auth-tokens.get", {"token_id": "TOKEN-1"}),
        ("auth-tokens.update", {"token_id": "TOKEN-1", "token_hint": "x"}),
        ("auth-tokens.delete", {"token_id": "TOKEN-1"}),
    ):
        assert devrev.call(path, body, who="visitor", expect=403)["type"] == "forbidden"
    devrev.call("auth-tokens.self.delete", {"requested_token_type": f"{TYPE}pat"}, who="visitor")
    assert devrev.call("auth-tokens.info", who="visitor")["user"]["display_id"] == "REVU-3"
    assert devrev.call("auth-tokens.self.delete", {"requested_token_type": f"{TYPE}session:rev"}, who="visitor") == {}
    assert devrev.call("auth-tokens.info", who="visitor", expect=401)["type"] == "token_revoked"
    assert devrev.call("auth-tokens.info", who="contact")["user"]["display_id"] == "REVU-1"


def test_ending_ones_own_tokens_leaves_others_alone(devrev: Devrev) -> None:
    issue(devrev, "dora", "dora-session", requested_token_type=f"{TYPE}session")
    issue(devrev, "dora", "dora-pat")
    devrev.call("auth-tokens.self.delete", {"requested_token_type": f"{TYPE}session"}, who="dora-pat")
    assert devrev.call("auth-tokens.info", who="dora-session", expect=401)["type"] == "token_revoked"
    assert [one["status"] for one in tokens_of(devrev, "dora", requested_token_type=f"{TYPE}session")] == ["revoked"]
    assert {one["status"] for one in tokens_of(devrev, "dora", requested_token_type=f"{TYPE}pat")} == {"active"}
    devrev.call("auth-tokens.self.delete", {}, who="dora-pat")
    assert devrev.call("auth-tokens.info", who="dora", expect=401)["type"] == "token_revoked"
    assert devrev.call("auth-tokens.info", who="ada")


def test_tokens_are_their_owners_or_an_administrators(devrev: Devrev) -> None:
    adas = tokens_of(devrev, "ada")[0]["id"]
    bobs = tokens_of(devrev, "bob")[0]["id"]
    for path, body in (
        ("auth-tokens.get", {"token_id": adas}),
        ("auth-tokens.update", {"token_id": adas, "token_hint": "x"}),
        ("auth-tokens.delete", {"token_id": adas}),
    ):
        assert devrev.call(path, body, who="bob", expect=404)["type"] == "not_found"
        assert devrev.call(path, {**body, "token_id": f"TOKEN-{adas.rpartition('/')[2]}"}, who="globex", expect=404)["type"] == "not_found"
    assert devrev.call("auth-tokens.list", {"subject": "DEVU-1"}, who="bob", expect=403)["type"] == "forbidden"
    assert devrev.call("auth-tokens.get", {"token_id": bobs})["token"]["id"] == bobs
    assert bobs in [one["id"] for one in tokens_of(devrev, "ada", subject="DEVU-2")]
    assert tokens_of(devrev, "globex", subject="DEVU-2") == []
    brief = issue(devrev, "bob", "brief", token_hint="brief") and tokens_of(devrev, "bob")[-1]
    assert devrev.call("auth-tokens.get", {"token_id": brief["id"]}, who="bot")["token"] == brief
    assert devrev.call("auth-tokens.delete", {"token_id": brief["id"]}, who="bot") == {}
    assert devrev.call("auth-tokens.info", who="brief", expect=401)["type"] == "token_revoked"
    for asked in ({"requested_token_type": f"{TYPE}aat"}, {"rev_info": {"user_id": "REVU-1"}}, {"act_as": "SVCACC-1"}):
        assert devrev.call("auth-tokens.create", asked, who="bob", expect=403)["type"] == "forbidden"


REFUSED = (
    *("aat:act-as", "aat:public", "dev", "dev:connect", "gat", "pat:act-as", "rat", "rev", "session:dev0", "session:onetime"),
    *("session:rev:act-as", "super", "sys"),
)
JWT = "urn:ietf:params:oauth:token-type:jwt"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
INFO: dict[str, Any] = {"user_ref": "ext-1"}


@pytest.mark.parametrize(
    ("path", "body", "kind", "field"),
    [
        *(("auth-tokens.create", {"requested_token_type": TYPE + one}, "value_not_permitted", "requested_token_type") for one in REFUSED),
        (
            "auth-tokens.create",
            {"requested_token_type": JWT},
            "value_not_permitted",
            "requested_token_type",
        ),
        ("auth-tokens.create", {"requested_token_type": "pat"}, "invalid_enum_value", "requested_token_type"),
        ("auth-tokens.create", {"grant_type": EXCHANGE}, "value_not_permitted", "grant_type"),
        ("auth-tokens.create", {"subject_token": "x"}, "value_not_permitted", "subject_token"),
        ("auth-tokens.create", {"subject_token_type": f"{TYPE}session"}, "value_not_permitted", "subject_token_type"),
        ("auth-tokens.create", {"aud": ["x"]}, "value_not_permitted", "aud"),
        ("auth-tokens.create", {"scope": "read admin"}, "value_not_permitted", "scope"),
        ("auth-tokens.create", {"expires_in": 1826}, "value_not_permitted", "expires_in"),
        ("auth-tokens.create", {"expires_in_mins": 1441}, "value_not_permitted", "expires_in_mins"),
        ("auth-tokens.create", {"expires_in": 1, "expires_in_mins": 1}, "value_not_permitted", "expires_in_mins"),
        ("auth-tokens.create", {"client_id": "x"}, "value_not_permitted", "client_id"),
        ("auth-tokens.create", {"act_as": "DEVU-2"}, "value_not_permitted", "act_as"),
        ("auth-tokens.create", {"act_as": "SVCACC-2"}, "value_not_permitted", "act_as"),
        ("auth-tokens.create", {"act_as": "SVCACC-999"}, "value_not_permitted", "act_as"),
        ("auth-tokens.create", {"requested_token_type": f"{TYPE}session:rev"}, "missing_required_field", "rev_info"),
        ("auth-tokens.create", {"rev_info": {}}, "missing_required_field", "rev_info.user_ref"),
        ("auth-tokens.create", {"rev_info": {"user_id": "REVU-999"}}, "invalid_id", "rev_info.user_id"),
        ("auth-tokens.create", {"rev_info": INFO | {"user_id": "REVU-2"}}, "value_not_permitted", "rev_info.user_ref"),
        ("auth-tokens.create", {"rev_info": INFO | {"tier": "x"}}, "invalid_field", "rev_info.tier"),
        ("auth-tokens.create", {"rev_info": INFO | {"account_traits": {}}}, "missing_required_field", "rev_info.account_ref"),
        ("auth-tokens.create", {"rev_info": INFO | {"org_traits": {}}}, "missing_required_field", "rev_info.workspace_ref"),
        ("auth-tokens.create", {"rev_info": INFO | {"org_ref": "a", "workspace_ref": "b"}}, "value_not_permitted", "rev_info.org_ref"),
        (
            "auth-tokens.create",
            {"rev_info": INFO | {"workspace_traits": {"tier": "gold"}}},
            "value_not_permitted",
            "rev_info.workspace_traits.tier",
        ),
        (
            "auth-tokens.create",
            {"rev_info": INFO | {"user_traits": {"custom_fields": {"tnt__x": 1}}}},
            "customization_validation_error",
            "custom_fields.tnt__x",
        ),
        ("auth-tokens.create", {"requested_token_type": f"{TYPE}pat", "rev_info": INFO}, "value_not_permitted", "rev_info"),
        ("auth-tokens.get", {}, "missing_required_field", "token_id"),
        ("auth-tokens.get", {"token_id": "DEVU-1"}, "unexpected_id_type", "token_id"),
        ("auth-tokens.update", {"token_id": "TOKEN-1"}, "missing_required_field", "token_hint"),
        ("auth-tokens.info", {"token": "x"}, "invalid_field", "token"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    devrev: Devrev, module_database: str, path: str, body: object, kind: str, field: str
) -> None:
    count = (
        "SELECT (SELECT count(*) FROM tokens), (SELECT count(*) FROM contacts), (SELECT count(*) FROM bots),"
        " (SELECT count(*) FROM events WHERE kind NOT LIKE 'notification.%')"
    )
    before = sql(module_database, count)
    answer = devrev.call(path, body, expect=400)
    assert (answer["type"], answer.get("field_name")) == (kind, field)
    assert sql(module_database, count) == before


def test_an_absent_token_is_not_found(devrev: Devrev) -> None:
    for path, body in (("get", {}), ("update", {"token_hint": "x"}), ("delete", {})):
        assert devrev.call(f"auth-tokens.{path}", {"token_id": "TOKEN-999999", **body}, expect=404)["type"] == "not_found"


def test_no_secret_is_kept_or_shown_again(devrev: Devrev, module_database: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    text = issue(devrev, "bob", "secret", token_hint="find me")["access_token"]
    listed = devrev.call("auth-tokens.list", who="bob")
    assert text not in str(listed)
    dumps = sql(
        module_database,
        "SELECT string_agg(t::text, '') FROM tokens t UNION ALL SELECT string_agg(e::text, '') FROM events e"
        " UNION ALL SELECT string_agg(i::text, '') FROM idempotency_keys i",
    )
    assert not any(text in (dump or "") for (dump,) in dumps)
    logs = [path.read_text() for path in Path(tmp_path_factory.getbasetemp()).rglob("serve-*.log")]
    assert logs
    assert not any(text in log for log in logs)
    assert datetime.fromisoformat(listed["tokens"][-1]["expires_at"]) > datetime.now(UTC)
