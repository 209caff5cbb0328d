"""What Chatwoot's wire says of what just happened: webhooks' bodies and frames, made from the events of a running server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec

from parley.actions.context import Context
from parley.chatwoot.event_frames import Frame, frames
from parley.chatwoot.event_tellings import teller
from parley.domain.deliveries import Told
from parley.domain.principals import Principal, Ref, Tenant
from parley.store.database import Connection, Database
from parley.store.events import EventRow, get_head, list_events
from tests.wire.chatwoot_world import ACCOUNT, ADA, World, run

T = TypeVar("T")
FILES = "https://files.test"
TENANT = Tenant(ACCOUNT, "acme", "Acme", frozenset({"sla"}))
_ADA = Principal(TENANT, Ref("user", ADA), role="administrator", can_write=True)
HOOK_URL, CALLBACK_URL, BOT_URL = "https://hook.test/all", "https://callback.test/orders", "https://bot.test/hook"


@dataclass(frozen=True)
class Post:
    """A delivery with its body read."""

    told: Told
    body: dict[str, Any]

    @property
    def to(self) -> tuple[str, str]:
        """The endpoint's kind, and the event as the wire calls it."""
        return self.told.endpoint.kind, self.told.type


@dataclass(frozen=True)
class Ears:
    """The server's database, as its own role sees it; kept open in a thread of its own."""

    database: Database
    context: Context
    thread: ThreadPoolExecutor
    loop: asyncio.AbstractEventLoop

    def work(self, tenant_id: int, act: Callable[[Connection, Context], Coroutine[Any, Any, T]]) -> T:
        """In a snapshot of the tenant."""

        async def go() -> T:
            async with self.database.read(tenant_id, vary=False) as connection:
                return await act(connection, self.context)

        return self.thread.submit(self.loop.run_until_complete, go()).result()


@contextmanager
def listening(world: World) -> Iterator[Ears]:
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as thread:
        database = thread.submit(loop.run_until_complete, Database.open(world.dsn, max_connections=1)).result()
        yield Ears(database, Context(database=database, cursor_key=b"k" * 32, public_url=FILES), thread, loop)
        thread.submit(loop.run_until_complete, database.close()).result()
        loop.close()


@dataclass
class Heard:
    """Everything since ``mark``; ``tenant`` may be given other features."""

    ears: Ears
    tenant: Tenant = TENANT
    after: int = 0

    def mark(self) -> None:
        self.after = self._work(lambda connection, _context: get_head(connection, self.tenant.id))

    def having(self, *features: str) -> Heard:
        return replace(self, tenant=replace(self.tenant, features=frozenset(features)))

    def events(self) -> list[EventRow]:
        return self._work(lambda connection, _context: list_events(connection, self.tenant.id, self.after, 1000))

    def posts(self, kind: str | None = None, name: str | None = None) -> list[Post]:
        """To endpoints of this kind, of this type."""

        async def tell(connection: Connection, context: Context) -> list[Told]:
            return await teller(context)(connection, self.tenant, await list_events(connection, self.tenant.id, self.after, 1000))

        found = [Post(told, msgspec.json.decode(told.body)) for told in self._work(tell)]
        return [one for one in found if kind in (None, one.told.endpoint.kind) and name in (None, one.told.type)]

    def post(self, kind: str, name: str) -> Post:
        found = self.posts(kind, name)
        assert len(found) == 1, [(one.to, one.told.event_id) for one in self.posts()]
        return found[0]

    def frames(self, name: str | None = None) -> list[Frame]:
        """As a client reads them."""

        async def make(connection: Connection, context: Context) -> list[Frame]:
            return await frames(connection, self.tenant, await list_events(connection, self.tenant.id, self.after, 1000), context)

        found = [frame._replace(data=msgspec.json.decode(msgspec.json.encode(frame.data))) for frame in self._work(make)]
        return [one for one in found if name in (None, one.event)]

    def talk(self) -> list[Frame]:
        """Without what the notifications' job adds when it comes."""
        return [one for one in self.frames() if not one.event.startswith("notification.")]

    def frame(self, name: str) -> Frame:
        found = self.frames(name)
        assert len(found) == 1, [(one.event, one.position) for one in self.frames()]
        return found[0]

    def statements(self, act: Callable[[Connection, Context], Coroutine[Any, Any, object]]) -> int:
        """How many an act sends."""
        sent: list[str] = []

        async def record(connection: Connection, context: Context) -> None:
            await act(connection, context)  # the driver asks for types when it meets them first
            with connection.query_logger(lambda query: sent.append(query.query)):
                await act(connection, context)

        self._work(record)
        return len(sent)

    def _work(self, act: Callable[[Connection, Context], Coroutine[Any, Any, T]]) -> T:
        """Once every event has its position."""
        deadline = time.monotonic() + 20
        while self.ears.work(self.tenant.id, _is_behind):
            assert time.monotonic() < deadline, "the sequencer did not come"
        return self.ears.work(self.tenant.id, act)


async def _is_behind(connection: Connection, _context: Context) -> bool:
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM events WHERE position IS NULL)"))


def act(world: World, action: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
    """Ada does what this wire has no words for."""

    async def go() -> T:
        database = await Database.open(world.dsn, max_connections=1)
        try:
            return await action(Context(database=database, cursor_key=b"k" * 32), _ADA, *arguments)
        finally:
            await database.close()

    return run(go())


def open_ears(world: World, subscriptions: Iterable[str]) -> None:
    """A webhook of the account for these events, and a callback at the API inbox of ORDERS."""
    words = ", ".join(f"'{one}'" for one in subscriptions)
    world.execute(
        "INSERT INTO webhooks (tenant_id, id, wire, url, event_types, secret, status, created_at)"
        f" VALUES (1, 61, 'chatwoot', '{HOOK_URL}', ARRAY[{words}]::text[], 'hook-secret', 'active', '2020-01-01')",
        f"""UPDATE inboxes SET channel = '{{"webhook_url": "{CALLBACK_URL}"}}' WHERE tenant_id = 1 AND id = 22""",
        "UPDATE inboxes SET webhook_secret = 'callback-secret', created_at = '2020-01-01' WHERE tenant_id = 1 AND id = 22",
        # It is due, and would wake up in the middle of some test.
        "UPDATE conversations SET snoozed_until = '2100-01-01' WHERE tenant_id = 1 AND snoozed_until IS NOT NULL",
        "UPDATE bots SET created_at = '2020-01-01', secret = 'bot-secret' WHERE tenant_id = 1",
    )
