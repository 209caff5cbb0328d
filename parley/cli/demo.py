"""``parley demo``: tenants to try Parley with."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from ..domain.principals import Tenant
from ..transfer import demo as demos
from ..transfer.demo.access import hand_out
from . import show
from .database import opened, reach
from .options import DEFAULT_DATA, Data, Json


class Source(StrEnum):
    support = "support"
    chitchat = "chitchat"


def demo(
    source: Annotated[
        Source, typer.Option(help="What to load: a made-up support desk, or 7,168 real chats (needs the extra `chitchat`).")
    ] = Source.support,
    scale: Annotated[int | None, typer.Option(min=100, metavar="N", help="Load N conversations over 20 tenants instead, for load tests.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another support desk; the same one on the same day makes the same.")] = 1,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Load a demo tenant and print how to log in. What is there already is kept; only the tokens are new."""
    with reach(data, "demo") as dsn:
        known = asyncio.run(_make(dsn, source, scale, seed))
    _remember(data, known)
    if as_json:
        show.json(known)
    else:
        _tell(known, data)


async def _make(dsn: str, source: Source, scale: int | None, seed: int) -> dict[str, Any]:
    today = datetime.now(UTC).date()
    with show.progress() as bars:
        tenant, new = await demos.make_support(dsn, seed=seed, day=today, progress=show.bar(bars))
    if not new:
        show.note(f"The demo tenant {tenant.slug} is there already: kept as it is, with fresh tokens.")
    return await _log_in(dsn, tenant)


async def _log_in(dsn: str, tenant: Tenant) -> dict[str, Any]:
    async with opened(dsn) as database:
        return await hand_out(database, tenant, demos.people(demos.DOMAIN), contact_id=1)


def _remember(data: Path, known: dict[str, Any]) -> None:
    """`parley serve` shows these logins; the file is for the owner's eyes only."""
    if not data.is_dir():
        return
    path = data / "demo.json"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(msgspec.json.encode(known))


def _tell(known: dict[str, Any], data: Path) -> None:
    rows = [(role, user["email"], user["password"], user["token"]) for role, user in known["users"].items()]
    show.table(("who", "e-mail", "password", "token"), [*rows, ("contact", "", "", known["contact"]["token"])])
    typer.echo(f"\nTenant {known['tenant']['slug']}, Chatwoot account {known['account_id']}. Next: parley serve --data {data}")
    token = known["users"]["administrator"]["token"]
    typer.echo(f"  curl -s http://127.0.0.1:8080/conversations.list -H 'Authorization: {token}' -H 'Content-Type: application/json' -d '{{}}'")
    typer.echo(f"  curl -s http://127.0.0.1:8080/api/v1/accounts/{known['account_id']}/conversations -H 'api_access_token: {token}'")
