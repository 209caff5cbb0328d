"""What a conversation starts from: its people, its inbox, its contact with their workspace, and where the contact is reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..domain.principals import Ref
from . import queries
from .database import Connection
from .tenants import allocate_ids

_SQL = queries.load("conversation_starts")


class StartContact(NamedTuple):
    id: int
    email: str | None
    phone_number: str | None
    blocked: bool


class StartPoint(NamedTuple):
    id: int
    contact_id: int
    inbox_id: int


class ContactPlace(NamedTuple):
    workspace_id: int | None
    company_id: int | None
    verified: bool
    blocked: bool


class Ground(NamedTuple):
    """What a conversation opens on, None for what is not there: ``people`` are the existing ones as kind:id."""

    people: list[str]
    stage_id: int | None
    chatwoot_status: str | None
    inbox_id: int | None
    workspace_id: int | None
    company_id: int | None
    verified: bool | None
    blocked: bool | None
    point_id: int | None
    has_diagram: bool


async def get_ground(
    connection: Connection, tenant_id: int, people: Sequence[Ref], stage: str | int, *, inbox_id: int | None, contact_id: int | None
) -> Ground:
    """``inbox_id`` None asks for the inbox of what comes over an API; ``stage`` is a name or an id."""
    by_kind = [[ref.id for ref in people if ref.kind == kind] for kind in ("user", "contact", "bot")]
    by_id, by_name = (stage, None) if isinstance(stage, int) else (None, stage)
    record = await connection.fetchrow(_SQL.get_ground, tenant_id, *by_kind, by_id, by_name, inbox_id, contact_id)
    assert record is not None
    return Ground(*record)


async def get_contact(connection: Connection, tenant_id: int, contact_id: int) -> StartContact | None:
    record = await connection.fetchrow(_SQL.get_contact, tenant_id, contact_id)
    return StartContact(*record) if record else None


async def find_point(connection: Connection, tenant_id: int, source_id: str, inbox_id: int | None) -> StartPoint | None:
    """``inbox_id`` None looks in every inbox."""
    record = await connection.fetchrow(_SQL.find_point, tenant_id, source_id, inbox_id)
    return StartPoint(*record) if record else None


async def lock_point(connection: Connection, tenant_id: int, point_id: int) -> None:
    await connection.execute(_SQL.lock_point, tenant_id, point_id)


async def find_last(connection: Connection, tenant_id: int, point_id: int) -> int | None:
    """The number of the newest conversation with the contact point."""
    found: int | None = await connection.fetchval(_SQL.find_last, tenant_id, point_id)
    return found


async def find_default_workspace(connection: Connection, tenant_id: int, company_id: int, contact_id: int) -> int | None:
    """The contact's workspace where that is of this company, else the company's default one."""
    found: int | None = await connection.fetchval(_SQL.find_default_workspace, tenant_id, company_id, contact_id)
    return found


async def get_contact_place(connection: Connection, tenant_id: int, contact_id: int) -> ContactPlace | None:
    record = await connection.fetchrow(_SQL.get_contact_place, tenant_id, contact_id)
    return ContactPlace(*record) if record else None


async def inbox_has_bot(connection: Connection, tenant_id: int, inbox_id: int) -> bool:
    return bool(await connection.fetchval(_SQL.inbox_has_bot, tenant_id, inbox_id))


async def find_or_insert_inbox(connection: Connection, tenant_id: int, *, kind: str, name: str) -> int:
    """The first inbox of a kind; makes one where the tenant has none."""
    found = await connection.fetchval(_SQL.find_inbox, tenant_id, kind)
    if found is None:
        new_id = await allocate_ids(connection, tenant_id, "inbox")
        found = await connection.fetchval(_SQL.insert_inbox, tenant_id, new_id, name, kind)
    return int(found)


async def insert_anonymous_contact(connection: Connection, tenant_id: int) -> int:
    new_id = await allocate_ids(connection, tenant_id, "contact")
    return int(await connection.fetchval(_SQL.insert_anonymous_contact, tenant_id, new_id))
