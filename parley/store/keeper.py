"""What reads had to encode, on its way to be kept: a job writes it a moment later, in transactions of its own (``jobs/renderings.py``)."""

from __future__ import annotations

import asyncio

from .renderings import Rendering

# What is offered beyond this before it is written is dropped: a later read offers it again.
_MOST_BYTES = 16_000_000


class Keeper:
    """Of one process. What it loses, at its end or by an error, is only encoded once more."""

    def __init__(self) -> None:
        self.some = asyncio.Event()
        self._offered: dict[int, dict[tuple[int, str], Rendering]] = {}
        self._bytes = 0

    def offer(self, tenant_id: int, made: list[Rendering]) -> None:
        offered = self._offered.setdefault(tenant_id, {})
        for one in made:
            if self._bytes > _MOST_BYTES:
                break
            before = offered.get((one.number, one.wire))
            offered[one.number, one.wire] = one
            self._bytes += len(one.body) - (len(before.body) if before else 0)
        if offered:
            self.some.set()

    def tenants(self) -> list[int]:
        self.some.clear()
        return [tenant_id for tenant_id, offered in self._offered.items() if offered]

    def take(self, tenant_id: int, at_most: int) -> list[Rendering]:
        """Some of what was offered of a tenant, for who writes it now."""
        offered = self._offered.get(tenant_id, {})
        taken = [offered.pop(key) for key in list(offered)[:at_most]]
        self._bytes -= sum(len(one.body) for one in taken)
        if not offered:
            self._offered.pop(tenant_id, None)
        else:
            self.some.set()
        return taken
