"""``parley events``: following what happens, and delivering it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import typer

from ..actions.context import Context
from ..domain.event_kinds import Patterns
from ..domain.principals import Principal
from ..domain.problems import MissingField
from ..jobs import replay as replaying
from ..native.encode_events import encode_event
from ..native.events import checked
from ..server.asgi import tellers
from ..store.event_feed import get_edges, see_events
from . import show
from .operating import moment, operate
from .options import DEFAULT_DATA, Data, Json, TenantRef

app = typer.Typer(no_args_is_help=True)
_LOOK_S = 3600.0
Types = Annotated[str, typer.Option(metavar="KINDS", help="Only these kinds, as message.created,conversation.*")]
After = Annotated[int | None, typer.Option(metavar="POSITION", min=0, help="Events after this position.")]


@app.callback()
def events() -> None:
    """What happens in a tenant: follow it, deliver it again."""


@app.command()
def tail(
    tenant: TenantRef,
    types: Types = "",
    after: After = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="End after so many.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Follow the events of a tenant until Ctrl-C, from now on unless --after says more; --json prints one JSON value a line."""
    patterns = Patterns.parse(types)

    async def work(context: Context, principal: Principal) -> None:
        left = limit
        async for one in _follow(context, principal, patterns, after):
            if as_json:
                show.json(one)
            else:
                typer.echo(_line(one))
            left = None if left is None else left - 1
            if left == 0:
                return

    try:
        operate(data, "events tail", tenant, work)
    except KeyboardInterrupt:
        show.note("")


@app.command()
def replay(
    tenant: TenantRef,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Events that happened from then on.")] = None,
    after: After = None,
    webhook: Annotated[int | None, typer.Option(metavar="ID", min=1, help="Only for this webhook.")] = None,
    types: Types = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Deliver events again: what was delivered is sent again under its id, what is missing is made."""
    if since is None and after is None:
        raise MissingField("--since", "say from where on: --since or --after")
    asked = replaying.Asked(after, moment(since, "--since"), webhook, Patterns.parse(types))

    async def work(context: Context, principal: Principal) -> replaying.Replayed:
        wires = tellers(context)
        if not yes:
            found = await replaying.replay(context.database, principal.tenant, wires, asked, dry=True)
            typer.confirm(f"{_counted(found)} Go on?", abort=True, err=True)
        return await replaying.replay(context.database, principal.tenant, wires, asked)

    done = operate(data, "events replay", tenant, work)
    if as_json:
        show.json(done._asdict())
    else:
        typer.echo(_counted(done))


def _counted(found: replaying.Replayed) -> str:
    return f"{found.events} events: {found.again} deliveries to send again, {found.missing} to make."


async def _follow(context: Context, principal: Principal, types: Patterns, after: int | None) -> AsyncIterator[dict[str, Any]]:
    """Raises PositionGone, InvalidValue."""
    live, tenant_id, stop = context.live, principal.tenant.id, asyncio.Event()
    assert live is not None
    async with context.database.read(tenant_id) as connection:
        edges = await get_edges(connection, tenant_id)
    begin = edges.head if after is None else checked(after, edges, "--after")
    running = asyncio.create_task(live.run(stop))
    try:
        async with live.follow(tenant_id, after=begin) as follower:
            while True:
                rows = await follower.next(_LOOK_S)
                async with context.database.read(tenant_id, vary=False) as connection:
                    seen = await see_events(connection, principal, rows, types)
                for one in seen:
                    yield encode_event(principal, one)
    finally:
        stop.set()
        await running


def _line(one: dict[str, Any]) -> str:
    about = [f"CONV-{one['conversation']}" if one["conversation"] else "", f"message {one['message']}" if one["message"] else ""]
    who = f"{one['actor']['kind']} {one['actor']['id'] or ''}".strip()
    told = " ".join(f"{key}={value}" for key, value in one["data"].items() if not isinstance(value, list | dict))
    return "  ".join(word for word in (str(one["position"]), one["created_at"][:19], one["type"], who, *about, told) if word)
