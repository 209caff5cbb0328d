"""How a conversation may go: one plot per stage that it ends in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...domain.principals import Ref
from .story import BOT, Story

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works on it: one agent, and a colleague to talk to."""

    agent: Ref
    colleague: Ref


def tell(story: Story, crew: Crew, stage: str, tags: tuple[str, ...]) -> None:
    """The whole conversation up to the stage that it is in now."""
    PLOTS[stage](story, crew, tags)


def _beginning(story: Story) -> None:
    rng, book = story.rng, story.book
    story.wait(1, 30)
    story.contact_says(book.opening())
    if story.has_bot:
        story.wait(1, 4)
        story.bot_says(book.say("bot"))
    elif rng.random() < 0.25:
        story.wait(1, 3)
        story.greets(book.say("greeting"))
        story.wait(20, 3 * MINUTE)
        story.contact_says(book.say("detail"))
    if rng.random() < 0.2:
        story.wait(MINUTE, 3 * HOUR)
        story.contact_says(book.say("nudge"))


def _takes_over(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    """The agent takes it and answers; a note and tags on the way."""
    rng, book = story.rng, story.book
    story.wait(3 * MINUTE, 6 * HOUR)
    story.assigns(crew.agent, crew.agent)
    if story.has_bot:
        story.moves(crew.agent, "needs_response")
    if tags:
        story.tagged(crew.agent, *tags[:2])
    if rng.random() < 0.3:
        story.notes(crew.agent, book.say("note", agent=story.name(crew.colleague)))
        story.wait(MINUTE, 20 * MINUTE)
    story.agent_says(crew.agent, book.reply("question" if rng.random() < 0.6 else "answer", story.first_name(crew.agent)))


def _exchange(story: Story, crew: Crew, rounds: int) -> None:
    """The contact answers, the agent answers, and so on: the agent speaks last."""
    rng, book = story.rng, story.book
    for _ in range(rounds):
        story.wait(2 * MINUTE, 10 * HOUR)
        story.contact_says(" ".join(dict.fromkeys((book.say("detail"), book.say("aside" if rng.random() < 0.15 else "detail")))))
        if rng.random() < 0.12:
            story.wait(1, 5 * MINUTE)
            story.notes(crew.colleague, book.say("private"), private_to=(crew.agent,))
        story.wait(2 * MINUTE, 5 * HOUR)
        if story.has_bot:
            story.moves(crew.agent, "needs_response")
        story.agent_says(crew.agent, book.reply("answer", story.first_name(crew.agent)))


def _new(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    _beginning(story)
    if story.rng.random() < 0.3:
        story.wait(MINUTE, HOUR)
        story.assigns(crew.colleague, crew.agent)


def _suspended(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    if story.quiet and not story.person.blocked:
        story.wait(1, 20)
        story.contact_says(story.book.say("spam"))
        return
    _beginning(story)
    story.assigns(BOT, BOT)
    story.wait(1, 5)
    story.bot_says(story.book.say("bot"))


def _needs_response(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    _beginning(story)
    _takes_over(story, crew, tags)
    _exchange(story, crew, story.rng.choice((0, 0, 1, 2)))
    story.wait(10 * MINUTE, 8 * HOUR)
    story.contact_says(story.book.say("detail"))
    if story.rng.random() < 0.4:
        story.wait(HOUR, DAY)
        story.contact_says(story.book.say("nudge"))
    story.moves(crew.agent, "needs_response")


def _waiting(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    _beginning(story)
    _takes_over(story, crew, tags)
    _exchange(story, crew, story.rng.choice((0, 1, 1, 2, 3)))
    story.moves(crew.agent, "waiting_on_user")


def _hold(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    _waiting(story, crew, tags)
    story.wait(MINUTE, HOUR)
    story.moves(crew.agent, "hold")


def _escalated(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    _waiting(story, crew, tags)
    story.wait(MINUTE, HOUR)
    story.notes(crew.agent, story.book.say("note", agent=story.name(crew.colleague)))
    story.moves(crew.agent, "escalated")


def _resolved(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    rng = story.rng
    _waiting(story, crew, tags)
    if rng.random() < 0.7:
        story.wait(5 * MINUTE, DAY)
        story.contact_says(story.book.say("thanks", agent=story.first_name(crew.agent)))
    story.wait(MINUTE, 12 * HOUR)
    story.moves(crew.agent, "resolved")


def _archived(story: Story, crew: Crew, tags: tuple[str, ...]) -> None:
    _resolved(story, crew, tags)
    story.wait(DAY, 7 * DAY)
    story.moves(crew.colleague, "archived")
    if story.rng.random() < 0.05:
        story.freezes(crew.colleague)


Plot = Callable[[Story, Crew, tuple[str, ...]], None]
PLOTS: dict[str, Plot] = {
    "new": _new,
    "suspended": _suspended,
    "needs_response": _needs_response,
    "waiting_on_user": _waiting,
    "hold": _hold,
    "escalated": _escalated,
    "resolved": _resolved,
    "archived": _archived,
}
