"""The jobs beside the server. (Search engineer: replace this file.)"""

from __future__ import annotations

import asyncio

from ..store.database import Database


async def run(database: Database, stop: asyncio.Event) -> None:
    await stop.wait()
