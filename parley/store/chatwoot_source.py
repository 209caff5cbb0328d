"""Reading a Chatwoot database (schema of v4.15.1 and its neighbours). Every statement against a *source* lives here.

Chatwoot's tables and columns come and go between versions, so statements are put together from the columns that the
source really has; one that is absent reads as NULL. The whole run reads one snapshot, as pg_dump does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from ..domain.problems import Problem
from .chatwoot_columns import CHANNEL_TABLES, COLUMNS, CORE_TABLES, LEFT_OUT, USER_REFERENCES

Row: TypeAlias = Mapping[str, Any]

_SETTINGS = {
    "application_name": "parley import",
    "timezone": "UTC",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_PREFETCH = 1000


class SourceUnfit(Problem):
    """The source cannot be read as a Chatwoot database."""


class ChatwootSource:
    """An open snapshot of a Chatwoot database."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], columns: dict[str, frozenset[str]]) -> None:
        self._connection = connection
        self._columns = columns

    def has(self, table: str, column: str = "id") -> bool:
        return column in self._columns.get(table, ())

    def tables(self) -> list[str]:
        return sorted(self._columns)

    async def fingerprint(self) -> list[str | None]:
        """What stays the same in this database, also across dump and restore: its installation id, else its first rows."""
        parts: list[str | None] = []
        if self.has("installation_configs"):
            parts.append(
                await self._value("SELECT serialized_value::text FROM installation_configs WHERE name = 'INSTALLATION_IDENTIFIER'")
            )
        if not any(parts):
            for table in ("ar_internal_metadata", "accounts", "users"):
                parts.append(await self._first_created_at(table))
        return parts

    async def installation_flag(self, name: str) -> bool:
        """Whether an installation-wide setting is true; false where there is no such table or row."""
        if not self.has("installation_configs"):
            return False
        text = await self._value("SELECT serialized_value::text FROM installation_configs WHERE name = $1", name)
        return bool(text) and "value: true" in str(text).replace('"', "")

    async def accounts(self, ids: Sequence[int] | None) -> list[Row]:
        return await self._rows("accounts", "WHERE $1::bigint[] IS NULL OR t.id = ANY ($1)", ids)

    async def users(self, ids: Sequence[int] | None) -> list[Row]:
        return await self._rows("users", "WHERE $1::bigint[] IS NULL OR t.id = ANY ($1)", ids)

    async def members(self, account_id: int) -> list[Row]:
        return await self._rows("account_users", "WHERE t.account_id = $1", account_id)

    async def named_users(self, account_id: int) -> set[int]:
        """Every user that something in the account names, member or not."""
        known = [sql for table, column, sql in USER_REFERENCES if self.has(table, column)]
        query = f"SELECT DISTINCT u.id FROM ({' UNION '.join(known)}) u (id) WHERE u.id IS NOT NULL"
        return {int(row["id"]) for row in await self._connection.fetch(query, account_id)}

    async def of_account(self, table: str, account_id: int) -> list[Row]:
        """The rows of a small table that belong to the account; none where the table is absent."""
        return await self._rows(table, "WHERE t.account_id = $1", account_id) if self.has(table) else []

    async def inbox_links(self, table: str, account_id: int) -> list[Row]:
        """Rows of inbox_members or agent_bot_inboxes of the account's inboxes."""
        tail = "JOIN inboxes i ON i.id = t.inbox_id WHERE i.account_id = $1"
        return await self._rows(table, tail, account_id) if self.has(table, "inbox_id") else []

    async def team_members(self, account_id: int) -> list[Row]:
        tail = "JOIN teams x ON x.id = t.team_id WHERE x.account_id = $1"
        return await self._rows("team_members", tail, account_id) if self.has("team_members") else []

    async def bots(self, account_id: int) -> list[Row]:
        """The account's bots, and the system bots (of no account) that it uses."""
        if not self.has("agent_bots"):
            return []
        uses = ["SELECT m.sender_id FROM messages m WHERE m.account_id = $1 AND m.sender_type = 'AgentBot'"]
        if self.has("conversations", "assignee_agent_bot_id"):
            uses.append("SELECT c.assignee_agent_bot_id FROM conversations c WHERE c.account_id = $1")
        if self.has("agent_bot_inboxes", "agent_bot_id"):
            uses.append("SELECT b.agent_bot_id FROM agent_bot_inboxes b JOIN inboxes i ON i.id = b.inbox_id WHERE i.account_id = $1")
        tail = f"WHERE t.account_id = $1 OR (t.account_id IS NULL AND t.id IN ({' UNION '.join(uses)}))"
        return await self._rows("agent_bots", tail, account_id)

    async def bot_senders(self, account_id: int) -> list[tuple[str, int]]:
        """Each (sender type, id) among the account's messages that is neither a user nor a contact."""
        query = (
            "SELECT DISTINCT m.sender_type, m.sender_id FROM messages m WHERE m.account_id = $1"
            " AND m.sender_type NOT IN ('User', 'Contact') AND m.sender_id IS NOT NULL ORDER BY 1, 2"
        )
        return [(row[0], int(row[1])) for row in await self._connection.fetch(query, account_id)]

    async def channels(self, kind: str, ids: Sequence[int]) -> dict[int, str]:
        """Channel rows of one kind as JSON text by id; empty where the kind or its table is unknown."""
        table = CHANNEL_TABLES.get(kind)
        if table is None or not self.has(table):
            return {}
        query = f"SELECT t.id, to_jsonb(t)::text FROM {table} t WHERE t.id = ANY ($1::bigint[])"
        return {row[0]: row[1] for row in await self._connection.fetch(query, ids)}

    async def avatars(self, owner: str, ids: Sequence[int]) -> list[Row]:
        """The pictures of users, contacts or bots, with their files."""
        if not (self.has("active_storage_attachments") and self.has("active_storage_blobs")):
            return []
        query = (
            "SELECT a.id, a.record_id, b.key, b.filename, b.content_type, b.metadata, b.byte_size, b.created_at"
            " FROM active_storage_attachments a JOIN active_storage_blobs b ON b.id = a.blob_id"
            " WHERE a.record_type = $1 AND a.name = 'avatar' AND a.record_id = ANY ($2::bigint[]) ORDER BY a.id"
        )
        return await self._fetch(query, owner, ids)

    async def contacts(self, account_id: int, after: int, limit: int) -> list[Row]:
        return await self._rows("contacts", "WHERE t.account_id = $1 AND t.id > $2", account_id, after, limit=limit)

    async def contact_inboxes(self, contact_ids: Sequence[int]) -> list[Row]:
        return await self._rows("contact_inboxes", "WHERE t.contact_id = ANY ($1::bigint[])", contact_ids)

    async def conversations(self, account_id: int, after: int, limit: int) -> list[Row]:
        return await self._rows("conversations", "WHERE t.account_id = $1 AND t.id > $2", account_id, after, limit=limit)

    async def labels(self, conversation_ids: Sequence[int]) -> list[Row] | None:
        """The labels on conversations in the order they were put there; None where the source has no taggings."""
        if not (self.has("taggings") and self.has("tags")):
            return None
        query = (
            "SELECT g.taggable_id AS conversation_id, t.id AS tag_id, t.name FROM taggings g JOIN tags t ON t.id = g.tag_id"
            " WHERE g.taggable_type = 'Conversation' AND g.context = 'labels' AND g.taggable_id = ANY ($1::bigint[])"
            " ORDER BY g.taggable_id, g.id"
        )
        return await self._fetch(query, conversation_ids)

    async def of_conversations(self, table: str, account_id: int, conversation_ids: Sequence[int]) -> list[Row]:
        """Rows of a table that hangs on conversations; none where it is absent."""
        tail = "WHERE t.account_id = $1 AND t.conversation_id = ANY ($2::bigint[])"
        return await self._rows(table, tail, account_id, conversation_ids) if self.has(table) else []

    async def messages(self, account_id: int, conversation_ids: Sequence[int]) -> AsyncIterator[Row]:
        """Messages of a batch of conversations, one after the other."""
        query = (
            f"SELECT {self._select('messages')} FROM messages t WHERE t.account_id = $1"
            " AND t.conversation_id = ANY ($2::bigint[]) ORDER BY t.conversation_id, t.id"
        )
        async for record in self._stream(query, account_id, conversation_ids):
            yield record

    async def attachments(self, account_id: int, conversation_ids: Sequence[int]) -> AsyncIterator[Row]:
        """Attachments of a batch of conversations with their stored files."""
        if not self.has("attachments"):
            return
        query = (
            f"SELECT {self._select('attachments')}, {self._blob_columns()}"
            " FROM messages m JOIN attachments t ON t.message_id = m.id"
            f" {self._blob_join()} WHERE m.account_id = $1 AND m.conversation_id = ANY ($2::bigint[]) ORDER BY t.id"
        )
        async for record in self._stream(query, account_id, conversation_ids):
            yield record

    async def uuids(self, conversation_ids: Sequence[int]) -> dict[int, str]:
        """Conversations' uuids by id: they never change, so they tell one Chatwoot from another."""
        if not self.has("conversations", "uuid"):
            return {}
        query = "SELECT id, uuid::text FROM conversations WHERE id = ANY ($1::bigint[])"
        return {row[0]: row[1] for row in await self._connection.fetch(query, conversation_ids)}

    async def access_tokens(self, owner_type: str, owner_ids: Sequence[int] | None) -> list[Row]:
        """Tokens of some owners, or of all of that type."""
        if not self.has("access_tokens"):
            return []
        tail = "WHERE t.owner_type = $1 AND ($2::bigint[] IS NULL OR t.owner_id = ANY ($2)) AND t.token IS NOT NULL"
        return await self._rows("access_tokens", tail, owner_type, owner_ids)

    async def platform_apps(self) -> dict[int, str]:
        return {row["id"]: row["name"] or "" for row in await self._rows("platform_apps", "")} if self.has("platform_apps") else {}

    async def highest_id(self, table: str, account_id: int | None = None, column: str = "id") -> int:
        """The highest id of a table, of one account when given; 0 when empty or absent."""
        if not self.has(table, column):
            return 0
        condition = "WHERE t.account_id = $1" if account_id is not None else ""
        query = f"SELECT coalesce(max(t.{column}), 0) FROM {table} t {condition}"
        return int(await self._connection.fetchval(query, *([account_id] if account_id is not None else [])))

    async def left_out(self, account_id: int) -> dict[str, int]:
        """How many rows the account has of what an import has no place for yet, by table (counted up to 10,000)."""
        query = "SELECT count(*) FROM (SELECT FROM {0} t WHERE t.account_id = $1 LIMIT 10000) x"
        tables = [table for table in LEFT_OUT if self.has(table, "account_id")]
        found = {table: int(await self._value(query.format(table), account_id)) for table in tables}
        if self.has("taggings") and self.has("tags"):
            tail = "JOIN contacts c ON c.id = t.taggable_id WHERE t.taggable_type = 'Contact' AND c.account_id = $1"
            found["labels on contacts"] = int(await self._value(f"SELECT count(*) FROM taggings t {tail}", account_id))
        return {table: rows for table, rows in found.items() if rows}

    async def count(self, table: str, account_id: int) -> int:
        return int(await self._connection.fetchval(f"SELECT count(*) FROM {table} WHERE account_id = $1", account_id))

    async def lost_rows(self, account_id: int) -> dict[str, int]:
        """How many rows hang on a conversation, contact or message that the source no longer has, by table."""
        missing = {
            "messages": "FROM messages t LEFT JOIN conversations p ON p.id = t.conversation_id WHERE t.account_id = $1 AND p.id IS NULL",
            "contact_inboxes": "FROM contact_inboxes t JOIN inboxes i ON i.id = t.inbox_id"
            " LEFT JOIN contacts p ON p.id = t.contact_id WHERE i.account_id = $1 AND p.id IS NULL",
        }
        if self.has("attachments"):
            missing["attachments"] = (
                "FROM attachments t LEFT JOIN messages p ON p.id = t.message_id WHERE t.account_id = $1 AND p.id IS NULL"
            )
        return {table: int(await self._value(f"SELECT count(*) {tail}", account_id) or 0) for table, tail in missing.items()}

    async def _rows(self, table: str, tail: str, *parameters: object, limit: int | None = None) -> list[Row]:
        order = " ORDER BY t.id" + (f" LIMIT {limit:d}" if limit is not None else "")
        return await self._fetch(f"SELECT {self._select(table)} FROM {table} t {tail}{order}", *parameters)

    async def _stream(self, query: str, *parameters: object) -> AsyncIterator[Row]:
        record: Any
        async for record in self._connection.cursor(query, *parameters, prefetch=_PREFETCH):
            yield record

    async def _fetch(self, query: str, *parameters: object) -> list[Row]:
        rows: list[Any] = await self._connection.fetch(query, *parameters)
        return rows

    async def _value(self, query: str, *parameters: object) -> Any:
        return await self._connection.fetchval(query, *parameters)

    async def _first_created_at(self, table: str) -> str | None:
        if not self.has(table, "created_at"):
            return None
        key = "id" if self.has(table) else "key"
        found = await self._value(f"SELECT t.{key} || ' ' || t.created_at FROM {table} t ORDER BY t.{key} LIMIT 1")
        return None if found is None else str(found)

    def _select(self, table: str) -> str:
        """The columns that we read of a table; absent ones as NULL."""
        return ", ".join(f't."{name}"' if self.has(table, name) else f'NULL AS "{name}"' for name in COLUMNS[table])

    def _blob_columns(self) -> str:
        names = ("key", "filename", "content_type", "metadata", "byte_size")
        stored = self.has("active_storage_attachments") and self.has("active_storage_blobs")
        return ", ".join(f"b.{name} AS blob_{name}" if stored else f"NULL AS blob_{name}" for name in names)

    def _blob_join(self) -> str:
        if not (self.has("active_storage_attachments") and self.has("active_storage_blobs")):
            return ""
        return (
            "LEFT JOIN LATERAL (SELECT x.* FROM active_storage_attachments s JOIN active_storage_blobs x ON x.id = s.blob_id"
            " WHERE s.record_type = 'Attachment' AND s.record_id = t.id AND s.name = 'file' ORDER BY s.id LIMIT 1) b ON TRUE"
        )


@asynccontextmanager
async def open_source(url: str) -> AsyncIterator[ChatwootSource]:
    """One read-only snapshot of the source. Raises SourceUnfit; its text never holds the URL, which may hold a password."""
    try:
        connection = await asyncpg.connect(url, server_settings=_SETTINGS)
    except (ValueError, asyncpg.ClientConfigurationError):
        raise SourceUnfit("the source URL cannot be understood: it should look like postgresql://USER:PASSWORD@HOST:PORT/NAME") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SourceUnfit(f"cannot connect to the source database: {error}") from None
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            source = ChatwootSource(connection, await _columns(connection))
            _require_core(source)
            yield source
    finally:
        await connection.close()


async def _columns(connection: asyncpg.Connection[asyncpg.Record]) -> dict[str, frozenset[str]]:
    query = (
        "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
        " WHERE table_schema = ANY (current_schemas(false)) GROUP BY table_name"
    )
    return {row[0]: frozenset(row[1]) for row in await connection.fetch(query)}


def _require_core(source: ChatwootSource) -> None:
    missing = [table for table in CORE_TABLES if not source.has(table)]
    if missing:
        raise SourceUnfit(f"this is no Chatwoot database, or one that this role cannot read: no table {', '.join(missing)}")
    lacking = [f"{table}.{column}" for table, needed in CORE_TABLES.items() for column in needed if not source.has(table, column)]
    if lacking:
        raise SourceUnfit(f"the Chatwoot database lacks columns that an import cannot do without: {', '.join(lacking)}")
