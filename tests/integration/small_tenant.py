"""A tenant made row by row as the owner, for tests of the store: small, and every column in the test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from parley.actions import provision
from parley.domain.principals import Principal, Ref, Tenant
from parley.store.database import Database

ADMINISTRATOR, AGENT, OTHER = 1, 2, 3
CONTACT = 7


@dataclass
class SmallTenant:
    database: Database
    owner: asyncpg.Connection
    tenant: Tenant

    def principal(self, user_id: int = ADMINISTRATOR, **fields: Any) -> Principal:
        role = "administrator" if user_id == ADMINISTRATOR else "agent"
        return Principal(self.tenant, Ref("user", user_id), **{"role": role} | fields)

    async def insert(self, table: str, **columns: Any) -> Any:
        columns = {"tenant_id": self.tenant.id} | columns
        marks = ", ".join(f"${i}" for i in range(1, len(columns) + 1))
        key = {"conversations": "number", "messages": "id", "events": "id"}.get(table, "tenant_id")
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) RETURNING {key}"
        return await self.owner.fetchval(sql, *columns.values())

    async def conversation(self, number: int, **columns: Any) -> int:
        start = {"stage_id": 1, "status": "open", "inbox_id": 1, "contact_id": CONTACT, "created_by_kind": "contact"}
        return await self.insert("conversations", number=number, **start | {"modified_by_kind": "contact"} | columns)

    async def message(self, number: int, body: str | None, **columns: Any) -> int:
        start = {"kind": "incoming", "author_kind": "contact", "author_id": CONTACT}
        return await self.insert("messages", conversation_number=number, body=body, **start | columns)

    async def total(self, table: str, condition: str = "TRUE") -> int:
        return await self.owner.fetchval(f"SELECT count(*) FROM {table} WHERE tenant_id = $1 AND {condition}", self.tenant.id)


@asynccontextmanager
async def small_tenant(dsn: str, slug: str = "small") -> AsyncIterator[SmallTenant]:
    async with _connected(dsn) as (database, owner):
        one = SmallTenant(database, owner, await provision.create_tenant(database, slug=slug, name=slug))
        for inbox in (1, 2, 3):
            await one.insert("inboxes", id=inbox, name=f"inbox {inbox}", kind="api")
        for team in (1, 2):
            await one.insert("teams", id=team, name=f"team {team}")
        await one.insert("contacts", id=CONTACT, name="Carla")
        yield one


@asynccontextmanager
async def opened(dsn: str, tenant: Tenant) -> AsyncIterator[SmallTenant]:
    """One that was made before."""
    async with _connected(dsn) as (database, owner):
        yield SmallTenant(database, owner, tenant)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[tuple[Database, asyncpg.Connection]]:
    database = await Database.open(dsn, max_connections=14)
    owner = await asyncpg.connect(dsn)
    try:
        yield database, owner
    finally:
        await owner.close()
        await database.close()


def filled(dsn: str, fill: Callable[[SmallTenant], Awaitable[None]]) -> Tenant:
    """One made and filled for the tests of a whole module, which only read it; ``opened`` opens it."""

    async def work() -> Tenant:
        async with small_tenant(dsn) as one:
            await fill(one)
            return one.tenant

    return asyncio.run(work())
