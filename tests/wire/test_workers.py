"""Several processes on one database: a server of two workers and another server beside it are one to every client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from parley.actions import provision
from parley.store import control
from tests.wire.cable_client import Cable, contacts_identifier
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_public import come, open_doors
from tests.wire.chatwoot_world import ADA, BO, CONTACT, FULL, MANAGER, PICKER, STOREFRONT, World, build, run
from tests.wire.conftest import Live, serving
from tests.wire.test_chatwoot_cable import identifier_of, mark
from tests.wire.test_native_events import Stream, streaming

PASSWORD = "Sample-1234"
# So many fresh connections come to both workers, but for one time in five hundred.
MANY = 10
_fresh = httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
GONE = {"type": "disconnect", "reason": "unauthorized", "reconnect": False}


@dataclass(frozen=True)
class Pair:
    """``two`` is a server of two workers, ``one`` another; a call goes over a connection of its own, to whichever worker takes it."""

    two: Live
    one: Live
    world: World

    @property
    def urls(self) -> list[str]:
        """Where a question reaches every process."""
        return [self.one.url, *[self.two.url] * MANY]

    def chatwoot(self, url: str) -> Chatwoot:
        return Chatwoot(url, self.world.tokens)

    def devrev(self, url: str, path: str, body: Any, who: str = "admin", expect: int | None = None) -> Any:
        answer = _fresh.post(f"{url}/{path}", json=body, headers={"authorization": self.world.tokens.get(who, who)})
        assert answer.status_code == expect if expect else answer.is_success, answer.text
        return answer.json()

    def get(self, url: str, path: str, who: str = "admin", **headers: str) -> httpx.Response:
        token = {"api_access_token": self.world.tokens.get(who, who)} if who else {}
        return _fresh.get(f"{url}/api/v1/accounts/1/{path}", headers=token | headers)


@pytest.fixture(scope="module")
def pair(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("serve")
    with serving(module_database, folder, workers=2) as two, serving(module_database, folder) as one:
        world = run(build(two.dsn, two.url))
        world.raise_ids()
        world.fill(set_passwords)
        open_doors(world)
        for number in range(3):
            Chatwoot(two.url, world.tokens).post(
                "conversations", {"inbox_id": STOREFRONT, "contact_id": CONTACT, "source_id": f"more-{number}"}
            )
        yield Pair(two, one, world)


async def set_passwords(connection: Any) -> None:
    hashed = provision.hash_password(PASSWORD)
    for user_id in (ADA, BO):
        await control.set_password(connection, user_id, hashed)


@pytest.fixture
def enter(pair: Pair) -> Iterator[Callable[[str, str], Cable]]:
    """A live connection by the server's URL and an identifier, or a person's name."""
    with ExitStack() as held:

        def come_in(url: str, who: str) -> Cable:
            identifier = who if who.startswith("{") else identifier_of(pair.world, who)
            return held.enter_context(Cable(url)).enter(identifier)

        yield come_in


@pytest.mark.parametrize(("written", "read"), [("two", "one"), ("one", "two")])
def test_what_one_writes_the_others_show_at_once_on_both_wires(pair: Pair, written: str, read: str) -> None:
    here, there = getattr(pair, written).url, getattr(pair, read).url
    for turn in range(6):
        text, title = f"{written} {turn}", f"Title of {written} {turn}"
        pair.chatwoot(here).post(f"conversations/{FULL}/messages", {"content": text})
        told = pair.devrev(there, "timeline-entries.list", {"object": f"CONV-{FULL}", "limit": 100})
        assert told["timeline_entries"][-1]["body"] == text
        pair.devrev(here, "conversations.update", {"id": f"CONV-{FULL}", "title": title})
        assert pair.devrev(there, "conversations.get", {"id": f"CONV-{FULL}"})["conversation"]["title"] == title
        assert pair.devrev(there, "conversations.list", {"limit": 1})["conversations"][0]["title"] == title
        pair.chatwoot(here).post(f"conversations/{FULL}/labels", {"labels": [f"turn{turn}"]})
        assert pair.get(there, f"conversations/{FULL}").json()["labels"] == [f"turn{turn}"]
        pair.chatwoot(here).call("PATCH", "agents/2", {"name": f"Bo {written} {turn}"})
        assert f"Bo {written} {turn}" in pair.get(there, "agents").text


def test_a_page_that_one_began_the_others_go_on_with(pair: Pair) -> None:
    everything = pair.devrev(pair.one.url, "conversations.list", {})["conversations"]
    for first, second in ((pair.one.url, pair.two.url), (pair.two.url, pair.one.url), (pair.two.url, pair.two.url)):
        page = pair.devrev(first, "conversations.list", {"limit": 1})
        after = pair.devrev(second, "conversations.list", {"limit": 1, "cursor": page["next_cursor"]})
        assert [one["id"] for one in page["conversations"] + after["conversations"]] == [one["id"] for one in everything[:2]]


def test_live_connections_and_streams_of_all_hear_what_any_writes(pair: Pair, enter: Callable[[str, str], Cable]) -> None:
    cables = [enter(url, "agent") for url in (pair.one.url, *[pair.two.url] * 6)]
    with ExitStack() as held:
        streams: list[Stream] = []
        for url in (pair.one.url, *[pair.two.url] * 4):
            streams.append(held.enter_context(streaming(pair.world, url=url, types="message.created")))
        for url in (pair.one.url, pair.two.url):
            text = f"said at {url}"
            made = pair.chatwoot(url).post(f"conversations/{FULL}/messages", {"content": text})
            for cable in cables:
                assert cable.event("message.created", content=text)["id"] == made["id"]
            for stream in streams:
                assert stream.next()[2]["message"] == made["id"]


def test_presence_reaches_every_connection_of_who_tells_and_of_nobody_else(pair: Pair, enter: Callable[[str, str], Cable]) -> None:
    visitor = come(pair.chatwoot(pair.one.url), name="Here")
    contact = contacts_identifier(visitor.shown["pubsub_token"])
    agents = [enter(url, "manager") for url in (pair.one.url, *[pair.two.url] * 6)]
    visitors = [enter(url, contact) for url in (pair.one.url, *[pair.two.url] * 4)]
    other = enter(pair.one.url, "agent")
    mark(pair.chatwoot(pair.two.url), *agents, other)
    other.wait_for_ping()
    for cable in agents:
        cable.wait_for_ping()  # what was told of all who came has come
        cable.forget()
    before = len(other.frames)
    for teller in (agents[0], agents[-1]):
        teller.perform(identifier_of(pair.world, "manager"), "update_presence")
        for cable in agents:
            assert str(MANAGER) in cable.event("presence.update")["users"]
    for teller in (visitors[0], visitors[-1]):
        teller.perform(contact, "update_presence")
        for cable in visitors:
            assert str(MANAGER) in cable.event("presence.update")["users"]
    mark(pair.chatwoot(pair.one.url), other)
    assert not [one for one in other.frames[before:] if one.get("message", {}).get("event") == "presence.update"]


def test_who_signs_out_of_one_is_out_of_all(pair: Pair) -> None:
    answer = httpx.post(f"{pair.two.url}/auth/sign_in", json={"email": "u1@x.test", "password": PASSWORD})
    session = {name: answer.headers[name] for name in ("access-token", "client", "uid")}
    assert {pair.get(url, "labels", "", **session).status_code for url in pair.urls} == {200}
    assert httpx.delete(f"{pair.one.url}/auth/sign_out", headers=session).json() == {"success": True}
    assert {pair.get(url, "labels", "", **session).status_code for url in pair.urls} == {401}


def test_a_token_that_one_revokes_no_other_takes(pair: Pair) -> None:
    made = pair.devrev(pair.two.url, "auth-tokens.create", {"grant_type": "urn:devrev:params:oauth:grant-type:token-issue",
                       "requested_token_type": "urn:devrev:params:oauth:token-type:pat"})  # fmt: skip
    token = made["access_token"]
    for url in pair.urls:
        pair.devrev(url, "conversations.list", {"limit": 1}, token)
    pair.devrev(pair.one.url, "auth-tokens.delete", {}, token)
    for url in pair.urls:
        pair.devrev(url, "conversations.list", {"limit": 1}, token, expect=401)


def test_who_is_removed_at_one_is_sent_away_by_all(pair: Pair, enter: Callable[[str, str], Cable]) -> None:
    cables = [enter(url, "picker") for url in (pair.one.url, *[pair.two.url] * 6)]
    assert {pair.get(url, f"conversations?inbox_id={STOREFRONT}", "picker").status_code for url in pair.urls} == {200}
    pair.chatwoot(pair.one.url).call("DELETE", f"agents/{PICKER}")
    assert {pair.get(url, f"conversations?inbox_id={STOREFRONT}", "picker").status_code for url in pair.urls} == {401}
    for cable in cables:
        assert cable.until(lambda one: one.get("type") == "disconnect") == GONE


def test_a_file_that_one_took_the_others_give(pair: Pair) -> None:
    made = pair.chatwoot(pair.two.url).call(
        "POST", f"conversations/{FULL}/messages", data={"content": "see"}, files={"attachments[]": ("a.txt", b"shared bytes", "text/plain")}
    )
    link = httpx.URL(made["attachments"][0]["data_url"])
    assert httpx.get(pair.one.url + link.raw_path.decode()).content == b"shared bytes"


def test_a_server_that_comes_later_goes_on_with_what_the_others_began(pair: Pair, tmp_path: Path) -> None:
    with serving(pair.one.dsn, tmp_path, workers=2) as late:
        page = pair.devrev(late.url, "conversations.list", {"limit": 1})
        assert pair.devrev(pair.one.url, "conversations.list", {"limit": 1, "cursor": page["next_cursor"]})["conversations"]
