"""What is derived, against what it is derived from: one query finds what is wrong, one mends exactly that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg

from . import queries
from .database import Connection

_SQL = queries.load("doctor")


@dataclass(frozen=True, slots=True)
class Check:
    """``find_<name>`` of doctor.sql, with the tenant or, where it is of the ``whole`` database, without."""

    name: str
    whole: bool = False

    async def find(self, connection: Connection, tenant_id: int | None) -> list[asyncpg.Record]:
        """The rows that are wrong, with what they should be."""
        return await connection.fetch(getattr(_SQL, f"find_{self.name}"), *([] if tenant_id is None else [tenant_id]))

    async def mend(self, connection: Connection, tenant_id: int | None, wrong: list[asyncpg.Record]) -> None:
        """Sets what ``find`` returned; of the whole database it returned the statements to run."""
        if tenant_id is None:
            for row in wrong:
                await connection.execute(row["statement"])
        elif wrong:
            await self._set(connection, tenant_id, wrong)

    async def _set(self, connection: Connection, tenant_id: int, wrong: list[asyncpg.Record]) -> None:
        columns: list[list[Any]] = [list(column) for column in zip(*wrong, strict=True)]
        await connection.execute(getattr(_SQL, f"mend_{self.name}"), tenant_id, *columns)


# In this order: status feeds the tallies, a position the head.
TENANT_CHECKS = tuple(
    Check(name)
    for name in (
        "statuses", "tallies", "facets", "attachment_counts", "reaction_counts", "unread_counts", "message_times", "search_chunks",
        "event_positions", "event_heads", "allocators", "sequences",
    )
)  # fmt: skip
WHOLE_CHECKS = tuple(
    Check(name, whole=True) for name in ("folding", "alphabet", "app_role", "loose_policies", "open_tables", "invalid_indexes")
)
UNMENDABLE = {"folding", "alphabet"}


async def list_tenant_ids(connection: Connection) -> list[int]:
    return [record[0] for record in await connection.fetch(_SQL.list_tenant_ids)]
