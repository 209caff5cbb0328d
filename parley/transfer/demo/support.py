"""The demo tenant `support`: about 2,000 conversations of an e-bike shop, the same for the same seed and day.

Every choice comes from one ``random.Random(seed)`` and every time is counted back from midnight UTC of the given day, so
two runs with both equal make equal rows, and the data always looks recent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from uuid import UUID

from ...domain.principals import Ref
from ...domain.stages import STOCK_STAGES
from ...store.load import NewConversation, jsonb
from . import cast, desk, extras, plots, world
from .cast import Person
from .dataset import Dataset, Row
from .derive import derive
from .phrasebook import Phrasebook, topics
from .story import Story
from .trackers import track

CONVERSATIONS = 2000
DEMO_CONTACT = 1
_DAY_S = 86400.0

STAGE_IDS = {stage.name: stage.id for stage in STOCK_STAGES} | {"escalated": world.ESCALATED}
STATUSES: Mapping[str, str] = {stage.name: stage.status for stage in STOCK_STAGES} | {"escalated": "open"}
# Stage -> its share in per cent, and how many days ago such conversations began.
STAGES = {
    "new": (6, 0.01, 2.0),
    "suspended": (4, 0.01, 5.0),
    "needs_response": (11, 0.1, 6.0),
    "waiting_on_user": (13, 0.1, 14.0),
    "hold": (5, 1.0, 30.0),
    "escalated": (3, 1.0, 10.0),
    "resolved": (30, 1.0, 90.0),
    "archived": (28, 20.0, 365.0),
}


@dataclass(frozen=True, slots=True)
class _Beginning:
    at: datetime
    stage: str
    topic_choice: float


def build(users: Sequence[int], *, seed: int, day: date, domain: str, conversations: int = CONVERSATIONS) -> Dataset:
    """The whole tenant; ``users`` are the ids of the cast's agents, in the cast's order."""
    return _Builder(users, seed, datetime.combine(day, time(), UTC), domain).build(conversations)


class _Builder:
    """What the making of one conversation leans on."""

    def __init__(self, users: Sequence[int], seed: int, now: datetime, domain: str) -> None:
        self.rng = Random(seed)  # noqa: S311 - made-up conversations, not secrets
        self.users, self.now, self.domain = users, now, domain
        self.data = Dataset()
        self.since = now - timedelta(days=400)
        self.names = dict(zip(users, cast.AGENTS, strict=True))
        self.ids: Iterator[int] = count(1)
        self.points: dict[tuple[int, int], int] = {}

    def build(self, conversations: int) -> Dataset:
        into, rng = self.data.structure, self.rng
        world.furnish(into, self.users, self.since)
        into["memberships"] += cast.agents(self.users, self.domain, self.since)
        cast.companies(rng, into, self.since)
        people = cast.contacts(rng, into, self.since)
        for number, beginning in enumerate(self._beginnings(conversations), 1):
            # The demo's own contact has a conversation among every hundred.
            person = people[0] if number % 100 == 7 else rng.choice(people)
            self._conversation(number, beginning, person)
        desk.equip(rng, into, self.users, self.since)
        desk.follow_up(rng, self.data, self.users)
        return self.data

    def _beginnings(self, conversations: int) -> list[_Beginning]:
        """When each starts and the stage that it is in now, oldest first; every stage appears."""
        rng, shares = self.rng, [share for share, _, _ in STAGES.values()]
        stages = [*STAGES, *rng.choices(list(STAGES), shares, k=max(0, conversations - len(STAGES)))][:conversations]
        return sorted((self._beginning(stage) for stage in stages), key=lambda beginning: beginning.at)

    def _beginning(self, stage: str) -> _Beginning:
        _, low, high = STAGES[stage]
        age = timedelta(seconds=round(_DAY_S * (low + (high - low) * self.rng.random() ** 1.5), 6))
        return _Beginning(self.now - age, stage, self.rng.random())

    def _conversation(self, number: int, beginning: _Beginning, person: Person) -> None:
        rng, stage = self.rng, beginning.stage
        known = topics(person.language)
        topic = known[int(beginning.topic_choice * len(known))]
        spam = stage == "suspended" and rng.random() < 0.4
        inbox_id = self._inbox(topic, stage, spam)
        book = Phrasebook(rng, person.language, topic, customer=person.first_name, company=person.company)
        story = Story(rng, book, person, inbox_id, self.names, self.ids, spam=spam)
        crew = self._crew(inbox_id, beginning)
        plots.tell(story, crew, stage, world.TOPICS[topic][2])
        story.date(beginning.at, longest_s=(self.now - beginning.at).total_seconds() * 0.95)
        row = self._row(number, beginning, person, topic, story, spam)
        for message in story.messages:
            message.conversation_number = number
        self._see(row, story)
        derive(row, story.messages)
        self._carry(row, person, topic, story, crew)
        self.data.conversations.append(row)
        self.data.messages += story.messages

    def _inbox(self, topic: str, stage: str, spam: bool) -> int:
        """Spam comes by mail; what a bot holds comes from the website, and nothing there is merely new."""
        if stage == "suspended":
            return world.SUPPORT_MAIL if spam else world.WEBSITE
        usual = world.TOPICS[topic][3]
        if usual and self.rng.random() < 0.6:
            return usual
        open_to = [inbox for inbox in world.KINDS if stage != "new" or inbox != world.WEBSITE]
        return self.rng.choices(open_to, [30 if inbox <= world.SUPPORT_MAIL else 10 for inbox in open_to])[0]

    def _crew(self, inbox_id: int, beginning: _Beginning) -> plots.Crew:
        """Two who work in the inbox; long ago it may have been the one who left."""
        places = [place for place, inboxes in world.INBOX_MEMBERS.items() if inbox_id in inboxes]
        agent, colleague = self.rng.sample(places, 2)
        if beginning.at < self.since + timedelta(days=190) and self.rng.random() < 0.25:
            agent = len(self.users) - 1
        return plots.Crew(Ref("user", self.users[agent]), Ref("user", self.users[colleague]))

    def _row(self, number: int, beginning: _Beginning, person: Person, topic: str, story: Story, spam: bool) -> NewConversation:
        rng, stage = self.rng, beginning.stage
        last = next(m for m in reversed(story.messages) if m.visibility != "private")
        subtype = world.TOPICS[topic][4] if rng.random() < 0.8 else None
        mail = story.inbox_id in (world.SUPPORT_MAIL, world.BILLING_MAIL)
        title = story.book.topic("title") if mail or rng.random() < 0.75 else None
        return NewConversation(
            number=number,
            uuid=str(UUID(int=rng.getrandbits(128), version=4)),
            title=title,
            description=story.messages[1].body if rng.random() < 0.2 else None,
            stage_id=STAGE_IDS[stage],
            status=STATUSES[stage],
            priority=rng.choice((None, None, 0, 1, 1, 2, 3)),
            inbox_id=story.inbox_id,
            contact_id=person.id,
            contact_point_id=self._contact_point(person, story.inbox_id),
            workspace_id=person.workspace_id,
            company_id=person.company_id,
            team_id=world.TOPICS[topic][0] if rng.random() < 0.7 else None,
            brand_id=rng.choice((None, 1, 1, 2)),
            campaign_id=rng.choice((1, 2)) if story.inbox_id == world.WEBSITE and rng.random() < 0.1 else None,
            assignee_user_id=story.assignee.id if story.assignee and story.assignee.kind == "user" else None,
            assignee_bot_id=story.assignee.id if story.assignee and story.assignee.kind == "bot" else None,
            owner_agent_id=1 if story.has_bot and rng.random() < 0.3 else None,
            source_channel=world.SOURCE_CHANNELS[story.inbox_id],
            subtype=subtype,
            is_spam=spam,
            is_frozen=story.is_frozen,
            is_creator_verified=person.verified,
            url_context=f"https://larkspur.example/help/{topic}?lang={person.language}" if story.has_bot else None,
            additional_attributes=jsonb(self._origin_of_page(person, topic, title, mail)),
            custom_fields=jsonb(self._fields(topic, subtype, story, beginning.at)),
            created_by_id=person.id,
            modified_by_kind=last.author_kind,
            modified_by_id=last.author_id,
            created_at=beginning.at,
            modified_at=last.created_at,
            last_activity_at=last.created_at,
            closed_at=story.closing.created_at if story.closing else None,
            snoozed_until=self.now + timedelta(days=rng.randrange(1, 15), hours=9) if stage == "hold" else None,
        )

    def _see(self, row: NewConversation, story: Story) -> None:
        """Who has read how far: an agent who writes has read everything before."""
        rng = self.rng
        written = [m.created_at for m in story.messages if m.author_kind == "user"]
        if written:
            seen = row.last_activity_at if rng.random() < 0.4 else written[-1]
            row.agent_last_seen_at = seen
            row.assignee_last_seen_at = seen if rng.random() < 0.6 else written[0]
        if rng.random() < 0.7:
            row.contact_last_seen_at = rng.choice([m.created_at for m in story.messages])

    def _carry(self, row: NewConversation, person: Person, topic: str, story: Story, crew: plots.Crew) -> None:
        """Everything beside the row: tags, people, parts, mood, service level, files, origin."""
        rng, number, details = self.rng, row.number, self.data.details
        details["conversation_tags"] += self._tags(row, story)
        details["conversation_members"] += self._members(row, crew, story)
        if rng.random() < 0.08 and row.assignee_user_id:
            owner = {"conversation_number": number, "kind": "user", "id": crew.colleague.id, "position": 1}
            details["conversation_owners"] += [owner] + ([owner | {"kind": "bot", "id": 1, "position": 2}] if story.has_bot else [])
        for place, part in enumerate(dict.fromkeys((world.TOPICS[topic][1], rng.randrange(1, len(world.PARTS) + 1))), 1):
            if place == 1 or rng.random() < 0.25:
                details["conversation_parts"].append({"conversation_number": number, "part_id": part, "position": place})
        if rng.random() < 0.05 and story.inbox_id != world.SUPPORT_MAIL:
            details["conversation_channels"].append({"conversation_number": number, "inbox_id": world.SUPPORT_MAIL, "position": 1})
        self._mention(row, crew, story)
        if (row.closed_at and rng.random() < 0.6) or rng.random() < 0.1:
            row.sentiment = rng.choices((1, 2, 3, 4, 5), (20, 30, 25, 15, 10))[0]
            row.sentiment_summary, row.sentiment_modified_at = story.book.mood(row.sentiment), row.last_activity_at
        if rng.random() < 0.55 and not row.is_spam:
            track(rng, self.data, row, self.now, 1 if person.company_id else 2, self.users[0])
        extras.decorate(rng, self.data, row, story)
        if row.created_at < self.since + timedelta(days=300) and rng.random() < 0.25:
            extras.import_from(rng, self.data, row, story.messages)

    def _tags(self, row: NewConversation, story: Story) -> list[Row]:
        values: list[tuple[str, str | None]] = [(name, None) for name in story.tags]
        if self.rng.random() < 0.25:
            values.append(("severity", self.rng.choice(("low", "medium", "high", None))))
        if self.rng.random() < 0.2:
            region = {"en": "uk", "ja": "apac", "pt": "latam", "ar": "mena"}.get(story.person.language, "eu")
            values.append(("region", region))
        if self.rng.random() < 0.05:
            values.append(("vip", None))
        if story.quiet and not story.person.blocked:
            values.append(("spam", None))
        at = {"conversation_number": row.number, "created_at": row.created_at}
        return [{"tag_id": world.TAG_IDS[name], "value": value, "position": place, **at} for place, (name, value) in enumerate(values, 1)]

    def _members(self, row: NewConversation, crew: plots.Crew, story: Story) -> list[Row]:
        """Users who take part, and sometimes a second customer: the demo's own contact now and then."""
        people = [crew.agent] if row.first_reply_at and self.rng.random() < 0.5 else []
        if any(m.author_kind == "user" and m.author_id == crew.colleague.id for m in story.messages):
            people.append(crew.colleague)
        if row.contact_id != DEMO_CONTACT and (row.number % 250 == 11 or self.rng.random() < 0.03):
            people.append(Ref("contact", DEMO_CONTACT if row.number % 250 == 11 else self.rng.randrange(2, cast.CONTACTS + 1)))
        people = [who for who in dict.fromkeys(people) if who != Ref("contact", row.contact_id)]
        return [{"conversation_number": row.number, "kind": who.kind, "id": who.id, "created_at": row.created_at} for who in people]

    def _mention(self, row: NewConversation, crew: plots.Crew, story: Story) -> None:
        called_for = f"@{story.name(crew.colleague)}"
        called = next((m for m in story.messages if m.visibility == "internal" and called_for in (m.body or "")), None)
        if called:
            mention = {"conversation_number": row.number, "user_id": crew.colleague.id, "mentioned_at": called.created_at}
            self.data.details["mentions"].append(mention)

    def _contact_point(self, person: Person, inbox_id: int) -> int:
        """The contact's address there, made when first needed."""
        if (person.id, inbox_id) not in self.points:
            point_id = self.points[person.id, inbox_id] = len(self.points) + 1
            made = {"created_at": self.since, "updated_at": self.since}
            point = {"id": point_id, "contact_id": person.id, "inbox_id": inbox_id, "source_id": self._address(person, inbox_id)}
            self.data.structure["contact_points"].append(point | {"hmac_verified": person.verified and inbox_id == world.WEBSITE} | made)
        return self.points[person.id, inbox_id]

    def _address(self, person: Person, inbox_id: int) -> str:
        kind = world.KINDS[inbox_id]
        if kind == "email":
            return person.email or f"guest{person.id}@mail.example"
        if kind == "whatsapp":
            return person.phone_number.lstrip("+")
        return str(700_000 + person.id) if kind == "telegram" else str(UUID(int=self.rng.getrandbits(128), version=4))

    def _origin_of_page(self, person: Person, topic: str, title: str | None, mail: bool) -> dict[str, object]:
        if mail:
            return {"source": "email", "mail_subject": title}
        browser = {"browser_name": self.rng.choice(("Firefox", "Chrome", "Safari")), "platform_name": self.rng.choice(("Android", "macOS"))}
        page = f"https://larkspur.example/{topic}"
        return {"browser": browser, "browser_language": person.language, "referer": page, "conversation_language": person.language}

    def _fields(self, topic: str, subtype: str | None, story: Story, at: datetime) -> dict[str, dict[str, object]]:
        rng, own = self.rng, dict[str, object]()
        choices: dict[str, object] = {
            "tier": rng.choice(("bronze", "silver", "gold")),
            "order number": story.book.facts["order"],
            "bikes": rng.randrange(1, 30),
            "refund_amount": round(rng.uniform(9, 900), 2),
            "callback_wanted": rng.random() < 0.5,
            "purchased_on": (at - timedelta(days=rng.randrange(2, 500))).date().isoformat(),
            "accessories": rng.sample(("lock", "mudguards", "child seat", "panniers", "mirror"), 2),
        }
        for name, value in choices.items():
            if rng.random() < 0.3:
                own[name] = value
        special: dict[str, object] = {}
        if subtype == "return":
            special = {"reason": rng.choice(("colour", "size", "defect", "late")), "restock": rng.random() < 0.5}
        elif subtype == "incident":
            special = {"impact": rng.choice(("minor", "major", "critical")), "started_at": at.isoformat().replace("+00:00", "Z")}
        return {namespace: values for namespace, values in (("tnt", own), ("ctype", special)) if values}
