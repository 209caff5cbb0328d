"""``parley user``: make and list the users of a tenant, and give them passwords or a way to set one."""

from __future__ import annotations

import secrets
import sys
from enum import StrEnum
from typing import Annotated

import typer

from ..actions import provision, sessions
from ..actions.context import Context
from ..store import control, tenants
from ..store.database import Database
from . import show
from .database import run
from .options import DEFAULT_DATA, Data, Json, TenantRef

app = typer.Typer(no_args_is_help=True)


class Role(StrEnum):
    administrator = "administrator"
    agent = "agent"


@app.callback()
def user() -> None:
    """Make and list the users of a tenant: administrators and agents."""


@app.command()
def create(
    tenant: TenantRef,
    email: Annotated[str, typer.Option(help="The user's e-mail; somebody known from another tenant joins this one too.")],
    name: Annotated[str, typer.Option(help="Full name.")],
    role: Annotated[
        Role, typer.Option(metavar="administrator|agent", help="An agent sees only the inboxes that they belong to.")
    ] = Role.agent,
    password: Annotated[str | None, typer.Option(help="Password; - reads it from stdin; a random one is printed when not given.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Make a user, or let somebody known join this tenant; they keep their password."""
    made = run(data, "user create", lambda database: _create(database, tenant, email, name, role, _read(password)))
    if as_json:
        show.json({"user": made})
    else:
        shown = f"password {made['password']}" if made["password"] else "who keeps the password they have"
        typer.echo(f"Made {role} {email} with id {made['id']}, {shown}. Next: parley token create --tenant {tenant} --user {email}")


@app.command()
def password(
    user: Annotated[str, typer.Argument(metavar="USER", help="A user by id or e-mail.")],
    password: Annotated[str | None, typer.Option(help="Password; - reads it from stdin; a random one is printed when not given.")] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Give a user a password, as for somebody whom an administrator added over the API."""
    new = _read(password)
    found = run(data, "user password", lambda database: provision.change_password(database, user, new))
    if as_json:
        show.json({"user": {"id": found.id, "name": found.name, "email": found.email, "password": new}})
    else:
        typer.echo(f"{found.email or found.name} has the password {new}")


@app.command("list")
def list_(tenant: TenantRef, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List the users of a tenant, also those who left."""
    found = run(data, "user list", lambda database: _list(database, tenant))
    if as_json:
        show.json({"users": [_shape(one) for one in found]})
    else:
        rows = [(m.user_id, m.name, m.email, m.custom_role or m.role, "left" if m.left_at else m.state) for m in found]
        show.table(("id", "name", "email", "role", "state"), rows)


@app.command("reset-link")
def reset_link(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Whose password.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Print a token with which a user sets a new password, once and within six hours."""
    token = run(data, "user reset-link", lambda database: sessions.make_reset_link(_context(database), email))
    if as_json:
        show.json({"reset_password_token": token})
    else:
        typer.echo(token)
        show.note("It goes into PUT /auth/password as reset_password_token, with the new password.")


def _context(database: Database) -> Context:
    """For an action that neither reads a cursor nor keeps a file."""
    return Context(database=database, cursor_key=b"")


async def _create(database: Database, tenant: str, email: str, name: str, role: Role, password: str) -> dict[str, object]:
    found = await provision.resolve_tenant(database, tenant)
    async with database.control() as connection:
        known = await control.find_user(connection, email)
    user_id = await provision.create_user(database, tenant=found, name=name, email=email, role=role, password=password)
    return {"id": user_id, "name": name, "email": email, "role": role, "password": None if known else password}


async def _list(database: Database, tenant: str) -> list[tenants.Membership]:
    found = await provision.resolve_tenant(database, tenant)
    async with database.read(found.id) as connection:
        return await tenants.list_members(connection, found.id)


def _read(password: str | None) -> str:
    if password == "-":  # noqa: S105 - the mark for stdin
        password = sys.stdin.readline().rstrip("\n")
    return password or secrets.token_urlsafe(12)


def _shape(one: tenants.Membership) -> dict[str, object]:
    return {
        "id": one.user_id,
        "name": one.name,
        "email": one.email,
        "role": one.role,
        "custom_role": one.custom_role,
        "state": one.state,
        "left_at": one.left_at,
        "inbox_ids": one.inbox_ids,
    }
