"""Files (DevRev: artifacts): their rows, their versions, and who may see them. The bytes are in ``blobs``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ..domain.principals import Principal, Ref
from . import queries
from .database import Connection, affected
from .filter import Sql, visible, visible_entries
from .tenants import allocate_ids

_SQL = queries.load("files")
_VISIBLE = "TRUE /* visible */"


class FileRow(NamedTuple):
    """A file with its stamps. ``current_version`` and ``byte_size`` are None until bytes have arrived."""

    id: int
    message_id: int | None
    state: str
    file_name: str | None
    fallback_title: str | None
    content_type: str | None
    byte_size: int | None
    current_version: int | None
    external_url: str | None
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class Version(NamedTuple):
    """A version whose bytes are here."""

    attachment_id: int
    number: int
    blob_key: str
    byte_size: int
    digest: str
    stored_at: datetime
    created_by: str


class Download(NamedTuple):
    """What a link leads to; without ``blob_key`` there is ``external_url`` or nothing."""

    file_name: str | None
    content_type: str | None
    external_url: str | None
    blob_key: str | None
    byte_size: int | None
    digest: str | None
    stored_at: datetime | None


class LockedFile(NamedTuple):
    """A file, locked until the transaction ends."""

    created_by: str | None
    state: str
    current_version: int | None


class NewFile(NamedTuple):
    """``file_type`` is Chatwoot's: image, audio, video or file."""

    file_type: str
    file_name: str
    content_type: str
    extension: str | None
    configuration: str


async def insert_file(connection: Connection, tenant_id: int, new: NewFile, by: Ref, at: datetime) -> int:
    """The id of a file without versions."""
    number = await allocate_ids(connection, tenant_id, "attachment")
    await connection.execute(_SQL.insert_attachment, tenant_id, number, *new, at, str(by))
    return number


async def insert_link(connection: Connection, tenant_id: int, url: str, file_name: str, by: Ref) -> int:
    """A picture that lies elsewhere; its id."""
    number = await allocate_ids(connection, tenant_id, "attachment")
    await connection.execute(_SQL.insert_link, tenant_id, number, url, file_name, str(by))
    return number


async def insert_version(connection: Connection, tenant_id: int, attachment_id: int, by: Ref, at: datetime) -> int | None:
    """The number of a new version that is to arrive; None where there is no such file."""
    number: int | None = await connection.fetchval(_SQL.count_version, tenant_id, attachment_id)
    if number is not None:
        await connection.execute(_SQL.insert_version, tenant_id, attachment_id, number, at, str(by))
    return number


async def get_files(connection: Connection, principal: Principal, ids: Iterable[int]) -> dict[int, FileRow]:
    """Files that the caller may see, by id; others are left out."""
    sql = Sql(principal.tenant.id)
    sql.bind(list(set(ids)))
    text = _SQL.get_files.replace(_VISIBLE, visible_files(sql, principal))
    return {row.id: row for row in [FileRow(*record) for record in await connection.fetch(text, *sql.parameters)]}


async def list_files_of_conversation(connection: Connection, principal: Principal, number: int) -> list[FileRow]:
    sql = Sql(principal.tenant.id)
    sql.bind(number)
    text = _SQL.list_files_of_conversation.replace(_VISIBLE, visible_files(sql, principal))
    return [FileRow(*record) for record in await connection.fetch(text, *sql.parameters)]


async def list_files_of_entry(connection: Connection, principal: Principal, message_id: int) -> list[FileRow]:
    sql = Sql(principal.tenant.id)
    sql.bind(message_id)
    text = _SQL.list_files_of_entry.replace(_VISIBLE, visible_files(sql, principal))
    return [FileRow(*record) for record in await connection.fetch(text, *sql.parameters)]


async def list_unattached(connection: Connection, tenant_id: int, by: Ref) -> list[FileRow]:
    return [FileRow(*record) for record in await connection.fetch(_SQL.list_unattached, tenant_id, str(by))]


async def get_version(connection: Connection, tenant_id: int, attachment_id: int, number: int) -> Version | None:
    record = await connection.fetchrow(_SQL.get_version, tenant_id, attachment_id, number)
    return Version(*record) if record else None


async def find_download(connection: Connection, tenant_id: int, attachment_id: int, number: int) -> Download | None:
    """``number`` 0 is the current version."""
    record = await connection.fetchrow(_SQL.find_download, tenant_id, attachment_id, number)
    return Download(*record) if record else None


async def lock_file(connection: Connection, tenant_id: int, attachment_id: int) -> LockedFile | None:
    record = await connection.fetchrow(_SQL.lock_file, tenant_id, attachment_id)
    return LockedFile(*record) if record else None


async def is_awaited(connection: Connection, tenant_id: int, attachment_id: int, number: int) -> bool:
    return bool(await connection.fetchval(_SQL.is_awaited, tenant_id, attachment_id, number))


async def store_version(connection: Connection, tenant_id: int, version: Version) -> Ref | None:
    """Who prepared the version; None where it is not awaited any more. ``version.created_by`` is not looked at."""
    record = await connection.fetchval(_SQL.store_version, tenant_id, *version[:-1])
    return Ref.parse(record) if record else None


async def delete_version(connection: Connection, tenant_id: int, attachment_id: int, number: int) -> bool:
    """False when there is no such version."""
    return affected(await connection.execute(_SQL.delete_version, tenant_id, attachment_id, number)) > 0


async def show_newest(connection: Connection, tenant_id: int, attachment_id: int, by: Ref, at: datetime) -> None:
    """Makes the file show its newest stored version; without any it is awaited again."""
    await connection.execute(_SQL.show_newest, tenant_id, attachment_id, at, str(by))


async def set_picture(connection: Connection, tenant_id: int, attachment_id: int, size: tuple[int, int] | None) -> None:
    """Width and height in pixels; nothing for what is no picture."""
    if size is not None:
        await connection.execute(_SQL.set_picture, tenant_id, attachment_id, *size)


async def set_meta(connection: Connection, tenant_id: int, attachment_id: int, meta: Mapping[str, Any]) -> None:
    await connection.execute(_SQL.set_meta, tenant_id, attachment_id, msgspec.json.encode(meta).decode())


async def can_see_conversation(connection: Connection, principal: Principal, number: int) -> bool:
    sql = Sql(principal.tenant.id)
    sql.bind(number)
    text = _SQL.can_see_conversation.replace(_VISIBLE, " AND ".join(["TRUE", *visible(sql, principal)]))
    return bool(await connection.fetchval(text, *sql.parameters))


async def can_see_entry(connection: Connection, principal: Principal, message_id: int) -> bool:
    sql = Sql(principal.tenant.id)
    sql.bind(message_id)
    inside = [visible_entries(sql, principal), *visible(sql, principal)]
    return bool(await connection.fetchval(_SQL.can_see_entry.replace(_VISIBLE, " AND ".join(inside)), *sql.parameters))


def visible_files(sql: Sql, principal: Principal) -> str:
    """What this caller may see of ``attachments a``: the files of entries they may see, pictures of people, their own uploads."""
    alive = "m.tenant_id = $1 AND m.id = a.message_id AND m.deleted_at IS NULL AND (m.expires_at IS NULL OR m.expires_at > now())"
    inside = " AND ".join([alive, visible_entries(sql, principal), *visible(sql, principal)])
    conversations = "JOIN conversations c ON c.tenant_id = $1 AND c.number = m.conversation_number"
    attached = f"EXISTS (SELECT FROM messages m {conversations} WHERE {inside})"
    return f"(CASE WHEN a.message_id IS NOT NULL THEN {attached} ELSE {_unattached(sql, principal)} END)"


def _unattached(sql: Sql, principal: Principal) -> str:
    if principal.is_administrator or principal.ref.kind not in ("user", "contact"):
        return "TRUE"
    mine = f"coalesce(a.created_by = {sql.bind(str(principal.ref))}, FALSE)"
    of_agents = " OR ".join(_pictures(table) for table in ("memberships", "bots"))
    if principal.ref.kind == "contact":
        own = f"p.id = {sql.bind(principal.ref.id)}"
        return f"({mine} OR {of_agents} OR {_pictures('contacts', own)})"
    return f"({mine} OR a.created_by IS NULL OR a.parent IS NOT NULL OR {of_agents} OR {_pictures('contacts')})"


def _pictures(table: str, condition: str = "TRUE") -> str:
    return f"EXISTS (SELECT FROM {table} p WHERE p.tenant_id = $1 AND p.avatar_id = a.id AND {condition})"
