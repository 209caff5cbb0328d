"""devrev-python-sdk drives a whole life: everything a support team makes and changes, unmodified but for its refusal of http://."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from devrev import DevRevClient
from devrev.exceptions import NotFoundError
from devrev.models.artifacts import ArtifactGetRequest, ArtifactPrepareRequest
from devrev.models.conversations import (
    ConversationsCreateRequest,
    ConversationsDeleteRequest,
    ConversationsGetRequest,
    ConversationsUpdateRequest,
)
from devrev.models.groups import GroupMembersAddRequest, GroupMembersListRequest, GroupsCreateRequest, GroupsGetRequest, GroupsUpdateRequest
from devrev.models.links import LinksCreateRequest, LinksDeleteRequest, LinksGetRequest, LinksListRequest
from devrev.models.parts import PartsCreateRequest, PartsDeleteRequest, PartsGetRequest, PartsUpdateRequest, PartType
from devrev.models.tags import TagsCreateRequest, TagsDeleteRequest, TagsGetRequest, TagsListRequest, TagsUpdateRequest
from devrev.models.timeline_entries import (
    TimelineEntriesCreateRequest,
    TimelineEntriesDeleteRequest,
    TimelineEntriesGetRequest,
    TimelineEntriesListRequest,
    TimelineEntriesUpdateRequest,
    TimelineEntryType,
)
from devrev.models.webhooks import WebhooksCreateRequest, WebhooksDeleteRequest, WebhooksGetRequest
from devrev.models.works import WorkType

from . import devrev_world, held
from .conftest import Live
from .test_devrev_sdk import connect


@pytest.fixture(scope="module")
def sdk(module_database: str, live: Live) -> Iterator[DevRevClient]:
    world = asyncio.run(devrev_world.build(module_database))
    with connect(live, world.tokens["ada"]) as client:
        yield client


def test_conversations_and_their_timeline(sdk: DevRevClient) -> None:
    made = sdk.conversations.create(ConversationsCreateRequest(type="support", title="Where is it?"))
    assert sdk.conversations.get(ConversationsGetRequest(id=made.id)).title == "Where is it?"
    assert sdk.conversations.update(ConversationsUpdateRequest(id=made.id, title="Found")).title == "Found"
    entry = sdk.timeline_entries.create(TimelineEntriesCreateRequest(object=made.id, type=TimelineEntryType.COMMENT, body="On its way"))
    assert sdk.timeline_entries.get(TimelineEntriesGetRequest(id=entry.id)).body == "On its way"
    assert entry.id in [one.id for one in sdk.timeline_entries.list(TimelineEntriesListRequest(object=made.id))]
    with held.any_request():  # the SDK leaves out `type`, which the document requires
        assert sdk.timeline_entries.update(TimelineEntriesUpdateRequest(id=entry.id, body="Delivered")).body == "Delivered"
    sdk.timeline_entries.delete(TimelineEntriesDeleteRequest(id=entry.id))
    sdk.conversations.delete(ConversationsDeleteRequest(id=made.id))
    with pytest.raises(NotFoundError):
        sdk.conversations.get(ConversationsGetRequest(id=made.id))


def test_customers(sdk: DevRevClient) -> None:
    account = sdk.accounts.create("Umbra", domains=["umbra.example"], tier="gold")
    assert sdk.accounts.get(account.id).display_name == "Umbra"
    assert sdk.accounts.update(account.id, description="lamps").description == "lamps"
    assert account.id in [one.id for one in sdk.accounts.list(display_name=["Umbra"]).accounts]
    assert account.id in [one.id for one in sdk.accounts.export(first=500)]
    user = sdk.rev_users.create("REV-1", display_name="Rae", email="rae@umbra.example")
    assert sdk.rev_users.get(user.id).email == "rae@umbra.example"
    assert sdk.rev_users.update(user.id, display_name="Rae U.").display_name == "Rae U."
    assert [one.id for one in sdk.rev_users.list(email=["rae@umbra.example"]).rev_users] == [user.id]
    sdk.rev_users.delete(user.id)
    sdk.accounts.delete(account.id)


def test_tags_and_groups(sdk: DevRevClient) -> None:
    tag = sdk.tags.create(TagsCreateRequest(name="sdk"))
    assert sdk.tags.update(TagsUpdateRequest(id=tag.id, description="by the SDK")).description == "by the SDK"
    assert sdk.tags.get(TagsGetRequest(id=tag.id)).name == "sdk"
    assert tag.id in [one.id for one in sdk.tags.list(TagsListRequest(limit=100))]
    sdk.tags.delete(TagsDeleteRequest(id=tag.id))
    group = sdk.groups.create(GroupsCreateRequest(name="Night shift", description="22 to 6"))
    assert sdk.groups.update(GroupsUpdateRequest(id=group.id, name="Late shift")).name == "Late shift"
    sdk.groups.add_member(GroupMembersAddRequest(group=group.id, member="DEVU-2"))
    assert len(sdk.groups.list_members(GroupMembersListRequest(group=group.id))) == 1
    assert sdk.groups.get(GroupsGetRequest(id=group.id)).name == "Late shift"


def test_parts_works_and_links(sdk: DevRevClient) -> None:
    part = sdk.parts.create(PartsCreateRequest(name="Lamp", type=PartType.PRODUCT, owned_by=["DEVU-1"]))
    assert sdk.parts.get(PartsGetRequest(id=part.id)).name == "Lamp"
    assert sdk.parts.update(PartsUpdateRequest(id=part.id, description="It shines")).description == "It shines"
    assert part.id in [one.id for one in sdk.parts.list(limit=100).parts]
    ticket = sdk.works.create("It blinks", part.id, WorkType.TICKET, ["DEVU-1"], body="all night")
    assert sdk.works.get(ticket.id).title == "It blinks"
    assert sdk.works.update(ticket.id, title="It blinks a lot").title == "It blinks a lot"
    assert ticket.id in [one.id for one in sdk.works.export(type=[WorkType.TICKET])]
    assert sdk.works.count(type=[WorkType.TICKET]) >= 1
    link = sdk.links.create(LinksCreateRequest(link_type="is_related_to", source="CONV-2", target=ticket.id))
    assert sdk.links.get(LinksGetRequest(id=link.id)).id == link.id
    assert link.id in [one.id for one in sdk.links.list(LinksListRequest(object="CONV-2"))]
    sdk.links.delete(LinksDeleteRequest(id=link.id))
    sdk.works.delete(ticket.id)
    sdk.parts.delete(PartsDeleteRequest(id=part.id))


def test_webhooks(sdk: DevRevClient) -> None:
    made = sdk.webhooks.create(WebhooksCreateRequest(url="https://hooks.example/devrev", event_types=["conversation_created"]))
    assert sdk.webhooks.get(WebhooksGetRequest(id=made.id)).url == "https://hooks.example/devrev"
    assert made.id in [one.id for one in sdk.webhooks.list()]
    sdk.webhooks.delete(WebhooksDeleteRequest(id=made.id))


def test_artifacts(sdk: DevRevClient) -> None:
    prepared = sdk.artifacts.prepare(ArtifactPrepareRequest(file_name="note.txt", file_type="text/plain"))
    number = sdk.artifacts.upload(prepared, b"hello")
    assert sdk.artifacts.download(number) == b"hello"
    assert sdk.artifacts.get(ArtifactGetRequest(id=number)).id == number
