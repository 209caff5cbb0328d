"""Load-test data: any number of conversations over twenty tenants, one of which has three quarters of them.

Batches are made and copied one after the other, so memory stays flat. Ten messages a conversation on average, in a made-up
vocabulary where the words follow Zipf's law; three words are placed on purpose, for searches of known reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, count
from random import Random
from uuid import UUID

from ...store.load import NewConversation, NewMessage, jsonb
from . import cast, support, world
from .cast import Person
from .dataset import Dataset
from .derive import derive
from .trackers import track

TENANTS = 20
BIG_SHARE = 0.75
BATCH = 2000
SLUG = "scale"

COMMON, MEDIUM, RARE = "please", "zeppelin", "quokka"
"""In more than every second message; in one of a thousand; in one of a hundred thousand, and in the first conversation."""

_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "ne", "pa", "qui", "ro", "sa", "te", "vi", "wo", "xe", "yo", "zu")
_VOCABULARY, _SENTENCES = 8000, 20000
_STAGES = {"archived": 50, "resolved": 35, "waiting_on_user": 5, "needs_response": 5, "new": 3, "hold": 2}


def sizes(conversations: int) -> list[tuple[str, int]]:
    """Slug and size of each tenant, the big one last: when it is there, all are."""
    small = (conversations - round(conversations * BIG_SHARE)) // (TENANTS - 1)
    others = [(f"{SLUG}-{place:02}", small) for place in range(2, TENANTS + 1)]
    return [*others, (SLUG, conversations - small * (TENANTS - 1))]


class Mill:
    """Makes one tenant's rows, a batch at a time."""

    def __init__(self, users: Sequence[int], slug: str, conversations: int, *, seed: int, day: date, domain: str) -> None:
        self.rng = Random(f"{seed} {slug}")  # noqa: S311 - made-up conversations, not secrets
        self.users, self.domain, self.conversations = users, domain, conversations
        self.now = datetime.combine(day, time(), UTC)
        self.since = self.now - timedelta(days=400)
        self.names = [name.split()[0] for name in cast.AGENTS]
        self.sentences = _sentences(seed)
        self.ids: Iterator[int] = count(1)
        self.trackers = self.events = 0
        self.people: list[Person] = []

    def furniture(self) -> Dataset:
        """Everything but conversations."""
        data = Dataset()
        into = data.structure
        world.furnish(into, self.users, self.since)
        into["memberships"] += cast.agents(self.users, self.domain, self.since)
        cast.companies(self.rng, into, self.since)
        self.people = cast.contacts(self.rng, into, self.since, max(50, self.conversations // 10))
        stamps = {"created_at": self.since, "updated_at": self.since}
        into["contact_points"] += [
            {"id": p.id, "contact_id": p.id, "inbox_id": _inbox_of(p), "source_id": f"{SLUG}-{p.id}", **stamps} for p in self.people
        ]
        return data

    def batches(self) -> Iterator[Dataset]:
        """The conversations, oldest first."""
        for start in range(1, self.conversations + 1, BATCH):
            data = Dataset()
            for number in range(start, min(start + BATCH, self.conversations + 1)):
                self._conversation(data, number)
            self._continue_numbers(data)
            yield data

    def _conversation(self, data: Dataset, number: int) -> None:
        rng, person = self.rng, self.rng.choice(self.people)
        began = self.since + timedelta(days=398.0 * (number - rng.random()) / self.conversations)
        stage = rng.choices(list(_STAGES), list(_STAGES.values()))[0]
        agent = rng.choice([place for place, inboxes in world.INBOX_MEMBERS.items() if _inbox_of(person) in inboxes])
        messages = self._messages(number, person, self.users[agent], stage, began)
        row = self._row(number, person, self.users[agent], stage, began, messages)
        derive(row, messages)
        row.modified_at = row.last_activity_at
        row.closed_at = row.last_activity_at if row.status == "resolved" else None
        data.conversations.append(row)
        data.messages += messages
        self._carry(data, row)

    def _row(self, number: int, person: Person, agent: int, stage: str, began: datetime, messages: list[NewMessage]) -> NewConversation:
        rng, answered = self.rng, stage != "new"
        return NewConversation(
            number=number,
            uuid=str(UUID(int=rng.getrandbits(128), version=4)),
            title=rng.choice(self.sentences)[:60],
            stage_id=support.STAGE_IDS[stage],
            status=support.STATUSES[stage],
            priority=rng.choice((None, None, 0, 1, 2, 3)),
            inbox_id=_inbox_of(person),
            contact_id=person.id,
            contact_point_id=person.id,
            workspace_id=person.workspace_id,
            company_id=person.company_id,
            team_id=rng.choice((None, 1, 2, 3, 4)),
            brand_id=rng.choice((None, 1, 2)),
            assignee_user_id=agent if answered and rng.random() < 0.9 else None,
            source_channel=world.SOURCE_CHANNELS[_inbox_of(person)],
            is_creator_verified=person.verified,
            additional_attributes=jsonb(_visited(number)),
            custom_fields=jsonb({"tnt": {"tier": rng.choice(("bronze", "silver", "gold"))}}),
            created_by_id=person.id,
            modified_by_id=person.id,
            created_at=began,
            modified_at=began,
            last_activity_at=began,
            snoozed_until=self.now + timedelta(days=7) if stage == "hold" else None,
            agent_last_seen_at=next((m.created_at for m in reversed(messages) if m.kind == "outgoing"), None),
        )

    def _messages(self, number: int, person: Person, agent: int, stage: str, began: datetime) -> list[NewMessage]:
        """Turn by turn; who speaks last follows from the stage."""
        rng = self.rng
        turns = 1 + 2 * rng.randrange(0, 10) if stage in ("new", "needs_response") else 2 + 2 * rng.randrange(0, 10)
        if stage == "new":
            turns = 1
        step = min(6 * 3600.0, (self.now - began).total_seconds() / (turns + 1))
        at, messages = began, []
        for turn in range(turns):
            incoming = turn % 2 == 0
            messages.append(
                NewMessage(
                    id=next(self.ids),
                    conversation_number=number,
                    kind="incoming" if incoming else "outgoing",
                    visibility="internal" if not incoming and turn < turns - 1 and rng.random() < 0.05 else "external",
                    author_kind="contact" if incoming else "user",
                    author_id=person.id if incoming else agent,
                    body=self._text(number, turn),
                    created_at=at,
                    updated_at=at,
                )
            )
            at += timedelta(seconds=step * rng.random())
        return messages

    def _text(self, number: int, turn: int) -> str:
        rng = self.rng
        parts = [rng.choice(self.sentences), rng.choice(self.sentences)]
        if rng.random() < 0.6:
            parts.append(f"{COMMON} {rng.randrange(10**6)}")
        if rng.random() < 0.001:
            parts.append(MEDIUM)
        if rng.random() < 0.00001 or (number == 1 and turn == 0):
            parts.append(RARE)
        return " ".join(parts)

    def _carry(self, data: Dataset, row: NewConversation) -> None:
        rng, number = self.rng, row.number
        for place, tag_id in enumerate(rng.sample(range(1, 18), rng.choice((0, 1, 1, 2, 3))), 1):
            tagged = {"conversation_number": number, "created_at": row.created_at}
            data.details["conversation_tags"].append(tagged | {"tag_id": tag_id, "position": place})
        if rng.random() < 0.5:
            data.details["conversation_parts"].append({"conversation_number": number, "part_id": rng.randrange(1, 13), "position": 1})
        if row.assignee_user_id and rng.random() < 0.3:
            member = {"conversation_number": number, "kind": "user", "id": row.assignee_user_id}
            data.details["conversation_members"].append(member | {"created_at": row.created_at})
        if rng.random() < 0.25:
            track(rng, data, row, self.now, rng.choice((1, 2)), self.users[0])

    def _continue_numbers(self, data: Dataset) -> None:
        """Trackers and their events are numbered inside a batch; here they go on where the last batch ended."""
        for row in data.details["sla_trackers"]:
            row["id"] += self.trackers
        for row in data.details["sla_metrics"] + data.details["sla_events"]:
            row["tracker_id"] += self.trackers
        for row in data.details["sla_events"]:
            row["id"] += self.events
        self.trackers += len(data.details["sla_trackers"])
        self.events += len(data.details["sla_events"])


def _inbox_of(person: Person) -> int:
    return 1 + person.id % len(world.KINDS)


@cache
def _sentences(seed: int) -> list[str]:
    """A stock of sentences of 6 to 14 words; the n-th word of the vocabulary is n times rarer than the first."""
    rng = Random(f"{seed} words")  # noqa: S311
    words = ["".join(rng.choices(_SYLLABLES, k=rng.choice((2, 2, 3, 4)))) for _ in range(_VOCABULARY)]
    weights = list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
    return [" ".join(rng.choices(words, cum_weights=weights, k=rng.randrange(6, 15))) for _ in range(_SENTENCES)]


def _visited(number: int) -> dict[str, str]:
    """What the channel knew of two in three."""
    if number % 3 == 0:
        return {}
    languages = ("en", "de", "fr", "pt", "it")
    page = f"https://shop.example/item/{number % 97}"
    return {"browser_language": languages[number % 5], "referer": page, "mail_subject": f"Order {number % 1009}"}
