"""``parley import chatwoot-db``: a live Chatwoot database into our tenants, and again whenever something changed there.

The source is read in one snapshot. Tenants and users are planned first, and everything is refused before the first
write if an id is taken. Then each account is brought in steps of one transaction each; an import that was cut off is
completed by the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from ..domain.problems import Problem
from ..store import import_control, import_tenant, reports
from ..store.chatwoot_source import ChatwootSource, open_source
from ..store.database import Connection
from ..store.import_rows import Run, prepare_connection
from ..store.load import begin_bulk, owner
from .chatwoot_account import Account, bring_structure, make_tenant
from .chatwoot_batches import bring_contacts, bring_conversations
from .chatwoot_plan import Plan, make_plan
from .chatwoot_sweep import sweep
from .chatwoot_users import write_platform_apps, write_user_tokens, write_users
from .report import Progress, Report

PATIENCE_S = 10.0


class ImportBusy(Problem):
    """Another import is running in this database: wait for it to end."""


async def import_chatwoot(
    source_url: str,
    dsn: str,
    *,
    accounts: Sequence[int] | None = None,
    map_ids: bool = False,
    theirs: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Brings all accounts, or those given, into the database at ``dsn``, which is migrated and reached as its owner.

    Raises SourceUnfit, ImportRefused, ImportBusy, and problems.Unavailable when our own database does not answer.
    """
    began = time.monotonic()
    report = Report()
    async with open_source(source_url) as source, owner(dsn) as connection:
        await _wait_for_others(connection)
        await prepare_connection(connection)
        plan = await make_plan(source, connection, accounts, map_ids=map_ids, report=report)
        report.system = plan.system
        await _raise_sequences(source, connection)
        async with connection.transaction():
            await write_users(connection, plan, report, theirs=theirs)
        for row in plan.accounts:
            account = await _open_account(source, connection, plan, row["id"], report, theirs, map_ids, progress or _silent)
            await _bring_account(account)
        await _bring_tokens(source, connection, plan, report, everything=accounts is None)
    report.note("feature flags are not copied: their bits mean something else in every version of Chatwoot")
    report.seconds = time.monotonic() - began
    return report


async def _wait_for_others(connection: Connection) -> None:
    """One import at a time; the database needs a moment to notice that the last one was killed."""
    deadline = time.monotonic() + PATIENCE_S
    while not await import_control.lock_imports(connection):
        if time.monotonic() > deadline:
            raise ImportBusy
        await asyncio.sleep(0.1)


async def _open_account(
    source: ChatwootSource, connection: Connection, plan: Plan, number: int, report: Report, theirs: bool, map_ids: bool, progress: Progress
) -> Account:
    row = next(account for account in plan.accounts if account["id"] == number)
    async with connection.transaction():
        tenant_id, unit_id = await make_tenant(connection, plan, row, report, theirs=theirs)
    plan.tenants[number] = report.accounts[number] = tenant_id
    run = Run(connection, tenant_id, plan.system, unit_id, datetime.now(UTC), theirs, map_ids)
    return Account(source, run, report, progress, plan, row)


async def _bring_account(account: Account) -> None:
    before = account.report.changes
    await bring_structure(account)
    await bring_contacts(account)
    await bring_conversations(account)
    await sweep(account)
    await _tell_what_stays_behind(account)
    async with account.connection.transaction():
        await begin_bulk(account.connection, account.run.tenant_id)
        await reports.backfill(account.connection, account.run.tenant_id)
        data = {"system": account.run.system, "account": account.id, "changes": account.report.changes - before}
        await import_tenant.finish_loading(account.run, data)


async def _tell_what_stays_behind(account: Account) -> None:
    for table, rows in (await account.source.lost_rows(account.id)).items():
        account.report.table({"contact_inboxes": "contact_points"}.get(table, table)).skip("what it belongs to is gone in the source", rows)
    for table, rows in (await account.source.left_out(account.id)).items():
        account.report.note(f"account {account.id}: {rows} {table} stay behind, nothing here holds them yet")


async def _bring_tokens(source: ChatwootSource, connection: Connection, plan: Plan, report: Report, *, everything: bool) -> None:
    homes: dict[int, int] = {}
    for account in plan.accounts:
        for row in await source.members(account["id"]):
            homes.setdefault(row["user_id"], plan.tenants[account["id"]] or 0)
    async with connection.transaction():
        await write_user_tokens(source, connection, plan, report, homes, everybody=everything)
        if everything:
            await write_platform_apps(source, connection, plan, report)


async def _raise_sequences(source: ChatwootSource, connection: Connection) -> None:
    highest = {
        name: await source.highest_id(table) for name, table in (("tenants", "accounts"), ("users", "users"), ("messages", "messages"))
    }
    await import_control.raise_sequences(connection, **highest)


def _silent(table: str, done: int, total: int) -> None:
    """Nobody is watching."""
