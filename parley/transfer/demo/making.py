"""The three demos: each function makes its tenant unless it is there, and says whether it is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

from ...domain.principals import Tenant
from ...domain.problems import Conflict
from ...store import load
from ...store.database import Connection
from .. import chitchat
from . import cast, scale, support, world
from .dataset import Dataset
from .loading import ALONE, Helpers, Plan, begin_tenant, find_loaded, finish_tenant, write

SUPPORT_SLUG = world.SLUG
SUPPORT_DOMAIN, SCALE_DOMAIN = "demo.parley.example", "scale.parley.example"
CONTACT_ID = 1
"""In each demo the first contact has conversations of their own."""


class Made(NamedTuple):
    """A demo tenant with its users, the administrator, the agent and the teammate first."""

    tenant: Tenant
    people: list[tuple[str, str]]
    is_new: bool


def people(domain: str) -> list[tuple[str, str]]:
    """Name and e-mail of everybody in the cast."""
    return [(name, cast.email_of(name, domain)) for name in cast.AGENTS]


async def make_support(dsn: str, *, seed: int, day: date, helpers: Helpers = ALONE) -> Made:
    """About 2,000 made-up conversations; a tenant that exists is kept, whatever its seed."""
    crowd = people(SUPPORT_DOMAIN)
    async with load.owner(dsn) as connection:
        found = await find_loaded(connection, world.SLUG)
        if found:
            return Made(found[0], crowd, False)
        marker = {"source": "support", "seed": seed, "day": day.isoformat(), "conversations": support.CONVERSATIONS}
        plan = Plan(world.SLUG, world.NAME, crowd, marker, world.FEATURES)
        build = partial(support.build, seed=seed, day=day, domain=SUPPORT_DOMAIN)
        async with connection.transaction():
            tenant, users = await begin_tenant(connection, plan)
            await write(connection, tenant.id, build(users), helpers.progress)
            await finish_tenant(connection, tenant.id, plan)
        await _settle(connection, [tenant], helpers)
    return Made(tenant, crowd, True)


async def make_chitchat(dsn: str, *, first: int = chitchat.CONVERSATIONS, helpers: Helpers = ALONE) -> Made:
    """The real chats, or the ``first`` of them. Raises NotFound when their package is not installed."""
    crowd = people(chitchat.DOMAIN)
    async with load.owner(dsn) as connection:
        found = await find_loaded(connection, chitchat.SLUG)
        if found:
            return Made(found[0], crowd, False)
        chats = dict(list(chitchat.read().items())[:first])
        plan = Plan(chitchat.SLUG, chitchat.NAME, crowd, {"source": "chitchat", "conversations": len(chats)})
        async with connection.transaction():
            tenant, users = await begin_tenant(connection, plan)
            await write(connection, tenant.id, chitchat.furniture(chats, users))
            await _write_all(connection, tenant, chitchat.batches(chats, users), len(chats), helpers)
            await finish_tenant(connection, tenant.id, plan)
        await _settle(connection, [tenant], helpers)
    return Made(tenant, crowd, True)


async def make_scale(dsn: str, *, conversations: int, seed: int, day: date, helpers: Helpers = ALONE) -> Made:
    """Twenty tenants; the answer is the big one. Raises Conflict when they exist in another size."""
    new: list[Tenant] = []
    async with load.owner(dsn) as connection:
        for slug, size in scale.sizes(conversations):
            found = await find_loaded(connection, slug)
            if found is None:
                new.append(await _make_one(connection, slug, size, conversations, seed, day, helpers))
            elif found[1].get("total") != conversations:
                raise Conflict(f"the tenant {slug!r} is part of a load of {found[1].get('total')} conversations; use another data folder")
        tenant = found[0] if found else new[-1]
        if new:
            await _settle(connection, new, helpers)
    return Made(tenant, people(SCALE_DOMAIN), bool(new))


async def _make_one(connection: Connection, slug: str, size: int, total: int, seed: int, day: date, helpers: Helpers) -> Tenant:
    marker = {"source": "scale", "seed": seed, "day": day.isoformat(), "conversations": size, "total": total}
    plan = Plan(slug, f"Scale {size}", people(SCALE_DOMAIN), marker, world.FEATURES)
    async with connection.transaction():
        tenant, users = await begin_tenant(connection, plan)
        mill = scale.Mill(users, slug, size, seed=seed, day=day, domain=SCALE_DOMAIN)
        await write(connection, tenant.id, mill.furniture())
        await _write_all(connection, tenant, mill.batches(), size, helpers)
        await finish_tenant(connection, tenant.id, plan)
    return tenant


async def _write_all(connection: Connection, tenant: Tenant, batches: Iterator[Dataset], total: int, helpers: Helpers) -> None:
    done = 0
    for data in batches:
        await write(connection, tenant.id, data)
        done += len(data.conversations)
        helpers.progress(f"{tenant.slug}: conversations", done, total)


async def _settle(connection: Connection, loaded: Sequence[Tenant], helpers: Helpers) -> None:
    """Search finds the new messages by its index, and the planner knows the tables."""
    for done, tenant in enumerate(loaded, 1):
        await helpers.index(connection, tenant.id)
        helpers.progress("search index: tenants", done, len(loaded))
    await load.settle(connection)
