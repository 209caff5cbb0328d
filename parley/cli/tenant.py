"""``parley tenant``: make and list tenants."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

import typer

from ..actions import provision
from ..domain.principals import Tenant
from ..store import control, load
from ..store.database import Database
from . import show
from .database import opened, reach, run
from .options import DEFAULT_DATA, Data, Json

app = typer.Typer(no_args_is_help=True)

SLUG = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@app.callback()
def tenant() -> None:
    """Make and list tenants: DevRev's dev orgs, Chatwoot's accounts."""


@app.command()
def create(
    slug: Annotated[str, typer.Option(help="Short name in DevRev ids: letters, digits, - and _.")],
    name: Annotated[str | None, typer.Option(help="Name for people; the slug when not given.")] = None,
    tenant_id: Annotated[
        int | None, typer.Option("--id", metavar="ID", min=1, help="Account id on Chatwoot's wire; the next free one when not given.")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Make a tenant with its stock stages."""

    if not SLUG.fullmatch(slug):
        raise typer.BadParameter("takes up to 63 letters, digits, - and _, and starts with a letter or digit", param_hint="--slug")
    with reach(data, "tenant create") as dsn:
        made = asyncio.run(_create(dsn, slug, name or slug, tenant_id))
    if as_json:
        show.json({"tenant": _shape(made)})
    else:
        typer.echo(f"Made tenant {made.slug} with id {made.id}. Next: parley user create --tenant {made.slug} --email ... --name ...")


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List every tenant."""

    found = run(data, "tenant list", _list)
    if as_json:
        show.json({"tenants": [_shape(one) for one in found]})
    else:
        show.table(("id", "slug", "name", "status"), [(t.id, t.slug, t.name, _status(t)) for t in found])


async def _create(dsn: str, slug: str, name: str, tenant_id: int | None) -> Tenant:
    async with opened(dsn) as database:
        made = await provision.create_tenant(database, slug=slug, name=name, tenant_id=tenant_id)
    if tenant_id is not None:
        async with load.owner(dsn) as connection:
            await control.raise_ids(connection)
    return made


async def _list(database: Database) -> list[Tenant]:
    async with database.control() as connection:
        return await control.list_tenants(connection)


def _shape(one: Tenant) -> dict[str, object]:
    return {"id": one.id, "slug": one.slug, "name": one.name, "status": _status(one)}


def _status(one: Tenant) -> str:
    return "suspended" if one.suspended else "active"
