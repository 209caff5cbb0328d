"""kill -9 in the middle of an import: what is there is whole, and the next import completes the rest."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.server.embedded import Cluster
from parley.transfer.chatwoot import import_chatwoot
from tests.integration.chatwoot_source import Sides, prepared, restore, sides

# Small batches, so that there are many moments to be killed at; each is told on stdout.
IMPORT = """
import asyncio, sys
from parley.transfer import chatwoot, chatwoot_batches
chatwoot_batches.CONTACTS = chatwoot_batches.CONVERSATIONS = 40
tell = lambda table, done, total: print(table, done, flush=True)
asyncio.run(chatwoot.import_chatwoot(sys.argv[1], sys.argv[2], progress=tell))
"""

# What must be the same however often it was interrupted: everything but the moments of the import itself.
COMPARED = (
    "users", "user_origins", "tenants", "tenant_origins", "memberships", "bots", "inboxes", "inbox_members", "teams", "team_members",
    "tags", "custom_fields", "campaigns", "contacts", "contact_points", "conversations", "messages", "attachments", "conversation_members",
    "mentions", "conversation_tags", "conversation_tallies", "sla_policies", "sla_trackers", "origins", "allocators",
)  # fmt: skip


@pytest.fixture(scope="module")
def recorded(server: Cluster, shared: Path) -> Iterator[str]:
    dump = shared / "contracts/chatwoot/recordings/public/dump.sql"
    with prepared(server, lambda dsn: restore(dsn, dump)) as name:
        yield name


@pytest.fixture(scope="module")
def uninterrupted(server: Cluster, template: str, recorded: str) -> Iterator[str]:
    with prepared(server, lambda dsn: import_chatwoot(server.dsn_of(recorded), dsn), template) as name:
        yield name


async def digests(both: Sides) -> dict[str, str]:
    query = "SELECT coalesce(md5(string_agg(x::text, '|' ORDER BY x::text)), '') FROM (SELECT to_jsonb(t) - $1::text[] AS x FROM {} t) y"
    random = ["pubsub_token", "identifier", "hmac_token", "webhook_secret"]
    left_out = ["in_at", "left_at", "queued_at", *random]
    return {
        table: await both.here.fetchval(query.format(table), [*left_out, "created_at"] if table == "conversation_tags" else left_out)
        for table in COMPARED
    }


def kill_at(both: Sides, moment: str) -> None:
    """Start an import and kill it when it tells of this moment."""
    process = subprocess.Popen([sys.executable, "-c", IMPORT, both.source, both.target], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == moment:
            process.send_signal(signal.SIGKILL)
            break
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()


async def require_whole_conversations(both: Sides) -> None:
    """Each conversation that is here has all its messages."""
    here = await both.here.fetch(
        "SELECT c.tenant_id, c.number, count(m.id) FROM conversations c"
        " LEFT JOIN messages m ON m.tenant_id = c.tenant_id AND m.conversation_number = c.number GROUP BY 1, 2"
    )
    there = await both.there.fetch(
        "SELECT c.account_id, c.display_id, count(m.id) FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id GROUP BY 1, 2"
    )
    assert {tuple(row) for row in here} <= {tuple(row) for row in there}


async def test_an_import_killed_again_and_again_ends_as_if_it_never_was(
    server: Cluster, recorded: str, template: str, uninterrupted: str
) -> None:
    async with sides(server, recorded, uninterrupted) as whole:
        expected = await digests(whole)
    async with sides(server, recorded, template) as both:
        for moment in ("contacts 40", "conversations 40", "conversations 160", "conversations 34"):
            kill_at(both, moment)
            await require_whole_conversations(both)
        assert await both.here.fetchval("SELECT run_state FROM sync_units WHERE tenant_id = 1") == "completed"
        assert await both.here.fetchval("SELECT run_state FROM sync_units WHERE tenant_id = 2") == "loading"
        await both.run()
        different = {table for table, digest in (await digests(both)).items() if digest != expected[table]}
        assert different == set()
        events = await both.here.fetch("SELECT tenant_id, data FROM events WHERE kind = 'tenant.imported' ORDER BY 1")
        assert [row[0] for row in events] == [1, 2, 3]
        assert json.loads(events[0][1])["account"] == 1
        assert (await both.run()).changes == 0
