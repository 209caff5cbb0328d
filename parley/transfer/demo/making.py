"""The three demos: each function makes its tenant unless it is there, and says whether it is new."""

from __future__ import annotations

from collections.abc import Iterator
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
from .loading import Plan, Progress, begin_tenant, find_loaded, finish_tenant, load_tenant, silent, write

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


async def make_support(dsn: str, *, seed: int, day: date, progress: Progress = silent) -> Made:
    """About 2,000 made-up conversations; a tenant that exists is kept, whatever its seed."""
    crowd = people(SUPPORT_DOMAIN)
    async with load.owner(dsn) as connection:
        found = await find_loaded(connection, world.SLUG)
        if found:
            return Made(found[0], crowd, False)
        marker = {"source": "support", "seed": seed, "day": day.isoformat(), "conversations": support.CONVERSATIONS}
        build = partial(support.build, seed=seed, day=day, domain=SUPPORT_DOMAIN)
        tenant = await load_tenant(connection, Plan(world.SLUG, world.NAME, crowd, marker, world.FEATURES), build, progress)
        await load.settle(connection)
    return Made(tenant, crowd, True)


async def make_chitchat(dsn: str, *, first: int = chitchat.CONVERSATIONS, progress: Progress = silent) -> Made:
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
            await write(connection, tenant.id, chitchat.furniture(chats, users), silent)
            await _write_all(connection, tenant, chitchat.batches(chats, users), len(chats), progress)
            await finish_tenant(connection, tenant.id, plan)
        await load.settle(connection)
    return Made(tenant, crowd, True)


async def make_scale(dsn: str, *, conversations: int, seed: int, day: date, progress: Progress = silent) -> Made:
    """Twenty tenants; the answer is the big one. Raises Conflict when they exist in another size."""
    crowd = people(SCALE_DOMAIN)
    async with load.owner(dsn) as connection:
        made = [await _make_one(connection, slug, size, conversations, seed, day, progress) for slug, size in scale.sizes(conversations)]
        if any(is_new for _, is_new in made):
            await load.settle(connection)
    return Made(made[-1][0], crowd, made[-1][1])


async def _make_one(
    connection: Connection, slug: str, size: int, total: int, seed: int, day: date, progress: Progress
) -> tuple[Tenant, bool]:
    found = await find_loaded(connection, slug)
    if found:
        if found[1].get("total") != total:
            raise Conflict(f"the tenant {slug!r} is part of a load of {found[1].get('total')} conversations; use another data folder")
        return found[0], False
    marker = {"source": "scale", "seed": seed, "day": day.isoformat(), "conversations": size, "total": total}
    plan = Plan(slug, f"Scale {size}", people(SCALE_DOMAIN), marker, world.FEATURES)
    async with connection.transaction():
        tenant, users = await begin_tenant(connection, plan)
        mill = scale.Mill(users, slug, size, seed=seed, day=day, domain=SCALE_DOMAIN)
        await write(connection, tenant.id, mill.furniture(), silent)
        await _write_all(connection, tenant, mill.batches(), size, progress)
        await finish_tenant(connection, tenant.id, plan)
    return tenant, True


async def _write_all(connection: Connection, tenant: Tenant, batches: Iterator[Dataset], total: int, progress: Progress) -> None:
    done = 0
    for data in batches:
        await write(connection, tenant.id, data, silent)
        done += len(data.conversations)
        progress(f"{tenant.slug}: conversations", done, total)

