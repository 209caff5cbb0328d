"""Every key of both reference pages has a producer: change the value in the store and the key changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from . import devrev_world, held
from .conftest import Live
from .devrev_producers import CURSORS, PRODUCERS, UNPRODUCED, Change, Column, reference_keys, values_at

# The conversation that has every key comes first, a spare one second.
ASKED = {"members": ["REVU-1"], "tags": ["TAG-1", "TAG-3"]}
SPARE = 61
# What goes with a row that is deleted, and comes back with it.
CASCADES = {
    "conversations": ("conversation_tags", f"conversation_number = {SPARE}"),
    "messages": ("reactions", "message_id = 1002"),
    "sla_trackers": ("sla_metrics", "tracker_id = 1"),
}


class Store:
    """Changes rows of the tenant as the owner, and puts them back."""

    def __init__(self, dsn: str) -> None:
        self._runner = asyncio.Runner()
        self._connection = self._runner.run(asyncpg.connect(dsn))

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()

    def run(self, sql: str, *parameters: Any) -> list[Any]:
        return [row[0] for row in self._runner.run(self._connection.fetch(sql, *parameters))]

    @contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        with self._updated(change) if isinstance(change, Column) else self._deleted(change.table, change.where):
            yield

    @contextmanager
    def _updated(self, change: Column) -> Iterator[None]:
        where = f"tenant_id = 1 AND {change.where}"
        (old,) = self.run(f"SELECT to_jsonb(t)::text FROM {change.table} t WHERE {where}")
        (at,) = self.run(f"UPDATE {change.table} SET {change.column} = {change.value} WHERE {where} RETURNING ctid::text")
        try:
            yield
        finally:
            columns = ", ".join(self._columns(change.table))
            record = f"SELECT {columns} FROM jsonb_populate_record(NULL::{change.table}, $1::text::jsonb)"
            self.run(f"UPDATE {change.table} SET ({columns}) = ({record}) WHERE ctid = $2::text::tid", old, at)

    @contextmanager
    def _deleted(self, table: str, condition: str) -> Iterator[None]:
        child, of_child = CASCADES.get(table, ("", ""))
        children = self.run(f"SELECT to_jsonb(t)::text FROM {child} t WHERE tenant_id = 1 AND {of_child}") if child else []
        rows = self.run(f"DELETE FROM {table} t WHERE tenant_id = 1 AND {condition} RETURNING to_jsonb(t)::text")
        assert rows, f"no row in {table} where {condition}"
        try:
            yield
        finally:
            for into, texts in ((table, rows), (child, children)):
                for text in texts:
                    record = f"SELECT * FROM jsonb_populate_record(NULL::{into}, $1::text::jsonb)"
                    self.run(f"INSERT INTO {into} {record} ON CONFLICT DO NOTHING", text)

    def _columns(self, table: str) -> list[str]:
        sql = "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"
        return self.run(sql, table)


@pytest.fixture(scope="module")
def world(module_database: str) -> devrev_world.World:
    return asyncio.run(devrev_world.build(module_database, spare=SPARE))


@pytest.fixture(scope="module")
def store(world: devrev_world.World) -> Iterator[Store]:
    store = Store(world.dsn)
    yield store
    store.close()


@pytest.fixture(scope="module")
def client(live: Live, world: devrev_world.World) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, headers={"Authorization": world.tokens["dora"]}, timeout=30) as client:
        yield client


def ask(client: httpx.Client, page: str) -> Any:
    size = {"limit": 2} if page == "list" else {"first": 2}
    answer = client.post(f"/conversations.{page}", json=ASKED | size)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("page", ["list", "export"])
def test_every_key_of_the_reference_page_has_a_producer(page: str, shared: Path) -> None:
    missing = set(reference_keys(shared, page)) - PRODUCERS.keys() - CURSORS.keys()
    assert missing == {key for key in UNPRODUCED if key in missing}


@pytest.mark.parametrize("page", ["list", "export"])
def test_a_change_in_the_store_changes_the_key(page: str, shared: Path, client: httpx.Client, store: Store) -> None:
    before = ask(client, page)
    deaf = []
    for key in reference_keys(shared, page):
        if key not in PRODUCERS:
            continue
        with store.changed(PRODUCERS[key]), held.any_answer():
            after = ask(client, page)
        if not values_at(before, key) or values_at(after, key) == values_at(before, key):
            deaf.append((key, PRODUCERS[key].name))
    assert deaf == []
    assert ask(client, page)["conversations"] == before["conversations"], "everything was put back"
