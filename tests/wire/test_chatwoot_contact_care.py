"""What belongs to a contact on Chatwoot's wire (contract 3.4): inboxes, notes, labels, conversations, files, merging."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from chatwoot import ChatwootClient
from chatwoot.exceptions import ChatwootNotFoundError

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    CONTACT,
    FULL,
    MAIL,
    ORDERS,
    OTHER,
    QUIET_CONTACT,
    STOREFRONT,
    World,
    add_conversation,
    add_message,
    build,
    insert,
    run,
)
from tests.wire.conftest import Live

PHONES, WHATSAPP, TWILIO, FACEBOOK = 24, 25, 26, 27


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    made = run(build(live.dsn, live.url))
    made.execute(
        *(f"INSERT INTO allocators (tenant_id, kind, next_id) VALUES (1, '{kind}', 1000)" for kind in ("tag", "contact", "contact_point"))
    )
    for number, kind, channel in (
        (PHONES, "sms", "{}"), (WHATSAPP, "whatsapp", '{"provider": "whatsapp_cloud"}'), (TWILIO, "twilio_sms", '{"medium": "whatsapp"}'),
        (FACEBOOK, "facebook_page", "{}"),
    ):  # fmt: skip
        made.fill(insert, "inboxes", id=number, name=kind, kind=kind, channel=channel)
    return made


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def make(chatwoot: Chatwoot, **fields: Any) -> int:
    return int(chatwoot.post("contacts", fields)["payload"]["contact"]["id"])


def place(chatwoot: Chatwoot, contact: int, inbox: int, **more: Any) -> Any:
    return chatwoot.post(f"contacts/{contact}/contact_inboxes", {"inbox_id": inbox} | more)


def values(world: World, query: str) -> list[Any]:
    async def ask() -> list[Any]:
        connection = await asyncpg.connect(world.dsn)
        try:
            return [row[0] for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return run(ask())


def test_a_channel_tells_what_it_calls_a_contact(chatwoot: Chatwoot) -> None:
    number = make(chatwoot, name="Reached", email="reached@x.test", phone_number="+351920000000")
    told = {inbox: place(chatwoot, number, inbox)["source_id"] for inbox in (MAIL, PHONES, WHATSAPP, TWILIO)}
    assert told == {MAIL: "reached@x.test", PHONES: "+351920000000", WHATSAPP: "351920000000", TWILIO: "whatsapp:+351920000000"}
    shown = place(chatwoot, number, WHATSAPP)
    assert shown["inbox"] == {
        "id": WHATSAPP, "avatar_url": "", "channel_id": WHATSAPP, "name": "whatsapp", "channel_type": "Channel::Whatsapp",
        "provider": "whatsapp_cloud",
    }  # fmt: skip
    assert len(place(chatwoot, number, ORDERS)["source_id"]) == 36
    addresses = chatwoot.get(f"contacts/{number}")["payload"]["contact_inboxes"]
    assert [one["inbox"]["id"] for one in addresses] == [MAIL, PHONES, WHATSAPP, TWILIO, ORDERS]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 422, "Inbox id can't be blank"),
        ({"inbox_id": 999}, 404, None),
        ({"inbox_id": MAIL}, 422, "Email can't be blank"),
        ({"inbox_id": PHONES}, 422, "Phone number can't be blank"),
        ({"inbox_id": FACEBOOK}, 422, "an inbox of kind facebook_page makes no source ids: give one"),
        ({"inbox_id": MAIL, "source_id": "no address"}, 422, "Source invalid source id for an inbox of kind email"),
        ({"inbox_id": WHATSAPP, "source_id": "+351"}, 422, "Source invalid source id for an inbox of kind whatsapp"),
        ({"inbox_id": ORDERS, "source_id": "x" * 256}, 422, "source_id takes at most 255 characters"),
        ({"inbox_id": STOREFRONT, "source_id": "web-1"}, 422, "Source id has already been taken"),
    ],
)
def test_a_contact_cannot_be_placed_everywhere(chatwoot: Chatwoot, body: Any, status: int, message: str | None) -> None:
    refused = chatwoot.post(f"contacts/{QUIET_CONTACT}/contact_inboxes", body, expect=status)
    assert message is None or refused["message"] == message
    assert chatwoot.get(f"contacts/{QUIET_CONTACT}")["payload"]["contact_inboxes"] == []


def test_an_address_that_was_somebody_elses_changes_hands(chatwoot: Chatwoot) -> None:
    first, second = make(chatwoot, name="First", email="shared@x.test"), make(chatwoot, name="Second")
    place(chatwoot, first, MAIL)
    chatwoot.call("PUT", f"contacts/{first}", {"email": None})
    chatwoot.call("PUT", f"contacts/{second}", {"email": "shared@x.test"})
    assert place(chatwoot, second, MAIL)["source_id"] == "shared@x.test"
    old = chatwoot.get(f"contacts/{first}")["payload"]["contact_inboxes"][0]["source_id"]
    assert old.startswith("shared@x.test-")


def test_placing_again_changes_nothing_and_hmac_is_kept(chatwoot: Chatwoot, world: World) -> None:
    number = make(chatwoot, name="Proven")
    for _ in range(2):
        assert place(chatwoot, number, ORDERS, source_id="proven-1", hmac_verified=True)["source_id"] == "proven-1"
    assert values(world, f"SELECT hmac_verified FROM contact_points WHERE tenant_id = 1 AND contact_id = {number}") == [True]
    assert values(
        world, f"SELECT count(*) FROM events WHERE tenant_id = 1 AND kind = 'contact.updated' AND data ->> 'id' = '{number}'"
    ) == [1]


def test_an_agent_places_only_in_their_inboxes(chatwoot: Chatwoot) -> None:
    number = make(chatwoot, name="Guarded")
    path = f"contacts/{number}/contact_inboxes"
    chatwoot.post(path, {"inbox_id": ORDERS}, who="agent", expect=401)
    chatwoot.post(path, {"inbox_id": STOREFRONT}, who="agent")
    chatwoot.post("contact_inboxes/filter", {"inbox_id": ORDERS, "source_id": "x"}, who="agent", expect=401)


def test_contactable_inboxes_are_those_that_can_reach_them(chatwoot: Chatwoot, world: World) -> None:
    number = make(chatwoot, name="Contactable", email="contactable@x.test", phone_number="+351930000000")
    web = place(chatwoot, number, STOREFRONT)["source_id"]
    place(chatwoot, number, ORDERS, source_id="older")
    place(chatwoot, number, ORDERS, source_id="newest")

    def reached(who: str) -> dict[int, str]:
        rows = chatwoot.get(f"contacts/{number}/contactable_inboxes", who=who)["payload"]
        return {one["inbox"]["id"]: one["source_id"] for one in rows}

    assert reached("admin") == {
        STOREFRONT: web, ORDERS: "newest", MAIL: "contactable@x.test", PHONES: "+351930000000", WHATSAPP: "351930000000",
        TWILIO: "whatsapp:+351930000000",
    }  # fmt: skip
    assert reached("agent") == {STOREFRONT: web}
    point = values(world, f"SELECT id FROM contact_points WHERE tenant_id = 1 AND source_id = '{web}'")[0]
    world.fill(add_conversation, 90, contact_id=number, contact_point_id=point)
    assert reached("agent") == {}
    quiet = chatwoot.get(f"contacts/{QUIET_CONTACT}/contactable_inboxes")["payload"]
    assert [one["inbox"]["id"] for one in quiet] == [ORDERS]


def test_a_contact_is_found_by_its_source_id(chatwoot: Chatwoot) -> None:
    found = chatwoot.post("contact_inboxes/filter", {"inbox_id": STOREFRONT, "source_id": "web-1"}, who="agent")
    assert found["id"] == CONTACT
    assert "contact_inboxes" not in found
    assert chatwoot.post("contact_inboxes/filter", {"inbox_id": STOREFRONT, "source_id": "none"}, expect=404) is None
    assert chatwoot.post("contact_inboxes/filter", {"inbox_id": 999, "source_id": "web-1"}, expect=404) == {
        "error": "Resource could not be found"
    }


def test_notes_live_and_die(chatwoot: Chatwoot) -> None:
    number = make(chatwoot, name="Noted")
    path = f"contacts/{number}/notes"
    first = chatwoot.post(path, {"note": {"content": "Prefers mornings"}}, who="agent")
    second = chatwoot.post(path, {"content": "Pays late"})
    assert (first["content"], first["account_id"], first["contact_id"], first["user"]["name"]) == ("Prefers mornings", 1, number, "Bo")
    assert list(first) == ["id", "content", "account_id", "contact_id", "user", "created_at", "updated_at"]
    assert chatwoot.get(path, who="idle") == [second, first]
    changed = chatwoot.call("PATCH", f"{path}/{first['id']}", {"content": "Prefers evenings"})
    assert (changed["content"], changed["user"]["name"]) == ("Prefers evenings", "Bo")
    assert chatwoot.get(f"{path}/{first['id']}") == changed
    assert chatwoot.call("DELETE", f"{path}/{first['id']}") is None
    assert chatwoot.get(path) == [second]
    for method in ("GET", "PATCH", "DELETE"):
        chatwoot.call(method, f"{path}/{first['id']}", expect=404)
        chatwoot.call(method, f"contacts/{QUIET_CONTACT}/notes/{second['id']}", expect=404)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Content can't be blank"),
        ({"content": " "}, "Content can't be blank"),
        ({"content": "x" * 20001}, "content takes at most 20000 characters"),
        ({"content": {}}, "content: expected string, got object"),
    ],
)
def test_a_note_without_words_is_refused(chatwoot: Chatwoot, body: Any, message: str) -> None:
    refused = chatwoot.post(f"contacts/{QUIET_CONTACT}/notes", body, expect=422)
    assert refused == {"message": message, "attributes": ["content"]}
    assert chatwoot.get(f"contacts/{QUIET_CONTACT}/notes") == []


def test_labels_are_replaced_whole(chatwoot: Chatwoot, world: World) -> None:
    path = f"contacts/{make(chatwoot, name='Labelled')}/labels"
    assert chatwoot.get(path) == {"payload": []}
    assert chatwoot.post(path, {"labels": ["b new", "VIP-GOLD", "b new", "c,d"]}, who="agent") == {
        "payload": ["b new", "vip-gold", "c", "d"]
    }
    assert chatwoot.post(path, {"labels": ["d"]}) == {"payload": ["d"]}
    assert chatwoot.get(path, who="idle") == {"payload": ["d"]}
    assert chatwoot.post(path, {"labels": []}) == {"payload": []}
    assert values(world, "SELECT is_label FROM tags WHERE tenant_id = 1 AND name = 'b new'") == [False]
    for bad in ([{}], ["x" * 256]):
        assert chatwoot.post(path, {"labels": bad}, expect=422)["attributes"] == ["labels"]


def test_conversations_are_the_newest_twenty_that_the_caller_may_see(chatwoot: Chatwoot, world: World) -> None:
    number = make(chatwoot, name="Talker")
    for each in range(100, 122):
        status, inbox = ("resolved", STOREFRONT) if each % 2 else ("open", ORDERS)
        world.fill(add_conversation, each, contact_id=number, status=status, inbox_id=inbox)

    def numbers(who: str) -> list[int]:
        return [one["id"] for one in chatwoot.get(f"contacts/{number}/conversations", who=who)["payload"]]

    assert numbers("admin") == list(range(121, 101, -1))
    assert numbers("agent") == list(range(121, 100, -2))
    assert numbers("powerless") == numbers("idle") == []
    chatwoot.get("contacts/9999/conversations", expect=404)


def test_files_are_those_of_conversations_that_the_caller_may_see(chatwoot: Chatwoot, world: World) -> None:
    listed = chatwoot.get(f"contacts/{CONTACT}/attachments", who="agent")
    assert listed["meta"] == {"total_count": 1}
    file = listed["payload"][0]
    assert (file["message_id"], file["file_type"], file["extension"], file["file_size"]) == (1001, "image", "png", 321)
    assert (file["width"], file["height"], file["conversation_id"], file["sender"]["id"]) == (4, 5, FULL, CONTACT)
    assert file["data_url"] == file["thumb_url"] != ""
    assert chatwoot.get(f"contacts/{CONTACT}/attachments", who="idle") == {"meta": {"total_count": 0}, "payload": []}
    assert chatwoot.get(f"contacts/{CONTACT}/attachments", params={"page": 2})["payload"] == []
    world.fill(add_message, 1003, FULL, author_id=CONTACT, visibility="private", private_to=["user:9"], attachment_count=1)
    world.fill(insert, "attachments", id=30, message_id=1003, file_type="file")
    # What DevRev's users keep private is hidden from everybody else, administrators too.
    assert chatwoot.get(f"contacts/{CONTACT}/attachments")["meta"] == {"total_count": 1}
    world.execute("UPDATE messages SET private_to = '{user:1}' WHERE tenant_id = 1 AND id = 1003")
    assert chatwoot.get(f"contacts/{CONTACT}/attachments")["meta"] == {"total_count": 2}
    world.execute("DELETE FROM messages WHERE tenant_id = 1 AND id = 1003")


def test_merging_keeps_the_base_and_moves_the_rest(chatwoot: Chatwoot, world: World) -> None:
    base = make(chatwoot, name="Base", email="base@x.test", custom_attributes={"a": 1, "b": 1}, additional_attributes={"city": "Faro"})
    mergee = make(
        chatwoot, name="Mergee", email="mergee@x.test", phone_number="+351940000000", custom_attributes={"b": 2, "c": 2},
        additional_attributes={"city": "Porto", "country": "PT"},
    )  # fmt: skip
    place(chatwoot, mergee, ORDERS, source_id="merged-1")
    chatwoot.post(f"contacts/{mergee}/notes", {"content": "moves too"})
    chatwoot.post(f"contacts/{mergee}/labels", {"labels": ["moves"]})
    world.fill(add_conversation, 95, contact_id=mergee)
    merged = chatwoot.post("actions/contact_merge", {"base_contact_id": base, "mergee_contact_id": mergee}, who="agent")
    assert (merged["id"], merged["name"], merged["email"], merged["phone_number"]) == (base, "Base", "base@x.test", "+351940000000")
    assert merged["custom_attributes"] == {"a": 1, "b": 1, "c": 2}
    assert merged["additional_attributes"] == {"city": "Faro", "country": "PT"}
    assert [one["source_id"] for one in chatwoot.get(f"contacts/{base}")["payload"]["contact_inboxes"]] == ["merged-1"]
    assert [one["content"] for one in chatwoot.get(f"contacts/{base}/notes")] == ["moves too"]
    assert chatwoot.get(f"contacts/{base}/labels") == {"payload": ["moves"]}
    assert [one["id"] for one in chatwoot.get(f"contacts/{base}/conversations")["payload"]] == [95]
    chatwoot.get(f"contacts/{mergee}", expect=404)
    assert chatwoot.post("actions/contact_merge", {"base_contact_id": base, "mergee_contact_id": base})["id"] == base
    chatwoot.post("actions/contact_merge", {"base_contact_id": base, "mergee_contact_id": mergee}, expect=404)
    assert chatwoot.post("actions/contact_merge", {"base_contact_id": base}, expect=422)["attributes"] == ["mergee_contact_id"]


def test_erasing_a_contact_takes_its_notes(chatwoot: Chatwoot, world: World) -> None:
    number = make(chatwoot, name="Private", email="private@x.test")
    chatwoot.post(f"contacts/{number}/notes", {"content": "very personal"})
    world.fill(add_conversation, 96, contact_id=number)
    chatwoot.call("DELETE", f"contacts/{number}")
    assert values(world, "SELECT content FROM contact_notes WHERE content = 'very personal'") == []


PATHS = [
    ("GET", "contactable_inboxes"), ("POST", "contact_inboxes"), ("GET", "notes"), ("POST", "notes"), ("GET", "labels"), ("POST", "labels"),
    ("GET", "conversations"), ("GET", "attachments"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_another_account_never_finds_it(chatwoot: Chatwoot, method: str, path: str) -> None:
    body = None if method == "GET" else {"inbox_id": ORDERS, "content": "x", "labels": ["x"]}
    full = f"contacts/{CONTACT}/{path}"
    assert chatwoot.ask(method, full, body, who="foreign", account=OTHER).status_code == 404
    for who in ("foreign", "bot", "contact", ""):
        assert chatwoot.ask(method, full, body, who=who).status_code == 401


def test_merging_and_finding_stay_in_the_account(chatwoot: Chatwoot) -> None:
    both = {"base_contact_id": CONTACT, "mergee_contact_id": QUIET_CONTACT}
    assert chatwoot.ask("POST", "actions/contact_merge", both, who="foreign", account=OTHER).status_code == 404
    asked = {"inbox_id": STOREFRONT, "source_id": "web-1"}
    assert chatwoot.ask("POST", "contact_inboxes/filter", asked, who="foreign", account=OTHER).status_code == 404
    for who in ("foreign", "bot", "contact"):
        assert chatwoot.ask("POST", "actions/contact_merge", both, who=who).status_code == 401


def test_the_sdk_drives_its_contacts(chatwoot: Chatwoot, world: World) -> None:
    """PyPI's chatwoot-sdk: every call of its resource ``contacts`` and of ``contacts.labels``."""
    contacts = ChatwootClient(base_url=world.url, api_token=world.tokens["admin"]).contacts
    made = contacts.create(account_id=1, inbox_id=ORDERS, name="Driven", email="driven@sdk.test", custom_attributes={"plan": "free"})
    number = made.contact.id
    assert made.contact_inbox.source_id == made.contact.contact_inboxes[0].source_id
    assert contacts.get(account_id=1, contact_id=number).email == "driven@sdk.test"
    changed = contacts.update(account_id=1, contact_id=number, name="Driven on", custom_attributes={"seats": 3})
    assert (changed.name, changed.custom_attributes) == ("Driven on", {"plan": "free", "seats": 3})
    assert [one.id for one in contacts.search(account_id=1, query="driven@")] == [number]
    assert CONTACT in [one.id for page in range(1, 5) for one in contacts.list(account_id=1, page=page)]
    assert contacts.labels.add(account_id=1, contact_id=number, labels=["sdk", "driven"]) == ["sdk", "driven"]
    assert contacts.labels.list(account_id=1, contact_id=number) == ["sdk", "driven"]
    world.fill(add_conversation, 97, contact_id=number)
    assert [one.id for one in contacts.conversations(account_id=1, contact_id=number)] == [97]
    other = contacts.create(account_id=1, inbox_id=ORDERS, name="Other").contact.id
    assert contacts.merge(account_id=1, base_contact_id=number, mergee_contact_id=other).id == number
    contacts.delete(account_id=1, contact_id=number)
    with pytest.raises(ChatwootNotFoundError):
        contacts.get(account_id=1, contact_id=number)
