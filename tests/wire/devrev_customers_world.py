"""Custom fields of customers, put beside the world of ``devrev_world``; and the database, to look behind the wire."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from tests.wire import devrev_world
from tests.wire.devrev_client import Devrev

_PLAIN = {
    "description": None, "subtype": None, "allowed_values": [], "default_value": None, "is_filterable": True, "is_pii": False,
    "origin": None, "ui": {},
}  # fmt: skip
_FILE = {
    "file_type": "image", "file_name": "face.png", "content_type": "image/png", "byte_size": 2048, "external_url": "https://acme.test/face.png",
}  # fmt: skip


def build(dsn: str, url: str) -> Devrev:
    """The world with two custom fields for each customer's noun: ``tnt__plan``, and ``tnt__secret``, which is personal."""

    async def fill() -> devrev_world.World:
        world = await devrev_world.build(dsn)
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL parley.tenant_id = 1")
                await devrev_world.insert(connection, "custom_fields", *_fields())
                # Files that belong to nobody; 1 to 3 are pictures.
                await devrev_world.insert(connection, "attachments", *({"id": 10 + i, **_FILE} for i in range(1, 7)))
        finally:
            await connection.close()
        return world

    return Devrev(url, asyncio.run(fill()).tokens)


def _fields() -> list[dict[str, Any]]:
    fields = [(noun, key) for noun in ("company", "contact") for key in ("plan", "secret")]
    return [
        _PLAIN
        | {"id": 900 + place, "noun": noun, "namespace": "tnt", "key": key, "display_name": key}
        | {"field_type": "text", "is_pii": key == "secret"}
        for place, (noun, key) in enumerate(fields)
    ]


def ask(dsn: str, query: str, *values: object) -> list[Any]:
    """Rows of tenant 1, as the owner sees them."""

    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return list(map(tuple, await connection.fetch(query, *values)))
        finally:
            await connection.close()

    return asyncio.run(fetch())
