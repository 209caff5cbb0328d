"""One account: its tenant, its people and its structure. Each step is a transaction that leaves a state to go on from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from ..store import import_control, import_tenant, tenants
from ..store.chatwoot_source import ChatwootSource
from ..store.database import Connection
from ..store.import_control import TokenRow
from ..store.import_rows import Run, Stage, Staged, begin_account, forget_contents
from ..store.import_targets import (
    BOT,
    CAMPAIGN,
    COMPANY,
    CUSTOM_FIELD,
    CUSTOM_ROLE,
    INBOX,
    MEMBERSHIP,
    SLA_POLICY,
    TAG,
    TEAM,
    WORKSPACE,
    Target,
)  # fmt: skip
from ..store.import_tenant import Link
from ..store.load import begin_bulk
from . import chatwoot_people as people
from . import chatwoot_structure as structure
from .chatwoot_plan import Plan
from .chatwoot_users import keep_tokens
from .chatwoot_values import at, channel_kind
from .report import Progress, Report

Row = Mapping[str, Any]

# Where the source keeps what our allocators number, so that new rows here stay above it.
_ALLOCATED: tuple[tuple[tenants.Kind, str, str], ...] = (
    ("conversation", "conversations", "display_id"), ("contact", "contacts", "id"), ("contact_point", "contact_inboxes", "id"),
    ("bot", "agent_bots", "id"), ("company", "companies", "id"), ("workspace", "companies", "id"), ("inbox", "inboxes", "id"),
    ("team", "teams", "id"), ("tag", "labels", "id"), ("custom_field", "custom_attribute_definitions", "id"),
    ("campaign", "campaigns", "id"), ("custom_role", "custom_roles", "id"), ("sla_policy", "sla_policies", "id"),
    ("sla_tracker", "applied_slas", "id"), ("sla_event", "sla_events", "id"), ("attachment", "attachments", "id"),
)  # fmt: skip
_OF_ONE_ACCOUNT = frozenset({"conversations"})


@dataclass(slots=True)
class Account:
    """What every step of one account's import works with. ``moved`` holds our ids where they differ from the source's."""

    source: ChatwootSource
    run: Run
    report: Report
    progress: Progress
    plan: Plan
    row: Row
    moved: dict[str, dict[str, int | None]] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    policy_names: dict[int, str] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return int(self.row["id"])

    @property
    def connection(self) -> Connection:
        return self.run.connection

    def ids(self, noun: str, external_id: int | None) -> int | None:
        """Our id of a row of the source; null where it did not come in."""
        if external_id is None or noun == "user":
            return None if external_id is None else self.plan.user_ids.get(external_id)
        return self.moved.get(noun, {}).get(str(external_id), external_id)

    async def bring(self, target: Target, rows: Iterable[Staged], *, renumber: bool | None = None) -> Stage:
        """Stages rows, gives them their ids here and writes them."""
        stage = Stage(self.run, target)
        await stage.copy(rows)
        await stage.resolve(renumber=self.run.map_ids if renumber is None else renumber)
        self.moved.setdefault(target.noun, {}).update(await stage.moved_ids())
        await stage.write()
        return stage

    async def finish(self, stage: Stage) -> None:
        """Remembers what was brought, and that the tenant is being loaded if anything was."""
        await stage.record()
        if self.report.add(stage.target.table, await stage.counts()):
            await import_tenant.begin_loading(self.run)


async def make_tenant(connection: Connection, plan: Plan, account: Row, report: Report, *, theirs: bool) -> tuple[int, int]:
    """The tenant that the account is or becomes, with its sync unit: both ids."""
    number, values, table = account["id"], people.tenant(account), report.table("tenants")
    digest = blake2b(repr(sorted(values.items())).encode(), digest_size=16).digest()
    origin = plan.tenant_origins.get(number)
    table.read += 1
    if origin is None:
        slug = await import_control.free_slug(connection, people.slugs(account))
        tenant_id = await import_control.insert_tenant(connection, plan.tenants[number], slug, values)
        await tenants.seed_tenant(connection, tenant_id)
        unit_id = await tenants.allocate_ids(connection, tenant_id, "sync_unit")
        await import_tenant.insert_sync_unit(connection, tenant_id, unit_id)
        await import_control.record_tenant(connection, tenant_id, plan.system, str(number), unit_id, digest)
        table.written += 1
        return tenant_id, unit_id
    if origin.content_hash == digest:
        table.unchanged += 1
    elif origin.untouched or theirs:
        await import_control.update_tenant(connection, origin.tenant_id, values)
        await import_control.record_tenant(connection, origin.tenant_id, plan.system, str(number), origin.sync_unit_id, digest)
        table.updated += 1
    else:
        table.kept += 1
        table.kept_ids.append(str(number))
    return origin.tenant_id, origin.sync_unit_id


async def raise_allocators(account: Account) -> None:
    """Before anything is brought: what is made here meanwhile stays out of the way."""
    for kind, table, column in _ALLOCATED:
        of = account.id if table in _OF_ONE_ACCOUNT else None
        highest = await account.source.highest_id(table, of, column)
        if highest:
            await tenants.raise_allocator(account.connection, account.run.tenant_id, kind, highest)


async def bring_structure(account: Account) -> None:
    """Everything that contacts and conversations refer to, in one transaction."""
    await begin_account(account.connection)
    async with account.connection.transaction():
        await begin_bulk(account.connection, account.run.tenant_id)
        await raise_allocators(account)
        for noun in ("inbox", "team", "campaign", "sla_policy", "contact", "contact_point"):
            account.moved[noun] = dict(await import_tenant.list_moved_ids(account.run, noun))
        await _bring_members(account)
        await _bring_bots(account)
        await _bring_inboxes(account)
        await _bring_teams(account)
        await _bring_small(account)


async def _bring_members(account: Account) -> None:
    source = account.source
    await account.finish(await account.bring(CUSTOM_ROLE, map(structure.custom_role, await source.of_account("custom_roles", account.id))))
    members = {row["user_id"]: row for row in await source.members(account.id)}
    avatars = await bring_avatars(account, "User", list(account.plan.named_users[account.id]))
    staged = [
        people.membership(
            account.plan.users[number],
            members.get(number),
            user_id=account.plan.user_ids[number] or 0,
            inviter_id=account.ids("user", members[number]["inviter_id"]) if number in members else None,
            avatar_id=avatars.get(number),
            left_at=account.run.at,
        )
        for number in sorted(account.plan.named_users[account.id])
    ]
    stage = await account.bring(MEMBERSHIP, staged)
    await account.finish(stage)
    await _forget(account, MEMBERSHIP, await import_tenant.leave(account.run, [row.id for row in staged]))


async def _bring_bots(account: Account) -> None:
    rows = {row["id"]: row for row in await account.source.bots(account.id)}
    avatars = await bring_avatars(account, "AgentBot", list(rows))
    staged = [people.bot(row, avatars.get(number)) for number, row in rows.items()]
    assistants = {row["id"]: row for row in await account.source.of_account("captain_assistants", account.id)}
    senders = [sender for sender in await account.source.bot_senders(account.id) if sender[0] != "AgentBot" or sender[1] not in rows]
    names = await import_tenant.name_bots(account.run, [people.bot_id(*sender) for sender in senders])
    for sender_type, number in senders:
        row = assistants.get(number) if sender_type != "AgentBot" else None
        name = names.get(people.bot_id(sender_type, number), people.DELETED_BOT)
        staged.append(people.other_bot(sender_type, number, row, name, at(account.row["created_at"])))
    await account.finish(await account.bring(BOT, staged))
    if account.source.has("agent_bots"):
        await _forget(account, BOT, await import_tenant.retire_bots(account.run, [row.id for row in staged]))
    tokens = [
        TokenRow(
            row["token"], account.run.tenant_id if rows[row["owner_id"]]["account_id"] else None, row["owner_id"], at(row["created_at"])
        )
        for row in await account.source.access_tokens("AgentBot", list(rows))
    ]
    own = [number for number, row in rows.items() if row["account_id"]]
    await keep_tokens(account.connection, account.report, "bot", account.run.system, own, tokens, account.run.tenant_id)


async def _forget(account: Account, target: Target, gone: list[int]) -> None:
    """Rows that went because the source no longer has them, but stay to be named."""
    if gone:
        await forget_contents(account.run, target, gone)
        await import_tenant.begin_loading(account.run)
        account.report.table(target.table).updated += len(gone)


async def _bring_inboxes(account: Account) -> None:
    source, rows = account.source, await account.source.of_account("inboxes", account.id)
    account.kinds = {row["id"]: channel_kind(row["channel_type"]) for row in rows}
    channels = await _channels(account, rows)
    human_agents = frozenset([kind for kind, flag in structure.meta_flags().items() if await source.installation_flag(flag)])
    bots = {row["inbox_id"]: row["agent_bot_id"] for row in await source.inbox_links("agent_bot_inboxes", account.id) if not row["status"]}
    links = _links(account, await source.inbox_links("inbox_members", account.id), "inbox")
    stage = await account.bring(
        INBOX,
        [
            structure.inbox(
                row, channels.get(row["id"], {}), human_agents=human_agents, bot_id=bots.get(row["id"]), members=links.users[row["id"]]
            )
            for row in rows
        ],
    )
    await import_tenant.replace_inbox_members(account.run, await stage.brought_ids(), links.rows)
    await account.finish(stage)


async def _bring_teams(account: Account) -> None:
    rows = await account.source.of_account("teams", account.id)
    links = _links(account, await account.source.team_members(account.id), "team")
    stage = await account.bring(TEAM, [structure.team(row, links.users[row["id"]]) for row in rows])
    await import_tenant.replace_team_members(account.run, await stage.brought_ids(), links.rows)
    await account.finish(stage)


async def _bring_small(account: Account) -> None:
    source, number = account.source, account.id
    companies = await source.of_account("companies", number)
    await account.finish(await account.bring(COMPANY, map(people.company, companies)))
    await account.finish(await account.bring(WORKSPACE, map(people.workspace, companies)))
    labels = await source.of_account("labels", number)
    await account.finish(await account.bring(TAG, map(structure.label, labels)))
    account.labels = {row["title"]: label_id for row in labels if (label_id := account.ids("tag", row["id"])) is not None}
    fields = await source.of_account("custom_attribute_definitions", number)
    await account.finish(await account.bring(CUSTOM_FIELD, map(structure.custom_field, fields)))
    campaigns = await source.of_account("campaigns", number)
    await account.finish(
        await account.bring(CAMPAIGN, [structure.campaign(row, account.ids("inbox", row["inbox_id"])) for row in campaigns])
    )
    policies = await source.of_account("sla_policies", number)
    account.policy_names = {row["id"]: row["name"] for row in policies}
    await account.finish(await account.bring(SLA_POLICY, map(structure.sla_policy, policies)))


async def _channels(account: Account, inboxes: Sequence[Row]) -> dict[int, dict[str, Any]]:
    """Channel rows by inbox; tells which secrets stay behind."""
    found: dict[int, dict[str, Any]] = {}
    for kind in sorted(set(account.kinds.values())):
        of_kind = {row["channel_id"]: row["id"] for row in inboxes if account.kinds[row["id"]] == kind}
        for channel_id, text in (await account.source.channels(kind, list(of_kind))).items():
            found[of_kind[channel_id]] = json.loads(text)
            for name in structure.secrets(found[of_kind[channel_id]]):
                account.report.note(f"left behind, not copied: {name} of {kind} channels")
    return found


@dataclass(slots=True)
class _Links:
    rows: list[Link]
    users: dict[int, list[int]]


def _links(account: Account, rows: Sequence[Row], noun: str) -> _Links:
    """Who belongs to which group, with our ids; ``users`` is by the source's group id."""
    links = _Links([], defaultdict(list))
    for row in rows:
        group_id, user_id = account.ids(noun, row[f"{noun}_id"]), account.ids("user", row["user_id"])
        if group_id is not None and user_id is not None:
            links.rows.append(Link(group_id, user_id, at(row["created_at"])))
            links.users[row[f"{noun}_id"]].append(user_id)
    return links


async def bring_avatars(account: Account, owner: str, ids: Sequence[int]) -> dict[int, int]:
    """Copies the pictures' metadata; the picture's id here by its owner's id there."""
    rows = await account.source.avatars(owner, ids)
    written = await import_tenant.copy_avatars(account.run, [people.avatar(row) for row in rows])
    if written:
        await import_tenant.begin_loading(account.run)
        account.report.table("attachments").written += written
    return {row["record_id"]: people.MADE_UP + row["id"] for row in rows}
