"""A small tenant with one conversation that has everything, and callers of every kind; for the Chatwoot wire tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import asyncpg
import httpx

from parley.actions import provision
from parley.domain.principals import Tenant
from parley.store.database import Database

T = TypeVar("T")
ACCOUNT, OTHER, CLOSED = 1, 2, 3
STOREFRONT, ORDERS, MAIL = 21, 22, 23
T0 = datetime(2024, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
FULL = 10
MANAGE, UNASSIGNED, PARTICIPATING, POWERLESS = 31, 32, 33, 34
STAGES = {"open": 1, "pending": 2, "snoozed": 5, "resolved": 6}
ADA, BO, IDLE, MANAGER, PICKER, PARTNER, POWERLESS_USER, FOREIGN, GONE, OWNER_OF_CLOSED = range(1, 11)
BOT, SYSTEM_BOT = 51, 52
CONTACT, QUIET_CONTACT = 101, 102
TEAM, EMPTY_TEAM = 5, 6
POLICY = 7


@dataclass
class World:
    """Tokens by the caller's name, and a way to ask."""

    url: str
    dsn: str
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(self, caller: str | None, query: str = "", *, account: int | str = ACCOUNT, meta: bool = False) -> httpx.Response:
        headers = {} if caller is None else {"api_access_token": self.tokens.get(caller, caller)}
        path = f"/api/v1/accounts/{account}/conversations" + ("/meta" if meta else "")
        return httpx.get(f"{self.url}{path}" + (f"?{query}" if query else ""), headers=headers, timeout=30)

    def rows(self, caller: str, query: str = "status=all", *, account: int = ACCOUNT) -> list[dict[str, Any]]:
        answer = self.ask(caller, query, account=account)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"]["payload"])

    def ids(self, caller: str, query: str = "status=all", *, account: int = ACCOUNT) -> list[int]:
        return [row["id"] for row in self.rows(caller, query, account=account)]

    def counts(self, caller: str, query: str = "status=all", *, account: int = ACCOUNT) -> tuple[int, int, int, int]:
        """mine, assigned, unassigned, all; the list and /meta must agree."""
        listed = self.ask(caller, query, account=account).json()["data"]["meta"]
        assert listed == self.ask(caller, query, account=account, meta=True).json()["meta"]
        return tuple(listed[f"{name}_count"] for name in ("mine", "assigned", "unassigned", "all"))  # type: ignore[return-value]

    def row(self, number: int = FULL, caller: str = "admin", query: str = "status=all") -> dict[str, Any]:
        return next(row for row in self.rows(caller, query) if row["id"] == number)

    def execute(self, *statements: str) -> None:
        """Changes the database as its owner."""
        run(self._execute(statements))

    def raise_ids(self) -> None:
        """New rows get ids from 1000 on: those that ``build`` wrote have ids of their own."""
        kinds = "'{inbox,team,tag,bot,campaign,attachment,contact,contact_point,conversation,custom_role}'"
        self.execute(
            f"INSERT INTO allocators (tenant_id, kind, next_id) SELECT {ACCOUNT}, unnest({kinds}::text[]), 1000"
            " ON CONFLICT (tenant_id, kind) DO UPDATE SET next_id = 1000",
            "SELECT setval('user_ids', 1000)",
        )

    def fill(self, function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any, **named: Any) -> None:
        """``function(connection, ...)`` in one transaction of the owner."""
        run(_in_transaction(self.dsn, function, *arguments, **named))

    async def _execute(self, statements: Iterable[str]) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            for statement in statements:
                await _insist(connection, statement)
        finally:
            await connection.close()


async def _insist(connection: Any, statement: str) -> None:
    """Again when the server's jobs and we wait for each other: a TRUNCATE locks every table, in its own order."""
    for _ in range(20):
        try:
            await connection.execute(statement)
            return
        except asyncpg.DeadlockDetectedError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"deadlocks every time: {statement}")


def run(work: Coroutine[Any, Any, T]) -> T:
    """To the end in a thread of its own, since the test's event loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _in_transaction(dsn: str, function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any, **named: Any) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await function(connection, *arguments, **named)
    finally:
        await connection.close()


async def build(dsn: str, url: str = "") -> World:
    """Fills an empty database; see the constants above for who and what is in it."""
    database = await Database.open(dsn, max_connections=2, role="parley_owner")
    try:
        await _tenants(database)
        async with database.pool.acquire() as connection, connection.transaction():
            await _people(connection)
            await _structure(connection)
            await _full_conversation(connection)
        return World(url, dsn, await _tokens(database))
    finally:
        await database.close()


async def insert(connection: Any, table: str, **columns: Any) -> None:
    """One row of the main account, unless told otherwise; JSON columns take JSON text."""
    columns = {"tenant_id": ACCOUNT} | columns
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    await connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", *columns.values())


async def add_conversation(connection: Any, number: int, *, at: datetime | None = None, **columns: Any) -> None:
    """An open, unassigned conversation in the storefront; later numbers are more recently active."""
    moment = at or T0 + timedelta(minutes=number)
    status = columns.get("status", "open")
    row = {
        "stage_id": STAGES[status], "status": status, "inbox_id": STOREFRONT, "contact_id": QUIET_CONTACT,
        "created_by_kind": "contact", "modified_by_kind": "contact", "created_at": moment, "modified_at": moment,
        "last_activity_at": moment,
    }  # fmt: skip
    await insert(connection, "conversations", number=number, **(row | columns))


async def add_message(connection: Any, message_id: int, number: int, **columns: Any) -> None:
    """An incoming message of the conversation's contact."""
    row = {"kind": "incoming", "author_kind": "contact", "author_id": QUIET_CONTACT, "created_at": T0, "updated_at": T0}
    await insert(connection, "messages", id=message_id, conversation_number=number, **(row | columns))


async def add_tags(connection: Any, number: int, names: Iterable[str]) -> None:
    for position, name in enumerate(names):
        tag = await connection.fetchval(
            "INSERT INTO tags (tenant_id, id, name) SELECT $1, coalesce(max(id), 0) + 1, $2 FROM tags WHERE tenant_id = $1"
            " ON CONFLICT (tenant_id, name) DO UPDATE SET name = EXCLUDED.name RETURNING id",
            ACCOUNT,
            name,
        )
        await insert(connection, "conversation_tags", conversation_number=number, tag_id=tag, position=position)


async def _tenants(database: Database) -> None:
    for tenant_id, slug in ((ACCOUNT, "acme"), (OTHER, "other"), (CLOSED, "closed")):
        await provision.create_tenant(database, slug=slug, name=slug.title(), tenant_id=tenant_id)
    async with database.control() as connection:
        await connection.execute("UPDATE tenants SET features = '{sla}' WHERE id = $1", ACCOUNT)
        await connection.execute("UPDATE tenants SET status = 'suspended' WHERE id = $1", CLOSED)


async def _people(connection: Any) -> None:
    roles = {MANAGE: "manage", UNASSIGNED: "unassigned_manage", PARTICIPATING: "participating_manage"}
    for role_id, power in roles.items():
        permissions = [f"conversation_{power}"]
        await insert(connection, "custom_roles", id=role_id, name=power, description=f"May {power}", permissions=permissions)
    await insert(connection, "custom_roles", id=POWERLESS, name="powerless", permissions=["report_manage"])
    names = ["Ada", "Bo", "Idle", "Manager", "Picker", "Partner", "Powerless", "Foreign", "Gone", "Owner of closed"]
    for user_id, name in enumerate(names, 1):
        await connection.execute("INSERT INTO users (id, name, email) VALUES ($1, $2, $3)", user_id, name, f"u{user_id}@x.test")
    members = {ADA: None, BO: None, IDLE: None, MANAGER: MANAGE, PICKER: UNASSIGNED, PARTNER: PARTICIPATING, POWERLESS_USER: POWERLESS}
    for user_id, role_id in members.items():
        role = "administrator" if user_id == ADA else "agent"
        await insert(
            connection, "memberships", user_id=user_id, name=names[user_id - 1], role=role, custom_role_id=role_id,
            email=f"u{user_id}@x.test",
        )  # fmt: skip
    await insert(connection, "memberships", user_id=GONE, name="Gone", email="u9@x.test", left_at=T0)
    await insert(connection, "memberships", tenant_id=OTHER, user_id=FOREIGN, name="Foreign", role="administrator")
    await insert(connection, "memberships", tenant_id=CLOSED, user_id=OWNER_OF_CLOSED, name="Owner", role="administrator")
    await insert(connection, "bots", id=BOT, name="Triage", description="First contact", outgoing_url="https://bot.test/hook")
    await insert(connection, "bots", id=SYSTEM_BOT, name="System", kind="system", outgoing_url="https://system.test/hook")


async def _structure(connection: Any) -> None:
    await insert(connection, "inboxes", id=STOREFRONT, name="Storefront", kind="web_widget")
    await insert(connection, "inboxes", id=ORDERS, name="Orders", kind="api", reply_window=timedelta(hours=24))
    await insert(connection, "inboxes", id=MAIL, name="Mail", kind="email")
    for user_id in (BO, MANAGER, PICKER, PARTNER, POWERLESS_USER):
        await insert(connection, "inbox_members", inbox_id=STOREFRONT, user_id=user_id)
    await insert(connection, "inbox_members", inbox_id=ORDERS, user_id=MANAGER)
    await insert(connection, "teams", id=TEAM, name="tier one", description="First line")
    await insert(connection, "teams", id=EMPTY_TEAM, name="nobody")
    await insert(connection, "team_members", team_id=TEAM, user_id=ADA)
    await insert(connection, "companies", id=1, name="Globex")
    await insert(connection, "contacts", id=QUIET_CONTACT, name="Quiet")
    await insert(connection, "attachments", id=1, file_name="face one.png", content_type="image/png", byte_size=10, blob_key="f1")
    await insert(connection, "attachments", id=2, file_name="agent.png", content_type="image/png", byte_size=10, blob_key="f2")
    await insert(
        connection, "contacts", id=CONTACT, name="Zoë", email="zoe@mail.test", phone_number="+351910000000", identifier="ext-1",
        additional_attributes='{"city": "Köln"}', custom_fields='{"tnt": {"tier": "gold"}, "ctype": {"hidden": 1}}',
        last_activity_at=T0, created_at=T0, avatar_id=1, company_id=1,
    )  # fmt: skip
    await connection.execute("UPDATE memberships SET avatar_id = 2 WHERE tenant_id = $1 AND user_id = $2", ACCOUNT, BO)
    await insert(
        connection, "sla_policies", id=POLICY, name="Gold", description="Fast", first_response_s=60, next_response_s=120, resolution_s=3600
    )
    await insert(connection, "contact_points", id=301, contact_id=CONTACT, inbox_id=STOREFRONT, source_id="web-1", hmac_verified=True)


async def _full_conversation(connection: Any) -> None:
    """Number FULL: every key of the reference page has a value of its own."""
    later = {n: T0 + timedelta(hours=n, microseconds=n) for n in range(1, 12)}
    await add_conversation(
        connection, FULL, contact_id=CONTACT, contact_point_id=301, team_id=TEAM, assignee_user_id=BO, priority=2, sla_policy_id=POLICY,
        status="snoozed", uuid="6f1d0f0e-6a52-4b1b-9a0e-0a6f4c3f1a10", additional_attributes='{"referer": "https://shop.test"}',
        custom_fields='{"tnt": {"order total": 12.5}, "ctype__bug": {"x": 1}}', snoozed_until=later[11], first_reply_at=later[1],
        waiting_since=later[2], agent_last_seen_at=later[3], assignee_last_seen_at=later[4], contact_last_seen_at=later[5],
        last_incoming_at=later[6], created_at=later[7], modified_at=later[8], last_activity_at=later[9], unread_count=2,
    )  # fmt: skip
    await add_tags(connection, FULL, ["vip-gold", "50%_off"])
    await add_message(
        connection, 1001, FULL, author_id=CONTACT, body="Where is my order?", processed_body="Where is my order?", source_id="m-1",
        content_attributes='{"in_reply_to": 7}', additional_attributes='{"a": 1}', external_source_ids='{"slack": "s1"}',
        sentiment='{"score": 1}', status="delivered", echo_id="echo-1",
    )  # fmt: skip
    await insert(
        connection, "attachments", id=3, message_id=1001, file_type="image", file_name="a b.png", extension="png",
        content_type="image/png", byte_size=321, width=4, height=5, blob_key="f3",
    )  # fmt: skip
    await add_message(
        connection, 1002, FULL, kind="activity", author_kind="system", author_id=None, event_type="annotated",
        body="Bo self-assigned this", created_at=T0 + timedelta(minutes=1), updated_at=T0 + timedelta(minutes=1),
    )  # fmt: skip
    await insert(
        connection, "sla_trackers", id=71, conversation_number=FULL, sla_policy_id=POLICY, status="missed", created_at=T0, updated_at=T0
    )
    await insert(connection, "sla_events", id=81, tracker_id=71, kind="frt", meta='{"message_id": 1001}', created_at=T0, updated_at=T0)


async def _tokens(database: Database) -> dict[str, str]:
    account, other, closed = (Tenant(tenant_id, "", "") for tenant_id in (ACCOUNT, OTHER, CLOSED))
    users = {
        "admin": ADA, "agent": BO, "idle": IDLE, "manager": MANAGER, "picker": PICKER, "partner": PARTNER, "powerless": POWERLESS_USER,
        "gone": GONE,
    }  # fmt: skip
    owners: dict[str, tuple[Tenant, Any, int]] = {name: (account, "user", user_id) for name, user_id in users.items()}
    owners |= {"foreign": (other, "user", FOREIGN), "owner of closed": (closed, "user", OWNER_OF_CLOSED)}
    owners |= {"contact": (account, "contact", CONTACT), "bot": (account, "bot", BOT), "foreign contact": (other, "contact", CONTACT)}
    return {
        name: await provision.create_token(database, tenant=tenant, owner_kind=kind, owner_id=owner_id, scope="write")
        for name, (tenant, kind, owner_id) in owners.items()
    }
