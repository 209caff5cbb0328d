"""Every key of the reference page is produced by a column: change it in the database and see the key change.

The keys are read from ``reference-conversations-list.txt``; ``chatwoot_producers.py`` names, for each, what it comes from.
A key that is not in that table, and a line of the table that is no key of the page, fail.
"""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path
from typing import Any

import pytest

from .chatwoot_producers import (
    APPEARING,
    ASSIGNEE_ACCOUNT,
    CHANGES,
    ELSEWHERE,
    PARAMETERS,
    SECRETS,
    SENDER,
    WITHOUT_PRODUCER,
    look_up,
    producer,
    reference_keys,
    reference_parameters,
)
from .chatwoot_world import ACCOUNT, CONTACT, OTHER, World, add_conversation, build, insert, run
from .conftest import Live


def test_the_table_names_every_key_of_the_reference_page(shared: Path) -> None:
    assert CHANGES.keys() | WITHOUT_PRODUCER.keys() | SECRETS == reference_keys(shared)


def test_every_parameter_of_the_reference_page_has_its_test(shared: Path) -> None:
    assert PARAMETERS.keys() == reference_parameters(shared)
    for name in PARAMETERS.values():
        module, _, test = name.partition(".py::")
        assert hasattr(importlib.import_module(f"tests.wire.{module}"), test), name


def test_every_key_names_what_it_comes_from() -> None:
    assert all(producer(path) for path in CHANGES)
    assert producer(f"{SENDER}.email") == "contacts.email"


@pytest.fixture
def world(live: Live) -> World:
    """The same tenant for every key; what a test changes is taken back by filling the database again."""
    return rebuilt(live)


# Row by row, as there are few: TRUNCATE makes every file of a hundred tables anew, twenty times the work. In one statement
# foreign keys are looked at when all is done. Twice, since triggers write down (conversation_tallies) what the first takes away.
EMPTY = """DO $$
DECLARE
    every text[] := (
        SELECT array_agg(relname::text) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND relname NOT IN ('migrations', 'server_secrets')
    );
    filled text[];
BEGIN
    EXECUTE format('LOCK %s IN SHARE ROW EXCLUSIVE MODE', array_to_string(every, ', '));
    FOR _ IN 1..2 LOOP
        EXECUTE (SELECT 'SELECT ARRAY[' || string_agg(format('CASE WHEN EXISTS (SELECT FROM %1$s) THEN %1$L END', t), ',') || ']'
                 FROM unnest(every) t) INTO filled;
        filled := array_remove(filled, NULL);
        IF cardinality(filled) > 0 THEN
            EXECUTE (SELECT 'WITH ' || string_agg(format('%1$s_gone AS (DELETE FROM %1$s)', t), ',') || ' SELECT' FROM unnest(filled) t);
        END IF;
    END LOOP;
END $$"""


_rebuilds = itertools.count(1)


def rebuilt(live: Live) -> World:
    built = World(live.url, live.dsn)
    built.execute(EMPTY)
    built = run(build(live.dsn, live.url))
    # Without the activity the newest entry and the newest message are one, and both show every key.
    built.execute(f"DELETE FROM messages WHERE tenant_id = {ACCOUNT} AND id = 1002")
    built.fill(next_door)
    # What the server still keeps of the world before had the same numbers and versions: no server meets that.
    built.execute(
        "ALTER TABLE conversations DISABLE TRIGGER raise_version;"
        f"UPDATE conversations SET version = version + {next(_rebuilds)}000;"
        "ALTER TABLE conversations ENABLE TRIGGER raise_version"
    )
    return built


async def next_door(connection: Any) -> None:
    """The other account has a conversation of its own with a message and an assignee."""
    await insert(connection, "inboxes", tenant_id=OTHER, id=77, name="Front", kind="api")
    await insert(connection, "contacts", tenant_id=OTHER, id=CONTACT, name="Theirs")
    await add_conversation(connection, 1, tenant_id=OTHER, inbox_id=77, contact_id=CONTACT, assignee_user_id=8)
    await insert(connection, "messages", tenant_id=OTHER, id=9001, conversation_number=1, kind="incoming")


@pytest.mark.parametrize("path", CHANGES)
def test_a_key_follows_its_column(world: World, path: str) -> None:
    before = look_up(world.ask("admin", "status=all").json(), path) if path not in APPEARING else None
    if CHANGES[path] == ELSEWHERE:
        after = look_up(world.ask("foreign", "status=all", account=OTHER).json(), path)
    else:
        world.execute(CHANGES[path])
        after = look_up(world.ask("admin", "status=all").json(), path)
    assert after != before


def test_secrets_and_constants_are_what_the_table_says(world: World) -> None:
    answer = world.ask("admin", "status=all").json()
    for path in SECRETS:
        with pytest.raises(KeyError):
            look_up(answer, path)
    assert {path: look_up(answer, path) for path in WITHOUT_PRODUCER} == {f"{ASSIGNEE_ACCOUNT}.status": "active"}
