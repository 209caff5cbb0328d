"""What everything is measured on: loaded once by `parley demo --scale`, kept in a cache folder until its shape changes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console

import parley as package
from parley.jobs.search import index_tenant
from parley.server.embedded import DataFolderBusy, own
from parley.server.embedded.ownership import hold
from parley.store import load

from . import servers
from .client import Ask

STAGE = "needs_response"
_SOURCE = Path(package.__file__).parent


@dataclass(frozen=True, slots=True)
class Bed:
    """A loaded database, indexed and analysed, and who may ask it. The tenant is the one with 75 % of everything."""

    scale: int
    dsn: str
    tenant_id: int
    slug: str
    account_id: int
    user_id: int
    token: str
    agent_id: int
    agent_token: str
    postmaster: int
    bytes_on_disk: int

    def devrev(self, port: int, path: str, body: dict[str, Any]) -> Ask:
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        return Ask(port, "POST", path, headers, json.dumps(body).encode())

    def page(self, port: int, **more: Any) -> Ask:
        """The page that all else is measured by: 50 conversations of one stage with their latest messages."""
        return self.devrev(port, "/conversations.list", {"stage": {"name": [STAGE]}, "limit": 50} | more)

    def export(self, port: int, first: int) -> Ask:
        return self.devrev(port, "/conversations.export", {"first": first})

    def chatwoot(self, port: int, query: str, *, meta: bool = False, as_agent: bool = False) -> Ask:
        path = f"/api/v1/accounts/{self.account_id}/conversations{'/meta' if meta else ''}?{query}"
        return Ask(port, "GET", path, {"api_access_token": self.agent_token if as_agent else self.token})

    def fetch(self, query: str, *parameters: Any) -> list[asyncpg.Record]:
        """Rows, as the owner role."""
        return rows(self.dsn, query, *parameters)


def rows(dsn: str, query: str, *parameters: Any) -> list[asyncpg.Record]:
    """Rows of a database, as the owner role."""

    async def run() -> list[asyncpg.Record]:
        async with load.owner(dsn) as connection:
            return await connection.fetch(query, *parameters)

    return asyncio.run(run())


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley-bench"


def is_loaded(cache: Path, scale: int) -> bool:
    """Whether ``opened`` finds the data of this scale instead of loading it."""
    return (kept(cache, str(scale)) / "ready.json").exists()


@contextmanager
def opened(cache: Path, scale: int, console: Console) -> Iterator[Bed]:
    """The data of this scale with its database running, for the block."""
    folder = kept(cache, str(scale))
    ready = folder / "ready.json"
    with own(folder, command="benchmarks") as cluster:
        if not ready.exists():
            console.print(f"Loading {scale:,} conversations into {folder} (once; later runs find them there) ...")
            made = json.loads(_run_demo(folder, scale))
            _settle(cluster.dsn, console)
            ready.write_text(json.dumps(made))
        yield _bed(scale, cluster.dsn, json.loads(ready.read_text()), folder)


def _run_demo(folder: Path, scale: int) -> str:
    return servers.call("demo", "--data", str(folder), "--scale", str(scale), "--json")


def _bed(scale: int, dsn: str, made: dict[str, Any], folder: Path) -> Bed:
    users = made["users"]
    return Bed(
        scale=scale,
        dsn=dsn,
        tenant_id=int(made["tenant"]["id"]),
        slug=made["tenant"]["slug"],
        account_id=int(made["account_id"]),
        user_id=int(users["administrator"]["id"]),
        token=users["administrator"]["token"],
        agent_id=int(users["agent"]["id"]),
        agent_token=users["agent"]["token"],
        postmaster=postmaster(folder),
        bytes_on_disk=asyncio.run(_size(dsn)),
    )


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def _shape() -> str:
    """Changes with the schema and with what makes the data."""
    files = [*sorted((_SOURCE / "store" / "migrations").glob("*.sql")), _SOURCE / "transfer" / "demo" / "scale.py"]
    return hashlib.blake2b(b"".join(file.read_bytes() for file in files), digest_size=6).hexdigest()


def kept(cache: Path, name: str) -> Path:
    """The cache folder of some data in its present shape; folders of an older shape go, unless another run uses them."""
    folder = cache / f"{name}-{_shape()}"
    for other in cache.glob(f"{name}-*"):
        if other != folder:
            with suppress(DataFolderBusy), hold(other, "benchmarks", wait_s=0):
                _remove(other)
    return folder


def _remove(folder: Path) -> None:
    """A data folder, and its cluster where that lies elsewhere."""
    cluster = (folder / "postgres").resolve()
    if cluster.parent != folder.resolve() and cluster.exists():
        shutil.rmtree(cluster.parent)
    shutil.rmtree(folder)


def _settle(dsn: str, console: Console) -> None:
    """Builds the search index, then vacuums and analyses, as a database at rest would be."""
    console.print("Building the search index ...")
    asyncio.run(_index(dsn))
    asyncio.run(_vacuum(dsn))


async def _index(dsn: str) -> None:
    """What a server's indexer would do, in large batches."""
    async with load.owner(dsn) as connection:
        for record in await connection.fetch("SELECT DISTINCT tenant_id FROM search_queue"):
            await index_tenant(connection, record["tenant_id"])


async def _vacuum(dsn: str) -> None:
    async with load.owner(dsn) as connection:
        await connection.execute("VACUUM (ANALYZE)")


async def _size(dsn: str) -> int:
    async with load.owner(dsn) as connection:
        return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
