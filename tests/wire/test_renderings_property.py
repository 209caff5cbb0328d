"""After any script of changes every answer equals one that is encoded afresh (issue 6): for every kind of caller, on two servers.

A walk takes every step of ``renderings_steps`` in an order that its seed says. When it fails it prints its script, and

    WALK='["say", 17, "rename a contact", 3]' pytest tests/wire/test_renderings_property.py -k walk

takes just those steps. ``WALK_SEED`` is another order, ``WALK_STEPS`` another length, ``WALK_ALL=1`` has every caller ask
everything after each step, ``WALK_SHRINK=1`` looks for the smallest script that still fails.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from parley.server.embedded import Cluster
from tests.conftest import _copy_of
from tests.wire.renderings_asking import (
    EVERYTHING,
    KEEPING,
    LISTS,
    Asker,
    Question,
    Stale,
    all_questions,
    some_questions,
    wait_until_kept,
    wait_until_warm,
)
from tests.wire.renderings_hands import Nothing, Walk
from tests.wire.renderings_steps import STEPS
from tests.wire.renderings_world import World, standing

Script = list[tuple[str, int]]
Standing = Callable[[], "contextmanager[World]"]


@pytest.fixture
def stand(server: Cluster, template: str, tmp_path: Path) -> Callable[[], object]:
    """Stands a new world up, with its servers and a Chatwoot to import from."""
    counter = itertools.count()

    @contextmanager
    def start() -> Iterator[World]:
        folder = tmp_path / str(next(counter))
        folder.mkdir()
        with _copy_of(server, template) as dsn, _copy_of(server, "template1") as source, standing(dsn, folder, source) as world:
            yield world

    return start


def script_of_today() -> Script:
    """The steps to take: those that were given, or all of them as the seed orders them, as often as there are steps to take."""
    if given := os.environ.get("WALK"):
        flat = json.loads(given)
        return list(zip(flat[::2], flat[1::2], strict=True))
    rng = random.Random(os.environ.get("WALK_SEED", "1"))
    length = int(os.environ.get("WALK_STEPS", len(STEPS)))
    rounds = (rng.sample(sorted(STEPS), len(STEPS)) for _ in itertools.count())
    return [(name, rng.randrange(10**6)) for name in itertools.islice(itertools.chain.from_iterable(rounds), length)]


class Failed(AssertionError):
    """What differed, after which steps."""


def walk(world: World, script: Script, told: list[str]) -> dict[str, bool]:
    """Takes the steps, asking after each. Which succeeded; raises Failed."""
    asker, worked = Asker(world), {}
    everything = "WALK_ALL" in os.environ
    began = time.monotonic()
    asker.compare(Question("ada", name, 1, 1) for name in EVERYTHING)
    for place, (name, seed) in enumerate(script):
        step = Walk(world, random.Random(seed))
        try:
            STEPS[name](step)
        except Nothing:
            step.done = False
            step.told.append("nothing to take")
        except (KeyError, TypeError):  # an answer that a refusal left empty
            assert not step.done, step.told
        worked[name] = worked.get(name, False) or step.done
        told += [f"{place} {name}, {seed}: {line}" for line in step.told]
        rng = random.Random(seed)
        number, contact = step.number, step.contact
        try:
            if everything:
                asker.compare(all_questions(world, number, contact))
            else:
                for question in some_questions(world, rng, number, contact):
                    asker.compare([question], [rng.choice(KEEPING)])
            if rng.random() < 0.6:  # else what is being kept meets the next change
                wait_until_kept(world)
                asker.compare(Question("ada", one, number, contact) for one in rng.sample(LISTS, 2))
        except Stale as stale:
            raise Failed(failure(script[: place + 1], told, stale)) from None
    told.append(f"{len(script)} steps, {asker.asked} comparisons, {asker.again} repeated, {time.monotonic() - began:.0f} s")
    return worked


def failure(script: Script, told: list[str], stale: Stale) -> str:
    flat = json.dumps(list(itertools.chain.from_iterable(script)))
    return f"{stale}\nafter these steps:\n" + "\n".join(told) + f"\n\nWALK='{flat}'"


def shrunk(stand: Callable[[], object], script: Script) -> str:
    """The failure of the smallest script found by taking steps out, from halves to single ones."""
    last, size = "", max(1, len(script) // 2)
    while True:
        for start in range(0, len(script), size):
            shorter = script[:start] + script[start + size :]
            try:
                with stand() as world:  # type: ignore[attr-defined]
                    walk(world, shorter, [])
            except Failed as failed:
                script, last = shorter, str(failed)
                break
        else:
            if size == 1:
                return last
            size //= 2


def test_every_answer_of_a_walk_is_as_if_encoded_afresh(stand: Callable[[], object]) -> None:
    script, told = script_of_today(), []
    try:
        with stand() as world:  # type: ignore[attr-defined]
            worked = walk(world, script, told)
            kept = world.store.column("SELECT count(*) FROM renderings")[0]
    except Failed as failed:
        if "WALK_SHRINK" in os.environ:
            raise Failed(shrunk(stand, script) or str(failed)) from None
        raise
    logging.getLogger(__name__).info("\n%s", "\n".join(told))
    assert kept, "nothing was kept: this walk compared fresh answers with fresh ones"
    if not any(name.startswith("WALK") for name in os.environ):
        assert [name for name, done in worked.items() if not done] == []


def test_a_walk_can_fail(stand: Callable[[], object]) -> None:
    """What a server should never have kept, or should have cooled and did not, is found on each wire."""
    with stand() as world:  # type: ignore[attr-defined]
        asker, asked = Asker(world), [Question("bob", name, 1, 1) for name in ("devrev get", "devrev beta get", "chatwoot show")]
        asker.compare(asked)
        wait_until_warm(world, 1)
        asker.compare(asked)
        wait_until_kept(world, still_s=1.5)
        world.store.execute("UPDATE renderings SET body = convert_to(replace(convert_from(body, 'utf8'), 'Ada', 'Eve'), 'utf8')")
        for question in asked:
            with pytest.raises(Stale, match=r"fresh .*Ada.*, got .*Eve"):
                asker.compare([question])
        world.store.execute("UPDATE memberships SET name = 'Ada Byron', display_name = 'Byron' WHERE tenant_id = 1 AND user_id = 1")
        asker.compare(asked)
        wait_until_warm(world, 1)
        wait_until_kept(world, still_s=1.5)
        world.store.execute(
            "ALTER TABLE memberships DISABLE TRIGGER raise_version;"
            "UPDATE memberships SET name = 'Eve', display_name = 'Eve' WHERE tenant_id = 1 AND user_id = 1"
        )
        for question in asked:
            with pytest.raises(Stale, match=r"fresh .*Eve.*, got .*Byron"):
                asker.compare([question])


def test_what_was_kept_while_others_wrote_is_as_if_encoded_afresh(stand: Callable[[], object]) -> None:
    """Readers of both servers keep what they encode while writers change it; at rest every answer is right."""
    with stand() as world:  # type: ignore[attr-defined]
        until = time.monotonic() + 4

        def write(place: int) -> None:
            step = Walk(world, random.Random(place))
            while time.monotonic() < until:
                step.dv("conversations.update", {"id": "CONV-1", "title": step.word()})
                step.dv("timeline-entries.create", {"type": "timeline_comment", "object": f"CONV-{place}", "body": step.word()})
                step.cw("PUT", "contacts/1", {"name": step.word()})
                step.cw("POST", "conversations/1/labels", {"labels": [step.rng.choice(["vip", "plan", "bug"])]})
                step.dv("tags.update", {"id": "TAG-1", "style_new": {"color": f"#{step.rng.randrange(10**6):06}"}})
                assert step.done, step.told

        def read(server: str) -> None:
            asker = Asker(world)
            while time.monotonic() < until:
                asker.ask([Question("bob", name, 1, 1) for name in EVERYTHING], server)

        with ThreadPoolExecutor(4) as pool:
            work = [pool.submit(write, 1), pool.submit(write, 4), *(pool.submit(read, server) for server in KEEPING)]
        for one in work:
            one.result()
        wait_until_kept(world)
        Asker(world).compare(all_questions(world, 1, 1))
