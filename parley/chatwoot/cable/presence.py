"""Who of a tenant is there now: noted as live connections tell, and told to those who do (presence.update).

All live connections of whoever tells are told, those that other workers and servers hold as well.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from ...actions.context import Context
from ...domain.presence import CONTACT_WINDOW, USER_WINDOW
from ...domain.principals import Ref
from ...domain.problems import Unavailable
from ...store import presences
from ...store.presences import Sign
from . import protocol
from .subscription import Agent, Subscription, Visitor

_log = logging.getLogger("parley.cable")
# A person is written once in so many seconds, however often and on however many connections they tell.
_WRITTEN_EVERY_S = 5.0
_ROUND_S = 0.1
EVENT = "presence.update"


class Presence:
    """Gathers signs of life; one transaction in a round for all of them. ``by`` is what this process calls itself."""

    def __init__(self, context: Context, tenant_id: int, by: str) -> None:
        self._by = by
        self._context = context
        self._tenant_id = tenant_id
        self._due: set[Subscription] = set()
        self._heard: set[Agent | Visitor] = set()
        self._written_at: dict[Ref, float] = {}
        self._some = asyncio.Event()

    def note(self, subscription: Subscription) -> None:
        """They are there; every subscription with their token is told who else is."""
        self._heard.add(subscription.home)
        self._due.update(one for one in subscription.home.subscriptions if one.token == subscription.token)
        self._some.set()

    def note_elsewhere(self, homes: Iterable[Agent | Visitor]) -> None:
        """They have told another process, which has written it; their subscriptions here are told who else is there."""
        self._due.update(one for home in homes for one in home.subscriptions)
        self._some.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            due, self._due = self._due, set()
            heard, self._heard = self._heard, set()
            try:
                await self._round(due, heard)
            except (Unavailable, OSError) as error:
                _log.warning("presence in tenant %s is not told: %s", self._tenant_id, error)
            except Exception:
                _log.exception("presence in tenant %s is not told", self._tenant_id)
            await asyncio.sleep(_ROUND_S)

    async def _round(self, due: set[Subscription], heard: set[Agent | Visitor]) -> None:
        now, tenant_id = self._context.clock(), self._tenant_id
        new = self._unwritten({home.ref for home in heard})
        async with self._context.database.write_quietly(tenant_id) as connection:
            if users := [ref.id for ref in new if ref.kind == "user"]:
                await presences.note_users(connection, tenant_id, users, now)
            if contacts := [ref.id for ref in new if ref.kind == "contact"]:
                await presences.note_contacts(connection, tenant_id, contacts, now)
            await presences.tell_others(connection, self._sign(heard))
            present = await presences.list_users(connection, tenant_id, now - USER_WINDOW)
            others = await presences.list_contacts(connection, tenant_id, now - CONTACT_WINDOW)
        self._written_at |= dict.fromkeys(new, time.monotonic())
        shown = {"account_id": tenant_id, "users": {str(number): chosen for number, chosen in present.items()}}
        for_contacts = protocol.encode({"event": EVENT, "data": shown})
        for_users = protocol.encode({"event": EVENT, "data": shown | {"contacts": {str(number): "online" for number in others}}})
        for subscription in due:
            if subscription.is_open:
                subscription.tell(for_users if isinstance(subscription.home, Agent) else for_contacts)

    def _sign(self, heard: set[Agent | Visitor]) -> Sign:
        users = [home.ref.id for home in heard if isinstance(home, Agent)]
        return Sign(self._tenant_id, self._by, users, [home.point_id for home in heard if isinstance(home, Visitor)])

    def _unwritten(self, heard: set[Ref]) -> list[Ref]:
        since = time.monotonic() - _WRITTEN_EVERY_S
        self._written_at = {ref: at for ref, at in self._written_at.items() if at > since}
        return [ref for ref in heard if ref not in self._written_at]
