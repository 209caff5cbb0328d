"""The demo's making, without a database: the same again for the same seed, and something of everything."""

from __future__ import annotations

import ast
import random
from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

import parley.transfer.demo
from parley.domain.problems import NotFound
from parley.store.load import NewConversation, NewMessage
from parley.transfer import chitchat
from parley.transfer.demo import phrasebook, scale, support
from parley.transfer.demo.dataset import Dataset
from parley.transfer.demo.derive import derive

USERS = list(range(101, 113))
DAY = date(2026, 3, 1)


@cache
def shop(seed: int = 1, day: date = DAY) -> Dataset:
    return support.build(USERS, seed=seed, day=day, domain="demo.parley.example")


def rows(data: Dataset) -> object:
    return data.conversations, data.messages, data.structure, data.details


def test_the_same_seed_and_day_make_the_same_rows_whatever_ran_before() -> None:
    random.seed(99)
    again = support.build(USERS, seed=1, day=DAY, domain="demo.parley.example")
    assert rows(again) == rows(shop())


def test_another_seed_or_another_day_makes_other_rows() -> None:
    assert rows(shop(seed=2)) != rows(shop())
    assert [c.created_at for c in shop(day=date(2026, 3, 2)).conversations] != [c.created_at for c in shop().conversations]


def test_no_module_of_the_demo_asks_the_clock_or_the_shared_generator() -> None:
    """One `now()` or `random.choice` would make two runs differ, perhaps only at midnight."""
    for path in Path(parley.transfer.demo.__file__).parent.glob("*.py"):
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
        assert not [call for call in calls if call.endswith((".now", ".today", "uuid4")) or call.startswith("random.")], path


def test_everything_happened_before_the_day_and_in_order() -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    assert all(message.created_at < midnight for message in shop().messages)
    began = [conversation.created_at for conversation in shop().conversations]
    assert began == sorted(began)
    assert began[-1].date() == date(2026, 2, 28)


def test_messages_get_ascending_ids_wherever_they_are_named() -> None:
    data = support.build(USERS, seed=3, day=DAY, domain="demo.parley.example", conversations=200)
    bodies = {message.id: message.body for message in data.messages}
    named = [bodies[row["message_id"]] for row in data.details["attachments"]]
    data.number_messages(list(range(5000, 5000 + len(data.messages))))
    by_id = {message.id: message for message in data.messages}
    assert [by_id[row["message_id"]].body for row in data.details["attachments"]] == named
    assert [m.created_at for m in data.messages] == sorted(m.created_at for m in data.messages)
    threads = [(by_id[m.thread_id], m) for m in data.messages if m.thread_id]
    assert threads
    assert all(parent.conversation_number == child.conversation_number for parent, child in threads)


def test_the_words_are_rare_medium_and_common() -> None:
    texts = [message.body.lower() for message in shop().messages if message.kind in ("incoming", "outgoing") and message.body]
    spread = {word: sum(word in text for text in texts) / len(texts) for word in ("quixote", "battery", "the")}
    assert 0 < spread["quixote"] < 0.01 < spread["battery"] < 0.2 < spread["the"]


@pytest.mark.parametrize("language", phrasebook.LANGUAGES)
def test_every_phrase_of_a_language_can_be_said(language: str) -> None:
    own = phrasebook.phrases(language)
    for topic in phrasebook.topics(language):
        assert topic in support.world.TOPICS
        book = phrasebook.Phrasebook(random.Random(1), language, topic, customer="Ann", company="")
        lines = [line for kind, said in own.items() if kind != "topics" for line in said]
        lines += [line for said in own["topics"][topic].values() for line in said]
        assert all("{" not in line.format_map(book.facts) for line in lines)
        assert own["topics"][topic].keys() == {"title", "opening", "question", "answer"}
    assert len(own["mood"]) == 5


def told(*messages: tuple[str, str, str, int], status: str = "open", seen: int | None = None) -> NewConversation:
    """A conversation that began at 0 s, with messages (kind, visibility, author, second)."""
    row = NewConversation(
        number=1, uuid="", stage_id=1, status=status, inbox_id=1, contact_id=1, created_at=at(0), modified_at=at(0), last_activity_at=at(0),
        agent_last_seen_at=None if seen is None else at(seen),
    )  # fmt: skip
    said = [
        NewMessage(
            id=i, conversation_number=1, kind=kind, visibility=visibility, author_kind=author, created_at=at(second), updated_at=at(second)
        )
        for i, (kind, visibility, author, second) in enumerate(messages)
    ]
    derive(row, said)
    return row


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def test_an_agents_reply_ends_the_wait_that_the_next_customers_message_begins() -> None:
    row = told(("incoming", "external", "contact", 1), ("outgoing", "external", "user", 5), ("incoming", "external", "contact", 7))
    assert (row.first_reply_at, row.waiting_since, row.last_incoming_at, row.unread_count) == (at(5), at(7), at(7), 2)


def test_a_bot_ends_the_wait_but_is_no_first_reply() -> None:
    row = told(("incoming", "external", "contact", 1), ("outgoing", "external", "bot", 2))
    assert (row.first_reply_at, row.waiting_since, row.last_external_message_at) == (None, None, at(2))


def test_notes_move_no_clock_and_private_entries_move_nothing() -> None:
    row = told(("incoming", "external", "contact", 1), ("outgoing", "internal", "user", 2), ("outgoing", "private", "user", 3), seen=1)
    assert (row.last_activity_at, row.last_external_message_at, row.first_reply_at, row.waiting_since) == (at(2), at(1), None, at(0))
    assert row.unread_count == 0


def test_nobody_waits_in_a_resolved_conversation() -> None:
    assert told(("incoming", "external", "contact", 1), status="resolved").waiting_since is None


def test_scale_gives_three_quarters_to_one_of_twenty_tenants() -> None:
    for total in (100, 2000, 200_003):
        sizes = dict(scale.sizes(total))
        assert len(sizes) == 20
        assert sum(sizes.values()) == total
        assert sizes["scale"] / total == pytest.approx(0.75, abs=0.15 if total == 100 else 0.005)


def test_scale_has_its_known_words_and_ten_messages_each() -> None:
    mill = scale.Mill(USERS, "scale", 3000, seed=1, day=DAY, domain="x.example")
    mill.furniture()
    messages = [message for batch in mill.batches() for message in batch.messages]
    words = (scale.RARE, scale.MEDIUM, scale.COMMON)
    reach = {word: len({message.conversation_number for message in messages if word in str(message.body)}) for word in words}
    assert 9 < len(messages) / 3000 < 12
    assert 1 <= reach[scale.RARE] <= 5 < reach[scale.MEDIUM] < 100 < 2500 < reach[scale.COMMON]


def test_chitchat_brings_every_conversation_and_message_with_its_time() -> None:
    chats = chitchat.read()
    conversations, messages = 0, Counter[str]()
    for batch in chitchat.batches(chats, USERS):
        conversations += len(batch.conversations)
        messages.update(f"{message.created_at:%Y-%m-%dT%H:%M:%SZ}" for message in batch.messages)
    assert (conversations, messages.total()) == (chitchat.CONVERSATIONS, chitchat.MESSAGES) == (7168, 258145)
    assert messages == Counter(one["timestamp"] for chat in chats.values() for turn in chat["messages"] for one in turn)


def test_without_its_package_chitchat_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "chitchat_dataset", None)
    with pytest.raises(NotFound, match=r"pip install 'parley\[chitchat\]'"):
        chitchat.read()
