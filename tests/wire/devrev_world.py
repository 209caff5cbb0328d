"""A dev org with something of everything, and the same facts as plain Python: the model that filters are held against.

Conversation 1 has a value for every key of the reference pages. Conversations 2 to `COUNT` vary by a fixed seed.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import asyncpg

from parley.domain.principals import Tenant
from parley.store import control, tenants
from parley.store.database import enter_tenant

COUNT = 60
# The present hour, so that "the last n days" cuts through the data.
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
SLUG = "acme"
ADA, BOB, CARL, DORA = 1, 2, 3, 5
HELPER, ROBOT = 1, 2
STAGES = ("new", "suspended", "needs_response", "waiting_on_user", "hold", "resolved", "archived")
STATE_OF = {
    "new": "open", "suspended": "open", "needs_response": "in_progress", "waiting_on_user": "in_progress",
    "hold": "in_progress", "resolved": "closed", "archived": "closed", "triage": "open",
}  # fmt: skip
STATUS_OF = {"suspended": "pending", "hold": "snoozed", "resolved": "resolved", "archived": "resolved"}
STAGE_IDS = {name: number for number, name in enumerate(STAGES, 1)} | {"triage": 100}


def don(path: str, service: str = "core", slug: str = SLUG) -> str:
    return f"don:{service}:dvrv-us-1:devo/{slug}:{path}"


@dataclass
class Facts:
    """One conversation, as a filter sees it."""

    number: int
    stage: str
    inbox_id: int
    channel_ids: list[int]
    contact_id: int
    members: list[str]
    assignee: str | None
    co_owners: list[str]
    team_id: int | None
    workspace_id: int | None
    company_id: int | None
    brand_id: int | None
    owner_agent_id: int | None
    source_channel: str | None
    subtype: str | None
    is_spam: bool
    is_frozen: bool
    is_creator_verified: bool
    tags: dict[int, str | None]
    parts: list[int]
    custom: dict[str, dict[str, Any]]
    modified_at: datetime
    created_at: datetime
    closed_at: datetime | None
    sla_stage: str | None
    sla_target: datetime | None


@dataclass
class World:
    """What a test needs to ask questions: tokens by name and the facts of every conversation."""

    dsn: str
    tokens: dict[str, str] = field(default_factory=dict)
    facts: dict[int, Facts] = field(default_factory=dict)


async def build(dsn: str, *, spare: int | None = None, frozen: int | None = None) -> World:
    """Fills a migrated database; connects as the owner, whom row-level security does not bind.

    ``spare`` is the number of one more conversation, bare, that stands second in the default order.
    With ``frozen`` that conversation is the only frozen one, for tests that write.
    """
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            world = await _build(connection, World(dsn))
            if spare is not None:
                await enter_tenant(connection, 1)
                await _spare(connection, spare)
            await connection.execute("SELECT setval('user_ids', 10000)")
            for kind in get_args(tenants.Kind):  # our rows came with ids of their own
                await tenants.raise_allocator(connection, 1, kind, 10_000)
            if frozen is not None:
                await connection.execute("UPDATE conversations SET is_frozen = (number = $1)", frozen)
            return world
    finally:
        await connection.close()


async def insert(connection: asyncpg.Connection, table: str, *rows: dict[str, Any], tenant: int = 1) -> None:
    """Rows as plain JSON values; all of one call have the same keys."""
    if not rows:
        return
    columns = ", ".join(["tenant_id", *rows[0]])
    full = [{"tenant_id": tenant} | row for row in rows]
    await connection.execute(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)",
        json.dumps(full, default=_plain),
    )


def _plain(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


async def _build(connection: asyncpg.Connection, world: World) -> World:
    acme = await control.insert_tenant(connection, slug=SLUG, name="Acme")
    globex = await control.insert_tenant(connection, slug="globex", name="Globex")
    for tenant in (acme, globex):
        await enter_tenant(connection, tenant.id)
        await tenants.seed_tenant(connection, tenant.id)
    await enter_tenant(connection, acme.id)
    await _structure(connection)
    await _full_conversation(connection, world)
    for number in range(2, COUNT + 1):
        await _varied_conversation(connection, world, number)
    await _globex(connection)
    await _tokens(connection, world, acme, globex)
    return world


async def _tokens(connection: asyncpg.Connection, world: World, acme: Tenant, globex: Tenant) -> None:
    for name, tenant, kind, owner in (
        ("ada", acme, "user", ADA),
        ("bob", acme, "user", BOB),
        ("dora", acme, "user", DORA),
        ("contact", acme, "contact", 1),
        ("bot", acme, "bot", HELPER),
        ("globex", globex, "user", 4),
    ):
        world.tokens[name] = await control.insert_token(
            connection,
            tenant_id=tenant.id,
            owner_kind=kind,  # type: ignore[arg-type]
            owner_id=owner,
            scope="write",
        )


async def _structure(connection: asyncpg.Connection) -> None:
    picture = {"file_type": "image", "file_name": "face.png", "content_type": "image/png", "byte_size": 2048}
    await insert(connection, "attachments", *({"id": i, **picture} for i in (1, 2, 3)))
    for user, name in ((ADA, "Ada"), (BOB, "Bob"), (CARL, "Carl"), (DORA, "Dora")):
        await control.insert_user(connection, name=name, email=f"{name.lower()}@acme.test", user_id=user)
    await insert(
        connection,
        "memberships",
        {"user_id": ADA, "role": "administrator", "name": "Ada Lovelace", "display_name": "Ada", "email": "ada@acme.test", "avatar_id": 1},
        {"user_id": BOB, "role": "agent", "name": "Bob", "display_name": None, "email": "bob@acme.test", "avatar_id": None},
        {"user_id": CARL, "role": "agent", "name": "Carl", "display_name": None, "email": None, "avatar_id": None},
        {"user_id": DORA, "role": "administrator", "name": "Dora", "display_name": None, "email": None, "avatar_id": None},
    )
    await connection.execute("UPDATE memberships SET left_at = now() WHERE user_id = $1", CARL)
    await insert(
        connection,
        "bots",
        {"id": HELPER, "name": "Helper", "kind": "service_account", "email": "helper@acme.test", "avatar_id": 3},
        {"id": ROBOT, "name": "Robot", "kind": "system", "email": None, "avatar_id": None},
    )
    await insert(connection, "companies", {"id": 1, "name": "Initech"}, {"id": 2, "name": "Hooli"})
    await insert(
        connection,
        "workspaces",
        {"id": 1, "company_id": 1, "name": "Initech EU", "is_default": True},
        {"id": 2, "company_id": 2, "name": "Hooli XYZ", "is_default": True},
    )
    await insert(
        connection,
        "contacts",
        *(
            {
                "id": i,
                "name": f"Contact {i}",
                "display_name": f"C{i}" if i == 1 else None,
                "email": f"c{i}@example.test",
                "identifier": f"ext-{i}" if i == 1 else None,
                "workspace_id": i if i < 3 else None,
                "company_id": i if i < 3 else None,
                "avatar_id": 2 if i == 1 else None,
            }
            for i in range(1, 7)
        ),
    )
    await insert(connection, "inboxes", *({"id": i, "name": f"Inbox {i}", "kind": "email" if i == 1 else "api"} for i in (1, 2, 3)))
    await insert(connection, "inbox_members", {"inbox_id": 1, "user_id": BOB})
    await insert(
        connection, "teams", {"id": 1, "name": "Tier 1", "member_type": "dev_user"}, {"id": 2, "name": "Tier 2", "member_type": "rev_user"}
    )
    await insert(connection, "brands", {"id": 1, "name": "Red"}, {"id": 2, "name": "Blue"})
    await insert(connection, "tags", *({"id": i, "name": name, "color": f"#00000{i}"} for i, name in ((1, "vip"), (2, "plan"), (3, "bug"))))
    await insert(
        connection,
        "parts",
        {"id": 1, "kind": "product", "name": "Widget", "owner_ids": [ADA, CARL]},
        {"id": 2, "kind": "feature", "name": "Login", "owner_ids": []},
        {"id": 3, "kind": "capability", "name": "Identity", "owner_ids": []},
        {"id": 4, "kind": "enhancement", "name": "SSO", "owner_ids": []},
    )
    await insert(
        connection,
        "stages",
        {"id": 100, "name": "triage", "state_id": 1, "ordinal": 1500, "notes": "look first", "chatwoot_status": "open", "is_custom": True},
    )
    await insert(
        connection,
        "schema_fragments",
        {"id": 3, "kind": "subtype", "subtype": "bug_report"},
        {"id": 4, "kind": "subtype", "subtype": "billing"},
    )
    await _custom_fields(connection)
    await _slas(connection)


async def _custom_fields(connection: asyncpg.Connection) -> None:
    plain = {
        "description": None,
        "subtype": None,
        "allowed_values": [],
        "default_value": None,
        "is_filterable": True,
        "origin": None,
        "ui": {},
    }
    await insert(
        connection,
        "custom_fields",
        *(
            {
                "id": i,
                "noun": "conversation",
                "display_name": key.title(),
                "namespace": namespace,
                "key": key,
                "field_type": kind,
                **plain,
                **more,
            }
            for i, (namespace, key, kind, more) in enumerate(
                [
                    (
                        "tnt",
                        "tier",
                        "enum",
                        {
                            "allowed_values": ["gold", "silver"],
                            "description": "How dear",
                            "default_value": "gold",
                            "origin": "admin",
                            "ui": UI,
                        },
                    ),
                    ("tnt", "seats", "int", {}),
                    ("tnt", "order total", "double", {}),
                    ("tnt", "secret", "text", {"is_filterable": False}),
                    ("ctype", "blocking", "bool", {"subtype": "bug_report"}),
                    ("tnt", "langs", "text_list", {}),
                ],
                1,
            )
        ),
    )
    await connection.execute("UPDATE custom_fields SET mfz = '{\"a\": 1}', oasis = '{\"b\": 2}', is_pii = true WHERE key = 'tier'")


UI = {
    "client_overrides": [
        {
            "client_name": "web", "decimal_places": 1, "display_name": "Tier!", "is_groupable": True, "is_hidden": False,
            "is_required": False, "order": 2, "placeholder": "pick", "tooltip": "t", "use_shorthand_notation": False,
            "view_overrides": [{}],
        }
    ],
    "create_view": {"is_hidden": False}, "decimal_places": 0, "detail_view": {"is_hidden": False}, "display_name": "Tier",
    "filter_view": {"is_hidden": False}, "group_name": "Money", "is_active_in_detail_view": True, "is_bulk_action_enabled": True,
    "is_currency_field": False, "is_groupable": True, "is_hidden": False, "is_hidden_during_create": False, "is_read_only": False,
    "is_required": False, "is_shown_in_summary": True, "is_sortable": True, "list_view": {"is_hidden": False}, "order": 1,
    "placeholder": "pick one", "summary_view": {"is_hidden": False}, "tooltip": "how dear", "unit": "stars",
    "use_shorthand_notation": False,
}  # fmt: skip


async def _slas(connection: asyncpg.Connection) -> None:
    await insert(
        connection,
        "org_schedules",
        *(
            {"id": i, "name": "Office", "status": "published", "timezone": "Europe/Rome", "valid_until": NOW + timedelta(days=365)}
            for i in (1, 2)
        ),
    )
    await insert(
        connection,
        "metric_definitions",
        {"id": 1, "name": "First response"},
        {"id": 2, "name": "Resolution"},
        {"id": 3, "name": "Next response"},
        {"id": 4, "name": "Spare"},
    )
    policies = ({"id": i, "name": "Gold", "sla_type": "external", "status": "published"} for i in (1, 2))
    await insert(connection, "sla_policies", *policies)
    unit = {
        "external_system_type": "zendesk",
        "is_archived": False,
        "sync_type": "periodic",
        "run_mode": "initial",
        "run_state": "completed",
    }
    await insert(connection, "sync_units", *({"id": i, "name": "Zendesk EU", **unit} for i in (1, 2)))
    await insert(connection, "origins", {"noun": "team", "local_id": 1, "system": "zendesk", "external_id": "https://z.test/groups/1"})


async def _full_conversation(connection: asyncpg.Connection, world: World) -> None:
    facts = Facts(
        number=1, stage="triage", inbox_id=1, channel_ids=[2], contact_id=1, members=["user:1", "contact:2", "bot:1", "system:0"],
        assignee="user:1", co_owners=["user:2", "bot:1"], team_id=1, workspace_id=1, company_id=1, brand_id=1, owner_agent_id=7,
        source_channel="email", subtype="bug_report", is_spam=False, is_frozen=True, is_creator_verified=True, tags={1: None, 2: "pro"},
        parts=[1, 2], custom={"tnt": {"tier": "gold", "order total": 9.5, "langs": ["it", "en"]}, "ctype": {"blocking": True}},
        modified_at=NOW + timedelta(hours=2, microseconds=123_456), created_at=NOW - timedelta(days=30), closed_at=NOW + timedelta(hours=6),
        sla_stage="warning", sla_target=NOW + timedelta(days=1),
    )  # fmt: skip
    extra = {
        "title": "Printer on fire", "description": "It burns.", "url_context": "https://acme.test/pricing", "sentiment": 4,
        "sentiment_summary": "angry", "sentiment_modified_at": NOW, "last_external_message_at": NOW,
        "created_by_kind": "contact", "created_by_id": 1, "modified_by_kind": "user", "modified_by_id": ADA,
    }  # fmt: skip
    await _write(connection, world, facts, extra)
    await _full_entries(connection)
    await insert(
        connection,
        "origins",
        *(
            {
                "noun": noun, "local_id": local, "system": "zendesk", "external_id": f"https://z.test/{noun}/{local}", "sync_unit_id": 1,
                "in_status": "succeeded", "in_at": NOW, "out_status": "failed", "out_at": NOW,
            }
            for noun, local in (("conversation", 1), ("message", 1001), ("message", 1002))
        ),
    )  # fmt: skip


async def _full_entries(connection: asyncpg.Connection) -> None:
    """Entries 1001 to 1007 of conversation 1: a rich comment, one change of each type, a plain comment."""
    deltas = [
        {"field": "tnt__tier", "old": {"type": "bool", "value": False}, "new": {"type": "bool", "value": True}},
        {"field": "stage", "old": {"type": "stage", "name": "new"}, "new": {"type": "stage", "name": "triage"}},
        {"field": "owned_by", "old": {"type": "id_list", "values": []}, "new": {"type": "id_list", "values": ["user:1"]}},
        {"field": "group", "old": None, "new": {"type": "id", "value": "team:1"}},
        {"field": "tags", "old": {"type": "string_list", "values": []}, "new": {"type": "string_list", "values": ["vip"]}},
    ]
    ticket = {"type": "ticket", "id": "ticket:5", "display_name": "T", "title": "T", "owned_by": [], "stage": {"name": "open"}}
    itself = {"type": "conversation", "id": "conversation:1", "display_name": "C"}
    link = {"id": "link:3", "link_type": "is_related_to", "source": itself, "target": ticket}
    article = {
        "type": "article", "id": "article:8", "title": "How to", "article_type": "article",
        "resource": {
            "url": "https://a.test",
            "artifacts": [{"id": "artifact:9", "file": {"type": "text/plain", "name": "a.txt", "size": 3}}],
        },
    }  # fmt: skip
    rich = {
        "body": "Hello", "body_type": "text", "external_ref": "ref-1", "labels": ["l1"], "panels": ["customer_chat"],
        "references_": [article, {"type": "account", "id": "company:1", "display_name": "Initech"}],
        "snap_kit_body": {"body": {"k": 1}, "snap_in_action_name": "act", "snap_in_id": "si"},
        "snap_widgets": [
            {"type": "starter_message_nudge", "id": "snap_widget:1", "name": "n", "status": "published", "starter_message_nudge_type": "x"}
        ],
        "reply_count": 2, "attachment_count": 1, "is_imported": True,
    }  # fmt: skip
    await _entry(connection, 1001, "incoming", **rich, modified_by_kind="user", modified_by_id=ADA, updated_at=NOW + timedelta(minutes=30))
    change = {"external_ref": "ref-2", "labels": ["l2"], "panels": ["events"], "reply_count": 1, "is_imported": True}
    await _entry(connection, 1002, "activity", event_type="updated", event={"deltas": deltas}, body="Ada changed it", **change)
    await _entry(
        connection,
        1003,
        "activity",
        event_type="created",
        event={"object": {"type": "account", "id": "company:1", "display_name": "Initech"}},
    )
    await _entry(connection, 1004, "activity", event_type="deleted", event={"object_id": "ticket:6"})
    await _entry(connection, 1005, "activity", event_type="linked", event={"link": link})
    await _entry(connection, 1006, "activity", event_type="annotated", body="Imported words")
    await _entry(connection, 1007, "outgoing", author_kind="user", author_id=ADA, body="Reply")
    await _entry(connection, 1008, "outgoing", author_kind="user", author_id=ADA, body="A note", visibility="internal")
    await _entry(connection, 1009, "outgoing", author_kind="user", author_id=BOB, body="Only Bob", visibility="private")
    await insert(
        connection, "attachments", {"id": 4, "message_id": 1001, "file_name": "photo.jpg", "content_type": "image/jpeg", "byte_size": 77}
    )
    await connection.execute("UPDATE messages SET attachment_count = 1 WHERE id = 1001")
    await insert(
        connection,
        "reactions",
        {"message_id": 1001, "emoji": "\N{THUMBS UP SIGN}", "actor_kind": "user", "actor_id": ADA},
        {"message_id": 1001, "emoji": "\N{THUMBS UP SIGN}", "actor_kind": "user", "actor_id": DORA},
        {"message_id": 1001, "emoji": "\N{THUMBS UP SIGN}", "actor_kind": "contact", "actor_id": 1},
        {"message_id": 1002, "emoji": "\N{THUMBS UP SIGN}", "actor_kind": "user", "actor_id": ADA},
    )


async def _entry(connection: asyncpg.Connection, entry_id: int, kind: str, *, number: int = 1, **values: Any) -> None:
    at = NOW + timedelta(minutes=entry_id % 100)
    row = {
        "id": entry_id, "conversation_number": number, "kind": kind, "author_kind": "contact", "author_id": 1,
        "visibility": "external", "body_type": "text", "created_at": at, "updated_at": at,
        "reply_count": 0, "attachment_count": 0, "is_imported": False,
    }  # fmt: skip
    await insert(connection, "messages", row | values)


async def _varied_conversation(connection: asyncpg.Connection, world: World, number: int) -> None:
    pick = random.Random(number)
    stage = pick.choice([*STAGES, "triage"])
    people = ["user:1", "user:2", "contact:2", "contact:5", "bot:1", "bot:2", "system:0"]
    facts = Facts(
        number=number,
        stage=stage,
        inbox_id=pick.choice([1, 1, 2, 3]),
        channel_ids=pick.sample([1, 2, 3], pick.choice([0, 0, 1, 2])),
        contact_id=pick.randint(1, 6),
        members=pick.sample(people, pick.randint(0, 3)),
        assignee=pick.choice([None, "user:1", "user:2", "bot:1", "bot:2"]),
        co_owners=pick.sample(["user:1", "user:2", "bot:1", "bot:2"], pick.choice([0, 0, 1, 2])),
        team_id=pick.choice([None, 1, 2]),
        workspace_id=pick.choice([None, 1, 2]),
        company_id=pick.choice([None, 1, 2]),
        brand_id=pick.choice([None, 1, 2]),
        owner_agent_id=pick.choice([None, None, 7, 8]),
        source_channel=pick.choice([None, "email", "slack", 'a "quoted, list"']),
        subtype=pick.choice([None, "bug_report", "billing"]),
        is_spam=pick.random() < 0.3,
        is_frozen=pick.random() < 0.3,
        is_creator_verified=pick.random() < 0.5,
        tags={tag: pick.choice([None, "pro", "free"]) for tag in pick.sample([1, 2, 3], pick.randint(0, 3))},
        parts=pick.sample([1, 2, 3, 4], pick.choice([0, 1, 2])),
        custom=_custom(pick),
        modified_at=NOW - timedelta(minutes=pick.randint(0, 40), microseconds=pick.choice([0, 0, 1000, 1001])),
        created_at=NOW - timedelta(days=number % 7 + 1),
        closed_at=NOW - timedelta(days=pick.randint(0, 9)) if STATE_OF[stage] == "closed" else None,
        sla_stage=pick.choice([None, "breached", "completed", "paused", "running", "warning"]),
        sla_target=None,
    )
    if facts.sla_stage and pick.random() < 0.7:
        facts.sla_target = NOW + timedelta(days=pick.randint(-5, 5), hours=1)
    await _write(connection, world, facts, {})
    if number % 3 == 0:
        for i in range(12):
            await _entry(connection, number * 100_000 + i, "incoming", number=number, body=f"message {i}")


def _custom(pick: random.Random) -> dict[str, dict[str, Any]]:
    values = {
        "tier": pick.choice([None, "gold", "silver"]),
        "seats": pick.choice([None, 1, 5]),
        "order total": pick.choice([None, 9.5, 10]),
        "langs": pick.choice([None, ["it"], ["it", "en"]]),
    }
    custom = {"tnt": {key: value for key, value in values.items() if value is not None}}
    blocking = pick.choice([None, True, False])
    return custom | ({"ctype": {"blocking": blocking}} if blocking is not None else {})


async def _write(connection: asyncpg.Connection, world: World, facts: Facts, extra: dict[str, Any]) -> None:
    world.facts[facts.number] = facts
    kind, _, owner = (facts.assignee or ":").partition(":")
    row = {
        "number": facts.number, "uuid": f"00000000-0000-0000-0000-{facts.number:012}", "stage_id": STAGE_IDS[facts.stage],
        "status": STATUS_OF.get(facts.stage, "open"), "inbox_id": facts.inbox_id, "contact_id": facts.contact_id,
        "assignee_user_id": int(owner) if kind == "user" else None, "assignee_bot_id": int(owner) if kind == "bot" else None,
        "custom_fields": facts.custom, "created_by_kind": "contact", "created_by_id": facts.contact_id,
        "modified_by_kind": "contact", "modified_by_id": facts.contact_id,
    }  # fmt: skip
    same = (
        "team_id workspace_id company_id brand_id owner_agent_id source_channel subtype is_spam is_frozen is_creator_verified"
        " created_at modified_at closed_at"
    )
    await insert(connection, "conversations", row | {name: getattr(facts, name) for name in same.split()} | extra)
    beside = {"conversation_number": facts.number}
    await insert(connection, "conversation_tags", *({**beside, "tag_id": tag, "value": value} for tag, value in facts.tags.items()))
    for table, refs in (("conversation_members", facts.members), ("conversation_owners", facts.co_owners)):
        rows = [{**beside, "kind": ref.partition(":")[0], "id": int(ref.partition(":")[2])} for ref in refs]
        place = table == "conversation_owners"
        await insert(connection, table, *(row | ({"position": i} if place else {}) for i, row in enumerate(rows)))
    await insert(connection, "conversation_parts", *({**beside, "part_id": part} for part in facts.parts))
    await insert(connection, "conversation_channels", *({**beside, "inbox_id": inbox} for inbox in facts.channel_ids))
    await _write_tracker(connection, facts)


async def _write_tracker(connection: asyncpg.Connection, facts: Facts) -> None:
    if facts.sla_stage is None:
        return
    number = facts.number
    creator = ("user", ADA) if number == 1 else ("system", None)
    people = {"created_by_kind": creator[0], "created_by_id": creator[1], "modified_by_kind": "user", "modified_by_id": ADA}
    tracker = {
        "id": number,
        "conversation_number": number,
        "sla_policy_id": 1,
        "stage": facts.sla_stage,
        "closest_metric_id": 1,
        "status": "active_with_misses",
    }
    await insert(connection, "sla_trackers", tracker | people | {"created_at": NOW, "updated_at": NOW})
    nothing = dict.fromkeys(
        (
            "status",
            "org_schedule_id",
            "target_at",
            "warning_target_at",
            "breached_at",
            "completed_at",
            "completed_in_s",
            "remaining_s",
            "next_schedule_transition_at",
            "removed_at",
            "removed_by_kind",
            "removed_by_id",
        )
    )
    metric = {"tracker_id": number, "metric_id": 1, "stage": facts.sla_stage, "in_policy": True, "is_out_of_schedule": False} | nothing
    stage = {"stage": "paused"} if number == 1 else {}
    await insert(connection, "sla_metrics", metric | stage | {"target_at": facts.sla_target, "org_schedule_id": 1, "remaining_s": 600})
    if number != 1:
        return
    done = {
        "metric_id": 2, "stage": "completed", "status": "miss", "org_schedule_id": 1, "target_at": NOW, "warning_target_at": NOW,
        "breached_at": NOW, "completed_at": NOW, "completed_in_s": 3700, "next_schedule_transition_at": NOW, "is_out_of_schedule": True,
    }  # fmt: skip
    gone = {"metric_id": 3, "removed_at": NOW, "removed_by_kind": "user", "removed_by_id": ADA}
    await insert(connection, "sla_metrics", metric | done, metric | gone)


async def _spare(connection: asyncpg.Connection, number: int) -> None:
    by = {"created_by_kind": "contact", "created_by_id": 3, "modified_by_kind": "contact", "modified_by_id": 3}
    row = {"number": number, "uuid": f"20000000-0000-0000-0000-{number:012}", "stage_id": 1, "status": "open", "inbox_id": 2}
    await insert(connection, "conversations", row | by | {"contact_id": 1, "created_at": NOW, "modified_at": NOW + timedelta(hours=1)})
    await insert(connection, "conversation_tags", {"conversation_number": number, "tag_id": 3, "value": None})


async def _globex(connection: asyncpg.Connection) -> None:
    await control.insert_user(connection, name="Gus", email="gus@globex.test", user_id=4)
    await enter_tenant(connection, 2)
    await insert(connection, "memberships", {"user_id": 4, "role": "administrator", "name": "Gus", "email": "gus@globex.test"}, tenant=2)
    await insert(connection, "inboxes", {"id": 1, "name": "G", "kind": "api"}, tenant=2)
    await insert(connection, "contacts", {"id": 1, "name": "G"}, tenant=2)
    by = {"created_by_kind": "contact", "created_by_id": 1, "modified_by_kind": "contact", "modified_by_id": 1}
    row = {
        "number": 1,
        "stage_id": 1,
        "status": "open",
        "inbox_id": 1,
        "contact_id": 1,
        "uuid": "10000000-0000-0000-0000-000000000001",
    } | by
    await insert(connection, "conversations", row, tenant=2)
