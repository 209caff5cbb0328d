"""Inboxes as the public API knows them, and who comes there: contact points by source id, and what they may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection
from .tenants import allocate_ids

_SQL = queries.load("public_inboxes")


class PublicInbox(NamedTuple):
    """An inbox. ``settings`` and ``working_hours`` are JSON text; ``is_single``: one conversation for each contact point.

    ``locale`` is the tenant's.
    """

    id: int
    name: str
    identifier: str | None
    timezone: str
    hmac_token: str | None
    hmac_mandatory: bool
    is_single: bool
    has_bot: bool
    settings: str
    working_hours: str
    picture_id: int | None
    picture_name: str | None
    locale: str


class Point(NamedTuple):
    """Who comes by a source id. ``is_unproven``: they said to be a contact that was there, and proved nothing."""

    id: int
    contact_id: int
    inbox_id: int
    source_id: str
    hmac_verified: bool
    is_unproven: bool
    pubsub_token: str | None


class Place(NamedTuple):
    """Where a conversation belongs."""

    contact_id: int
    contact_point_id: int | None
    inbox_id: int


class Record(NamedTuple):
    """A contact as a row; the JSON columns are text, ``custom_fields`` is {namespace: {key: value}}."""

    id: int
    name: str
    email: str | None
    phone_number: str | None
    created_at: datetime
    updated_at: datetime
    additional_attributes: str
    identifier: str | None
    custom_fields: str
    last_activity_at: datetime | None
    kind: str
    middle_name: str | None
    last_name: str | None
    location: str | None
    country_code: str | None
    blocked: bool
    company_id: int | None
    labels: list[str]


async def get_inbox(connection: Connection, tenant_id: int, inbox_id: int) -> PublicInbox | None:
    record = await connection.fetchrow(_SQL.get_inbox, tenant_id, inbox_id)
    return PublicInbox(*record) if record else None


async def find_point(connection: Connection, tenant_id: int, inbox_id: int, source_id: str) -> Point | None:
    """None also for the point of a contact that was deleted."""
    record = await connection.fetchrow(_SQL.find_point, tenant_id, inbox_id, source_id)
    return Point(*record) if record else None


async def insert_point(
    connection: Connection, tenant_id: int, contact_id: int, inbox_id: int, source_id: str, *, hmac_verified: bool, is_unproven: bool
) -> bool:
    """False where the source id is taken in this inbox."""
    number = await allocate_ids(connection, tenant_id, "contact_point")
    values = (number, contact_id, inbox_id, source_id, hmac_verified, is_unproven)
    return await connection.fetchval(_SQL.insert_point, tenant_id, *values) is not None


async def verify_point(connection: Connection, tenant_id: int, point_id: int) -> None:
    await connection.execute(_SQL.verify_point, tenant_id, point_id)


async def list_matches(
    connection: Connection, tenant_id: int, *, identifier: str | None, email: str | None, phone_number: str | None
) -> dict[str, int]:
    """Whose these are: the contact's id by ``identifier``, ``email`` and ``phone_number``."""
    found = await connection.fetch(_SQL.list_matches, tenant_id, identifier, email, phone_number)
    return {record[0]: record[1] for record in found}


async def list_conversations(connection: Connection, tenant_id: int, point: Point) -> list[int]:
    """What comes by this point may see: its own, or when it has proved who it is all of the contact's in this inbox."""
    if point.hmac_verified:
        records = await connection.fetch(_SQL.list_of_contact, tenant_id, point.contact_id, point.inbox_id)
    else:
        records = await connection.fetch(_SQL.list_of_point, tenant_id, point.id, point.inbox_id)
    return [record[0] for record in records]


async def sees(connection: Connection, tenant_id: int, point: Point, number: int) -> bool:
    """Whether ``list_conversations`` has this one."""
    record = await connection.fetchrow(_SQL.find_place, tenant_id, number)
    if record is None:
        return False
    place = Place(*record)
    is_own = place.contact_point_id == point.id or (point.hmac_verified and place.contact_id == point.contact_id)
    return is_own and place.inbox_id == point.inbox_id


async def get_records(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Record]:
    return {record[0]: Record(*record) for record in await connection.fetch(_SQL.get_records, tenant_id, list(set(ids)))}


async def mark_read(connection: Connection, tenant_id: int, number: int, until: datetime) -> int:
    """How many messages the contact has read now that it had not."""
    return int(await connection.fetchval(_SQL.mark_read, tenant_id, number, until))
