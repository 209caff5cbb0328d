"""Contacts: the customers themselves (DevRev: rev users), and what happens to everything of theirs at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ..domain.principals import Ref
from . import customers, queries
from .database import Connection
from .nouns import Noun

_SQL = queries.load("contacts")


class ContactRow(NamedTuple):
    """A contact; ``more_numbers`` are those beside ``phone_number``, ``custom_fields`` is JSON text {namespace: {key: value}}."""

    id: int
    name: str
    display_name: str | None
    description: str | None
    email: str | None
    phone_number: str | None
    identifier: str | None
    state: str
    verified: bool
    workspace_id: int | None
    company_id: int | None
    subtype: str | None
    custom_fields: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None
    picture_id: int | None
    picture_name: str | None
    picture_type: str | None
    picture_size: int | None
    more_numbers: list[str]
    tag_ids: list[int]
    tag_values: list[str | None]
    artifact_ids: list[int]


def _places(noun: str) -> str:
    """Contacts of the companies or workspaces among ``kind:id`` texts."""
    ids = f"SELECT split_part(r, ':', 2)::bigint FROM unnest({{0}}::text[]) r WHERE split_part(r, ':', 1) = '{noun}'"
    return f"SELECT x.id FROM contacts x WHERE x.tenant_id = $1 AND x.{noun}_id = ANY (ARRAY({ids}))"


CONTACTS = Noun(
    table="contacts",
    kind="contact",
    row=ContactRow,
    columns=(
        "n.id, n.name, n.display_name, n.description, n.email, n.phone_number, n.identifier, n.state, n.verified, n.workspace_id,"
        " n.company_id, n.subtype, n.custom_fields, n.created_at, n.updated_at, n.created_by, n.modified_by, p.id AS picture_id,"
        " p.file_name AS picture_name, p.content_type AS picture_type, p.byte_size AS picture_size,"
        " ARRAY(SELECT m.number FROM contact_phone_numbers m WHERE m.tenant_id = $1 AND m.contact_id = n.id ORDER BY m.position)"
        f" AS more_numbers, {customers.carried('contact')}"
    ),
    joins="LEFT JOIN attachments p ON p.tenant_id = $1 AND p.id = n.avatar_id",
    writable=frozenset(
        {
            "name", "display_name", "description", "email", "phone_number", "identifier", "workspace_id", "company_id", "avatar_id",
            "subtype", "custom_fields", "blocked", "additional_attributes",
        },
    ),
    filters={
        **customers.filters("contact"),
        "not_state": "n.state <> {}::text",
        "emails": "n.email_key = ANY (ARRAY(SELECT lower(e) FROM unnest({}::text[]) e))",
        "external_refs": "n.identifier = ANY ({}::text[])",
        "phone_numbers": (
            "n.id IN (SELECT x.id FROM contacts x WHERE x.tenant_id = $1 AND x.phone_number = ANY ({0}::text[])"
            " UNION ALL SELECT m.contact_id FROM contact_phone_numbers m WHERE m.tenant_id = $1 AND m.number = ANY ({0}::text[]))"
        ),
        "workspaces": "n.workspace_id = ANY ({}::bigint[])",
        "places": f"n.id IN ({_places('workspace')} UNION ALL {_places('company')})",
        "verified": "n.verified = {}::boolean",
    },
    json=frozenset({"custom_fields", "additional_attributes"}),
    told=frozenset({"name", "email", "phone_number", "identifier", "blocked", "custom_fields", "additional_attributes"}),
)  # fmt: skip


async def lock_contacts(connection: Connection, tenant_id: int, *ids: int) -> set[int]:
    """Those of the contacts that exist and are not deleted, locked."""
    return {record[0] for record in await connection.fetch(_SQL.lock_contacts, tenant_id, list(ids))}


async def list_by_email(connection: Connection, tenant_id: int, email: str) -> list[int]:
    return [record[0] for record in await connection.fetch(_SQL.list_by_email, tenant_id, email)]


async def list_conversations(
    connection: Connection, tenant_id: int, contact_id: int, after: int = 0, at_most: int | None = None
) -> list[int]:
    """The numbers of the conversations that the contact takes part in, beyond one and ascending."""
    return [record[0] for record in await connection.fetch(_SQL.list_conversations, tenant_id, contact_id, after, at_most)]


async def get_personal_data(connection: Connection, tenant_id: int, contact_id: int) -> dict[str, Any]:
    """Every personal attribute that has a value, under our own names."""
    row = msgspec.json.decode(await connection.fetchval(_SQL.get_personal_data, tenant_id, contact_id))
    sources = [record[0] for record in await connection.fetch(_SQL.list_source_ids, tenant_id, contact_id)]
    return {key: value for key, value in row.items() if value not in (None, "", {})} | {"source_ids": sources}


async def set_more_numbers(connection: Connection, tenant_id: int, contact_id: int, numbers: Sequence[str]) -> None:
    """The phone numbers beside the first, in order."""
    await connection.execute(_SQL.delete_phone_numbers, tenant_id, contact_id)
    if numbers:
        await connection.execute(_SQL.insert_phone_numbers, tenant_id, contact_id, list(numbers))


async def move_conversations(
    connection: Connection, tenant_id: int, secondary: int, primary: int, numbers: Sequence[int], *, by: Ref, at: datetime
) -> int:
    """What one contact is in these conversations another is: memberships, messages and reactions with them; how many they are."""
    await connection.execute(_SQL.move_conversations, tenant_id, secondary, primary, numbers, by.kind, by.id, at)
    await connection.execute(_SQL.move_members, tenant_id, secondary, primary, numbers)
    await connection.execute(_SQL.delete_members, tenant_id, secondary, numbers)
    await connection.execute(_SQL.move_messages, tenant_id, secondary, primary, numbers)
    await connection.execute(_SQL.move_reactions, tenant_id, secondary, primary, numbers)
    await connection.execute(_SQL.delete_reactions, tenant_id, secondary, numbers)
    return len(numbers)


async def move_points(connection: Connection, tenant_id: int, secondary: int, primary: int) -> None:
    """One contact's addresses become another's."""
    await connection.execute(_SQL.move_points, tenant_id, secondary, primary)


async def fill_contact(
    connection: Connection, tenant_id: int, primary: int, secondary: int, custom_fields: Mapping[str, Any], by: Ref
) -> None:
    """What the primary lacks it gets from the secondary; ``custom_fields`` are those of both."""
    encoded = msgspec.json.encode(custom_fields).decode()
    await connection.execute(_SQL.fill_contact, tenant_id, primary, secondary, encoded, str(by))


async def list_unerased(connection: Connection, tenant_id: int, row: ContactRow, after: int, at_most: int | None) -> list[int]:
    """Numbers, beyond one and ascending, of the conversations that still tell of the contact."""
    records = await connection.fetch(_SQL.list_unerased, tenant_id, row.id, _names(row), after, at_most)
    return [record[0] for record in records]


async def erase_conversations(connection: Connection, tenant_id: int, row: ContactRow, numbers: Sequence[int]) -> int:
    """These conversations tell no more of the contact than what was said in them; how many they are."""
    for name in _names(row):
        await connection.execute(_SQL.erase_sentences, tenant_id, row.id, numbers, name)
    await connection.execute(_SQL.erase_conversations, tenant_id, row.id, numbers)
    return len(numbers)


def _names(row: ContactRow) -> list[str]:
    """The longest first: another may be a part of it."""
    return sorted({name for name in (row.display_name, row.name) if name}, key=len, reverse=True)


async def erase(
    connection: Connection, tenant_id: int, row: ContactRow, custom_fields: Mapping[str, Any], *, is_deleted: bool, by: Ref
) -> None:
    """Every personal attribute goes but the custom fields given; conversations are ``erase_conversations``' business."""
    await connection.execute(_SQL.erase_files, tenant_id, row.id, row.picture_id)
    await connection.execute(_SQL.detach_files, tenant_id, row.id)
    await connection.execute(_SQL.delete_phone_numbers, tenant_id, row.id)
    await connection.execute(_SQL.erase_points, tenant_id, row.id)
    await connection.execute(_SQL.erase_notes, tenant_id, row.id)
    await forget_old(connection, tenant_id, row.id)
    encoded = msgspec.json.encode(custom_fields).decode()
    await connection.execute(_SQL.erase_contact, tenant_id, row.id, encoded, is_deleted, str(by))


async def forget_old(connection: Connection, tenant_id: int, contact_id: int) -> None:
    """Events tell no more what the contact was before its changes, nor what was handed out of it."""
    await connection.execute(_SQL.erase_events, tenant_id, contact_id)


async def touch(connection: Connection, tenant_id: int, contact_id: int, at: datetime) -> None:
    """The contact did something just now."""
    await connection.execute(_SQL.touch, tenant_id, contact_id, at)


async def delete_picture(connection: Connection, tenant_id: int, contact_id: int, picture_id: int) -> bool:
    """False where the file stays, because somebody else shows it."""
    return await connection.fetchval(_SQL.delete_picture, tenant_id, contact_id, picture_id) is not None
