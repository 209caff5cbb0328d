"""chatwoot-sdk from PyPI, unmodified: its calls for conversations, messages, contacts and the profile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chatwoot import ChatwootClient
from chatwoot.exceptions import ChatwootNotFoundError
from pydantic import ValidationError

from tests.wire.chatwoot_world import ADA, BO, CONTACT, ORDERS, QUIET_CONTACT, STOREFRONT, TEAM, World, build, run
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    found = run(build(live.dsn, live.url))
    found.raise_ids()
    return found


@pytest.fixture(scope="module")
def sdk(live: Live, world: World) -> Iterator[ChatwootClient]:
    with ChatwootClient(live.url, world.tokens["admin"]) as client:
        yield client


def test_conversations(sdk: ChatwootClient) -> None:
    made = sdk.conversations.create(1, source_id="sdk-1", inbox_id=ORDERS, contact_id=QUIET_CONTACT, assignee_id=BO, team_id=TEAM)
    assert (made.inbox_id, made.status.value) == (ORDERS, "open")
    assert made.meta is not None
    assert made.meta.assignee is not None
    assert made.meta.assignee.id == BO
    assert sdk.conversations.get(1, made.id).id == made.id
    assert made.id in [one.id for one in sdk.conversations.list(1, inbox_id=ORDERS)]
    with pytest.raises(ValidationError):  # it wants a number where the original and we tell a snoozed conversation's ISO time
        sdk.conversations.list(1, status="snoozed")
    changed = sdk.conversations.update(1, made.id, priority="high")
    assert changed.priority is not None
    assert changed.priority.value == "high"
    assert sdk.conversations.assign(1, made.id, ADA).id == made.id  # PATCH, where neither we nor the original look at assignee_id
    assert sdk.conversations.toggle_status(1, made.id, "resolved").current_status.value == "resolved"
    assert sdk.conversations.get_counts(1, status="resolved")["meta"]["all_count"] == 1
    assert sdk.conversations.labels.add(1, made.id, ["blue", "green"]) == ["blue", "green"]
    assert sdk.conversations.labels.list(1, made.id) == ["blue", "green"]
    assert [one.id for one in sdk.conversations.list(1, status="resolved", labels=["blue"])] == [made.id]


def test_messages(sdk: ChatwootClient) -> None:
    number = sdk.conversations.create(1, source_id="web-1", inbox_id=STOREFRONT).id
    said = sdk.messages.create(1, number, "Hello, how can I help?")
    note = sdk.messages.create(1, number, "mind the dog", private=True)
    assert (said.content, said.message_type, said.private) == ("Hello, how can I help?", 1, False)
    assert note.private
    assert [one.id for one in sdk.messages.list(1, number)][-2:] == [said.id, note.id]
    # It leaves the conversation out of these two paths, which neither the original nor we have.
    for call in (lambda: sdk.messages.update(1, said.id, "Hi"), lambda: sdk.messages.delete(1, said.id)):
        with pytest.raises(ChatwootNotFoundError):
            call()


def test_contacts(sdk: ChatwootClient) -> None:
    made = sdk.contacts.create(1, ORDERS, name="Grace", email="grace@mail.test")
    assert (made.contact.name, made.contact.email) == ("Grace", "grace@mail.test")
    number = made.contact.id
    assert sdk.contacts.get(1, number).id == number
    assert sdk.contacts.update(1, number, name="Grace H").name == "Grace H"
    assert number in [one.id for one in sdk.contacts.list(1)]
    assert [one.id for one in sdk.contacts.search(1, "grace@")] == [number]
    assert sdk.contacts.labels.add(1, number, ["vip"]) == ["vip"]
    assert sdk.contacts.labels.list(1, number) == ["vip"]
    assert sdk.contacts.contactable_inboxes(1, number)
    assert sdk.contacts.conversations(1, number) == []
    other = sdk.contacts.create(1, ORDERS, name="G", phone_number="+351910000111")
    assert sdk.contacts.merge(1, number, other.contact.id).phone_number == "+351910000111"
    sdk.contacts.delete(1, number)
    with pytest.raises(ChatwootNotFoundError):
        sdk.contacts.get(1, number)
    assert sdk.contacts.get(1, CONTACT).id == CONTACT


def test_the_profile(sdk: ChatwootClient) -> None:
    mine = sdk.profile.get()
    assert (mine.id, mine.role.value, [one.id for one in mine.accounts]) == (ADA, "administrator", [1])
