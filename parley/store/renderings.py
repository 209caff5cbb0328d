"""Renderings: encoded conversations kept beside their rows, each with the version of everything that it shows (decision 0012).

A body is served only while all those versions hold in the reader's own snapshot, so it is never stale, and only to callers who
see what its maker saw: contacts never read one, and a conversation with private messages has none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from importlib import resources
from typing import NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("renderings")

# As ``noun_version`` in the database reads them; the structure is stages, schema, roles and service levels, all in one.
_KINDS = {
    "user": 1, "contact": 2, "bot": 3, "company": 4, "workspace": 5, "team": 6, "tag": 7, "part": 8, "contact_point": 9, "inbox": 10,
    "attachment": 11, "sync_unit": 13,
}  # fmt: skip
STRUCTURE = 0
_MOST = 2**58


@cache
def build() -> str:
    """What made the bodies: changes with the code that reads and encodes conversations."""
    package = resources.files("parley")
    files = (file for name in ("domain", "store", "devrev", "chatwoot") for file in package.joinpath(name).iterdir() if file.is_file())
    texts = sorted((file.name, file.read_bytes()) for file in files if file.name.endswith((".py", ".sql")))
    return blake2b(b"".join(text for _, text in texts), digest_size=8).hexdigest()


def noun(kind: str, number: int) -> int:
    """A noun as one number: its id and its kind."""
    return number << 4 | _KINDS[kind]


@dataclass(frozen=True, slots=True)
class Fresh:
    """A conversation just encoded. ``nouns``: what its body shows beside its own; None where it is not to be kept."""

    number: int
    body: bytes
    nouns: frozenset[int] | None = None


class Rendering(NamedTuple):
    """A row of renderings, the tenant apart."""

    number: int
    wire: str
    version: int
    nouns: list[int]
    versions: list[int]
    valid_until: datetime | None
    body: bytes


async def get_ready(connection: Connection, tenant_id: int, wire: str, numbers: Sequence[int]) -> dict[int, bytes]:
    """The bodies that are ready, by number. Only inside a snapshot that writes nothing."""
    found = await connection.fetch(_SQL.get_ready, tenant_id, wire, build(), numbers) if numbers else ()
    return {record[0]: record[1] for record in found}


async def read_through(
    connection: Connection,
    tenant_id: int,
    wire: str,
    numbers: Sequence[int],
    encode: Callable[[list[int]], Awaitable[list[Fresh]]],
    offer: Callable[[int, list[Rendering]], None],
) -> dict[int, bytes]:
    """Bodies by number: those that are ready, the others encoded now and offered to be kept. Absent conversations are absent."""
    bodies = await get_ready(connection, tenant_id, wire, numbers)
    missing = [number for number in numbers if number not in bodies]
    if missing:
        fresh = await encode(missing)
        offer(tenant_id, await stamp(connection, tenant_id, wire, fresh))
        bodies |= {one.number: one.body for one in fresh}
    return bodies


async def stamp(connection: Connection, tenant_id: int, wire: str, fresh: Iterable[Fresh]) -> list[Rendering]:
    """What may be kept of these, with the versions that the open snapshot has."""
    asked = {one.number: one for one in fresh if one.nouns is not None and max(one.nouns, default=0) < _MOST << 4}
    if not asked:
        return []
    nouns = list({noun for one in asked.values() for noun in one.nouns or ()})
    versions = {record[0]: record[1] for record in await connection.fetch(_SQL.stamp_nouns, tenant_id, nouns)}
    made = []
    for number, version, is_apart, valid_until in await connection.fetch(_SQL.stamp_conversations, tenant_id, list(asked)):
        if not is_apart:
            shown = sorted(asked[number].nouns or ())
            made.append(Rendering(number, wire, version, shown, [versions[one] for one in shown], valid_until, asked[number].body))
    return made


async def keep(connection: Connection, tenant_id: int, renderings: Iterable[Rendering]) -> None:
    """Always in the same order, so that two keepers never wait for each other in a circle."""
    await connection.executemany(
        _SQL.keep, [(tenant_id, one[0], one[1], build(), *one[2:]) for one in sorted(renderings, key=lambda one: one[:2])]
    )


async def sweep(connection: Connection, tenant_id: int, after: tuple[int, str], at_most: int) -> tuple[int, str] | None:
    """Drops the cold among the next bodies after a place. Returns where to go on, None at the end."""
    found = [(record[0], record[1]) for record in await connection.fetch(_SQL.list_kept, tenant_id, *after, at_most)]
    for wire in {wire for _, wire in found}:
        numbers = [number for number, of in found if of == wire]
        ready = {record[0] for record in await connection.fetch(_SQL.list_ready, tenant_id, wire, build(), numbers)}
        await connection.execute(_SQL.drop, tenant_id, wire, [number for number in numbers if number not in ready])
    return found[-1] if len(found) == at_most else None
