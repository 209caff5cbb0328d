"""Contact points: a contact's addresses in inboxes, one source id each (Chatwoot: contact inboxes)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from . import queries
from .database import Connection
from .tenants import allocate_ids

_SQL = queries.load("contact_points")


class Address(NamedTuple):
    """A contact's address with its inbox. ``provider`` is the channel's, where it names one."""

    contact_id: int
    source_id: str
    inbox_id: int
    channel_id: int
    inbox_name: str
    kind: str
    provider: str | None
    picture_id: int | None
    picture_name: str | None


class Newest(NamedTuple):
    """A contact's newest address in an inbox, and whether a conversation came over it."""

    inbox_id: int
    source_id: str
    is_used: bool


class PointRow(NamedTuple):
    """An address as its row is, without what opens live connections. ``is_unproven``: who comes by it only said to be the contact."""

    id: int
    contact_id: int
    inbox_id: int
    source_id: str
    hmac_verified: bool
    is_unproven: bool
    created_at: datetime
    updated_at: datetime


async def get_rows(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, PointRow]:
    """By id."""
    return {record[0]: PointRow(*record) for record in await connection.fetch(_SQL.get_rows, tenant_id, list(set(ids)))}


async def list_verified(connection: Connection, tenant_id: int, contact_ids: Iterable[int]) -> dict[int, list[int]]:
    """The ids of the addresses over which each contact has proved who they are; asks nothing for nobody."""
    wanted, found = list(set(contact_ids)), defaultdict[int, list[int]](list)
    for record in await connection.fetch(_SQL.list_verified, tenant_id, wanted) if wanted else []:
        found[record[0]].append(record[1])
    return found


async def list_addresses(connection: Connection, tenant_id: int, contact_ids: Iterable[int]) -> dict[int, list[Address]]:
    """By contact, oldest first."""
    found: dict[int, list[Address]] = defaultdict(list)
    for record in await connection.fetch(_SQL.list_addresses, tenant_id, list(contact_ids)):
        found[record[0]].append(Address(*record))
    return found


async def list_newest(connection: Connection, tenant_id: int, contact_id: int) -> dict[int, Newest]:
    """By inbox."""
    return {record[0]: Newest(*record) for record in await connection.fetch(_SQL.list_newest, tenant_id, contact_id)}


async def find_contact(connection: Connection, tenant_id: int, inbox_id: int, source_id: str) -> int | None:
    """Whose address this is."""
    found: int | None = await connection.fetchval(_SQL.find_contact, tenant_id, inbox_id, source_id)
    return found


async def insert_point(
    connection: Connection, tenant_id: int, contact_id: int, inbox_id: int, source_id: str, *, hmac_verified: bool
) -> int | None:
    """The new point's id; None where the source id is taken in this inbox."""
    number = await allocate_ids(connection, tenant_id, "contact_point")
    made: int | None = await connection.fetchval(_SQL.insert_point, tenant_id, number, contact_id, inbox_id, source_id, hmac_verified)
    return made


async def rename_point(connection: Connection, tenant_id: int, inbox_id: int, source_id: str, new: str) -> None:
    await connection.execute(_SQL.rename_point, tenant_id, inbox_id, source_id, new)


async def find_or_insert_point(connection: Connection, tenant_id: int, *, contact_id: int, inbox_id: int) -> int:
    """A contact's address in an inbox; makes one where there is none."""
    found = await connection.fetchval(_SQL.find_oldest, tenant_id, contact_id, inbox_id)
    if found is None:
        # The contact before the ids, as whoever changes a contact takes them: the other way round two wait for each other.
        await connection.execute(_SQL.hold_contact, tenant_id, contact_id)
        found = await insert_point(connection, tenant_id, contact_id, inbox_id, str(uuid4()), hmac_verified=False)
    assert found is not None, "a new source id is nobody's"
    return int(found)
