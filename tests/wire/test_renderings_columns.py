"""Every column that a key of the reference pages comes from cools what shows it.

The tests of the keys change the same columns and see the key change. Here the renderings are warm before each change, which is
made sure of, and the whole answer on each wire is held against one that is encoded afresh.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parley.server.embedded import Cluster
from tests.conftest import _copy_of
from tests.wire import chatwoot_producers, chatwoot_world, devrev_producers
from tests.wire.renderings_asking import Asker, Question, Stale
from tests.wire.renderings_world import Store, World, served, standing

ASKED = ("devrev list", "devrev beta list", "chatwoot list")
# What goes with a row that is deleted.
CASCADES = {
    "messages": ["attachments"],
    "sla_trackers": ["sla_metrics", "sla_events"],
}


def devrev_changes() -> list[str]:
    """One of each column of each row. Reactions apart: an entry with any is the caller's own, and kept nowhere."""
    changes = {one for one in devrev_producers.PRODUCERS.values() if one.table != "reactions" and one.where != "number = 61"}
    columns = {(one.table, one.where, getattr(one, "column", "")): one for one in sorted(changes, key=repr)}
    return [_statement(one) for one in columns.values()]


def _statement(change: devrev_producers.Change) -> str:
    where = f"WHERE tenant_id = 1 AND {change.where}"
    if isinstance(change, devrev_producers.Row):
        return f"DELETE FROM {change.table} {where}"
    return f"UPDATE {change.table} SET {change.column} = {change.value} {where}"


def chatwoot_changes() -> list[str]:
    """What is deleted afterwards comes under another number each time, as numbers are never used again."""
    changes = sorted(set(chatwoot_producers.CHANGES.values()) - {chatwoot_producers.ELSEWHERE})
    return [
        change.replace(", 99, 1, 'open'", f", {number}, 1, 'open'").replace("conversation_number = 99", f"conversation_number = {number}")
        for number, change in enumerate(changes, 1000)
    ]


@contextmanager
def restored(store: Store, statement: str) -> Iterator[None]:
    """What the statements change inside is as before, the versions apart: those only rise."""
    named = list(dict.fromkeys(re.findall(r"(?:UPDATE|INTO|DELETE FROM) (\w+)", statement)))
    tables = list(dict.fromkeys(table for name in named for table in (name, *CASCADES.get(name, ()))))
    before = {table: _rows(store, table) for table in tables}
    yield
    after = {table: _rows(store, table) for table in tables}
    for table in tables:
        for key, row in before[table].items():
            if key not in after[table]:
                _write(store, f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)", row)
            elif _bare(row) != _bare(after[table][key]):
                columns = ", ".join(_columns(store, table))
                record = f"SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)"
                _write(store, f"UPDATE {table} t SET ({columns}) = ({record}) WHERE {_same()}", row, json.dumps(dict(key)))
    for table in reversed(tables):
        for key in after[table].keys() - before[table].keys():
            _write(store, f"DELETE FROM {table} t WHERE {_same(1)}", json.dumps(dict(key)))


def _write(store: Store, query: str, *values: Any) -> None:
    store.rows(query, *(value if isinstance(value, str) else json.dumps(value) for value in values))


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "version"}


def _same(place: int = 2) -> str:
    """The row with this key, which is JSON in parameter ``place``."""
    return f"to_jsonb(t) @> ${place}::text::jsonb"


def _rows(store: Store, table: str) -> dict[tuple[tuple[str, Any], ...], dict[str, Any]]:
    keys = store.column(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indrelid = $1::text::regclass AND i.indisprimary",
        table,
    )
    rows = [json.loads(text) for text in store.column(f"SELECT to_jsonb(t)::text FROM {table} t")]
    return {tuple((key, row[key]) for key in sorted(keys)): row for row in rows}


def _columns(store: Store, table: str) -> list[str]:
    return store.column(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' AND attidentity = '' AND attname <> 'version'",
        table,
    )


def stale_after(world: World, changes: list[str], number: int, who: str) -> list[str]:
    """The changes after which a warm server's answer was none that is encoded afresh, with what differed."""
    asker, asked, found = Asker(world), [Question(who, name, number, 1) for name in ASKED], []
    for change in changes:
        asker.warm(asked, number)
        with restored(world.store, change):
            world.store.execute(change)
            try:
                asker.compare(asked, ["kept"])
            except Stale as stale:
                found.append(f"{change}: {stale}")
    return found


def test_every_column_of_devrevs_pages_cools_what_shows_it(server: Cluster, template: str, tmp_path: Path) -> None:
    with _copy_of(server, template) as dsn, standing(dsn, tmp_path, conversations=1) as world:
        found = stale_after(world, devrev_changes(), 1, "ada")
    assert not found, "\n".join(found)


def test_every_column_of_chatwoots_page_cools_what_shows_it(database: str, tmp_path: Path) -> None:
    built = chatwoot_world.run(chatwoot_world.build(database))
    store = Store(database)
    try:
        with served(store, tmp_path, built.tokens) as world:
            found = stale_after(world, chatwoot_changes(), chatwoot_world.FULL, "admin")
    finally:
        store.close()
    assert not found, "\n".join(found)
