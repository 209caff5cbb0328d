"""The demo tenants of ``parley demo``: a made-up support desk, real chat, and any size for load tests.

A demo is made once and kept: the tenant's marker says what it was made from, and making it again finds it there.
"""

from __future__ import annotations

from datetime import date
from functools import partial

from ...domain.principals import Tenant
from ...store import load
from . import cast, support, world
from .loading import Plan, Progress, find_loaded, load_tenant, silent

DOMAIN = "demo.parley.example"


def people(domain: str) -> list[tuple[str, str]]:
    """Name and e-mail of the users: administrator, agent, teammate, then the others."""
    return [(name, cast.email_of(name, domain)) for name in cast.AGENTS]


async def make_support(dsn: str, *, seed: int, day: date, progress: Progress = silent) -> tuple[Tenant, bool]:
    """The support tenant, and whether it is new; one that exists is kept as it is, whatever its seed."""
    async with load.owner(dsn) as connection:
        found = await find_loaded(connection, world.SLUG)
        if found:
            return found[0], False
        marker = {"source": "support", "seed": seed, "day": day.isoformat(), "conversations": support.CONVERSATIONS}
        plan = Plan(world.SLUG, world.NAME, people(DOMAIN), marker, world.FEATURES)
        tenant = await load_tenant(connection, plan, partial(support.build, seed=seed, day=day, domain=DOMAIN), progress)
        await load.settle(connection)
    return tenant, True
