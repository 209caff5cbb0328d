"""Sends deliveries: many at once, few to each endpoint, in the order of each lane; any number of processes side by side.

A delivery is claimed for a while, with its attempt begun in the log before anything is sent. Whoever dies leaves a claim
that ends by itself, and the delivery is sent again under the same id.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from ..actions.context import Context
from ..actions.delivery_ends import Settle, end_claims, fail_messages
from ..outgoing.problems import NoAnswer
from ..store import claims, endpoints
from ..store.claims import Claim, Ended, Room
from ..store.database import Connection
from ..store.endpoints import Key, OpenEndpoint
from ..store.live import keep_listening
from . import posting
from .posting import RETRY_S, Post

_log = logging.getLogger("parley.deliveries")
_CHANNEL = "parley_deliveries"
# Every tenant is looked at so often, whether anything was heard or not.
_LOOK_ROUND_S = 1.0
_AT_ONCE, _AT_ONCE_IN_ALL = 8, 100
# An endpoint that answers within so many seconds gets more claimed than can be under way, so that fewer rounds serve it.
_QUICK_S, _AHEAD = 0.1, 64
_LEARN = 0.2
# Beside the time of a request: for connecting to the database and writing down how it ended.
_SLACK_S = 3.0
_OPEN_FOR_S = 3 * 86400.0
_CLOSED = {
    "gone": "the endpoint is gone",
    "inactive": "the webhook is inactive",
    "disabled": "the endpoint answered 410 (gone)",
    "unverified": "the webhook was not verified in three days",
}


@dataclass(frozen=True, slots=True)
class Sending:
    """Seconds: of one request, between attempts, and for what is under way when the server stops."""

    timeout_s: float = 5.0
    retry_s: Sequence[float] = RETRY_S
    drain_s: float = 5.0

    @property
    def lease_s(self) -> float:
        return 2 * self.timeout_s + _SLACK_S


async def leave_unverified(*_answer: object) -> None:
    """Where nobody takes the answers to verify requests."""


class Sender:
    """One per process. ``run`` sends until it is told to stop, then waits for what is under way and gives the rest back."""

    def __init__(self, context: Context, post: Post, sending: Sending | None = None, settle: Settle = leave_unverified) -> None:
        self._context = context
        self._post = post
        self._sending = sending or Sending()
        self._settle = settle
        self._due: set[int] = set()
        self._wake = asyncio.Event()
        self._looked_at = float("-inf")
        self._ended = defaultdict[int, list[Ended]](list)
        self._taken = Counter[tuple[int, Key]]()
        self._doors: dict[tuple[int, Key], asyncio.Semaphore] = {}
        self._pace: dict[tuple[int, Key], float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        ears = asyncio.create_task(keep_listening(self._context.database, {_CHANNEL: self._hear}, self._look_round))
        ending = asyncio.create_task(self._stop_at(stop))
        try:
            while not stop.is_set():
                await self._rounds()
                await _until(self._wake, _LOOK_ROUND_S)
            await self._drain()
        finally:
            for task in (ears, ending):
                task.cancel()

    def look_at(self, tenant_id: int) -> None:
        """There may be something to send."""
        self._due.add(tenant_id)
        self._wake.set()

    def _hear(self, payload: str) -> None:
        self.look_at(int(payload))

    def _look_round(self) -> None:
        self._looked_at = float("-inf")
        self._wake.set()

    async def _stop_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._is_stopping = True
        self._wake.set()

    async def _rounds(self) -> None:
        """One round of every tenant that has something to send or to write; a tenant whose round fails is tried again."""
        self._wake.clear()
        due, self._due = self._due, set()
        if monotonic() - self._looked_at >= _LOOK_ROUND_S and not self._is_stopping:
            try:
                async with self._context.database.control() as connection:
                    due.update(await claims.tenants_with_deliveries(connection))
                self._looked_at = monotonic()
            except Exception:
                _log.exception("could not ask for deliveries and will try again")
        for tenant_id in due | {tenant_id for tenant_id, ended in self._ended.items() if ended}:
            try:
                await self._round(tenant_id)
            except Exception:
                _log.exception("could not go on with the deliveries of tenant %s and will try again", tenant_id)

    async def _round(self, tenant_id: int) -> None:
        """Writes how claims ended and takes new ones, in one transaction."""
        ended = self._ended.pop(tenant_id, [])
        until = monotonic() + self._sending.lease_s
        has_events = False
        try:
            async with self._context.database.write_quietly(tenant_id) as connection:
                if ended:
                    has_events = await end_claims(self._context_in(connection, tenant_id), connection, tenant_id, ended, self._settle)
                taken = [] if self._is_stopping else await self._claim(connection, tenant_id)
        except BaseException:
            self._ended[tenant_id][:0] = ended
            raise
        if has_events:
            self._context.database.written.note(tenant_id)
        for claim, endpoint in taken:
            self._start(tenant_id, claim, endpoint, until)
        self._come_back(tenant_id, ended)

    def _context_in(self, connection: Connection, tenant_id: int) -> Context:
        return self._context.inside(connection, tenant_id)

    async def _claim(self, connection: Connection, tenant_id: int) -> list[tuple[Claim, OpenEndpoint]]:
        found = {one.key: one for one in await endpoints.list_open(connection, tenant_id)}
        rooms = [room for one in found.values() if (room := await self._room(connection, tenant_id, one))]
        probed = [(room.kind, room.id) for room in rooms if found[room.kind, room.id].is_probed]
        mine = await endpoints.begin_probes(connection, tenant_id, probed, self._sending.lease_s)
        rooms = [room for room in rooms if (room.kind, room.id) in mine or not found[room.kind, room.id].is_probed]
        if not rooms:
            return []
        return [(one, found[one.key]) for one in await claims.claim(connection, tenant_id, rooms, self._sending.lease_s)]

    async def _room(self, connection: Connection, tenant_id: int, endpoint: OpenEndpoint) -> Room | None:
        """How many more the endpoint may get from here; what can never be sent to it fails."""
        if endpoint.standing in _CLOSED:
            await self._close(connection, tenant_id, endpoint)
        if endpoint.standing not in ("active", "unverified", "inactive") or endpoint.is_paused:
            return None
        room = self._free(tenant_id, endpoint)
        return Room(*endpoint.key, room, endpoint.url, endpoint.standing != "active") if room > 0 else None

    async def _close(self, connection: Connection, tenant_id: int, endpoint: OpenEndpoint) -> None:
        """What is unverified may be verified yet; verify requests go as long as there is somebody to ask."""
        reason = _CLOSED[endpoint.standing]
        waits = _OPEN_FOR_S if endpoint.standing == "unverified" else None
        is_gone = endpoint.standing == "gone"
        closed = await claims.close(connection, tenant_id, endpoint.key, reason, verify_too=is_gone, older_than_s=waits)
        if endpoint.kind == "inbox":
            await fail_messages(self._context_in(connection, tenant_id), connection, tenant_id, closed, reason)

    def _free(self, tenant_id: int, endpoint: OpenEndpoint) -> int:
        """Whoever has nothing under way always gets one, so that no slow endpoint takes all there is."""
        here = (tenant_id, endpoint.key)
        taken = self._taken[here]
        if endpoint.is_probed:
            return 0 if taken else 1
        quick = self._pace.get(here, _QUICK_S) < _QUICK_S and not endpoint.failures
        under_way = sum(min(one, _AT_ONCE) for one in self._taken.values())
        if under_way >= _AT_ONCE_IN_ALL:
            return 0 if taken else 1
        return (_AHEAD if quick else _AT_ONCE) - taken

    def _start(self, tenant_id: int, claim: Claim, endpoint: OpenEndpoint, until: float) -> None:
        self._taken[tenant_id, claim.key] += 1
        task = asyncio.create_task(self._deliver(tenant_id, claim, endpoint, until))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, tenant_id: int, claim: Claim, endpoint: OpenEndpoint, until: float) -> None:
        here = (tenant_id, claim.key)
        door = self._doors.setdefault(here, asyncio.Semaphore(_AT_ONCE))
        try:
            async with door:
                ended = await self._send(here, claim, endpoint, until)
        except asyncio.CancelledError:
            ended = posting.given_back(claim, "cut off: the server stopped")
        except Exception:
            _log.exception("the delivery %s of tenant %s could not be sent", claim.id, tenant_id)
            ended = posting.unanswered(claim, endpoint, None, "could not be sent: our fault", 0.0, self._sending.retry_s, random.random())  # noqa: S311
        self._taken[here] -= 1
        if not self._taken[here]:
            del self._taken[here], self._doors[here]
        self._ended[tenant_id].append(ended)
        self._wake.set()

    async def _send(self, here: tuple[int, Key], claim: Claim, endpoint: OpenEndpoint, until: float) -> Ended:
        timeout_s, began, dice = self._sending.timeout_s, monotonic(), random.random()  # noqa: S311
        if began + timeout_s > until:
            return posting.given_back(claim, "not sent: those before it took too long")
        sent = posting.request(claim, endpoint, self._context.clock())
        try:
            answer = await self._post(sent.url, sent.body, sent.headers, timeout_s=timeout_s, most_bytes=posting.KEPT_BYTES)
        except NoAnswer as error:
            self._learn(here, timeout_s)
            waited_ms = (monotonic() - began) * 1000
            return posting.unanswered(claim, endpoint, sent, error.message, waited_ms, self._sending.retry_s, dice)
        self._learn(here, monotonic() - began)
        return posting.answered(claim, endpoint, sent, answer, self._sending.retry_s, dice)

    def _learn(self, here: tuple[int, Key], took_s: float) -> None:
        self._pace[here] = (1 - _LEARN) * self._pace.get(here, took_s) + _LEARN * took_s

    def _come_back(self, tenant_id: int, ended: Sequence[Ended]) -> None:
        """To what is tried again sooner than the next look at all tenants."""
        soon = [one.wait_s for one in ended if one.state == "pending" and one.wait_s < _LOOK_ROUND_S]
        if soon:
            asyncio.get_running_loop().call_later(min(soon), self.look_at, tenant_id)

    async def _drain(self) -> None:
        """Waits for what is under way, gives the rest back, and writes it down."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._sending.drain_s)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._rounds()


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
