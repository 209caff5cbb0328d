"""One conversation on Chatwoot's wire (contract 2.1, 3.1, 8.1)."""

from __future__ import annotations

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import FULL, World, build, run
from tests.wire.conftest import Live


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    return run(build(live.dsn, live.url))


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_show_is_what_the_list_shows(chatwoot: Chatwoot, world: World) -> None:
    shown = chatwoot.get(f"conversations/{FULL}")
    listed = world.row(FULL)
    assert shown == listed


def test_who_may_not_open_it_is_told_401_and_an_unknown_one_is_404(chatwoot: Chatwoot) -> None:
    assert chatwoot.get(f"conversations/{FULL}", who="idle", expect=401) == {"error": "You are not authorized to do this action"}
    assert chatwoot.get("conversations/99999", who="idle", expect=404) == {"error": "Resource could not be found"}
    chatwoot.get(f"conversations/{FULL}", who="", expect=401)
