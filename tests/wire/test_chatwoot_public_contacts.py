"""Who comes to an inbox by Chatwoot's public API (contract 3.7): strangers, claims and proofs."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_public import ABROAD, KEY, OPEN, STRICT, Visitor, come, open_doors, proof
from tests.wire.chatwoot_world import CLOSED, CONTACT, ORDERS, World, build, run
from tests.wire.conftest import Live

BASE = "/public/api/v1/inboxes"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    open_doors(world)
    return world


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_an_inbox_is_shown_to_its_visitors(chatwoot: Chatwoot) -> None:
    shown = chatwoot.get(f"{BASE}/{OPEN}", who="")
    assert (shown["identifier"], shown["name"], shown["timezone"]) == (OPEN, "Orders", "Europe/Lisbon")
    assert [shown[name] for name in ("csat_survey_enabled", "greeting_enabled", "working_hours_enabled")] == [True, False, False]
    assert [day["day_of_week"] for day in shown["working_hours"]] == list(range(7))
    assert [day["closed_all_day"] for day in shown["working_hours"]] == [True, *[False] * 5, True]
    assert not shown["identity_validation_enabled"]
    assert chatwoot.get(f"{BASE}/{STRICT}", who="")["identity_validation_enabled"]


@pytest.mark.parametrize("identifier", ["unknown", "mail-inbox", str(ORDERS), "x%00y"])
def test_only_an_api_inbox_is_found_and_only_by_its_identifier(chatwoot: Chatwoot, identifier: str) -> None:
    for method, path in (("GET", ""), ("POST", "/contacts")):
        answer = chatwoot.ask(method, f"{BASE}/{identifier}{path}", who="")
        assert (answer.status_code, answer.json()) == (404, {"error": "Resource could not be found"})


def test_a_suspended_account_lets_nobody_in(chatwoot: Chatwoot, world: World) -> None:
    world.execute(f"INSERT INTO inboxes (tenant_id, id, name, kind, identifier) VALUES ({CLOSED}, 1, 'Closed', 'api', 'closed-inbox')")
    assert chatwoot.get(f"{BASE}/closed-inbox", who="", expect=401) == {"error": "Account is suspended"}


def test_a_stranger_comes_and_tells_more(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot, name="Alice", email="Alice@Acme.test", phone_number="+123456789", custom_attributes={"plan": {"tier": 1}})
    assert visitor.shown["name"] == "Alice"
    assert (visitor.shown["email"], visitor.shown["phone_number"]) == ("alice@acme.test", "+123456789")
    assert len(visitor.source_id) >= 32
    assert len(visitor.shown["pubsub_token"]) >= 32
    assert visitor.get() == visitor.shown
    record = visitor.patch("", {"name": "Alice B", "email": "", "custom_attributes": {"plan": {"seats": 2}, "x": "y"}})
    assert (record["id"], record["name"], record["email"]) == (visitor.shown["id"], "Alice B", "alice@acme.test")
    assert record["custom_attributes"] == {"plan": {"tier": 1, "seats": 2}, "x": "y"}
    assert record["account_id"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z", record["created_at"])
    assert visitor.get()["name"] == "Alice B"


def test_each_visitor_has_a_secret_of_their_own(chatwoot: Chatwoot) -> None:
    first, second = come(chatwoot), come(chatwoot)
    assert first.source_id != second.source_id
    assert first.shown["pubsub_token"] != second.shown["pubsub_token"]
    assert first.shown["id"] != second.shown["id"]


def test_a_source_id_of_the_client_is_kept_and_known_again(chatwoot: Chatwoot) -> None:
    first = come(chatwoot, source_id="my-own-secret", name="Carl")
    assert first.source_id == "my-own-secret"
    assert come(chatwoot, source_id="my-own-secret", name="Somebody else").shown == first.shown


def test_a_source_id_counts_in_its_own_inbox_only(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot)
    for inbox in (STRICT, ABROAD):
        assert Visitor(chatwoot, inbox, visitor.shown).get(expect=404) == {"error": "Resource could not be found"}


@pytest.mark.parametrize(
    ("body", "attribute"),
    [
        ({"email": "no address"}, "email"),
        ({"phone_number": "0123"}, "phone_number"),
        ({"name": ["x"]}, "name"),
        ({"name": "x\0"}, "name"),
        ({"custom_attributes": "x"}, "custom_attributes"),
        ({"custom_attributes": {"a": "\0"}}, "custom_attributes.a"),
        ({"avatar": "x"}, "avatar"),
        ({"avatar_url": "ftp://x"}, "avatar_url"),
        ({"source_id": "s" * 256}, "source_id"),
        ({"identifier": "i" * 256}, "identifier"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, world: World, body: dict[str, Any], attribute: str) -> None:
    visitor = come(chatwoot, name="Still")
    before = visitor.get()
    assert chatwoot.post(f"{BASE}/{OPEN}/contacts", body, who="", expect=422)["attributes"] == [attribute]
    if attribute != "source_id":
        assert visitor.patch("", body, expect=422)["attributes"] == [attribute]
    assert visitor.get() == before


@pytest.mark.parametrize("depth", [101, 800, 5000])
def test_a_maze_of_objects_is_refused(chatwoot: Chatwoot, depth: int) -> None:
    body = '{"custom_attributes": ' + '{"a":' * depth + "1" + "}" * (depth + 1)
    answer = chatwoot.ask("POST", f"{BASE}/{OPEN}/contacts", who="", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    if depth < 900:
        assert answer.json()["attributes"] == ["custom_attributes"]


@pytest.mark.parametrize("said", [{"identifier": "ext-1"}, {"email": "ZOE@mail.test"}, {"phone_number": "+351910000000"}])
def test_what_is_only_claimed_writes_as_the_contact_and_shows_nothing_of_it(chatwoot: Chatwoot, said: dict[str, str]) -> None:
    visitor = come(chatwoot, name="Mallory", **said)
    assert visitor.shown["id"] == CONTACT
    told = {name: visitor.shown[name] for name in ("name", "email", "phone_number") if visitor.shown[name] is not None}
    assert told.items() <= said.items(), "no more than what they said themselves"
    assert {visitor.get()[name] for name in ("name", "email", "phone_number")} == {None}
    conversation = visitor.post("/conversations", {})
    assert (conversation["contact"]["email"], conversation["contact"]["custom_attributes"]) == (None, {})
    sender = visitor.post(f"/conversations/{conversation['id']}/messages", {"content": "It is me"})["sender"]
    assert (sender["id"], sender["name"], sender["phone_number"]) == (CONTACT, "", None)
    assert visitor.patch("", {"name": "Owned"}, expect=401) == {"error": "You are not authorized to do this action"}
    assert [one["id"] for one in visitor.get("/conversations")] == [conversation["id"]]


def test_a_proof_shows_the_contact(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot, **proof("ext-1"))
    assert (visitor.shown["id"], visitor.shown["name"], visitor.shown["email"]) == (CONTACT, "Zoë", "zoe@mail.test")
    assert visitor.patch("", {"custom_attributes": {"seen": True}})["custom_attributes"]["tier"] == "gold"


def test_a_claim_becomes_known_with_its_proof_later(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot, identifier="ext-1")
    assert visitor.get()["name"] is None
    assert visitor.patch("", proof("ext-1"))["name"] == "Zoë"
    assert visitor.get()["name"] == "Zoë"


def test_a_proof_is_of_the_identifier_and_of_no_address(chatwoot: Chatwoot) -> None:
    """Else whoever may prove themselves would see what belongs to an address that they only know."""
    visitor = come(chatwoot, **proof("mallory-1"), email="zoe@mail.test")
    assert visitor.shown["id"] != CONTACT
    assert visitor.shown["email"] == "zoe@mail.test"
    assert come(chatwoot, **proof("mallory-1")).shown["id"] == visitor.shown["id"]


def test_a_stranger_gets_the_identifier_that_they_prove(chatwoot: Chatwoot) -> None:
    visitor = come(chatwoot, name="Dora")
    assert visitor.patch("", proof("dora-1"))["identifier"] == "dora-1"
    assert come(chatwoot, **proof("dora-1")).shown["id"] == visitor.shown["id"]
    assert visitor.patch("", proof("somebody-else"), expect=401) == {"error": "You are not authorized to do this action"}
    taken = come(chatwoot).patch("", proof("dora-1"), expect=422)
    assert taken == {"message": "Identifier has already been taken", "attributes": ["identifier"]}


@pytest.mark.parametrize(
    "bad", [{"identifier": "ext-1", "identifier_hash": "0" * 64}, {"identifier_hash": proof("ext-1")["identifier_hash"]}]
)
def test_a_hash_that_does_not_fit_is_401_and_not_500(chatwoot: Chatwoot, bad: dict[str, str]) -> None:
    told = {"error": "HMAC failed: Invalid Identifier Hash Provided"}
    assert chatwoot.post(f"{BASE}/{OPEN}/contacts", bad, who="", expect=401) == told
    visitor = come(chatwoot)
    assert visitor.get(params=bad, expect=401) == told
    assert visitor.patch("", bad, expect=401) == told


def test_an_inbox_may_demand_a_proof(chatwoot: Chatwoot, world: World) -> None:
    told = {"error": "HMAC failed: Invalid Identifier Hash Provided"}
    assert chatwoot.post(f"{BASE}/{STRICT}/contacts", {"identifier": "eve-1"}, who="", expect=401) == told
    visitor = come(chatwoot, STRICT, **proof("eve-1"), name="Eve")
    assert visitor.get()["name"] == "Eve"
    assert visitor.patch("", {"name": "Eve E"})["name"] == "Eve E"
    world.execute(f"UPDATE contact_points SET hmac_verified = false WHERE source_id = '{visitor.source_id}'")
    assert visitor.get(expect=401) == told
    assert visitor.patch("", {"name": "x"}, expect=401) == told
    assert visitor.get(params=proof("other-1"), expect=401) == told
    assert visitor.get(params=proof("eve-1"))["name"] == "Eve E"


def test_an_address_of_somebody_else_is_not_taken_over(chatwoot: Chatwoot) -> None:
    """The original merges the two contacts: whoever knows an address would get the other's history."""
    visitor = come(chatwoot, **proof("frank-1"))
    for name, value in (("email", "zoe@mail.test"), ("phone_number", "+351910000000")):
        refused = visitor.patch("", {name: value}, expect=422)
        assert refused == {"message": f"{name.capitalize().replace('_', ' ')} has already been taken", "attributes": [name]}
    assert visitor.get()["email"] is None


def test_two_who_come_at_once_are_one_contact(chatwoot: Chatwoot) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: come(chatwoot, identifier="twins").shown["id"], range(8)))
    assert len(set(found)) == 1


def test_a_picture_comes_as_a_file_or_as_its_place(chatwoot: Chatwoot) -> None:
    visitor = Visitor(chatwoot, OPEN, chatwoot.post(f"{BASE}/{OPEN}/contacts", who="", files={"avatar": ("me.png", PNG, "image/png")}))
    number = visitor.start()
    assert httpx.get(visitor.get(f"/conversations/{number}/messages")[0]["sender"]["thumbnail"]).content == PNG
    visitor.patch("", {"avatar_url": "https://pictures.test/me.png"})
    picture = visitor.get(f"/conversations/{number}/messages")[0]["sender"]["thumbnail"]
    assert httpx.get(picture, follow_redirects=False).headers["location"] == "https://pictures.test/me.png"
    refused = visitor.chatwoot.ask("PATCH", visitor.path(), who="", files={"avatar": ("me.html", b"<p>", "text/html")})
    assert (refused.status_code, refused.json()["attributes"]) == (422, ["avatar"])


def test_a_token_is_not_asked_for_and_changes_nothing(chatwoot: Chatwoot) -> None:
    for who in ("admin", "contact", "foreign", "nonsense"):
        assert chatwoot.get(f"{BASE}/{OPEN}", who=who)["name"] == "Orders"


def test_pages_of_any_origin_may_ask(chatwoot: Chatwoot, live: Live) -> None:
    asked = httpx.options(
        f"{live.url}{BASE}/{OPEN}/contacts", headers={"origin": "https://shop.test", "access-control-request-method": "POST"}
    )
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "POST" in asked.headers["access-control-allow-methods"]
    for path in (OPEN, "unknown"):
        assert chatwoot.ask("GET", f"{BASE}/{path}", who="").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in chatwoot.ask("GET", "canned_responses").headers


def test_agents_see_who_came(chatwoot: Chatwoot, world: World) -> None:
    visitor = come(chatwoot, name="Grace", custom_attributes={"a": 1})
    number = visitor.start("From the shop")
    shown = chatwoot.get(f"conversations/{number}")
    assert (shown["meta"]["sender"]["id"], shown["meta"]["sender"]["custom_attributes"]) == (visitor.shown["id"], {"a": 1})
    assert (shown["inbox_id"], shown["meta"]["hmac_verified"], shown["messages"][0]["content"]) == (ORDERS, False, "From the shop")
    assert shown["messages"][0]["conversation"]["contact_inbox"] == {"source_id": visitor.source_id}
    kinds = run(_kinds(world, visitor.shown["id"]))
    assert kinds == ["contact.created", "contact.updated"]


async def _kinds(world: World, contact_id: int) -> list[str]:
    connection = await asyncpg.connect(world.dsn)
    try:
        rows = await connection.fetch(
            "SELECT kind FROM events WHERE kind LIKE 'contact.%' AND (data ->> 'id')::bigint = $1 ORDER BY id", contact_id
        )
        return [row[0] for row in rows]
    finally:
        await connection.close()


def test_a_key_of_the_inbox_is_never_shown(chatwoot: Chatwoot) -> None:
    assert KEY not in chatwoot.ask("GET", f"{BASE}/{OPEN}", who="").text
