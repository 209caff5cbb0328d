"""Users, their passwords and every token: written once for all accounts of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from ..store import import_control
from ..store.chatwoot_source import ChatwootSource
from ..store.control import OwnerKind
from ..store.database import Connection
from ..store.import_control import TokenRow
from . import chatwoot_people
from .chatwoot_plan import Plan
from .chatwoot_values import at
from .report import Report


async def write_users(connection: Connection, plan: Plan, report: Report, *, theirs: bool) -> None:
    """In one transaction; fills ``plan.user_ids`` with the ids that they have here."""
    table = report.table("users")
    for number, row in plan.users.items():
        values = chatwoot_people.user(row, plan.emails[number])
        digest = _content_hash(values, row["encrypted_password"])
        origin = plan.user_origins.get(number)
        table.read += 1
        if origin is not None and origin.content_hash == digest:
            table.unchanged += 1
            continue
        if origin is not None and not (origin.untouched or theirs):
            table.kept += 1
            table.kept_ids.append(str(number))
            continue
        plan.user_ids[number] = await _write(connection, plan, number, values, digest)
        if row["encrypted_password"]:
            await import_control.set_imported_password(connection, plan.user_ids[number] or 0, row["encrypted_password"])
        table.written += origin is None
        table.updated += origin is not None


async def write_user_tokens(
    source: ChatwootSource, connection: Connection, plan: Plan, report: Report, homes: Mapping[int, int], *, everybody: bool
) -> None:
    """``homes``: the home tenant of each user who belongs to one. With ``everybody`` users gone from the source lose theirs."""
    rows = [
        TokenRow(row["token"], homes.get(row["owner_id"]), plan.user_ids[row["owner_id"]] or 0, at(row["created_at"]))
        for row in await source.access_tokens("User", [number for number, user in plan.users.items() if "deleted" not in user])
    ]
    owners = {user_id for user_id in plan.user_ids.values() if user_id}
    if everybody:
        owners |= {origin.user_id for origin in plan.user_origins.values()}
    await keep_tokens(connection, report, "user", plan.system, sorted(owners), rows, None)


async def write_platform_apps(source: ChatwootSource, connection: Connection, plan: Plan, report: Report) -> None:
    """Platform apps with a token; each is made once, with its token."""
    names = await source.platform_apps()
    rows = [row for row in await source.access_tokens("PlatformApp", None) if row["owner_id"] in names]
    known = await import_control.known_tokens(connection, [row["token"] for row in rows])
    for row in rows:
        if row["token"] in known:
            report.table("tokens").unchanged += 1
            continue
        app_id = await import_control.insert_platform_app(connection, names[row["owner_id"]])
        token = TokenRow(row["token"], None, app_id, at(row["created_at"]))
        await keep_tokens(connection, report, "platform_app", plan.system, [], [token], None)


async def keep_tokens(
    connection: Connection,
    report: Report,
    kind: OwnerKind,
    system: str,
    owner_ids: Sequence[int],
    rows: Sequence[TokenRow],
    tenant_id: int | None,
) -> None:
    made, ended = await import_control.keep_tokens(connection, kind, system, owner_ids, rows, tenant_id)
    table = report.table("tokens")
    table.read += len(rows)
    table.written += made
    table.unchanged += len(rows) - made
    table.deleted += ended


async def _write(connection: Connection, plan: Plan, number: int, values: Mapping[str, Any], digest: bytes) -> int:
    user_id = plan.user_ids[number]
    if number in plan.user_origins and user_id is not None:
        await import_control.update_user(connection, user_id, values)
    else:
        user_id = await import_control.insert_user(connection, user_id, values)
    await import_control.record_user(connection, plan.system, number, user_id, digest)
    return user_id


def _content_hash(values: Mapping[str, Any], password: str | None) -> bytes:
    """Without ``updated_at``, which every sign-in moves."""
    compared = [value for name, value in values.items() if name != "updated_at"]
    return blake2b(repr((compared, password)).encode(), digest_size=16).digest()
