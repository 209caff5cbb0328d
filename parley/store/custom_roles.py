"""Custom roles: what narrows, or here and there widens, what an agent may do."""

from __future__ import annotations

from typing import NamedTuple

from . import queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("custom_roles")


class CustomRole(NamedTuple):
    """A role and what it allows."""

    id: int
    name: str
    description: str | None
    permissions: list[str]


CUSTOM_ROLES = Noun(
    table="custom_roles",
    kind="custom_role",
    row=CustomRole,
    columns="n.id, n.name, n.description, n.permissions",
    writable=frozenset({"name", "description", "permissions"}),
)


async def release_members(connection: Connection, tenant_id: int, role_id: int) -> list[int]:
    """Takes the role from everybody who has it; who they are."""
    return [record[0] for record in await connection.fetch(_SQL.release_members, tenant_id, role_id)]
