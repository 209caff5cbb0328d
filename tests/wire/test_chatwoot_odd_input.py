"""What nobody sends on purpose: odd values that once failed, and requests that meet (found by trying every field of every route)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import pytest

from parley.store import control
from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import ACCOUNT, ADA, FULL, ORDERS, QUIET_CONTACT, World, build, run
from tests.wire.conftest import Live

HUGE = int("9" * 400)


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    world = run(build(live.dsn, live.url))
    world.raise_ids()
    return world


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


def test_a_number_too_large_for_any_float_is_refused(chatwoot: Chatwoot) -> None:
    refused = chatwoot.post("sla_policies", {"name": "x", "resolution_time_threshold": HUGE}, expect=422)
    assert refused["attributes"] == ["resolution_time_threshold"]


def test_an_attribute_may_become_a_list_and_a_value_again(chatwoot: Chatwoot) -> None:
    path = f"conversations/{FULL}/custom_attributes"
    for value in ("x", [1.5], 2, [True], 7.5, True, ["a"], {"b": [1]}, [{}], False):
        sent = {"custom_attributes": {"turns": value}}
        assert chatwoot.post(path, sent) == sent


def test_a_flood_of_labels_is_refused(chatwoot: Chatwoot) -> None:
    path = f"contacts/{QUIET_CONTACT}/labels"
    refused = chatwoot.post(path, {"labels": [f"l{n}" for n in range(1001)]}, expect=422)
    assert refused == {"message": "labels takes at most 1000 labels", "attributes": ["labels"]}
    assert chatwoot.get(path) == {"payload": []}


@pytest.mark.parametrize("text", ["²", "9" * 5000])
def test_a_macro_may_say_digits_of_any_kind(chatwoot: Chatwoot, text: str) -> None:
    actions = [{"action_name": "add_private_note", "action_params": [text]}]
    made = chatwoot.post("macros", {"name": "Digits", "actions": actions})["payload"]
    chatwoot.post(f"macros/{made['id']}/execute", {"conversation_ids": [FULL]})
    assert chatwoot.get(f"conversations/{FULL}/messages")["payload"][-1]["content"] == text


@pytest.mark.parametrize("days", ["²", "9" * 19])
def test_a_rule_refuses_days_that_are_no_number(chatwoot: Chatwoot, days: str) -> None:
    condition = {"attribute_key": "referer", "filter_operator": "days_before", "values": [days]}
    rule = {"name": "R", "event_name": "message_created", "conditions": [condition], "actions": [{"action_name": "mute_conversation"}]}
    assert chatwoot.post("automation_rules", rule, expect=422)["attributes"] == ["conditions"]


def test_a_token_that_only_reads_sees_no_secret_of_a_webhook(chatwoot: Chatwoot, world: World) -> None:
    chatwoot.post("webhooks", {"url": "https://x.test/secret"})
    seen = chatwoot.get("webhooks", who=run(_reading_token(world.dsn)))["payload"]["webhooks"]
    assert [one["url"] for one in seen] == ["https://x.test/secret"]
    assert "secret" not in seen[0]


async def _reading_token(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return await control.insert_token(connection, tenant_id=ACCOUNT, owner_kind="user", owner_id=ADA, scope="read")
    finally:
        await connection.close()


def test_a_start_does_not_hold_ids_while_it_waits_for_its_contact(chatwoot: Chatwoot, world: World) -> None:
    """Who changes a contact takes it first and then ids; the other way round the two deadlock."""
    with ThreadPoolExecutor(1) as pool:
        started = run(_change_meanwhile(world.dsn, lambda: pool.submit(_start, chatwoot)))
        assert started.result(30).status_code == 200


def _start(chatwoot: Chatwoot) -> Any:
    return chatwoot.ask("POST", "conversations", {"inbox_id": ORDERS, "contact_id": QUIET_CONTACT})


async def _change_meanwhile(dsn: str, begin: Any) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT id FROM contacts WHERE tenant_id = $1 AND id = $2 FOR UPDATE", ACCOUNT, QUIET_CONTACT)
            started = begin()
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            while not await connection.fetchval(waiting) and not started.done():
                pass
            await connection.execute("SET LOCAL lock_timeout = '2s'")
            await connection.execute("UPDATE allocators SET next_id = next_id WHERE tenant_id = $1 AND kind = 'contact_point'", ACCOUNT)
        return started
    finally:
        await connection.close()
