"""Contacts on Chatwoot's wire (contract 2.4, 3.4): lists, search, and the life of one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import httpx
import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import CONTACT, FULL, ORDERS, OTHER, QUIET_CONTACT, STOREFRONT, World, build, run
from tests.wire.conftest import Live

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    made = run(build(live.dsn, live.url))
    made.execute(
        *(f"INSERT INTO allocators (tenant_id, kind, next_id) VALUES (1, '{kind}', 1000)" for kind in ("tag", "contact", "attachment"))
    )
    return made


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def make(chatwoot: Chatwoot, **fields: Any) -> dict[str, Any]:
    return dict(chatwoot.post("contacts", fields)["payload"]["contact"])


def names(answer: Any) -> list[str]:
    return [one["name"] for one in answer["payload"]]


def test_a_life(chatwoot: Chatwoot) -> None:
    body = {
        "name": "Ada", "email": " Ada@Example.TEST ", "phone_number": "+351910000001", "identifier": "crm-1", "blocked": "true",
        "additional_attributes": {"city": "Porto", "company_name": "Engines"}, "custom_attributes": {"tier": "gold", "no such field": [1]},
    }  # fmt: skip
    made = chatwoot.post("contacts", body, who="agent")["payload"]
    assert made["contact_inbox"] == {"inbox": None, "source_id": None}
    contact = made["contact"]
    assert (contact["name"], contact["email"], contact["phone_number"]) == ("Ada", "ada@example.test", "+351910000001")
    assert (contact["identifier"], contact["blocked"], contact["thumbnail"]) == ("crm-1", True, "")
    assert contact["custom_attributes"] == {"tier": "gold", "no such field": [1]}
    assert "last_activity_at" not in contact
    assert contact["contact_inboxes"] == []
    assert list(contact) == [
        "additional_attributes", "availability_status", "email", "id", "name", "phone_number", "blocked", "identifier", "thumbnail",
        "custom_attributes", "created_at", "contact_inboxes",
    ]  # fmt: skip
    path = f"contacts/{contact['id']}"
    assert chatwoot.get(path, who="agent") == {"payload": contact}
    changed = chatwoot.call(
        "PUT", path, {"name": "Ada L.", "email": "", "custom_attributes": {"tier": None, "x": 1}, "additional_attributes": {"city": "Faro"}}
    )["payload"]
    assert (changed["name"], changed["email"], changed["phone_number"]) == ("Ada L.", None, "+351910000001")
    assert changed["custom_attributes"] == {"tier": None, "no such field": [1], "x": 1}
    assert changed["additional_attributes"] == {"city": "Faro", "company_name": "Engines"}
    left = chatwoot.post(f"{path}/destroy_custom_attributes", {"custom_attributes": ["tier", "x", "unknown"]})["payload"]
    assert left["custom_attributes"] == {"no such field": [1]}
    chatwoot.call("DELETE", path, who="agent", expect=401)
    assert chatwoot.call("DELETE", path) is None
    chatwoot.get(path, expect=404)
    chatwoot.call("PUT", path, {"name": "x"}, expect=404)
    chatwoot.call("DELETE", path, expect=404)


def test_patch_and_a_form_change_it_too(chatwoot: Chatwoot, world: World, live: Live) -> None:
    number = make(chatwoot, name="Form")["id"]
    path = f"{live.url}/api/v1/accounts/1/contacts/{number}"
    headers = {"api_access_token": world.tokens["agent"]}
    answer = httpx.patch(path, data={"name": "Formed", "custom_attributes[tier]": "tin"}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["payload"]["name"], answer.json()["payload"]["custom_attributes"]) == ("Formed", {"tier": "tin"})


@pytest.mark.parametrize(
    ("body", "message", "attribute"),
    [
        ({"email": "nobody"}, "Email Invalid email", "email"),
        ({"phone_number": "0351910000000"}, "Phone number should be in e164 format", "phone_number"),
        ({"phone_number": "+3519٣"}, "Phone number should be in e164 format", "phone_number"),
        ({"phone_number": "+0351"}, "Phone number should be in e164 format", "phone_number"),
        ({"email": "ZOE@mail.test"}, "Email has already been taken", "email"),
        ({"phone_number": "+351910000000"}, "Phone number has already been taken", "phone_number"),
        ({"identifier": "ext-1"}, "Identifier has already been taken", "identifier"),
        ({"name": "x" * 256}, "Name is too long (maximum is 255 characters)", "name"),
        ({"name": ["x"]}, "name: expected string, got array", "name"),
        ({"name": "x\0"}, "name holds a null character", "name"),
        ({"blocked": "perhaps"}, "blocked must be true or false", "blocked"),
        ({"custom_attributes": [1]}, "custom_attributes: expected object, got array", "custom_attributes"),
        ({"avatar": "x"}, "avatar: expected file, got string", "avatar"),
        ({"avatar_url": "ftp://x.test/a.png"}, "avatar_url must be an http or https URL", "avatar_url"),
        ({"inbox_id": "abc"}, "inbox_id must be a whole number", "inbox_id"),
    ],
)
def test_bad_input_is_refused_by_name_and_changes_nothing(chatwoot: Chatwoot, body: object, message: str, attribute: str) -> None:
    before = chatwoot.get("contacts/search", params={"q": "e"})
    assert chatwoot.post("contacts", body, expect=422) == {"message": message, "attributes": [attribute]}
    if attribute != "inbox_id":
        assert chatwoot.call("PUT", f"contacts/{QUIET_CONTACT}", body, expect=422) == {"message": message, "attributes": [attribute]}
    assert chatwoot.get("contacts/search", params={"q": "e"}) == before


def test_what_a_contact_has_it_may_be_told_again(chatwoot: Chatwoot) -> None:
    changed = chatwoot.call("PUT", f"contacts/{CONTACT}", {"email": "Zoe@mail.test", "identifier": "ext-1"})["payload"]
    assert (changed["email"], changed["identifier"]) == ("zoe@mail.test", "ext-1")
    assert changed["custom_attributes"] == {"tier": "gold"}


def test_of_many_who_give_one_address_at_once_one_has_it(chatwoot: Chatwoot, world: World, live: Live) -> None:
    def post(_: int) -> int:
        headers = {"api_access_token": world.tokens["agent"]}
        body = {"email": "Rush@x.test", "phone_number": "+351960000000", "identifier": "rush"}
        return httpx.post(f"{live.url}/api/v1/accounts/1/contacts", json=body, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(post, range(6))) == [200, 422, 422, 422, 422, 422]
    assert len(chatwoot.get("contacts/search", params={"q": "rush@x.test"})["payload"]) == 1


def test_a_new_contact_may_be_placed_in_an_inbox(chatwoot: Chatwoot) -> None:
    made = chatwoot.post("contacts", {"name": "Placed", "inbox_id": ORDERS, "source_id": "shop-7"})["payload"]
    assert made["contact_inbox"]["source_id"] == "shop-7"
    assert (made["contact_inbox"]["inbox"]["id"], made["contact_inbox"]["inbox"]["channel_type"]) == (ORDERS, "Channel::Api")
    assert [(one["source_id"], one["inbox"]["id"]) for one in made["contact"]["contact_inboxes"]] == [("shop-7", ORDERS)]
    own = chatwoot.post("contacts", {"inbox_id": STOREFRONT})["payload"]["contact_inbox"]["source_id"]
    assert len(own) == 36


def test_a_contact_that_cannot_be_placed_is_not_made(chatwoot: Chatwoot) -> None:
    chatwoot.post("contacts", {"name": "Lost", "email": "lost@x.test", "inbox_id": 999}, expect=404)
    refused = chatwoot.post("contacts", {"name": "Lost", "email": "lost@x.test", "inbox_id": STOREFRONT, "source_id": "web-1"}, expect=422)
    assert refused == {"message": "Source id has already been taken", "attributes": ["source_id"]}
    assert chatwoot.get("contacts/search", params={"q": "lost@x.test"})["payload"] == []


def test_a_picture_comes_as_a_file_or_as_a_url_and_goes(chatwoot: Chatwoot, world: World) -> None:
    path = f"contacts/{make(chatwoot, name='Face')['id']}"
    shown = chatwoot.call("PUT", path, files={"avatar": ("me.png", PNG, "image/png")})["payload"]
    assert httpx.get(shown["thumbnail"]).content == PNG
    refused = chatwoot.call("PUT", path, files={"avatar": ("a.txt", b"x", "text/plain")}, expect=422)
    assert refused == {"message": "Avatar filetype not supported", "attributes": ["avatar"]}
    elsewhere = chatwoot.call("PUT", path, {"avatar_url": "https://pictures.test/a%20b.png"})["payload"]
    assert httpx.get(elsewhere["thumbnail"]).headers["location"] == "https://pictures.test/a%20b.png"
    assert httpx.get(shown["thumbnail"]).status_code == 404
    assert chatwoot.call("DELETE", f"{path}/avatar", who="agent")["payload"]["thumbnail"] == ""
    assert httpx.get(elsewhere["thumbnail"]).status_code == 404
    assert chatwoot.call("DELETE", f"{path}/avatar")["payload"]["thumbnail"] == ""


def test_a_list_has_those_whom_one_can_reach(chatwoot: Chatwoot) -> None:
    listed = chatwoot.get("contacts", who="idle")
    assert CONTACT in [one["id"] for one in listed["payload"]]
    everybody = [one["id"] for one in listed["payload"]]
    assert QUIET_CONTACT not in everybody
    assert everybody == sorted(everybody)
    zoe = next(one for one in listed["payload"] if one["id"] == CONTACT)
    address = zoe["contact_inboxes"][0]
    assert address["source_id"] == "web-1"
    assert address["inbox"] == {
        "id": STOREFRONT, "avatar_url": "", "channel_id": STOREFRONT, "name": "Storefront", "channel_type": "Channel::WebWidget",
        "provider": None,
    }  # fmt: skip
    bare = chatwoot.get("contacts", params={"include_contact_inboxes": "false"})["payload"]
    assert all("contact_inboxes" not in one for one in bare)
    assert "contact_inboxes" not in chatwoot.get(f"contacts/{CONTACT}", params={"include_contact_inboxes": "false"})["payload"]


def test_pages_of_fifteen_add_up_and_say_their_number_as_it_was_given(chatwoot: Chatwoot) -> None:
    for number in range(20):
        make(chatwoot, name=f"Paged {number:02}", identifier=f"paged-{number}")
    first = chatwoot.get("contacts")
    assert first["meta"]["current_page"] == 1
    assert len(first["payload"]) == 15
    total, seen, page = first["meta"]["count"], [], 1
    while rows := (answer := chatwoot.get("contacts", params={"page": page}))["payload"]:
        assert answer["meta"] == {"count": total, "current_page": str(page)}
        seen += [one["id"] for one in rows]
        page += 1
    assert len(seen) == len(set(seen)) == total
    assert chatwoot.get("contacts", params={"page": 1000})["payload"] == []


def test_every_sort_key_orders_both_ways(chatwoot: Chatwoot, world: World) -> None:
    sorted_names = {
        "name": ["alpha", "Beta", "gamma"],
        "email": ["gamma", "alpha", "Beta"],
        "phone_number": ["Beta", "gamma", "alpha"],
        "created_at": ["alpha", "Beta", "gamma"],
        "last_activity_at": ["gamma", "Beta", "alpha"],
        "company_name": ["gamma", "Beta", "alpha"],
        "city": ["Beta", "gamma", "alpha"],
        "country": ["Beta", "alpha", "gamma"],
    }
    people = {
        "alpha": ("b@sort.test", "+19", {"company_name": "z", "city": "z", "country": "m"}),
        "Beta": ("c@sort.test", "+17", {"company_name": "m", "city": "a", "country": "a"}),
        "gamma": ("a@sort.test", "+18", {"company_name": "a", "city": "m"}),
    }
    for name, (email, phone, more) in people.items():
        make(chatwoot, name=name, email=email, phone_number=phone, additional_attributes=more)
        chatwoot.post(f"contacts/{find(chatwoot, email)}/labels", {"labels": ["sorted"]})
    for day, name in enumerate(("gamma", "Beta"), 1):
        world.execute(f"UPDATE contacts SET last_activity_at = '2024-01-0{day}' WHERE tenant_id = 1 AND name = '{name}'")
    for key, wanted in sorted_names.items():
        assert names(chatwoot.get("contacts", params={"sort": key, "labels[]": "sorted"})) == wanted, key
        turned = wanted[::-1]
        if key == "last_activity_at":
            turned = ["Beta", "gamma", "alpha"]  # null comes last both ways
        if key == "country":
            turned = ["alpha", "Beta", "gamma"]
        assert names(chatwoot.get("contacts", params={"sort": f"-{key}", "labels[]": "sorted"})) == turned, f"-{key}"


def find(chatwoot: Chatwoot, words: str) -> int:
    return int(chatwoot.get("contacts/search", params={"q": words})["payload"][0]["id"])


def test_labels_narrow_a_list_in_any_case(chatwoot: Chatwoot) -> None:
    number = make(chatwoot, name="Labelled", identifier="labelled")["id"]
    chatwoot.post(f"contacts/{number}/labels", {"labels": ["Rare One"]})
    for asked in ({"labels[]": "rare one"}, {"labels": "nothing,RARE ONE"}, {"labels[]": ["nothing", "Rare One"]}):
        answer = chatwoot.get("contacts", params=asked)
        assert (answer["meta"]["count"], [one["id"] for one in answer["payload"]]) == (1, [number])
    assert chatwoot.get("contacts", params={"labels[]": "nobody has this"})["meta"]["count"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [({"sort": "shoe_size"}, "sort"), ({"page": "abc"}, "page"), ({"page": 0}, "page"), ({"include_contact_inboxes": "maybe"}, None)],
)
def test_a_list_refuses_what_it_cannot_understand(chatwoot: Chatwoot, query: dict[str, Any], field: str | None) -> None:
    refused = chatwoot.get("contacts", params=query, expect=400)
    assert refused["errors"][0]["field"] == (field or next(iter(query)))


def test_search_looks_at_names_addresses_numbers_and_identifiers(chatwoot: Chatwoot) -> None:
    number = make(chatwoot, name="Éva Needle", email="hay@stack.test", phone_number="+4911122233344", identifier="Key_77%")["id"]
    for words in ("éva nee", "HAY@stack", "112223", "Key_77%", " needle "):
        found = chatwoot.get("contacts/search", params={"q": words}, who="idle")
        assert [one["id"] for one in found["payload"]] == [number], words
        assert found["meta"] == {"count": 1, "current_page": 1, "has_more": False}
    for words in ("key_77%", "Key_77_", "Needle\x1f\x1fhay", "needle hay"):
        assert chatwoot.get("contacts/search", params={"q": words})["payload"] == [], words
    assert chatwoot.get("contacts/search", params={"q": "Quiet"})["payload"][0]["id"] == QUIET_CONTACT


def test_a_search_tells_of_more_and_without_words_finds_nothing(chatwoot: Chatwoot) -> None:
    for number in range(16):
        make(chatwoot, name=f"Crowd {number:02}")
    first = chatwoot.get("contacts/search", params={"q": "crowd", "sort": "-name", "page": "1"})
    assert first["meta"] == {"count": 15, "current_page": "1", "has_more": True}
    assert names(first)[0] == "Crowd 15"
    second = chatwoot.get("contacts/search", params={"q": "crowd", "sort": "-name", "page": 2})
    assert (names(second), second["meta"]["has_more"]) == (["Crowd 00"], False)
    for query in ({}, {"q": ""}, {"q": "  "}):
        assert chatwoot.get("contacts/search", params=query) == {
            "meta": {"count": 0, "current_page": 1, "has_more": False},
            "payload": [],
        }


def test_who_is_here_now_is_active_and_cannot_be_deleted(chatwoot: Chatwoot, world: World) -> None:
    number = make(chatwoot, name="present", identifier="present")["id"]
    assert chatwoot.get("contacts/active") == {"meta": {"count": 0, "current_page": 1}, "payload": []}
    world.execute(f"INSERT INTO contact_presences (tenant_id, contact_id) VALUES (1, {number})")
    active = chatwoot.get("contacts/active")
    assert (active["meta"]["count"], active["payload"][0]["id"], active["payload"][0]["availability_status"]) == (1, number, "online")
    refused = chatwoot.call("DELETE", f"contacts/{number}", expect=422)
    assert refused["message"] == "Present is Online, please try again later"
    world.execute(f"UPDATE contact_presences SET seen_at = now() - interval '2 minutes' WHERE contact_id = {number}")
    assert chatwoot.get("contacts/active")["payload"] == []
    assert chatwoot.get(f"contacts/{number}")["payload"]["availability_status"] == "offline"
    chatwoot.call("DELETE", f"contacts/{number}")


def test_deleting_leaves_conversations_a_tombstone_and_an_event(chatwoot: Chatwoot, world: World) -> None:
    made = make(chatwoot, name="Leaver", email="leaver@x.test")["id"]
    world.execute(
        f"UPDATE conversations SET contact_id = {made} WHERE tenant_id = 1 AND number = {FULL}",
    )
    chatwoot.call("DELETE", f"contacts/{made}")
    shown = chatwoot.get(f"conversations/{FULL}")["meta"]["sender"]
    world.execute(f"UPDATE conversations SET contact_id = {CONTACT} WHERE tenant_id = 1 AND number = {FULL}")
    assert (shown["id"], shown["name"], shown["email"]) == (made, "", None)
    assert chatwoot.get("contacts/search", params={"q": "leaver"})["payload"] == []
    left = run(_rows(world.dsn, f"SELECT noun FROM tombstones WHERE tenant_id = 1 AND noun = 'contact' AND id = {made}"))
    events = run(_rows(world.dsn, f"SELECT kind FROM events WHERE tenant_id = 1 AND data ->> 'id' = '{made}' ORDER BY id"))
    assert (left, events) == (["contact"], ["contact.created", "contact.deleted"])


async def _rows(dsn: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PUT", ""), ("DELETE", ""), ("DELETE", "/avatar"), ("POST", "/destroy_custom_attributes")],
)
def test_another_account_never_finds_it(chatwoot: Chatwoot, method: str, path: str) -> None:
    foreign = chatwoot.ask(method, f"contacts/{CONTACT}{path}", None if method == "GET" else {}, who="foreign", account=OTHER)
    assert foreign.status_code == 404
    assert chatwoot.ask(method, f"contacts/{CONTACT}{path}", None if method == "GET" else {}, who="foreign").status_code == 401


@pytest.mark.parametrize("who", ["contact", "bot", ""])
def test_contacts_bots_and_nobody_are_kept_out(chatwoot: Chatwoot, who: str) -> None:
    for method, path in (("GET", "contacts"), ("POST", "contacts"), ("GET", "contacts/search"), ("PUT", f"contacts/{CONTACT}")):
        assert chatwoot.ask(method, path, None if method == "GET" else {}, who=who).status_code == 401
    assert chatwoot.ask("GET", "contacts", who="foreign", account=OTHER).json()["payload"] == []


def test_devrev_sees_the_same_contact(chatwoot: Chatwoot, world: World, live: Live) -> None:
    made = make(chatwoot, name="Both", identifier="both-wires", custom_attributes={"tier": "gold"})
    headers = {"Authorization": world.tokens["admin"], "X-Parley-Tenant": "acme"}
    shown = httpx.get(f"{live.url}/rev-users.list", params={"external_ref": "both-wires"}, headers=headers)
    assert shown.status_code == 200, shown.text
    assert [one["display_id"] for one in shown.json()["rev_users"]] == [f"REVU-{made['id']}"]
