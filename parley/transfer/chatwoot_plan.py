"""What an import is about to do with tenants and users, decided before anything is written: it may be refused here."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..store import control, import_control, import_tenant
from ..store.chatwoot_source import ChatwootSource, SourceUnfit
from ..store.database import Connection
from ..store.import_control import TenantOrigin, UserOrigin
from . import chatwoot_people
from .chatwoot_values import at
from .report import ImportRefused, Report

Row = Mapping[str, Any]


@dataclass(slots=True)
class Plan:
    """``tenants`` and ``user_ids`` are ids here by ids there; a null tenant takes a fresh id when it is made."""

    system: str
    accounts: list[Row]
    tenants: dict[int, int | None] = field(default_factory=dict)
    tenant_origins: dict[int, TenantOrigin] = field(default_factory=dict)
    named_users: dict[int, set[int]] = field(default_factory=dict)
    users: dict[int, Row] = field(default_factory=dict)
    user_origins: dict[int, UserOrigin] = field(default_factory=dict)
    user_ids: dict[int, int | None] = field(default_factory=dict)
    emails: dict[int, str | None] = field(default_factory=dict)


async def make_plan(
    source: ChatwootSource, connection: Connection, accounts: Sequence[int] | None, *, map_ids: bool, report: Report
) -> Plan:
    """Raises ImportRefused with every conflict there is, and SourceUnfit for an account that the source does not have."""
    plan = Plan(system_of(await source.fingerprint()), await _accounts(source, accounts))
    conflicts = await _plan_tenants(source, connection, plan)
    if accounts is None:
        for number in sorted(plan.tenant_origins.keys() - plan.tenants.keys()):
            report.note(f"account {number} is gone from the source: tenant {plan.tenant_origins[number].tenant_id} stays as it is")
    conflicts += await _plan_users(source, connection, plan, everybody=accounts is None, report=report)
    if conflicts and not map_ids:
        raise ImportRefused([*conflicts, "with --map-ids they come in under fresh ids, users whose e-mail is taken without theirs"])
    return plan


def system_of(fingerprint: Sequence[str | None]) -> str:
    """The name of a source in origins: the same for one Chatwoot in every run, without its address or any secret."""
    return "chatwoot:" + hashlib.sha256(repr(list(fingerprint)).encode()).hexdigest()[:16]


async def _accounts(source: ChatwootSource, wanted: Sequence[int] | None) -> list[Row]:
    found: list[Row] = list(await source.accounts(wanted))
    missing = sorted(set(wanted or ()) - {account["id"] for account in found})
    if missing:
        raise SourceUnfit(f"the source has no account {', '.join(map(str, missing))}")
    return found


async def _plan_tenants(source: ChatwootSource, connection: Connection, plan: Plan) -> list[str]:
    conflicts = []
    plan.tenant_origins = await import_control.list_tenant_origins(connection, plan.system)
    for account in plan.accounts:
        number = account["id"]
        origin = plan.tenant_origins.get(number)
        if origin is not None:
            await _require_same_source(source, connection, plan, origin)
            plan.tenants[number] = origin.tenant_id
            continue
        occupant = await control.get_tenant(connection, number)
        plan.tenants[number] = None if occupant else number
        if occupant:
            conflicts.append(f"account {number} ({account['name']}): the tenant {number} here is {occupant.slug}, from elsewhere")
    return conflicts


async def _require_same_source(source: ChatwootSource, connection: Connection, plan: Plan, origin: TenantOrigin) -> None:
    """Two copies of one installation that went their own ways must not be taken for each other: uuids never change."""
    known = await import_tenant.sample_conversations(connection, origin.tenant_id, plan.system)
    there = await source.uuids(list(known))
    if any(there[number] != known[number] for number in there):
        raise ImportRefused(
            [f"tenant {origin.tenant_id} was imported from another database: the same conversations have other uuids there"]
        )


async def _plan_users(source: ChatwootSource, connection: Connection, plan: Plan, *, everybody: bool, report: Report) -> list[str]:
    """``everybody``: also users whom no account names, since their tokens stay valid."""
    for account in plan.accounts:
        plan.named_users[account["id"]] = await source.named_users(account["id"])
    wanted = set().union(*plan.named_users.values()) if plan.named_users else set()
    plan.users = {row["id"]: row for row in await source.users(None if everybody else sorted(wanted))}
    oldest = min((at(account["created_at"]) for account in plan.accounts), default=at(None))
    plan.user_origins = await import_control.list_user_origins(connection, plan.system)
    names = await import_control.name_users(connection, [origin.user_id for origin in plan.user_origins.values()])
    for number in sorted(wanted - plan.users.keys()):
        origin = plan.user_origins.get(number)
        name = names.get(origin.user_id) if origin else None
        plan.users[number] = chatwoot_people.unknown_user(number, name or chatwoot_people.DELETED_USER, oldest)
    return await _settle_users(connection, plan, report)


async def _settle_users(connection: Connection, plan: Plan, report: Report) -> list[str]:
    emails = {number: (row["email"] or "").strip().lower() or None for number, row in plan.users.items()}
    taken = await import_control.find_users(connection, list(plan.users), [email for email in emails.values() if email])
    owners = {email: user_id for user_id, email in taken.items() if email}
    shared = {email for email, times in Counter(filter(None, emails.values())).items() if times > 1}
    conflicts, used = [], set[str]()
    for number, row in plan.users.items():
        origin, email = plan.user_origins.get(number), emails[number]
        plan.user_ids[number] = origin.user_id if origin else None if number in taken else number
        if origin is None and number in taken:
            conflicts.append(f"user {number} ({row['name']}): this id belongs to another user here")
        plan.emails[number] = row["email"] if email else None
        if email and owners.get(email, plan.user_ids[number]) != plan.user_ids[number]:
            plan.emails[number] = None
            if origin is None:
                conflicts.append(f"user {number} ({row['name']}): {email} belongs to user {owners[email]} here")
            report.note(f"user {number} signs in without an e-mail: {email} belongs to another user here")
        elif email in shared and email in used:
            plan.emails[number] = None
            report.note(f"user {number} signs in without an e-mail: several users of the source share {email}")
        used.add(email or "")
    return conflicts
