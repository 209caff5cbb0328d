"""The live connections of one tenant in this process: each event is rendered once and handed to those who may see it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from ...actions.context import Context
from ...domain.principals import Principal, Ref, Tenant
from ...domain.problems import Unavailable
from ...store import subscribers
from ...store.database import Connection as DatabaseConnection
from ...store.events import EventRow
from ...store.presences import Sign
from ..event_frames import Audience, Frame
from . import protocol
from .channel import Found, UserFound, open_tenant
from .connection import Connection
from .presence import Presence
from .subscription import Agent, Subscription, Visitor

_log = logging.getLogger("parley.cable")
# What changes who may see what is told by an event; this is for what an operator changes beside the server.
_LOOK_AGAIN_S = 30.0
_AGAIN_S = 1.0
_WHO_SEES = ("user.", "inbox.", "custom_role.", "account.", "contact.")
"""Events of these nouns may change who is let in and what they see."""

Meant = Sequence[tuple[Frame, Sequence[Agent], Sequence[Visitor]]]
Render = Callable[[DatabaseConnection, Tenant, Sequence[EventRow], Context, str], Awaitable[list[Frame]]]


class Room:
    """``entering`` counts who is about to subscribe; ``refreshed`` how often it was read anew who may see what."""

    def __init__(self, context: Context, render: Render, tenant: Tenant, base_url: str, by: str) -> None:
        self.tenant = tenant
        self.entering = 0
        self.refreshed = 0
        self.is_ready = asyncio.Event()
        self.presence = Presence(context, tenant.id, by)
        self._agents: dict[int, Agent] = {}
        self._visitors: dict[int, Visitor] = {}
        self._position: int | None = None
        self._refreshed_at = time.monotonic()
        self._context = context
        self._render = render
        self._base_url = context.public_url or base_url

    @property
    def is_empty(self) -> bool:
        return not (self._agents or self._visitors or self.entering)

    def count(self, found: Found) -> int:
        """How many subscriptions they have."""
        known = self._agents.get(found.id) if isinstance(found, UserFound) else self._visitors.get(found.id)
        return len(known.subscriptions) if known else 0

    def add(self, found: Found, connection: Connection, identifier: str) -> Subscription:
        home: Agent | Visitor
        if isinstance(found, UserFound):
            home = self._agents.setdefault(found.id, Agent(found.principal))
        else:
            home = self._visitors.setdefault(found.id, Visitor(found.id, found.contact_id))
        subscription = Subscription(connection, found.token, protocol.leading(identifier), home)
        home.subscriptions.add(subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        home = subscription.home
        home.subscriptions.discard(subscription)
        if not home.subscriptions:
            if isinstance(home, Agent):
                self._agents.pop(home.ref.id, None)
            else:
                self._visitors.pop(home.point_id, None)

    def hear_presence(self, sign: Sign) -> None:
        """Of another process."""
        agents = [self._agents[number] for number in sign.users if number in self._agents]
        visitors = [self._visitors[number] for number in sign.points if number in self._visitors]
        self.presence.note_elsewhere([*agents, *visitors])

    async def run(self) -> None:
        """Follows the tenant's events until it is cancelled; a database that is away is asked again and again."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.presence.run())
            while True:
                try:
                    await self._follow()
                except (Unavailable, OSError) as error:
                    _log.warning("live connections of tenant %s wait: %s", self.tenant.id, error)
                except Exception:
                    _log.exception("live connections of tenant %s wait", self.tenant.id)
                await asyncio.sleep(_AGAIN_S)

    async def _follow(self) -> None:
        """From now on, or from where it broke off."""
        assert self._context.live is not None
        async with self._context.live.follow(self.tenant.id, self._position) as follower:
            self._position = follower.position
            self.is_ready.set()
            while True:
                await self._hand_out(await follower.next(_LOOK_AGAIN_S))
                self._position = follower.position

    async def _hand_out(self, rows: Sequence[EventRow]) -> None:
        """A batch at once; where that cannot be shown, event by event, so that one that cannot costs no other."""
        try:
            await self._show(rows)
        except (Unavailable, OSError):
            raise
        except Exception:
            _log.exception("could not show %s of tenant %s", [row.position for row in rows], self.tenant.id)
            for row in rows if len(rows) > 1 else ():
                await self._hand_out([row])

    async def _show(self, rows: Sequence[EventRow]) -> None:
        """One snapshot for who may see and what is seen; without rows it is a look at who may see, when it is time for one."""
        async with self._context.database.read(self.tenant.id, vary=False) as connection:
            if self._is_time_to_refresh(rows):
                await self._refresh(connection)
            if self.is_empty or not rows:
                return
            frames = await self._render(connection, self.tenant, rows, self._context, self._base_url)
            meant = [(frame, self._agents_of(frame.audience), self._visitors_of(frame.audience)) for frame in frames]
            sees = await self._who_sees(connection, meant)
        for frame, agents, visitors in meant:
            number = frame.audience.conversation_number
            _tell(frame, [*(one for one in agents if number is None or _sees(one, number, sees)), *visitors])

    def _agents_of(self, audience: Audience) -> list[Agent]:
        """Who is meant; whether they may see it is another question."""
        return [one for one in self._agents.values() if _is_meant(one.principal, audience) and audience.but != one.ref]

    def _visitors_of(self, audience: Audience) -> list[Visitor]:
        found = [self._visitors[number] for number in audience.point_ids if number in self._visitors]
        return [one for one in found if audience.but != one.ref]

    async def _who_sees(self, connection: DatabaseConnection, meant: Meant) -> dict[Ref, set[int]]:
        """Of the conversations in a batch, asked for nobody but those who are meant."""
        bounded: dict[Ref, Principal] = {}
        numbers: set[int] = set()
        for frame, agents, _visitors in meant:
            if frame.audience.conversation_number is not None:
                numbers.add(frame.audience.conversation_number)
                bounded |= {one.ref: one.principal for one in agents if not one.principal.is_administrator}
        return await subscribers.who_sees(connection, self.tenant.id, bounded.values(), numbers)

    def _is_time_to_refresh(self, rows: Sequence[EventRow]) -> bool:
        return time.monotonic() - self._refreshed_at > _LOOK_AGAIN_S or any(row.kind.startswith(_WHO_SEES) for row in rows)

    async def _refresh(self, connection: DatabaseConnection) -> None:
        """Reads anew who they are. Whoever comes meanwhile has been read since it began (``Hub._find_for``)."""
        self.refreshed += 1
        self._refreshed_at = time.monotonic()
        agents, visitors = list(self._agents.values()), list(self._visitors.values())
        tenant = await open_tenant(connection, self.tenant.id)
        users = await subscribers.list_users(connection, self.tenant.id, [one.ref.id for one in agents])
        points = await subscribers.list_points(connection, self.tenant.id, [one.point_id for one in visitors])
        self.tenant = tenant or self.tenant
        for agent in agents:
            if user := users.get(agent.ref.id):
                agent.principal = user.principal(self.tenant)
            _keep(agent, user if tenant else None)
        for visitor in visitors:
            if point := points.get(visitor.point_id):
                visitor.contact_id = point.contact_id
            _keep(visitor, point if tenant else None)


def _is_meant(me: Principal, audience: Audience) -> bool:
    in_inbox = audience.inbox_id is not None and (me.is_administrator or audience.inbox_id in me.inbox_ids)
    return audience.account or in_inbox or me.ref.id in audience.user_ids


def _sees(agent: Agent, number: int, sees: dict[Ref, set[int]]) -> bool:
    return agent.principal.is_administrator or number in sees.get(agent.ref, ())


def _tell(frame: Frame, homes: Sequence[Agent | Visitor]) -> None:
    told = [subscription for home in homes for subscription in home.subscriptions]
    if told:
        message = protocol.encode({"event": frame.event, "data": frame.data})
        for subscription in told:
            subscription.tell(message)


def _keep(home: Agent | Visitor, known: subscribers.UserSubscriber | subscribers.PointSubscriber | None) -> None:
    """Sends those away whom their token no longer lets in."""
    for one in list(home.subscriptions):
        if known is None or not known.opens(one.token):
            one.send_away()
