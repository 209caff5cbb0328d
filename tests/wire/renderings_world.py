"""The dev org of ``devrev_world``, smaller, with what Chatwoot's wire shows besides, and callers of every kind.

Three servers stand on its database: ``kept`` and ``beside`` keep renderings, ``fresh`` encodes every answer afresh.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import asyncpg

from parley.store import control
from tests.integration.chatwoot_source import MINIMAL
from tests.wire import devrev_world
from tests.wire.conftest import serving

CONVERSATIONS = 8
FROZEN = 3
# Custom roles, and the users who have them, by the same ids.
ROLES = {
    100: ("manager", "conversation_manage"),
    101: ("queue", "conversation_unassigned_manage"),
    102: ("own", "conversation_participating_manage"),
    103: ("none", "report_manage"),
}
VISITOR = "visitor-1"
IMPORTED = "imported"
SETTINGS = {"public_rate_limit": "0", "rate_limit": "0", "chatwoot_page_size": "100", "public_url": "http://parley.test"}


class Store:
    """The database as its owner, who sees every tenant; one connection for the whole test."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._runner = asyncio.Runner()
        self._connection = self._runner.run(asyncpg.connect(dsn))

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.close()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._insist(self._connection.fetch, query, *values)]

    def column(self, query: str, *values: Any) -> list[Any]:
        return [row[0] for row in self.rows(query, *values)]

    def execute(self, statements: str) -> None:
        """All of them in one transaction."""
        self._insist(self._connection.execute, statements)

    def do(self, work: Any) -> Any:
        """Runs a coroutine where our connection lives."""
        return self._runner.run(work)

    def _insist(self, ask: Any, *arguments: Any) -> Any:
        """Again when the servers' jobs and we wait for each other."""
        for _ in range(20):
            with suppress(asyncpg.DeadlockDetectedError):
                return self._runner.run(ask(*arguments))
        raise AssertionError(f"deadlocks every time: {arguments[0]}")


@dataclass
class World:
    """The three servers' addresses, tokens by the caller's name, the account that each caller asks for."""

    store: Store
    kept: str
    beside: str
    fresh: str
    tokens: dict[str, str]
    source: str = ""
    accounts: dict[str, int] = field(default_factory=dict)


# ada: administrator. bob: agent of one inbox. contact: a member beside a contact's own conversations too. A name without a token is nobody.
CALLERS = ("ada", "bob", *(name for name, _ in ROLES.values()), "bot", "contact", "globex", "nobody")


@contextmanager
def standing(dsn: str, folder: Path, source: str = "", *, conversations: int = CONVERSATIONS) -> Iterator[World]:
    """A world in a migrated database, and its servers; ``source`` is an empty database to import from."""
    store = Store(dsn)
    try:
        tokens = store.do(_build(dsn, conversations))
        if source:
            store.do(_source(source))
        with served(store, folder, tokens) as world:
            world.source = source
            yield world
    finally:
        store.close()


@contextmanager
def served(store: Store, folder: Path, tokens: dict[str, str]) -> Iterator[World]:
    """The three servers, over whatever world is in the database."""
    fresh = SETTINGS | {"renderings": "false"}
    with ExitStack() as stack:
        urls = [stack.enter_context(serving(store.dsn, folder, **settings)).url for settings in (SETTINGS, SETTINGS, fresh)]
        yield World(store, *urls, tokens)


async def _source(dsn: str) -> None:
    """An old Chatwoot with two conversations."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(MINIMAL)
    await connection.execute(
        "INSERT INTO contacts VALUES (4, 1, 'Cal');"
        "INSERT INTO contact_inboxes VALUES (5, 4, 2, 'cal');"
        "INSERT INTO conversations VALUES (7, 1, 2, 2, 4, 1, 5, 5, 'vip', '2020-01-05', '2020-01-06');"
        "INSERT INTO messages VALUES (9, 1, 7, 0, 'parcel?', '{}', 'Contact', 4, '2020-01-05');"
    )
    await connection.close()


async def _build(dsn: str, conversations: int) -> dict[str, str]:
    with mock.patch.object(devrev_world, "COUNT", conversations):
        world = await devrev_world.build(dsn, frozen=FROZEN)
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await _people(connection, world)
            await _desk(connection)
    finally:
        await connection.close()
    return world.tokens


async def _people(connection: Any, world: devrev_world.World) -> None:
    for role_id, (name, permission) in ROLES.items():
        await devrev_world.insert(connection, "custom_roles", {"id": role_id, "name": name, "permissions": [permission]})
        await control.insert_user(connection, name=name, email=f"{name}@acme.test", user_id=role_id)
        row = {"user_id": role_id, "name": name, "custom_role_id": role_id, "email": f"{name}@acme.test", "role": "agent"}
        await devrev_world.insert(connection, "memberships", row | _MEMBER)
        await devrev_world.insert(connection, "inbox_members", {"inbox_id": 1, "user_id": role_id})
        world.tokens[name] = await control.insert_token(connection, tenant_id=1, owner_kind="user", owner_id=role_id, scope="write")
    await connection.execute(
        "UPDATE conversations SET assignee_user_id = 102, assignee_bot_id = NULL WHERE tenant_id = 1 AND number IN (2, 5);"
        "UPDATE memberships SET avatar_id = 1, custom_attributes = '{\"desk\": 1}', auto_offline = false"
        " WHERE tenant_id = 1 AND user_id = 2;"
        "INSERT INTO team_members (tenant_id, team_id, user_id) VALUES (1, 1, 1), (1, 1, 101)"
    )


_MEMBER = {
    "provider": "email", "confirmed": True, "state": "active", "availability": "online", "auto_offline": True,
    "custom_attributes": {}, "ui_settings": {}, "is_super_admin": False, "version": 1,
}  # fmt: skip


async def _desk(connection: Any) -> None:
    """What only Chatwoot's wire shows: contact points, labels, policies with their events, windows, presence.

    What keeps a conversation from being kept, private messages and reactions, is left to the steps.
    """
    extra = json.dumps({"referer": "https://shop.test"})
    await connection.execute(
        f"""
        DELETE FROM messages WHERE tenant_id = 1 AND visibility = 'private';
        DELETE FROM reactions WHERE tenant_id = 1;
        UPDATE tenants SET features = '{{sla}}' WHERE id = 1;
        UPDATE inboxes SET reply_window = '24 hours', identifier = 'door' WHERE tenant_id = 1 AND id = 2;
        UPDATE inboxes SET kind = 'web_widget' WHERE tenant_id = 1 AND id = 3;
        UPDATE tags SET is_label = true WHERE tenant_id = 1;
        INSERT INTO contact_points (tenant_id, id, contact_id, inbox_id, source_id, hmac_verified)
          SELECT 1, c.number, c.contact_id, c.inbox_id, 'source-' || c.number, c.number % 2 = 0 FROM conversations c WHERE tenant_id = 1;
        INSERT INTO contact_points (tenant_id, id, contact_id, inbox_id, source_id) VALUES (1, 900, 3, 2, '{VISITOR}');
        UPDATE conversations SET contact_point_id = number, priority = number % 4, additional_attributes = '{extra}',
          waiting_since = now() - interval '1 hour', last_incoming_at = now() - interval '2 hours', unread_count = number % 3,
          last_activity_at = now() - number * interval '1 minute' WHERE tenant_id = 1;
        UPDATE conversations SET contact_id = 3, inbox_id = 2, contact_point_id = 900 WHERE tenant_id = 1 AND number = 6;
        UPDATE sla_policies SET first_response_s = 60, resolution_s = 3600 WHERE tenant_id = 1;
        UPDATE conversations SET sla_policy_id = 1 WHERE tenant_id = 1 AND number IN
          (SELECT conversation_number FROM sla_trackers WHERE tenant_id = 1);
        INSERT INTO sla_events (tenant_id, id, tracker_id, kind) SELECT 1, 500 + id, id, 'frt' FROM sla_trackers WHERE tenant_id = 1;
        INSERT INTO contact_presences (tenant_id, contact_id) VALUES (1, 1);
        INSERT INTO user_presences (tenant_id, user_id) VALUES (1, 1);
        """
    )
