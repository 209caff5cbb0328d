"""GET /api/v1/events over a running server: pages, streams, who may see what."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest

from parley.store import control
from tests.wire import described
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import FULL, MAIL, ORDERS, STOREFRONT, World, build, insert, run
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
    feed.head()
    found, position, has_more = [], before, True
    while has_more:
        page = feed.page(after=position, limit=2)
        assert len(page["events"]) <= 2
        found += [one["position"] for one in page["events"]]
        position, has_more = page["next"], page["has_more"]
    assert found == list(range(before + 1, position + 1))
    assert len(found) >= 7


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
    assert (page["events"], page["has_more"]) == ([], False)
    assert page["next"] == page["head"] >= head


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
        assert wait_for(lambda: pump(stream), lambda last: last >= head)
        chatwoot.post("labels", {"title": "after-hidden", "color": "#112233"})
        last, event, data = stream.next()
        assert (int(last), event) == (data["position"], "tag.created")


@pytest.mark.parametrize("form", ["page", "stream"])
def test_a_writer_who_commits_late_makes_nobody_miss_an_event(world: World, feed: Feed, chatwoot: Chatwoot, form: str) -> None:
    """Its id is older than those that were read meanwhile; its position is not."""
    before = feed.head()
    entered, leave = threading.Event(), threading.Event()
    writer = threading.Thread(target=run, args=[held_open(world.dsn, f"slow_{form}.created", entered, leave)])
    writer.start()
    assert entered.wait(10)
    types = f"tag.*,slow_{form}.*"
    with streaming(world, after=before, types=types) if form == "stream" else contextlib.nullcontext() as stream:
        for number in range(3):
            chatwoot.post("labels", {"title": f"while-{form}-{number}", "color": "#112233"})
        if stream is not None:
            quick = [one[1] for one in stream.take(3)]
        else:
            page = wait_for(lambda: feed.page(after=before, types=types), lambda page: len(page["events"]) == 3)
            quick = kinds(page["events"])
        leave.set()
        writer.join()
        late = stream.next()[1] if stream is not None else kinds(feed.since(page["next"], types=types))[0]
    assert quick == ["tag.created"] * 3
    assert late == f"slow_{form}.created"


async def held_open(dsn: str, kind: str, entered: threading.Event, leave: threading.Event) -> None:
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


# Who may see what.

OF_THE_TENANT = {"tag.created", "contact.created", "team.created", "canned_response.created"}
GUARDED = {"webhook.created", "inbox.created", "automation_rule.created"}
AGENTS = ("agent", "manager", "picker", "partner", "powerless")


@pytest.fixture(scope="module")
def happened(world: World, feed: Feed, chatwoot: Chatwoot) -> tuple[int, dict[str, int]]:
    """Before which position, and the conversations by a name: three in two inboxes, one of them Bo's, each with a word."""
    before = feed.head()
    numbers = {
        "free": conversation(chatwoot, STOREFRONT),
        "bo's": conversation(chatwoot, STOREFRONT, assignee_id=2),
        "picker's": conversation(chatwoot, STOREFRONT, assignee_id=5),
        "elsewhere": conversation(chatwoot, ORDERS),
        "gone": conversation(chatwoot, STOREFRONT),
        "gone elsewhere": conversation(chatwoot, ORDERS),
    }
    for name, number in numbers.items():
        chatwoot.post(f"conversations/{number}/messages", {"content": f"a word of {name}"})
        chatwoot.post(f"conversations/{number}/messages", {"content": f"a note of {name}", "private": True})
    for name in ("gone", "gone elsewhere"):
        chatwoot.call("DELETE", f"conversations/{numbers[name]}")
    chatwoot.post("labels", {"title": "seen", "color": "#112233"})
    chatwoot.post("contacts", {"name": "Seen"})
    chatwoot.post("teams", {"name": "seen"})
    chatwoot.post("canned_responses", {"short_code": "seen", "content": "Seen"})
    chatwoot.post("webhooks", {"url": "https://x.test/seen"})
    chatwoot.post("inboxes", {"name": "Unseen", "channel": {"type": "api", "webhook_url": ""}})
    chatwoot.post("automation_rules", RULE)
    feed.head()
    return before, numbers


RULE = {
    "name": "r",
    "active": False,
    "event_name": "conversation_created",
    "conditions": [{"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"], "query_operator": None}],
    "actions": [{"action_name": "mute_conversation", "action_params": []}],
}


def conversation(chatwoot: Chatwoot, inbox_id: int, **more: Any) -> int:
    body = {"inbox_id": inbox_id, "contact_id": 102, "source_id": f"s-{time.monotonic_ns()}"}
    return int(chatwoot.post("conversations", body | more)["id"])


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("admin", {"free", "bo's", "picker's", "elsewhere", "gone", "gone elsewhere"}),
        ("bot", {"free", "bo's", "picker's", "elsewhere", "gone", "gone elsewhere"}),
        ("agent", {"free", "bo's", "picker's", "gone"}),
        ("manager", {"free", "bo's", "picker's", "elsewhere", "gone", "gone elsewhere"}),
        ("picker", {"free", "picker's", "gone"}),
        ("partner", set()),
        ("powerless", set()),
        ("idle", set()),
    ],
)
def test_who_sees_which_conversations(feed: Feed, happened: tuple[int, dict[str, int]], who: str, seen: set[str]) -> None:
    before, numbers = happened
    events = [one for one in feed.since(before, who) if one["conversation"] is not None]
    by_number = {number: name for name, number in numbers.items()}
    assert {by_number[one["conversation"]] for one in events} == seen
    for name in seen - {"gone", "gone elsewhere"}:
        mine = [one for one in events if one["conversation"] == numbers[name]]
        assert {"conversation.created", "message.created"} <= set(kinds(mine))
        assert [one["object"]["body"] for one in mine if one["type"] == "message.created"] == [f"a word of {name}", f"a note of {name}"]
    for name in seen & {"gone", "gone elsewhere"}:
        mine = [one for one in events if one["conversation"] == numbers[name]]
        assert mine[-1]["type"] == "conversation.deleted"
        assert (mine[-1]["data"]["inbox_id"], mine[-1]["object"]) == (STOREFRONT if name == "gone" else ORDERS, None)


def test_everybody_else_has_the_same_positions_with_gaps(feed: Feed, happened: tuple[int, dict[str, int]]) -> None:
    whole = {one["position"]: one for one in feed.since(happened[0])}
    for who in (*AGENTS, "contact"):
        for one in feed.since(happened[0], who):
            assert one["id"] == whole[one["position"]]["id"]
        page = feed.page(who, after=happened[0], limit=1000)
        assert (page["next"], page["has_more"]) == (page["head"], False)


@pytest.mark.parametrize("who", AGENTS)
def test_agents_hear_of_the_tenant_what_they_may_read(feed: Feed, happened: tuple[int, dict[str, int]], who: str) -> None:
    heard = {one["type"] for one in feed.since(happened[0], who) if one["conversation"] is None}
    assert heard >= OF_THE_TENANT
    assert heard & GUARDED == set()
    assert {one["type"] for one in feed.since(happened[0])} >= OF_THE_TENANT | GUARDED


def test_a_contact_sees_the_public_side_of_their_own(world: World, feed: Feed, chatwoot: Chatwoot) -> None:
    before = feed.head()
    number = FULL
    public = chatwoot.post(f"conversations/{number}/messages", {"content": "for you"})
    chatwoot.post(f"conversations/{number}/messages", {"content": "among us", "private": True})
    chatwoot.post(f"conversations/{number}/labels", {"labels": ["vip-gold"]})
    chatwoot.post(f"conversations/{number}/toggle_typing_status", {"typing_status": "on", "is_private": "true"})
    chatwoot.post(f"conversations/{number}/toggle_typing_status", {"typing_status": "on"})
    chatwoot.post(f"conversations/{number}/toggle_status", {"status": "resolved"})
    conversation(chatwoot, STOREFRONT)
    events = feed.since(before, "contact")
    assert kinds(events) == ["message.created", "conversation.typing_on", "conversation.updated"]
    assert (events[0]["message"], events[0]["object"]["body"]) == (public["id"], "for you")
    assert not {"visibility", "labels", "external_ref"} & events[0]["object"].keys()
    assert (events[2]["data"], events[2]["message"]) == ({}, None)
    assert events[2]["object"].keys() == {"number", "title", "status", "created_at", "last_activity_at"}
    assert events[2]["object"]["status"] == "resolved"


def test_private_entries_drafts_and_notifications_are_for_those_whose_they_are(world: World, feed: Feed, chatwoot: Chatwoot) -> None:
    before = feed.head()
    for message_id, to in ((2001, "{user:2}"), (2002, "{}")):
        row = {"kind": "outgoing", "visibility": "private", "author_kind": "user", "author_id": 4, "private_to": to.strip("{}").split(",")}
        world.fill(insert, "messages", id=message_id, conversation_number=FULL, body="psst", **row)
        event = {"kind": "message.created", "conversation_number": FULL, "message_id": message_id, "actor_kind": "user", "actor_id": 4}
        world.fill(insert, "events", **event)
    chatwoot.call("PATCH", f"conversations/{FULL}/draft_messages", {"draft_message": {"message": "I mean"}}, who="agent")
    for user_id in (2, 4):
        data = {"id": 9000 + user_id, "user": user_id}
        world.fill(insert, "events", kind="notification.created", actor_kind="system", data=json.dumps(data))

    def seen(who: str) -> list[Any]:
        events = feed.since(before, who, types="message.*,draft.*,notification.*")
        found = [one["message"] or one["data"].get("id") or one["type"] for one in events]
        return [one for one in found if isinstance(one, str) or one > 2000]  # the server's own notifications come beside

    assert seen("manager") == [2001, 2002, 9004]
    assert seen("agent") == [2001, "draft.updated", 9002]
    assert seen("picker") == []
    assert seen("admin") == ["draft.updated", 9002, 9004]


def test_a_deleted_message_says_no_more_what_it_said(feed: Feed, chatwoot: Chatwoot) -> None:
    before = feed.head()
    said = chatwoot.post(f"conversations/{FULL}/messages", {"content": "oh no"})
    chatwoot.call("DELETE", f"conversations/{FULL}/messages/{said['id']}")
    mine = [one for one in feed.since(before, "agent", types="message.*") if one["message"] == said["id"]]
    assert kinds(mine) == ["message.created", "message.deleted"]
    assert {(one["object"]["body"], one["object"]["is_deleted"]) for one in mine} == {(None, True)}


def test_who_joins_an_inbox_sees_it_at_once_and_who_leaves_no_more(world: World, feed: Feed, chatwoot: Chatwoot) -> None:
    number = conversation(chatwoot, MAIL)
    with streaming(world, "idle", after=feed.head(), types="message.*") as stream:
        chatwoot.post(f"conversations/{number}/messages", {"content": "unheard"})
        time.sleep(0.5)
        chatwoot.post("inbox_members", {"inbox_id": MAIL, "user_ids": [3]})
        feed.head()
        chatwoot.post(f"conversations/{number}/messages", {"content": "heard"})
        assert stream.next()[2]["object"]["body"] == "heard"
        chatwoot.call("DELETE", "inbox_members", {"inbox_id": MAIL, "user_ids": [3]})
        feed.head()
        chatwoot.post(f"conversations/{number}/messages", {"content": "unheard again"})
        head = feed.head()
        chatwoot.post(f"conversations/{number}/messages", {"content": "unheard too"})
        wait_for(lambda: pump(stream), lambda last: last > head)
        assert len(stream.seen) == 1


def pump(stream: Stream) -> int:
    """Reads one block that dispatches nothing; the last id then."""
    for line in next(stream.blocks).split("\n"):
        if line.startswith("id:"):
            stream.last_id = line[3:].strip()
        assert not line.startswith("data:"), line
    return int(stream.last_id or 0)


@pytest.mark.parametrize(
    ("who", "status", "kind"),
    [
        ("", 401, "unauthenticated"), ("prl_nobody", 401, "unauthenticated"), ("gone", 403, "forbidden"),
        ("owner of closed", 403, "forbidden"), ("foreign contact", 403, "forbidden"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_who_is_nobody_here_is_told_so(feed: Feed, who: str, status: int, kind: str, accept: str) -> None:
    answer = feed.ask(who, {"accept": accept})
    assert (answer.status_code, answer.json()["type"]) == (status, kind)


def test_another_tenant_has_a_feed_of_its_own(feed: Feed) -> None:
    assert feed.page("foreign")["events"] == []
    assert feed.ask("foreign", {"x-parley-tenant": "acme"}).status_code == 403
    assert feed.ask("admin", {"x-parley-tenant": "other"}).status_code == 403
    assert feed.ask("admin", {"x-parley-tenant": "acme"}).status_code == 200


@pytest.mark.parametrize(
    ("params", "headers", "field"),
    [
        ({"after": "-1"}, {}, "after"),
        ({"after": "x"}, {}, "after"),
        ({"after": "99999999999999999999"}, {}, "after"),
        ({"after": "999999999"}, {}, "after"),
        ({"limit": "0"}, {}, "limit"),
        ({"limit": "1001"}, {}, "limit"),
        ({"limit": "1.5"}, {}, "limit"),
        ({"wait": "31"}, {}, "wait"),
        ({"types": "Message"}, {}, "types"),
        ({"types": "message"}, {}, "types"),
        ({"types": "*.created"}, {}, "types"),
        ({"types": ",".join(["a.b"] * 51)}, {}, "types"),
        ({"cursor": "1"}, {}, "cursor"),
        ({"limit": "5"}, {"accept": "text/event-stream"}, "limit"),
        ({"wait": "5"}, {"accept": "text/event-stream"}, "wait"),
        ({}, {"accept": "text/event-stream", "last-event-id": "abc"}, "Last-Event-ID"),
        ({}, {"accept": "text/event-stream", "last-event-id": "999999999"}, "Last-Event-ID"),
    ],
)
def test_bad_input_names_the_field(feed: Feed, params: dict[str, str], headers: dict[str, str], field: str) -> None:
    answer = feed.ask(headers=headers, **params)
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == field


# Ends.


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_what_is_no_longer_kept_is_told_with_where_to_begin(world: World, feed: Feed, chatwoot: Chatwoot, accept: str) -> None:
    for number in range(3):
        chatwoot.post("labels", {"title": f"kept-{number}-{len(accept)}", "color": "#112233"})
    oldest = feed.head() - 1
    world.execute(f"UPDATE event_heads SET kept_after = {oldest} WHERE tenant_id = 1")
    try:
        answer = feed.ask(headers={"accept": accept}, after=oldest - 1)
        assert (answer.status_code, answer.json()["type"], answer.json()["oldest"]) == (410, "position_gone", oldest)
        begin, after = feed.page(limit=1), feed.page(after=oldest, limit=1)
        assert begin["events"][0]["position"] == after["events"][0]["position"] == oldest + 1
    finally:
        world.execute("UPDATE event_heads SET kept_after = 0 WHERE tenant_id = 1")


def test_a_token_has_so_many_streams_and_no_more(world: World, feed: Feed) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(streaming(world, "partner"))
        for headers, params in (({"accept": "text/event-stream"}, {}), ({}, {"wait": 5, "after": feed.head()})):
            answer = feed.ask("partner", headers, **params)
            assert (answer.status_code, answer.json()["type"]) == (429, "too_many_streams")
        assert feed.ask("partner").status_code == 200
        with streaming(world, "picker"):
            pass
    again = wait_for(lambda: opens(world, "partner"), bool)
    assert again, "the streams that were closed are still counted"


def opens(world: World, who: str) -> bool:
    try:
        with streaming(world, who):
            return True
    except AssertionError:
        return False


def test_a_revoked_token_ends_its_stream(world: World, feed: Feed, chatwoot: Chatwoot) -> None:
    token = run(new_token(world.dsn))
    with streaming(world, token, after=feed.head()) as stream:
        chatwoot.post("labels", {"title": "before-revoked", "color": "#112233"})
        assert stream.next()[1] == "tag.created"
        world.execute(
            "UPDATE tokens SET revoked_at = now() WHERE name = 'stream'",
            "INSERT INTO events (tenant_id, kind, actor_kind) VALUES (1, 'token.revoked', 'system')",
        )
        started = time.monotonic()
        _, event, data = stream.next()
        assert (event, data["type"]) == ("end", "token_revoked")
        assert time.monotonic() - started < 5
        with pytest.raises(StopIteration):
            next(stream.blocks)


def test_a_stream_outlives_its_database_connections(world: World, feed: Feed) -> None:
    before = feed.head()
    with streaming(world, after=before, types="tag.*") as stream:
        for word in ("one", "two", "three"):
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            world.execute(kill)
            world.fill(insert, "events", kind=f"tag.{word}", actor_kind="system")
            assert stream.next()[1] == f"tag.{word}"


def test_a_stream_is_counted_and_not_timed(live: Live, world: World) -> None:
    def told(name: str) -> float:
        lines = httpx.get(f"{live.url}/metrics").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(f'{name}{{method="GET",route="{URL}"'))

    wait_for(lambda: told("parley_requests_total"), lambda before: before == told("parley_requests_total"))
    counted, timed = told("parley_requests_total"), told("parley_request_seconds_count")
    with streaming(world):
        pass
    assert wait_for(lambda: told("parley_requests_total"), lambda now: now > counted) == counted + 1
    assert told("parley_request_seconds_count") == timed


async def new_token(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return await control.insert_token(connection, tenant_id=1, owner_kind="user", owner_id=1, scope="read", name="stream")
    finally:
        await connection.close()


def test_a_server_that_stops_ends_its_streams_and_is_gone_in_seconds(serve: Callable[..., Live]) -> None:
    server = serve()
    world = run(build(server.dsn, server.url))
    with streaming(world) as stream:
        waiting = threading.Thread(target=Feed(world).page, kwargs={"wait": 30})
        waiting.start()
        time.sleep(0.5)
        started = time.monotonic()
        server.process.terminate()
        server.process.join(15)
        assert time.monotonic() - started < 10
        assert [block for block in stream.blocks if "data:" in block] == []
        waiting.join(5)
        assert not waiting.is_alive()
