"""Contacts and conversations, in batches: each batch is one transaction that brings its rows whole, or not at all.

A batch is short (``pace``): while it lasts, whoever changes one of its rows waits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from ..domain.stages import STOCK_STAGES, stage_for_status
from ..store import import_conversations, import_tenant
from ..store.import_conversations import Facts, Person
from ..store.import_rows import Stage, Staged
from ..store.import_targets import ATTACHMENT, CONTACT, CONTACT_POINT, CONVERSATION, MESSAGE, SLA_EVENT, SLA_TRACKER
from ..store.load import begin_bulk
from . import chatwoot_people as people
from . import chatwoot_timeline as timeline
from .chatwoot_account import Account, bring_avatars
from .chatwoot_labels import Labels
from .chatwoot_values import at
from .pace import Pace

Row = Mapping[str, Any]

# At most so many in a batch.
CONTACTS = 2000
CONVERSATIONS = 500
_STAGE_IDS = {stage.name: stage.id for stage in STOCK_STAGES}


async def bring_contacts(account: Account) -> None:
    """Contacts with their contact points."""
    total, done, last = await account.source.count("contacts", account.id), 0, 0
    pace = Pace(CONTACTS)
    while rows := await account.source.contacts(account.id, last, pace.rows):
        pace.begin()
        async with account.connection.transaction():
            await begin_bulk(account.connection, account.run.tenant_id)
            await _bring_contacts(account, rows)
        pace.done()
        last, done = rows[-1]["id"], done + len(rows)
        account.progress("contacts", done, total)


async def bring_conversations(account: Account) -> None:
    """Conversations with everything in them."""
    labels = await Labels.open(account)
    total, done, last = await account.source.count("conversations", account.id), 0, 0
    await import_conversations.prepare(account.connection)
    pace = Pace(CONVERSATIONS)
    while rows := await account.source.conversations(account.id, last, pace.rows):
        pace.begin()
        async with account.connection.transaction():
            await begin_bulk(account.connection, account.run.tenant_id)
            await _Batch(account, rows, labels).bring()
        pace.done()
        last, done = rows[-1]["id"], done + len(rows)
        account.progress("conversations", done, total)


async def _bring_contacts(account: Account, rows: Sequence[Row]) -> None:
    numbers = [row["id"] for row in rows]
    points = await account.source.contact_inboxes(numbers)
    verified = {point["contact_id"] for point in points if point["hmac_verified"]}
    avatars = await bring_avatars(account, "Contact", numbers)
    contacts = await account.bring(CONTACT, [people.contact(row, verified=verified, avatar_id=avatars.get(row["id"])) for row in rows])
    await account.finish(contacts)
    staged = [people.contact_point(row, account.ids("contact", row["contact_id"]), account.ids("inbox", row["inbox_id"])) for row in points]
    await account.finish(await account.bring(CONTACT_POINT, staged))


class _Batch:
    """One batch of conversations inside its transaction."""

    def __init__(self, account: Account, rows: Sequence[Row], labels: Labels) -> None:
        self.account, self.rows, self.labels = account, rows, labels
        self.numbers = [row["id"] for row in rows]
        self.local: dict[int, int | None] = {}

    async def bring(self) -> None:
        account = self.account
        conversations, messages, attachments = await self._stage()
        facts = await import_conversations.fill_derived(account.run)
        await import_conversations.set_stages(account.run, [fact.number for fact in facts], [_stage_id(fact) for fact in facts])
        for noun, counts in await import_conversations.write_conversations(account.run, conversations, messages, attachments):
            if account.report.add_missing(f"{noun}s", counts):
                await import_tenant.begin_loading(account.run)
        for stage in (conversations, messages, attachments):
            await account.finish(stage)
        await self._bring_slas()

    async def _stage(self) -> tuple[Stage, Stage, Stage]:
        account = self.account
        conversations = Stage(account.run, CONVERSATION)
        await conversations.copy(await self._conversations())
        await conversations.resolve(renumber=account.run.map_ids)
        self.local = {row["id"]: row["display_id"] for row in self.rows} | {
            int(external_id): number for external_id, number in (await conversations.moved_ids()).items()
        }
        messages, attachments = Stage(account.run, MESSAGE), Stage(account.run, ATTACHMENT)
        await messages.copy(self._messages())
        await messages.resolve(renumber=True)
        await attachments.copy(self._attachments())
        await import_conversations.link_attachments(account.run)
        await attachments.resolve(renumber=True)
        return conversations, messages, attachments

    async def _conversations(self) -> list[Staged]:
        labels, members, mentions = (
            await self.labels.of(self.rows),
            await self._people("conversation_participants", "created_at"),
            await self._people("mentions", "mentioned_at"),
        )
        await import_conversations.copy_children(self.account.connection, self.labels.tagged(labels), _flat(members), _flat(mentions))
        verified = await self._verified()
        return [
            timeline.conversation(
                row,
                self.account.ids,
                kind=self.account.kinds.get(row["inbox_id"]),
                verified=row["contact_inbox_id"] in verified,
                extra=(
                    labels[row["id"]],
                    sorted(person[1] for person in members[row["id"]]),
                    sorted(person[1] for person in mentions[row["id"]]),
                ),
            )
            for row in self.rows
        ]

    async def _people(self, table: str, moment: str) -> dict[int, list[Person]]:
        found: dict[int, list[Person]] = defaultdict(list)
        for row in await self.account.source.of_conversations(table, self.account.id, self.numbers):
            user_id = self.account.ids("user", row["user_id"])
            if user_id is not None:
                found[row["conversation_id"]].append((str(row["conversation_id"]), user_id, at(row[moment])))
        return found

    async def _verified(self) -> set[int]:
        contacts = [row["contact_id"] for row in self.rows if row["contact_id"] is not None]
        return {row["id"] for row in await self.account.source.contact_inboxes(contacts) if row["hmac_verified"]}

    async def _messages(self) -> AsyncIterator[Staged]:
        async for row in self.account.source.messages(self.account.id, self.numbers):
            number = self.local[row["conversation_id"]]
            if number is None:
                self.account.report.table("messages").skip("its conversation did not come in")
            else:
                yield timeline.message(row, number, self.account.ids)

    async def _attachments(self) -> AsyncIterator[Staged]:
        async for row in self.account.source.attachments(self.account.id, self.numbers):
            yield timeline.attachment(row)

    async def _bring_slas(self) -> None:
        account = self.account
        newest: dict[int, Row] = {}
        applied = await account.source.of_conversations("applied_slas", account.id, self.numbers)
        for row in applied:
            newest[row["conversation_id"]] = row
        account.report.table("sla_trackers").skip("a newer SLA of the same conversation came in", len(applied) - len(newest))
        staged = [
            timeline.sla_tracker(
                row, number, account.ids("sla_policy", row["sla_policy_id"]), account.policy_names.get(row["sla_policy_id"])
            )
            for row in newest.values()
            if (number := self.local[row["conversation_id"]]) is not None
        ]
        trackers = await account.bring(SLA_TRACKER, staged)
        known = {row.id for row in staged}
        events = await account.source.of_conversations("sla_events", account.id, self.numbers)
        kept = [
            timeline.sla_event(row, account.ids("sla_tracker", row["applied_sla_id"])) for row in events if row["applied_sla_id"] in known
        ]
        account.report.table("sla_events").skip("its SLA did not come in", len(events) - len(kept))
        sla_events = await account.bring(SLA_EVENT, kept)
        for noun, counts in await import_conversations.delete_missing_slas(trackers, sla_events):
            if account.report.add_missing(f"{noun}s", counts):
                await import_tenant.begin_loading(account.run)
        await account.finish(trackers)
        await account.finish(sla_events)


def _flat(people_by_conversation: Mapping[int, list[Person]]) -> Iterable[Person]:
    for persons in people_by_conversation.values():
        yield from persons


def _stage_id(fact: Facts) -> int:
    stage = stage_for_status(fact.status, agent_has_replied=fact.agent_has_replied, contact_spoke_last=fact.contact_spoke_last)  # type: ignore[arg-type]
    return _STAGE_IDS[stage]
