"""``parley demo``: tenants to try Parley with."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from ..jobs.search import index_tenant
from ..transfer.demo import making
from ..transfer.demo.access import hand_out
from ..transfer.demo.loading import Helpers
from . import show
from .database import opened, reach
from .options import DEFAULT_DATA, Data, Json


class Source(StrEnum):
    support = "support"
    chitchat = "chitchat"


def demo(
    source: Annotated[
        Source,
        typer.Option(
            metavar="support|chitchat", help="What to load: a made-up support desk, or 7,168 real chats (needs the extra `chitchat`)."
        ),
    ] = Source.support,
    scale: Annotated[
        int | None, typer.Option(min=100, metavar="N", help="Load N conversations over 20 tenants instead, for load tests.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another support desk; the same one on the same day makes the same.")] = 1,
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="The day (UTC) that made-up times lead up to; today when not given."),
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Load a demo tenant and print how to log in. What is there already is kept; only the tokens are new."""
    if scale is not None and source != Source.support:
        raise typer.BadParameter("makes its own conversations and takes no --source", param_hint="--scale")
    with reach(data, "demo") as dsn:
        known = asyncio.run(_make(dsn, source, scale, seed, day.date() if day else datetime.now(UTC).date()))
    _remember(data, known)
    if as_json:
        show.json(known)
    else:
        _tell(known, data)


async def _make(dsn: str, source: Source, scale: int | None, seed: int, day: date) -> dict[str, Any]:
    with show.progress() as bars:
        made = await _load(dsn, source, scale, seed, day, Helpers(show.bar(bars), index_tenant))
    if not made.is_new:
        show.note(f"The tenant {made.tenant.slug} is there already: kept as it is, with fresh tokens.")
    async with opened(dsn) as database:
        return await hand_out(database, made.tenant, made.people, making.CONTACT_ID)


async def _load(dsn: str, source: Source, scale: int | None, seed: int, day: date, helpers: Helpers) -> making.Made:
    if scale is not None:
        return await making.make_scale(dsn, conversations=scale, seed=seed, day=day, helpers=helpers)
    if source == Source.chitchat:
        return await making.make_chitchat(dsn, helpers=helpers)
    return await making.make_support(dsn, seed=seed, day=day, helpers=helpers)


def _remember(data: Path, known: dict[str, Any]) -> None:
    """`parley serve` shows these logins, before all those of the support desk; the file is for the owner's eyes only."""
    path = data / "demo.json"
    if path.exists() and known["tenant"]["slug"] != making.SUPPORT_SLUG:
        return
    data.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(msgspec.json.encode(known))


def _tell(known: dict[str, Any], data: Path) -> None:
    rows = [(role, user["email"], user["password"], user["token"]) for role, user in known["users"].items()]
    show.table(("who", "e-mail", "password", "token"), [*rows, ("contact", "", "", known["contact"]["token"])])
    typer.echo(f"\nTenant {known['tenant']['slug']}, Chatwoot account {known['account_id']}. Next: parley serve --data {data}")
    token = known["users"]["administrator"]["token"]
    server = "http://127.0.0.1:8080"
    typer.echo(f"  DevRev    curl -s '{server}/conversations.list?limit=2' -H 'Authorization: {token}'")
    typer.echo(f"  Chatwoot  curl -s {server}/api/v1/accounts/{known['account_id']}/conversations -H 'api_access_token: {token}'")
