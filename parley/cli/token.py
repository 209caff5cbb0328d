"""``parley token``: make, list and revoke the tokens of a tenant."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ..actions import provision
from ..domain.problems import NotFound
from ..store import control, tenants
from ..store.control import IssuedToken
from ..store.database import Database
from . import show
from .database import run
from .options import DEFAULT_DATA, Data, Json, TenantRef

app = typer.Typer(no_args_is_help=True)


class Scope(StrEnum):
    read = "read"
    write = "write"


@app.callback()
def token() -> None:
    """Make, list and revoke the tokens of a tenant; one token works on both wires."""


@app.command()
def create(
    tenant: TenantRef,
    user: Annotated[str, typer.Option(metavar="ID_OR_EMAIL", help="Whose token: a user's id or e-mail.")],
    scope: Annotated[Scope, typer.Option(metavar="read|write", help="What it may do.")] = Scope.write,
    name: Annotated[str, typer.Option(help="A name to recognise it by.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Make a token and print it: it is shown once and stored hashed."""
    text = run(data, "token create", lambda database: _create(database, tenant, user, scope, name))
    if as_json:
        show.json({"token": text})
    else:
        typer.echo(text)
        show.note("Keep it: it is not shown again. It goes into Authorization: (DevRev) or api_access_token: (Chatwoot).")


@app.command("list")
def list_(tenant: TenantRef, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List a tenant's tokens that still work, newest first."""
    found = run(data, "token list", lambda database: _list(database, tenant))
    if as_json:
        show.json({"tokens": [one._asdict() for one in found]})
    else:
        rows = [(t.id, f"{t.owner_kind} {t.owner_id}", t.scope, t.name, f"{t.created_at:%Y-%m-%d %H:%M}") for t in found]
        show.table(("id", "owner", "scope", "name", "made (UTC)"), rows)


@app.command()
def revoke(
    tenant: TenantRef,
    token_id: Annotated[int, typer.Argument(metavar="ID", min=1, help="The token's id, as `parley token list` shows it.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """End a token at once."""
    run(data, "token revoke", lambda database: _revoke(database, tenant, token_id))
    if as_json:
        show.json({"revoked": token_id})
    else:
        typer.echo(f"Revoked token {token_id}.")


async def _create(database: Database, tenant: str, user: str, scope: Scope, name: str) -> str:
    home = await provision.resolve_tenant(database, tenant)
    owner = await provision.resolve_user(database, user)
    async with database.read(home.id) as connection:
        members = {member.user_id for member in await tenants.list_members(connection, home.id) if member.left_at is None}
    if owner.id not in members:
        raise NotFound(f"{user} does not belong to {home.slug}; parley user create --tenant {home.slug} lets them join")
    return await provision.create_token(database, tenant=home, owner_kind="user", owner_id=owner.id, scope=scope.value, name=name)


async def _list(database: Database, tenant: str) -> list[IssuedToken]:
    home = await provision.resolve_tenant(database, tenant)
    async with database.control() as connection:
        return await control.list_tokens(connection, home.id)


async def _revoke(database: Database, tenant: str, token_id: int) -> None:
    home = await provision.resolve_tenant(database, tenant)
    async with database.control() as connection:
        if not await control.revoke_token(connection, home.id, token_id):
            raise NotFound(f"{home.slug} has no token {token_id} that works")
