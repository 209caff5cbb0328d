"""Search over nouns finds the same, in the same order, whether words are listed, looked through, or both in turn."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.domain.filters import ConversationFilter
from parley.domain.principals import Principal, Ref
from parley.jobs.search import index_tenant
from parley.store import search, search_nouns
from parley.store.search_hits import Wanted
from parley.store.search_nouns import find_page
from tests.integration.small_tenant import AGENT, CONTACT, SmallTenant, small_tenant

START = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("parcel", "parcels", "refund", "100%", "late", "it", "élan")
# How many hits make a word common, or how many of the newest conversations, and how many are looked through before all are listed.
BOUNDS = {
    "listed": (1000, 1000, 0),
    "looked through": (1, 1000, 1000),
    "some of each": (6, 1000, 1000),
    "looked through and then listed": (1, 1000, 2),
    "seen often": (1000, 4, 1000),
}


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


async def fill(world: SmallTenant, dice: random.Random) -> dict[int, dict[str, Any]]:
    """Conversations with words in titles, descriptions and messages, of which the newest are not indexed; returns what each has."""
    rows: dict[int, dict[str, Any]] = {}
    for number in range(1, 41):
        modified, created = (START + timedelta(minutes=dice.randrange(12)) for _ in range(2))
        row = {"inbox_id": dice.choice((1, 2)), "modified_at": modified, "created_at": created, "is_spam": dice.random() < 0.3}
        row |= {name: " ".join(dice.sample(WORDS, dice.choice((0, 0, 1, 2)))) or None for name in ("title", "description")}
        await world.conversation(number, **row)
        said = [" ".join(dice.sample(WORDS, dice.choice((1, 2)))) for _ in range(dice.choice((0, 1, 1, 2)))]
        for body in said:
            await world.message(number, body)
        await world.owner.execute("UPDATE conversations SET modified_at = $2 WHERE number = $1", number, modified)
        rows[number] = row | {"said": said}
        if number == 30:
            await index_tenant(world.owner, world.tenant.id)
    return rows


def expected(rows: Mapping[int, dict[str, Any]], wanted: Wanted, inboxes: tuple[int, ...]) -> list[tuple[int, int]]:
    """Number and tier of what ought to be found, in order."""
    found = []
    for number, row in rows.items():
        title, named = (row["title"] or "").lower(), f"{row['title'] or ''}\x1f{row['description'] or ''}".lower()
        if row["inbox_id"] not in inboxes or wanted.filter.is_spam not in (None, row["is_spam"]):
            continue
        if not all(any(term in text for text in (named, *row["said"])) for term in wanted.terms):
            continue
        tier = 3 if title == wanted.text else 2 if title.startswith(wanted.text) else 1 if all(x in named for x in wanted.terms) else 0
        moment = row["created_at"] if wanted.sort == "created_at" else row["modified_at"]
        found.append((tier if wanted.sort == "relevance" else 0, moment, number))
    return [(number, tier) for tier, _, number in sorted(found, reverse=wanted.direction == "desc")]


async def walked(world: SmallTenant, who: Principal, wanted: Wanted, *, backwards: bool) -> list[tuple[int, int]]:
    """All pages, one after another."""
    found: list[tuple[int, int]] = []
    position, more = None, True
    async with world.database.read(world.tenant.id) as connection:
        while more:
            page = await find_page(connection, who, wanted, limit=4, position=position, backwards=backwards, budget_s=30)
            rows = [(row.id, row.tier) for row in page.rows]
            found = rows + found if backwards else found + rows
            position = page.before if backwards else page.after
            more = position is not None
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_common_words_are_found_as_rare_ones_are(world: SmallTenant, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    rows = await fill(world, dice)
    seen = 0
    for _ in range(12):
        terms = tuple(dice.sample(WORDS, dice.choice((1, 1, 2, 3))))
        sort, direction = dice.choice(("relevance", "created_at", "modified_at")), dice.choice(("asc", "desc"))
        asked = ConversationFilter(is_spam=dice.choice((None, True, False)))
        wanted = Wanted({"conversation": None}, terms, " ".join(terms), asked, sort, direction)  # type: ignore[arg-type]
        inboxes = dice.choice(((1, 2), (1,)))
        who = world.principal(AGENT, inbox_ids=inboxes)
        right = expected(rows, wanted, inboxes)
        seen += len(right)
        for name, (many, often, looked) in BOUNDS.items():
            monkeypatch.setattr(search, "_MANY_HITS", many)
            monkeypatch.setattr(search, "_OFTEN", often)
            monkeypatch.setattr(search, "_FIRST_BATCH", 1)
            monkeypatch.setattr(search_nouns, "_LOOKED_THROUGH", looked)
            for backwards in (False, True):
                assert await walked(world, who, wanted, backwards=backwards) == right, (name, backwards, wanted)
    assert seen > 20


async def test_a_contact_finds_what_others_say_to_them_alone(world: SmallTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_MANY_HITS", 1)
    for number in (1, 2, 3):
        await world.conversation(number)
    await world.message(1, "the parcel is here")
    await world.message(2, "a note on the parcel", visibility="internal", kind="outgoing")
    await index_tenant(world.owner, world.tenant.id)
    wanted = Wanted({"conversation": None}, ("parcel",), "parcel", ConversationFilter())
    assert [number for number, _ in await walked(world, world.principal(), wanted, backwards=False)] == [2, 1]
    contact = Principal(world.tenant, Ref("contact", CONTACT))
    assert [number for number, _ in await walked(world, contact, wanted, backwards=False)] == [1]
