"""Chatwoot databases to import from: the recorded one, and one made by hand of nothing but the tables that must be there."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from parley.server.embedded import Cluster
from parley.transfer.chatwoot import import_chatwoot
from parley.transfer.report import Report

COPY = re.compile(r"^COPY public\.(\w+) \((.+)\) FROM stdin;$")

# The least that an import asks for: an old Chatwoot, or one whose other tables this role may not read.
MINIMAL = """
    CREATE TABLE accounts (id serial PRIMARY KEY, name text, created_at timestamp);
    CREATE TABLE users (id serial PRIMARY KEY, name text, email text, created_at timestamp);
    CREATE TABLE account_users (id serial PRIMARY KEY, account_id int, user_id int, role int);
    CREATE TABLE inboxes (id serial PRIMARY KEY, account_id int, name text, channel_type text, channel_id int);
    CREATE TABLE contacts (id serial PRIMARY KEY, account_id int, name text);
    CREATE TABLE contact_inboxes (id serial PRIMARY KEY, contact_id int, inbox_id int, source_id text);
    CREATE TABLE conversations (id serial PRIMARY KEY, account_id int, display_id int, inbox_id int, contact_id int, status int,
      contact_inbox_id int, assignee_id int, cached_label_list text, created_at timestamp, updated_at timestamp);
    CREATE TABLE messages (id serial PRIMARY KEY, account_id int, conversation_id int, message_type int, content text,
      content_attributes json, sender_type text, sender_id int, created_at timestamp);
    INSERT INTO accounts VALUES (1, 'Old Shop', '2020-01-01');
    INSERT INTO users VALUES (5, 'Ada', 'ada@shop.test', '2020-01-01');
    INSERT INTO account_users VALUES (1, 1, 5, 1);
    INSERT INTO inboxes VALUES (2, 1, 'Site', 'Channel::WebWidget', 9);
    INSERT INTO contacts VALUES (3, 1, 'Bea');
    INSERT INTO contact_inboxes VALUES (4, 3, 2, 'bea');
    INSERT INTO conversations VALUES (6, 1, 1, 2, 3, 0, 4, 99, 'vip, late', '2020-01-02 03:04:05.000006', '2020-01-03');
    INSERT INTO messages VALUES
      (7, 1, 6, 0, 'hello', '{}', 'Contact', 3, '2020-01-02 03:04:05.000006'),
      (8, 1, 6, 1, 'hi', NULL, 'User', 99, '2020-01-02 04:00:00');
"""


@dataclass
class Sides:
    """A source and a target, each only for one test. ``there`` and ``here`` are open connections to them."""

    source: str
    target: str
    there: asyncpg.Connection[asyncpg.Record]
    here: asyncpg.Connection[asyncpg.Record]

    async def run(self, **options: Any) -> Report:
        return await import_chatwoot(self.source, self.target, **options)

    async def content(self) -> dict[str, str]:
        """A digest of every table here, versions and hidden columns included."""
        tables = await self.here.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'jobs' ORDER BY 1")
        query = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {0} t"
        return {row[0]: await self.here.fetchval(query.format(row[0])) for row in tables}


def split(dump: str) -> Iterator[tuple[str, str, str]]:
    """A plain dump as (SQL, '', '') and (table, columns, rows) in order."""
    lines, sql = iter(dump.splitlines(keepends=True)), []
    for line in lines:
        copy = COPY.match(line.rstrip("\n"))
        if copy:
            yield "".join(sql), "", ""
            sql = []
            rows = []
            for row in lines:
                if row == "\\.\n":
                    break
                rows.append(row)
            yield copy[1], copy[2].replace('"', ""), "".join(rows)
        elif not line.startswith(("\\", "--")):
            sql.append(line)
    yield "".join(sql), "", ""


async def restore(dsn: str, dump: Path) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for text, columns, rows in split(dump.read_text()):
            if columns:
                names = columns.split(", ")
                await connection.copy_to_table(text, source=io.BytesIO(rows.encode()), columns=names, schema_name="public")
            elif text.strip():
                await connection.execute(text)
    finally:
        await connection.close()


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def drop(server: Cluster, name: str) -> None:
    """Without FORCE, which an autovacuum worker in that database refuses; a killed client may linger for a moment."""
    for _ in range(4):
        with suppress(asyncpg.ObjectInUseError):
            return await execute(server.dsn, f'DROP DATABASE IF EXISTS "{name}"')
    return None


@asynccontextmanager
async def copied(server: Cluster, template: str) -> AsyncIterator[str]:
    """The DSN of a copy of a database, dropped at the end."""
    name = f"test_{uuid4().hex}"
    await execute(server.dsn, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.dsn_of(name)
    finally:
        await drop(server, name)


@asynccontextmanager
async def sides(server: Cluster, source: str, target: str) -> AsyncIterator[Sides]:
    """Copies of two databases, with a connection to each."""
    async with copied(server, source) as source_dsn, copied(server, target) as target_dsn, connected(source_dsn, target_dsn) as both:
        yield both


@asynccontextmanager
async def connected(source: str, target: str) -> AsyncIterator[Sides]:
    there, here = await asyncpg.connect(source), await asyncpg.connect(target, server_settings={"timezone": "UTC"})
    try:
        yield Sides(source, target, there, here)
    finally:
        await there.close()
        await here.close()


@contextmanager
def prepared(server: Cluster, prepare: Callable[[str], Coroutine[Any, Any, Any]], of: str = "template1") -> Iterator[str]:
    """The name of a database that was prepared once, to copy from."""
    name = f"template_{uuid4().hex}"
    in_thread(execute(server.dsn, f'CREATE DATABASE "{name}" TEMPLATE "{of}"'))
    try:
        in_thread(prepare(server.dsn_of(name)))
        yield name
    finally:
        in_thread(drop(server, name))


def in_thread(work: Coroutine[Any, Any, Any]) -> None:
    """Run to the end beside the test's own event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
