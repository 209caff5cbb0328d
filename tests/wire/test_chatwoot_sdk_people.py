"""chatwoot-sdk from PyPI, unmodified: its calls for agents, inboxes and teams, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from chatwoot import AsyncChatwootClient, ChatwootClient
from chatwoot.exceptions import ChatwootAuthError, ChatwootNotFoundError

from tests.wire.chatwoot_world import ADA, BO, BOT, EMPTY_TEAM, IDLE, ORDERS, STOREFRONT, World, build, run
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


def test_agents(sdk: ChatwootClient) -> None:
    made = sdk.agents.add(1, name="Grace", email="grace@x.test", role="agent", availability="busy")
    assert made in sdk.agents.list(1)
    assert sdk.agents.get(1, made.id) == made
    changed = sdk.agents.update(1, made.id, name="Grace H", role="administrator")
    assert (changed.name, changed.role.value) == ("Grace H", "administrator")
    sdk.agents.remove(1, made.id)
    with pytest.raises(ChatwootNotFoundError):
        sdk.agents.get(1, made.id)


def test_inboxes(sdk: ChatwootClient) -> None:
    made = sdk.inboxes.create(1, name="Parcels", channel_type="api", webhook_url="https://hook.test/a")
    assert (made.channel_type, made.webhook_url) == ("Channel::Api", "https://hook.test/a")
    assert sdk.inboxes.get(1, made.id) == made
    assert made in sdk.inboxes.list(1)
    assert sdk.inboxes.update(1, made.id, name="Boxes", enable_auto_assignment=False).enable_auto_assignment is False
    sdk.inboxes.set_agent_bot(1, made.id, BOT)
    found = sdk.inboxes.get_agent_bot(1, made.id)
    assert found is not None
    assert found["agent_bot"]["name"] == "Triage"
    sdk.inboxes.set_agent_bot(1, made.id, None)
    assert sdk.inboxes.get_agent_bot(1, made.id) == {"agent_bot": {}}


def test_inbox_members(sdk: ChatwootClient, live: Live, world: World) -> None:
    """Its lists of them are always empty: it looks for ``payload`` after taking that away. So we ask what became of its calls."""
    with ChatwootClient(live.url, world.tokens["idle"]) as idle:
        assert idle.inboxes.list(1) == []
        sdk.inboxes.agents.add(1, ORDERS, [IDLE])
        assert [one.id for one in idle.inboxes.list(1)] == [ORDERS]
        assert sdk.inboxes.agents.list(1, ORDERS) == []
        sdk.inboxes.agents.update(1, STOREFRONT, [IDLE])
        assert [one.id for one in idle.inboxes.list(1)] == [ORDERS, STOREFRONT]
        with pytest.raises(ChatwootAuthError):
            idle.inboxes.update(1, ORDERS, name="mine")


def test_teams(sdk: ChatwootClient) -> None:
    made = sdk.teams.create(1, name="Returns", description="Parcels", allow_auto_assign=False)
    assert (made.name, made.allow_auto_assign) == ("returns", False)
    assert made in sdk.teams.list(1)
    assert sdk.teams.get(1, made.id) == made
    assert sdk.teams.update(1, made.id, name="back").name == "back"
    sdk.teams.agents.add(1, made.id, [ADA, BO])
    assert [one.id for one in sdk.teams.agents.list(1, made.id)] == [ADA, BO]
    sdk.teams.agents.remove(1, made.id, [ADA])
    assert [one.id for one in sdk.teams.agents.list(1, made.id)] == [BO]
    sdk.teams.delete(1, made.id)
    with pytest.raises(ChatwootNotFoundError):
        sdk.teams.get(1, made.id)


def test_the_asynchronous_client(live: Live, world: World) -> None:
    async def work() -> None:
        async with AsyncChatwootClient(live.url, world.tokens["admin"]) as client:
            assert ADA in [one.id for one in await client.agents.list(1)]
            made = await client.inboxes.create(1, name="Later", channel_type="web_widget", website_url="https://a.test")
            assert (await client.inboxes.get(1, made.id)).website_url == "https://a.test"
            await client.teams.agents.add(1, EMPTY_TEAM, [BO])
            assert [one.id for one in await client.teams.agents.list(1, EMPTY_TEAM)] == [BO]

    asyncio.run(work())


def test_nothing_of_the_sdk_is_left_out() -> None:
    """A later version with more calls must be driven too."""

    def calls(resource: Any) -> set[str]:
        return {name for name, member in inspect.getmembers(resource, callable) if not name.startswith("_")}

    client = ChatwootClient("http://localhost:1", "x")
    assert calls(client.agents) == {"add", "get", "list", "remove", "update"}
    assert calls(client.inboxes) == {"create", "get", "get_agent_bot", "list", "set_agent_bot", "update"}
    assert calls(client.inboxes.agents) == {"add", "list", "remove", "update"}
    assert calls(client.teams) == {"create", "delete", "get", "list", "update"}
    assert calls(client.teams.agents) == {"add", "list", "remove"}
