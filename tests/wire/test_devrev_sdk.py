"""devrev-python-sdk from PyPI, unmodified: only its refusal of http:// is stepped around, by building its config unchecked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from devrev import DevRevClient
from devrev.config import DevRevConfig
from devrev.exceptions import AuthenticationError, ValidationError
from devrev.models.conversations import ConversationsListRequest
from pydantic import SecretStr

from . import devrev_model as model
from . import devrev_world, held
from .conftest import Live


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database))


def connect(live: Live, token: str) -> DevRevClient:
    return DevRevClient(config=DevRevConfig.model_construct(base_url=live.url, api_token=SecretStr(token), timeout=30, max_retries=0))


@pytest.fixture(scope="module")
def sdk(live: Live, world: devrev_world.World) -> Iterator[DevRevClient]:
    with connect(live, world.tokens["ada"]) as client:
        yield client


def test_it_lists(sdk: DevRevClient, world: devrev_world.World) -> None:
    found = sdk.conversations.list(ConversationsListRequest(limit=60))
    assert [model.number(one.id) for one in found] == model.wanted(world.facts, {})
    assert found[0].title == "Printer on fire"
    assert found[0].modified_date == world.facts[1].modified_at


def test_it_walks_every_page_of_what_was_modified(sdk: DevRevClient, world: devrev_world.World) -> None:
    after = devrev_world.NOW - timedelta(minutes=20)
    found = sdk.conversations.list_modified_since(after, page_size=7)
    expected = model.wanted(world.facts, {"modified_date": {"after": after.isoformat()}})
    assert 14 < len(expected) < 60
    assert [model.number(one.id) for one in found] == expected
    with held.any_request():
        naive = sdk.conversations.list_modified_since(after.replace(tzinfo=None), page_size=7)
    assert [one.id for one in naive] == [one.id for one in found], "a time without a zone is UTC"


def test_it_exports_with_and_without_a_limit(sdk: DevRevClient, world: devrev_world.World) -> None:
    assert [model.number(one.id) for one in sdk.conversations.export()] == model.wanted(world.facts, {})[:50]
    assert [model.number(one.id) for one in sdk.conversations.export(limit=5)] == model.wanted(world.facts, {})[:5]


def test_it_sees_our_problems_as_its_exceptions(sdk: DevRevClient, live: Live) -> None:
    with pytest.raises(ValidationError):
        sdk.conversations.list(ConversationsListRequest(cursor="nonsense"))
    with connect(live, "prl_unknown") as stranger, pytest.raises(AuthenticationError):
        stranger.conversations.list()
