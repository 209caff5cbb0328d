"""GET /api/v1/events over a running server: pages, streams, who may see what."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.wire import described
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import FULL, STOREFRONT, World, build, run
from tests.wire.conftest import Live

URL = "/api/v1/events"


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.raise_ids()
    return world


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


@dataclass
class Feed:
    """Asks for pages as one of the world's people."""

    world: World

    def ask(self, who: str = "admin", headers: dict[str, str] | None = None, **params: Any) -> httpx.Response:
        token = {"authorization": f"Bearer {self.world.tokens.get(who, who)}"} if who else {}
        answer = httpx.get(f"{self.world.url}{URL}", params=params, headers=token | (headers or {}), timeout=40)
        if answer.headers["content-type"] == "application/json":
            described.check(URL, answer)
        return answer

    def page(self, who: str = "admin", **params: Any) -> dict[str, Any]:
        answer = self.ask(who, **params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def head(self) -> int:
        """The newest position, once every event that was written has one."""
        until = time.monotonic() + 20
        while self.unnumbered() and time.monotonic() < until:
            time.sleep(0.02)
        return int(self.page(limit=1)["head"])

    def unnumbered(self) -> int:
        return int(run(fetchval(self.world.dsn, "SELECT count(*) FROM events WHERE tenant_id = 1 AND position IS NULL")))

    def since(self, position: int, who: str = "admin", **params: Any) -> list[dict[str, Any]]:
        """All that came after a position up to now."""
        self.head()
        found: list[dict[str, Any]] = []
        while True:
            page = self.page(who, after=position, **params)
            found += page["events"]
            position = page["next"]
            if not page["has_more"]:
                return found


async def fetchval(dsn: str, statement: str, *values: Any) -> Any:
    import asyncpg

    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement, *values)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def feed(world: World) -> Feed:
    return Feed(world)


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in events]


# Pages.


def test_a_page_tells_what_happened_with_what_it_is_now(feed: Feed, chatwoot: Chatwoot) -> None:
    before = feed.head()
    said = chatwoot.post(f"conversations/{FULL}/messages", {"content": "On its way"})
    chatwoot.post(f"conversations/{FULL}/toggle_status", {"status": "open"})
    feed.head()
    page = feed.page(after=before)
    assert page["next"] == page["head"] == before + len(page["events"])
    assert page["has_more"] is False
    assert [one["position"] for one in page["events"]] == list(range(before + 1, page["head"] + 1))
    message = next(one for one in page["events"] if one["type"] == "message.created")
    assert (message["conversation"], message["message"], message["actor"]) == (FULL, said["id"], {"kind": "user", "id": 1})
    assert message["id"].startswith("evt_1_")
    shown = {key: message["object"][key] for key in ("id", "conversation", "kind", "body", "visibility", "is_deleted")}
    assert shown == {
        "id": said["id"], "conversation": FULL, "kind": "outgoing", "body": "On its way", "visibility": "external", "is_deleted": False,
    }  # fmt: skip
    changed = [one for one in page["events"] if one["type"] == "conversation.updated"][-1]
    assert changed["data"]["deltas"][0]["field"] == "stage"
    assert (changed["object"]["number"], changed["object"]["status"], changed["object"]["inbox_id"]) == (FULL, "open", STOREFRONT)
    assert changed["object"]["assignee"] == {"kind": "user", "id": 2}
    assert changed["object"]["tags"] == ["vip-gold", "50%_off"]


def test_pages_follow_one_another_and_miss_nothing(feed: Feed, chatwoot: Chatwoot) -> None:
    before = feed.head()
    for number in range(7):
        chatwoot.post("labels", {"title": f"page-{number}", "color": "#112233"})
    head = feed.head()
    found, position, has_more = [], before, True
    while has_more:
        page = feed.page(after=position, limit=2)
        assert len(page["events"]) <= 2
        found += [one["position"] for one in page["events"]]
        position, has_more = page["next"], page["has_more"]
    assert found == list(range(before + 1, head + 1))
    assert position == head


def test_types_choose_kinds_and_nouns_and_the_position_still_moves(feed: Feed, chatwoot: Chatwoot) -> None:
    before = feed.head()
    label = chatwoot.post("labels", {"title": "typed", "color": "#112233"})
    chatwoot.call("PATCH", f"labels/{label['id']}", {"color": "#445566"})
    team = chatwoot.post("teams", {"name": "typed team"})
    chatwoot.call("DELETE", f"teams/{team['id']}")
    head = feed.head()
    assert kinds(feed.since(before, types="tag.*")) == ["tag.created", "tag.updated"]
    assert kinds(feed.since(before, types="tag.updated,team.deleted")) == ["tag.updated", "team.deleted"]
    page = feed.page(after=before, types="macro.created")
    assert (page["events"], page["next"], page["has_more"]) == ([], head, False)


def test_a_long_poll_answers_as_soon_as_something_happens(feed: Feed, chatwoot: Chatwoot) -> None:
    head = feed.head()
    started = time.monotonic()
    threading.Timer(0.4, lambda: chatwoot.post("labels", {"title": "polled", "color": "#112233"})).start()
    page = feed.page(after=head, wait=20, types="tag.*")
    assert kinds(page["events"]) == ["tag.created"]
    assert 0.3 < time.monotonic() - started < 5
    started = time.monotonic()
    empty = feed.page(after=feed.head(), wait=1)
    assert (empty["events"], empty["has_more"]) == ([], False)
    assert 0.9 < time.monotonic() - started < 5


# Streams.


@dataclass
class Stream:
    """Server-sent events, parsed as a browser does: (id, event, data) of what was dispatched, and the last id."""

    blocks: Iterator[str]
    last_id: str = ""
    retry: int = 0
    comments: int = 0
    seen: list[tuple[str, str, Any]] = field(default_factory=list)

    def next(self) -> tuple[str, str, Any]:
        while True:
            event, data = "message", []
            for line in next(self.blocks).split("\n"):
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if not name:
                    self.comments += 1
                elif name == "id":
                    self.last_id = value
                elif name == "event":
                    event = value
                elif name == "data":
                    data.append(value)
                elif name == "retry":
                    self.retry = int(value)
            if data:
                self.seen.append((self.last_id, event, json.loads("\n".join(data))))
                return self.seen[-1]

    def take(self, total: int) -> list[tuple[str, str, Any]]:
        return [self.next() for _ in range(total)]


@contextlib.contextmanager
def streaming(world: World, who: str = "admin", last_id: str = "", url: str = "", read_s: float = 30, **params: Any) -> Iterator[Stream]:
    headers = {"accept": "text/event-stream", "api_access_token": world.tokens.get(who, who)} | (
        {"last-event-id": last_id} if last_id else {}
    )
    timeout = httpx.Timeout(10, read=read_s)
    with httpx.stream("GET", f"{url or world.url}{URL}", params=params, headers=headers, timeout=timeout) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(blocks(answer.iter_text()))


def blocks(chunks: Iterator[str]) -> Iterator[str]:
    text = ""
    for chunk in chunks:
        text += chunk
        while "\n\n" in text:
            block, _, text = text.partition("\n\n")
            yield block


def test_a_stream_tells_what_happens_from_now_on(world: World, feed: Feed, chatwoot: Chatwoot) -> None:
    head = feed.head()
    with streaming(world, types="tag.*") as stream:
        time.sleep(0.3)
        label = chatwoot.post("labels", {"title": "streamed", "color": "#112233"})
        last, event, data = stream.next()
        assert stream.retry == 2000
        assert (event, data["type"], data["data"]) == ("tag.created", "tag.created", {"id": label["id"]})
        assert int(last) == data["position"] > head
        assert data == feed.since(head, types="tag.*")[-1]


@pytest.mark.parametrize("how", ["header", "after"])
def test_a_stream_goes_on_where_it_was_cut_off(world: World, feed: Feed, chatwoot: Chatwoot, how: str) -> None:
    before = feed.head()
    with streaming(world, after=before) as stream:
        chatwoot.post("labels", {"title": f"cut-{how}-0", "color": "#112233"})
        stream.take(1)
    for number in range(1, 6):
        chatwoot.post("labels", {"title": f"cut-{how}-{number}", "color": "#112233"})
    again = {"last_id": stream.last_id} if how == "header" else {"after": stream.last_id}
    with streaming(world, **again) as resumed:  # type: ignore[arg-type]
        rest = resumed.take(5)
        chatwoot.post("labels", {"title": f"cut-{how}-6", "color": "#112233"})
        rest += resumed.take(1)
    positions = [int(one[0]) for one in stream.seen + rest]
    assert positions == list(range(before + 1, before + 8))


def test_what_the_caller_may_not_see_still_moves_the_last_id(world: World, feed: Feed, chatwoot: Chatwoot) -> None:
    with streaming(world, "agent", after=feed.head()) as stream:
        chatwoot.post("webhooks", {"url": "https://x.test/hidden"})
        head = feed.head()
        time.sleep(0.5)
        chatwoot.post("labels", {"title": "after-hidden", "color": "#112233"})
        assert stream.next()[1] == "tag.created"
        assert int(stream.last_id) == head + 1


@pytest.mark.parametrize("form", ["page", "stream"])
def test_a_writer_who_commits_late_makes_nobody_miss_an_event(world: World, feed: Feed, chatwoot: Chatwoot, form: str) -> None:
    """Its id is older than those that were read meanwhile; its position is not."""
    before = feed.head()
    entered, leave = threading.Event(), threading.Event()
    writer = threading.Thread(target=run, args=[held_open(world.dsn, f"slow-{form}.created", entered, leave)])
    writer.start()
    assert entered.wait(10)
    with streaming(world, after=before) if form == "stream" else contextlib.nullcontext() as stream:
        for number in range(3):
            chatwoot.post("labels", {"title": f"while-{form}-{number}", "color": "#112233"})
        if stream is not None:
            quick = [one[1] for one in stream.take(3)]
        else:
            page = wait_for(lambda: feed.page(after=before), lambda page: len(page["events"]) == 3)
            quick = kinds(page["events"])
        leave.set()
        writer.join()
        late = stream.next()[1] if stream is not None else kinds(feed.since(page["next"]))[0]
    assert quick == ["tag.created"] * 3
    assert late == f"slow-{form}.created"


async def held_open(dsn: str, kind: str, entered: threading.Event, leave: threading.Event) -> None:
    import asyncio

    import asyncpg

    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await connection.execute("INSERT INTO events (tenant_id, kind, actor_kind) VALUES (1, $1, 'system')", kind)
        entered.set()
        await asyncio.to_thread(leave.wait, 20)
    await connection.close()


def wait_for(ask: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    until = time.monotonic() + 15
    while True:
        found = ask()
        if enough(found) or time.monotonic() > until:
            return found
        time.sleep(0.05)
