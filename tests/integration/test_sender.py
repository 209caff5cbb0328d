"""Deliveries: signed, logged, in order, never stopped by an endpoint that is slow, gone or ill. Receivers are real local servers."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest

from parley.jobs import sender as sender_module
from parley.jobs.sender import Sending
from parley.store import claims, queries
from parley.store.claims import Ended, Log, Room
from parley.store.database import Database
from tests.integration.sending import QUICK, all_are, attempts, fresh_tenant, health, numbers, sending, states, tell, until, webhook
from tests.integration.small_tenant import SmallTenant
from tests.receiver import OK, Received, Reply, receiving, say

BROKEN = b"HTTP/1.1 500 Broken\r\nContent-Length: 6\r\n\r\nbroken"


@pytest.fixture
async def world(module_database: str) -> AsyncIterator[SmallTenant]:
    async with fresh_tenant(module_database) as one:
        yield one


def answering(*answers: bytes) -> Reply:
    """The answers in turn; the last for all that come after."""
    left = list(answers)

    async def reply(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()

    return reply


async def hang(_request: Received, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def test_a_delivery_is_signed_for_every_client_and_the_log_keeps_no_secret(world: SmallTenant) -> None:
    async with receiving() as here:
        later = datetime.now(UTC) + timedelta(hours=1)
        await webhook(world, 1, here.url(), secret=b"new secret", previous_secret=b"old secret", previous_secret_until=later)
        await tell(world, [5])
        async with sending(world):
            await until(lambda: all_are(world, "delivered"))
    (got,) = here.received
    at, id_ = got.headers["webhook-timestamp"], got.headers["webhook-id"]
    assert id_ == f"evt_{world.tenant.id}_5_message_created"
    assert abs(int(at) - time.time()) < 20
    signed = f"{id_}.{at}.".encode() + got.body
    wanted = ["v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in (b"new secret", b"old secret")]
    assert got.headers["webhook-signature"].split() == wanted
    chatwoot = hmac.new(b"new secret", f"{got.headers['x-chatwoot-timestamp']}.".encode() + got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-chatwoot-signature"] == f"sha256={chatwoot}"
    (row,) = await attempts(world, 5)
    logged = json.loads(row["request_headers"])
    assert (row["status"], row["answer"], row["error"], logged["webhook-signature"]) == (200, "ok", None, "(signed)")
    assert row["latency_ms"] > 0
    assert not any(secret in row["request_headers"] for secret in (chatwoot, *wanted, "new secret"))


async def test_devrevs_own_headers_and_signature(world: SmallTenant) -> None:
    async with receiving() as here:
        own = [{"name": "Authorization", "value": "Bearer hush"}, {"name": "content-type", "value": "text/plain"}]
        await webhook(world, 1, here.url(), wire="devrev", secret=b"the secret", headers=json.dumps(own))
        await tell(world, [5], wire="devrev")
        async with sending(world):
            await until(lambda: all_are(world, "delivered"))
    (got,) = here.received
    assert got.headers["x-devrev-signature"] == base64.b64encode(hmac.digest(b"the secret", got.body, "sha256")).decode()
    assert (got.headers["authorization"], got.headers["content-type"]) == ("Bearer hush", "application/json")
    assert "hush" not in (await attempts(world, 5))[0]["request_headers"]


async def test_a_retry_has_the_same_id_and_body_and_the_log_has_both(world: SmallTenant) -> None:
    async with receiving(answering(BROKEN, OK)) as here:
        await webhook(world, 1, here.url())
        await tell(world, [5])
        async with sending(world):
            await until(lambda: all_are(world, "delivered"))
    first, second = here.received
    assert first.body == second.body
    for name in ("webhook-id", "x-chatwoot-delivery"):
        assert first.headers[name] == second.headers[name]
    assert [(row["number"], row["status"], row["error"], row["answer"]) for row in await attempts(world, 5)] == [
        (1, 500, "answered 500", "broken"),
        (2, 200, None, "ok"),
    ]
    assert [one.headers["parley-attempt"] for one in here.received] == ["1", "2"]


async def test_a_slow_endpoint_delays_no_other(world: SmallTenant) -> None:
    async with receiving(hang) as slow, receiving() as quick:
        await webhook(world, 1, slow.url())
        await webhook(world, 2, quick.url())
        await tell(world, range(40), to=1)
        await tell(world, range(100, 140), to=2)
        async with sending(world):
            await until(lambda: len(quick.received) == 40, within_s=4)
            assert 1 <= len(slow.received) <= 8
            assert slow.connections <= 8


async def test_many_slow_endpoints_leave_one_place_for_each_other(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "_AT_ONCE_IN_ALL", 4)
    async with receiving(hang) as slow, receiving() as quick:
        await webhook(world, 1, slow.url())
        await tell(world, range(40))
        async with sending(world, Sending(timeout_s=6, drain_s=0.1)):
            await until(lambda: len(slow.received) >= 4)
            await webhook(world, 2, quick.url())
            await tell(world, range(100, 120), to=2)
            await until(lambda: len(quick.received) == 20, within_s=5)


async def test_a_lane_keeps_its_order_while_a_retry_is_pending_and_others_go_on(world: SmallTenant) -> None:
    refusals = Counter[int]()

    async def reply(request: Received, writer: asyncio.StreamWriter) -> None:
        number = json.loads(request.body)["n"]
        refusals[number] += 1
        writer.write(BROKEN if number == 1 and refusals[1] <= 2 else OK)
        await writer.drain()

    async with receiving(reply) as here:
        await webhook(world, 1, here.url())
        await tell(world, [1, 2, 3], lane="conversation:1")
        await tell(world, [11, 12, 13], lane="conversation:2")
        async with sending(world, Sending(timeout_s=1, retry_s=(0.4, 0.4, 0.4))):
            await until(lambda: all_are(world, "delivered"))
    got = numbers(here.received)
    assert [n for n in got if n < 10] == [1, 1, 1, 2, 3]
    assert got.index(13) < len(got) - 1 - got[::-1].index(1), "the other conversation waited"


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_is_honoured_for_the_endpoint(world: SmallTenant, form: str) -> None:
    asked = "120" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)
    busy = f"HTTP/1.1 503 Busy\r\nRetry-After: {asked}\r\nContent-Length: 0\r\n\r\n".encode()
    async with receiving(answering(busy)) as here:
        await webhook(world, 1, here.url())
        await tell(world, [1, 2], lane="conversation:1")
        async with sending(world):
            await until(lambda: health(world))
            await tell(world, [3])
            await asyncio.sleep(0.5)
    assert numbers(here.received) == [1]
    wait = await world.owner.fetchval("SELECT extract(epoch FROM due_at - now())::float8 FROM deliveries WHERE event_id = 1")
    assert 100 < wait <= 121
    assert 100 < (await health(world))["pause_s"] <= 121


async def test_410_makes_a_webhook_inactive_and_ends_what_was_to_be_sent(world: SmallTenant) -> None:
    async with receiving(say(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")) as here:
        await webhook(world, 1, here.url())
        await tell(world, [1, 2, 3], lane="conversation:1")
        async with sending(world):
            await until(lambda: all_are(world, "failed"))
            await tell(world, [4])
            await until(lambda: all_are(world, "failed"))
    assert numbers(here.received) == [1]
    reasons = await world.owner.fetch("SELECT reason FROM deliveries ORDER BY id")
    gone = "the endpoint answered 410 (gone)"
    assert [row["reason"] for row in reasons] == ["answered 410", gone, gone, gone]
    assert await world.owner.fetchval("SELECT status FROM webhooks WHERE id = 1") == "inactive"
    assert (await health(world))["disabled_at"] is not None
    assert await world.total("events", "kind = 'webhook.updated' AND data->'changed' = '[\"status\"]'") == 1


async def test_an_endpoint_that_keeps_failing_is_paused_probed_by_one_and_resumes(world: SmallTenant) -> None:
    well = False

    async def reply(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(OK if well else BROKEN)
        await writer.drain()

    over = "UPDATE endpoints SET paused_until = now() - interval '1 second'"
    async with receiving(reply) as here:
        await webhook(world, 1, here.url())
        await tell(world, range(30))
        async with sending(world):
            await until(lambda: is_paused(world, pauses=1))
            found = await health(world)
            assert found["failures"] >= 10
            assert 50 < found["pause_s"] <= 60
            assert found["last_error"] == "answered 500"
            assert found["failing_since"]
            await until_quiet(here.received)
            before = len(here.received)
            await asyncio.sleep(0.6)
            assert len(here.received) == before
            await world.owner.execute(over)
            await until(lambda: is_paused(world, pauses=2))
            assert len(here.received) == before + 1, "more than one tried"
            assert 110 < (await health(world))["pause_s"] <= 120
            well = True
            await world.owner.execute(over)
            await until(lambda: all_are(world, "delivered"))
    found = await health(world)
    assert (found["failures"], found["pauses"], found["pause_s"], found["failing_since"], found["last_error"]) == (0, 0, None, None, None)


async def is_paused(world: SmallTenant, pauses: int) -> bool:
    found = await health(world)
    return bool(found and found["pauses"] == pauses and found["pause_s"] and found["pause_s"] > 20)


async def until_quiet(received: list[Received]) -> None:
    before = -1
    while len(received) != before:
        before = len(received)
        await asyncio.sleep(0.2)


async def test_two_senders_never_send_one_delivery_at_once(world: SmallTenant, module_database: str) -> None:
    under_way, twice = Counter[int](), list[int]()

    async def reply(request: Received, writer: asyncio.StreamWriter) -> None:
        number = json.loads(request.body)["n"]
        under_way[number] += 1
        if under_way[number] > 1:
            twice.append(number)
        await asyncio.sleep(0.01)
        under_way[number] -= 1
        writer.write(OK)
        await writer.drain()

    other = await Database.open(module_database, max_connections=4)
    async with receiving(reply) as here:
        await webhook(world, 1, here.url())
        async with sending(world), sending(world, database=other):
            for start in range(0, 300, 100):
                await tell(world, range(start, start + 100))
            await until(lambda: all_are(world, "delivered"))
    await other.close()
    assert sorted(numbers(here.received)) == list(range(300))
    assert twice == []


async def test_a_claim_that_ends_is_sent_again_under_the_same_id_and_a_late_end_changes_nothing(world: SmallTenant) -> None:
    async with receiving(answering(BROKEN)) as here:
        await webhook(world, 1, here.url())
        await tell(world, [1])
        room = Room("webhook", 1, 8, None, only_verify=False)
        async with world.database.write_quietly(world.tenant.id) as connection:
            (lost,) = await claims.claim(connection, world.tenant.id, [room], 0.3)
            assert await claims.claim(connection, world.tenant.id, [room], 0.3) == []
        async with sending(world, Sending(timeout_s=1, retry_s=(60,))):
            await until(lambda: here.received)
            await until(lambda: all_are(world, "pending"))
        assert here.received[0].headers["webhook-id"] == lost.message_key
        async with world.database.write_quietly(world.tenant.id) as connection:
            assert await claims.end(connection, world.tenant.id, [Ended(lost, "delivered", 0, Log(status=200))]) == set()
    assert await states(world) == {1: "pending"}
    assert [(row["number"], row["status"]) for row in await attempts(world, 1)] == [(1, 200), (2, 500)]


async def test_a_claim_whose_sender_died_does_not_outlive_its_endpoint(world: SmallTenant) -> None:
    await webhook(world, 1, "http://127.0.0.1:1/")
    await tell(world, [1])
    async with world.database.write_quietly(world.tenant.id) as connection:
        assert await claims.claim(connection, world.tenant.id, [Room("webhook", 1, 8, None, only_verify=False)], 0.0)
    await world.owner.execute("UPDATE webhooks SET status = 'inactive'")
    async with sending(world):
        await until(lambda: all_are(world, "failed"))


async def test_after_the_schedule_it_has_failed(world: SmallTenant) -> None:
    async with receiving(answering(BROKEN)) as here:
        await webhook(world, 1, here.url())
        await tell(world, [1])
        async with sending(world, Sending(timeout_s=1, retry_s=(0.05, 0.05))):
            await until(lambda: all_are(world, "failed"))
    assert len(here.received) == 3
    row = await world.owner.fetchrow("SELECT reason, finished_at, failures FROM deliveries")
    assert row["reason"] == "answered 500"
    assert row["finished_at"]
    assert row["failures"] == 3


async def test_each_kind_of_no_answer_is_told_in_the_log(world: SmallTenant) -> None:
    async def close(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with receiving(close) as closing, receiving(hang) as hanging:
        await webhook(world, 1, closing.url())
        await webhook(world, 2, hanging.url())
        await webhook(world, 3, "http://10.0.0.1/private")
        for number in (1, 2, 3):
            await tell(world, [number], to=number)
        async with sending(world, Sending(timeout_s=0.5, retry_s=(0.01,))):
            await until(lambda: all_are(world, "failed"))
    errors = [(await attempts(world, number))[0]["error"] for number in (1, 2, 3)]
    assert "closed the connection" in errors[0]
    assert "no complete answer within 0.5 s" in errors[1]
    assert "not allowed" in errors[2]


async def test_tenants_go_side_by_side_and_see_nothing_of_each_other(world: SmallTenant, module_database: str) -> None:
    async with fresh_tenant(module_database) as other, receiving() as here:
        for one, path in ((world, "/a"), (other, "/b")):
            await webhook(one, 1, here.url(path=path))
            await tell(one, range(20))
        async with sending(world):
            await until(lambda: all_are(world, "delivered"))
            await until(lambda: all_are(other, "delivered"))
        assert Counter(one.line.split()[1] for one in here.received) == {"/a": 20, "/b": 20}
        ids = {one.headers["webhook-id"] for one in here.received}
        assert len(ids) == 40


@pytest.mark.parametrize("status", ["unverified", "inactive"])
async def test_nothing_but_a_verify_request_goes_to_a_webhook_that_is_not_active(world: SmallTenant, status: str) -> None:
    said: list[Any] = []

    async def settle(_connection: object, *answer: Any) -> None:
        said.append(answer)

    async with receiving() as here:
        await webhook(world, 1, here.url(), status=status, wire="devrev")
        await tell(world, [1], wire="devrev")
        await tell(world, [2], type_="verify", lane="verify", wire="devrev")
        async with sending(world, settle=settle):
            await until(lambda: said)
            await asyncio.sleep(0.3)
    assert numbers(here.received) == [2]
    tenant_id, webhook_id, code, text, now = said[0]
    assert (tenant_id, webhook_id, code, text) == (world.tenant.id, 1, 200, "ok")
    assert now.tzinfo
    assert await states(world) == {1: "pending" if status == "unverified" else "failed", 2: "delivered"}


async def test_an_answer_that_cannot_be_settled_holds_up_no_other(world: SmallTenant) -> None:
    async def settle(connection: Any, *_answer: Any) -> None:
        await connection.execute("SELECT 1 / 0")

    async with receiving() as here:
        await webhook(world, 1, here.url(), wire="devrev")
        await tell(world, [1], type_="verify", lane="verify", wire="devrev")
        await tell(world, [2], wire="devrev")
        async with sending(world, settle=settle):
            await until(lambda: all_are(world, "delivered"))
    assert sorted(numbers(here.received)) == [1, 2]


async def test_what_is_held_for_a_webhook_goes_once_it_is_verified(world: SmallTenant) -> None:
    async with receiving() as here:
        await webhook(world, 1, "http://127.0.0.1:1/old", status="unverified")
        await tell(world, [1], url="http://127.0.0.1:1/old")
        async with sending(world):
            await asyncio.sleep(0.2)
            await world.owner.execute("UPDATE webhooks SET status = 'active', url = $1", here.url())
            await until(lambda: all_are(world, "delivered"))
    assert await world.owner.fetchval("SELECT url FROM deliveries") == here.url()


async def test_stopping_waits_for_what_is_under_way_and_gives_the_rest_back(world: SmallTenant) -> None:
    async def slow(_request: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        writer.write(OK)
        await writer.drain()

    async with receiving(slow) as soon, receiving(hang) as never:
        await webhook(world, 1, soon.url())
        await webhook(world, 2, never.url())
        await tell(world, [1])
        await tell(world, [2], to=2)
        async with sending(world, Sending(timeout_s=20, drain_s=1)):
            await until(lambda: soon.received and never.received)
            began = time.monotonic()
        assert time.monotonic() - began < 3
    assert await states(world) == {1: "delivered", 2: "pending"}
    assert await world.owner.fetchval("SELECT due_at <= now() AND failures = 0 FROM deliveries WHERE event_id = 2")
    assert (await attempts(world, 2))[0]["error"] == "cut off: the server stopped"


async def test_a_message_that_an_inboxs_callback_never_takes_has_failed(world: SmallTenant) -> None:
    async with receiving(answering(BROKEN)) as here:
        await world.owner.execute("UPDATE inboxes SET channel = jsonb_build_object('webhook_url', $1::text) WHERE id = 1", here.url())
        await world.conversation(1)
        message_id = await world.message(1, "hello", kind="outgoing", author_kind="user", author_id=1)
        event_id = await world.insert("events", kind="message.created", actor_kind="system", conversation_number=1, message_id=message_id)
        await tell(world, [event_id], kind="inbox", url=here.url())
        async with sending(world, Sending(timeout_s=1, retry_s=(0.05,))):
            await until(lambda: all_are(world, "failed"))
    row = await world.owner.fetchrow("SELECT status, content_attributes FROM messages WHERE id = $1", message_id)
    assert row["status"] == "failed"
    assert json.loads(row["content_attributes"]) == {"external_error": "answered 500"}
    assert "x-chatwoot-signature" in here.received[0].headers


async def test_nothing_is_lost_while_the_results_cannot_be_written(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = sender_module.end_claims, [RuntimeError("once"), RuntimeError("twice")]

    async def sometimes(*given: Any) -> bool:
        if failures:
            raise failures.pop()
        return await real(*given)

    monkeypatch.setattr(sender_module, "end_claims", sometimes)
    async with receiving() as here:
        await webhook(world, 1, here.url())
        await tell(world, range(5))
        async with sending(world, QUICK):
            await until(lambda: all_are(world, "delivered"))
    assert sorted(numbers(here.received)) == list(range(5))


@pytest.mark.parametrize(
    ("query", "by"),
    [("claim", "(id = ANY"), ("claim", "(lane = d.lane)"), ("end_claims", "(id = ANY"), ("end_attempts", "(delivery_id = ANY")],
)
async def test_the_log_is_never_read_through_while_its_tables_are_young(world: SmallTenant, query: str, by: str) -> None:
    """The plans that are kept from then on: what is named by id is looked up by its key."""
    text = getattr(queries.load("claims"), query)
    places = max(int(number) for number in re.findall(r"\$(\d+)", text))
    await world.owner.execute("SET plan_cache_mode = force_generic_plan")
    await world.owner.execute(f"PREPARE one AS {text}")
    plan = [row[0].strip() for row in await world.owner.fetch(f"EXPLAIN EXECUTE one({', '.join(['NULL'] * places)})")]
    looked_up = [f"{scan} {condition}" for scan, condition in pairwise(plan) if by in condition and condition.startswith("Index Cond")]
    assert looked_up, plan
    assert all("_pkey" in one or "deliveries_open_lane" in one for one in looked_up), looked_up
    assert not [line for line in plan if "Seq Scan" in line]
