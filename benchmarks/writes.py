"""Line 7: durable writes over HTTP on one worker, against pgbench doing the same inserts in one transaction."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from . import inserts, pgbench, servers, storm
from .bed import Bed
from .bench import Bench
from .client import Ask
from .report import Measurement, spread
from .rounds import interleaved, medians, ratio

CONNECTIONS = 8
_BODY = "My parcel has not arrived and the tracking page has not moved for four days, can you please look into it?"
_REQUESTS = 512

# What an opened conversation leaves behind: the number, the row, its change entry, its message and two events.
_CREATE = """
\\set contact random(1, {contacts})
BEGIN;
SET LOCAL parley.tenant_id = {tenant};
INSERT INTO allocators (tenant_id, kind, next_id) VALUES ({tenant}, 'conversation', 2)
  ON CONFLICT (tenant_id, kind) DO UPDATE SET next_id = allocators.next_id + 1 RETURNING next_id - 1 AS number \\gset
INSERT INTO conversations (tenant_id, number, title, stage_id, status, inbox_id, contact_id, contact_point_id, created_by_kind,
    created_by_id, modified_by_kind, modified_by_id, waiting_since, last_external_message_at)
  VALUES ({tenant}, :number, 'Where is my parcel?', 1, 'open', {inbox}, :contact, {point}, 'user', {user}, 'user', {user}, now(), now());
INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, event_type, body)
  VALUES ({tenant}, :number, 'activity', 'user', {user}, 'created', 'Ada opened the conversation');
INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body, processed_body)
  VALUES ({tenant}, :number, 'outgoing', 'user', {user}, '{body}', '{body}') RETURNING id AS message \\gset
INSERT INTO events (tenant_id, kind, conversation_number, actor_kind, actor_id)
  VALUES ({tenant}, 'conversation.created', :number, 'user', {user});
INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id)
  VALUES ({tenant}, 'message.created', :number, :message, 'user', {user});
COMMIT;
"""
# What a reply leaves behind: its message, its event, and the conversation's new times.
_REPLY = """
\\set number random(1, {conversations})
BEGIN;
SET LOCAL parley.tenant_id = {tenant};
INSERT INTO messages (tenant_id, conversation_number, kind, author_kind, author_id, body, processed_body)
  VALUES ({tenant}, :number, 'outgoing', 'user', {user}, '{body}', '{body}') RETURNING id AS message \\gset
INSERT INTO events (tenant_id, kind, conversation_number, message_id, actor_kind, actor_id)
  VALUES ({tenant}, 'message.created', :number, :message, 'user', {user});
UPDATE conversations SET modified_at = now(), last_activity_at = now(), last_external_message_at = now(), waiting_since = NULL
  WHERE tenant_id = {tenant} AND number = :number;
COMMIT;
"""


def measure(bench: Bench) -> Iterator[Measurement]:
    """On a copy of the database, so that the data of later runs stays what it is."""
    bench.say("copying the database for writes ...")
    with inserts.copied(bench.bed.dsn) as dsn, servers.ours(dsn) as ours:
        facts = _facts(bench.bed)
        dice = random.Random(7)
        create = [opening(bench.bed, ours.port, dice.randint(1, facts["contacts"])) for _ in range(_REQUESTS)]
        reply = [replying(bench.bed, ours.port, dice.randint(1, facts["conversations"])) for _ in range(_REQUESTS)]
        for name, asked, script in (
            ("conversations.create with a first message", create, _CREATE),
            ("timeline-entries.create", reply, _REPLY),
        ):
            rates = interleaved(
                bench.rounds,
                {
                    "ours": lambda asked=asked: storm.mixed(asked, connections=CONNECTIONS, seconds=bench.seconds),  # type: ignore[misc]
                    "pgbench": lambda script=script: pgbench.run(  # type: ignore[misc]
                        dsn, script.format(**facts), {}, connections=CONNECTIONS, seconds=bench.seconds, role="parley_app"
                    ),
                },
            )
            middle = medians(rates)
            detail = f"{middle['ours']:,.0f} against {middle['pgbench']:,.0f} per second, {CONNECTIONS} connections; ours"
            detail += f" {spread(rates['ours'], '/s')}"
            yield Measurement(7, name, ratio(rates, "ours", "pgbench"), target=1 / 3, at_least=True, detail=detail)


def opening(bed: Bed, port: int, contact: int) -> Ask:
    body = {"type": "support", "title": "Where is my parcel?", "members": [f"REVU-{contact}"], "messages": [{"body": _BODY}]}
    return bed.devrev(port, "/conversations.create", body)


def replying(bed: Bed, port: int, number: int) -> Ask:
    return bed.devrev(port, "/timeline-entries.create", {"type": "timeline_comment", "object": f"CONV-{number}", "body": _BODY})


def _facts(bed: Bed) -> dict[str, Any]:
    tenant = bed.tenant_id
    (point,) = bed.fetch("SELECT p.id, p.inbox_id FROM contact_points p WHERE p.tenant_id = $1 ORDER BY p.id LIMIT 1", tenant)
    (most,) = bed.fetch(
        "SELECT (SELECT max(c.id) FROM contacts c WHERE c.tenant_id = $1) AS contacts,"
        " (SELECT max(c.number) FROM conversations c WHERE c.tenant_id = $1) AS conversations",
        tenant,
    )
    return {
        "tenant": tenant,
        "user": bed.user_id,
        "inbox": point["inbox_id"],
        "point": point["id"],
        "contacts": most["contacts"],
        "conversations": most["conversations"],
        "body": _BODY,
    }
