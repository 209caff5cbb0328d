"""What the source no longer has goes here too: found by the ids of all that it does have, deleted with a tombstone each."""

from __future__ import annotations

from ..store import import_conversations, import_tenant
from ..store.import_rows import Count, Stage
from ..store.import_targets import (
    CAMPAIGN,
    COMPANY,
    CONTACT,
    CONTACT_POINT,
    CUSTOM_FIELD,
    CUSTOM_ROLE,
    INBOX,
    SLA_POLICY,
    TAG,
    TEAM,
    WORKSPACE,
)  # fmt: skip
from ..store.load import begin_bulk
from .chatwoot_account import Account

# In this order nothing is deleted before what hangs on it; each with its table in the source, whose absence deletes nothing.
# Bots and members are not swept: what they said still names them.
_SWEPT = (
    (CONTACT_POINT, "contact_inboxes"),
    (CONTACT, "contacts"),
    (WORKSPACE, "companies"),
    (COMPANY, "companies"),
    (CAMPAIGN, "campaigns"),
    (SLA_POLICY, "sla_policies"),
    (TEAM, "teams"),
    (INBOX, "inboxes"),
    (TAG, "labels"),
    (CUSTOM_FIELD, "custom_attribute_definitions"),
    (CUSTOM_ROLE, "custom_roles"),
)


async def sweep(account: Account) -> None:
    """One transaction for the conversations, one for all the rest."""
    async with account.connection.transaction():
        await begin_bulk(account.connection, account.run.tenant_id)
        await _count(account, "conversations", await import_conversations.sweep_conversations(account.run))
    async with account.connection.transaction():
        await begin_bulk(account.connection, account.run.tenant_id)
        for target, table in _SWEPT:
            if account.source.has(table):
                stage = Stage(account.run, target)
                await stage.find_missing()
                await _count(account, target.table, await stage.delete_missing())


async def _count(account: Account, table: str, counts: list[Count]) -> None:
    if account.report.add_missing(table, counts):
        await import_tenant.begin_loading(account.run)
