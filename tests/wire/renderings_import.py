"""The import as a step: an old Chatwoot is brought in beside the dev org, and again after it changed there."""

from __future__ import annotations

import asyncpg

from parley.store import control
from parley.transfer.chatwoot import import_chatwoot
from tests.wire.renderings_hands import Walk
from tests.wire.renderings_world import IMPORTED

SOURCE_CHANGES = (
    "UPDATE contacts SET name = name || ' again'",
    "UPDATE users SET name = name || ' again'",
    "UPDATE inboxes SET name = name || ' again'",
    "UPDATE accounts SET name = name || ''",
    "UPDATE conversations SET status = (status + 1) % 3, updated_at = now()",
    "UPDATE conversations SET cached_label_list = cached_label_list || ', l' || (random() * 1000)::int",
    "UPDATE conversations SET assignee_id = CASE WHEN assignee_id = 5 THEN NULL ELSE 5 END",
    "UPDATE messages SET content = content || '!'",
    "INSERT INTO messages SELECT (SELECT max(id) + 1 FROM messages), 1, 6, 0, 'more', '{}', 'Contact', 3, now()",
    "DELETE FROM messages WHERE id = (SELECT max(id) FROM messages WHERE id > 9)",
)


def bring_again(w: Walk) -> None:
    """Brings the other Chatwoot in, or again after it changed there."""
    if IMPORTED in w.world.tokens:
        w.told.append(f"in the source: {(change := w.rng.choice(SOURCE_CHANGES))}")
        w.world.store.do(_there(w.world.source, change))
    w.world.store.do(import_chatwoot(w.world.source, w.world.store.dsn, map_ids=True))
    w.told.append("import chatwoot-db")
    if IMPORTED not in w.world.tokens:
        query = (
            "SELECT t.id, m.user_id FROM tenants t JOIN memberships m ON m.tenant_id = t.id WHERE t.name = 'Old Shop' AND m.name = 'Ada'"
        )
        ((account, user),) = w.world.store.rows(query)
        w.world.accounts[IMPORTED] = account
        w.world.tokens[IMPORTED] = w.world.store.do(_token(w.world.store.dsn, account, user))


async def _there(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()


async def _token(dsn: str, account: int, user: int) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return await control.insert_token(connection, tenant_id=account, owner_kind="user", owner_id=user, scope="write")
    finally:
        await connection.close()
