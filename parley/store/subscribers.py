"""Who follows the live events of a tenant: users and contact points, the tokens that they come with, and what they may see."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ..domain.principals import Principal, Ref, Tenant
from . import queries
from .database import Connection
from .filter import Sql, visible

_SQL = queries.load("subscribers")


class PointPlace(NamedTuple):
    """Which contact point of which tenant a token opens."""

    tenant: int
    point_id: int


class UserSubscriber(NamedTuple):
    """A user as a tenant has them. ``permissions`` is a custom role's list, None without one."""

    id: int
    pubsub_token: str
    role: str
    permissions: list[str] | None
    inbox_ids: list[int]

    def opens(self, token: str) -> bool:
        return hmac.compare_digest(self.pubsub_token.encode(), token.encode())

    def principal(self, tenant: Tenant) -> Principal:
        return Principal(
            tenant,
            Ref("user", self.id),
            role=self.role,  # type: ignore[arg-type]
            inbox_ids=tuple(self.inbox_ids),
            permissions=None if self.permissions is None else frozenset(self.permissions),
        )


class PointSubscriber(NamedTuple):
    """A contact point; the hash is that of a token which an import brought."""

    id: int
    contact_id: int
    pubsub_token: str | None
    pubsub_token_hash: bytes | None

    def opens(self, token: str) -> bool:
        given = hashlib.sha256(token.encode()).digest()
        ours = hashlib.sha256((self.pubsub_token or "").encode()).digest()
        return bool(self.pubsub_token and hmac.compare_digest(ours, given)) or hmac.compare_digest(self.pubsub_token_hash or b"", given)


async def find_point(connection: Connection, token: str) -> PointPlace | None:
    """Needs no tenant: tells ids and nothing else."""
    record = await connection.fetchrow(_SQL.find_point, token)
    return PointPlace(*record) if record else None


async def list_users(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, UserSubscriber]:
    """Those of the users who belong to the tenant and are active."""
    return {record[0]: UserSubscriber(*record) for record in await connection.fetch(_SQL.list_users, tenant_id, list(ids))}


async def list_points(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, PointSubscriber]:
    return {record[0]: PointSubscriber(*record) for record in await connection.fetch(_SQL.list_points, tenant_id, list(ids))}


async def who_sees(connection: Connection, tenant_id: int, principals: Iterable[Principal], numbers: Iterable[int]) -> dict[Ref, set[int]]:
    """Which of these conversations each of them sees; who sees every conversation is left out.

    One statement for all whose sight is bounded alike.
    """
    alike: dict[tuple[object, ...], list[Ref]] = defaultdict(list)
    statements: dict[tuple[object, ...], tuple[str, list[object]]] = {}
    wanted = sorted(set(numbers))
    for principal in principals:
        sql = Sql(tenant_id)
        conditions = [f"c.tenant_id = $1 AND c.number = ANY ({sql.bind(wanted)})", *visible(sql, principal)]
        if len(conditions) > 1:
            text = f"SELECT c.number FROM conversations c WHERE {' AND '.join(conditions)}"
            key: tuple[object, ...] = (text, *(repr(value) for value in sql.parameters[2:]))
            alike[key].append(principal.ref)
            statements[key] = (text, sql.parameters)
    seen: dict[Ref, set[int]] = {}
    for bounds, (text, parameters) in statements.items():
        found = {record[0] for record in await connection.fetch(text, *parameters)} if wanted else set()
        seen |= dict.fromkeys(alike[bounds], found)
    return seen
