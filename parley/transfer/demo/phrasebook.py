"""What people say in the demo: templates per language in ``phrases/*.toml``, filled with names and numbers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from random import Random
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "pt", "ja", "ar")

MODELS = ("Wren 3", "Heron Cargo", "Swift S", "Kestrel", "Plover Mini", "Magpie GT")
STREETS = ("Linden Lane 4", "17 Harbour Street", "Rue des Tilleuls 9", "Am Mühlbach 12", "Calle Mayor 31", "Rua do Sol 8", "2 Mill Road")
CITIES = ("Bergen", "Ghent", "Lyon", "Leipzig", "Porto", "Valencia", "Leeds", "Graz", "Turku", "Osaka", "Tunis", "Recife")
WEEKDAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes"),
    "pt": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira"),
    "ja": ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日"),
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة"),
}


@cache
def phrases(language: str) -> dict[str, Any]:
    """One language's file; what it lacks is said in English."""
    folder = resources.files(__package__).joinpath("phrases")
    own = tomllib.loads(folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return own if language == "en" else phrases("en") | own


@cache
def topics(language: str) -> tuple[str, ...]:
    return tuple(phrases(language)["topics"])


class Phrasebook:
    """The words of one conversation: its facts stay the same from message to message."""

    def __init__(self, rng: Random, language: str, topic: str, *, customer: str, company: str) -> None:
        self._rng = rng
        self._general = phrases(language)
        self._topic = self._general["topics"][topic]
        self.facts = {
            "model": rng.choice(MODELS),
            "order": f"LK-{rng.randrange(100000, 999999)}",
            "serial": f"SN{rng.randrange(16**6):06X}",
            "city": rng.choice(CITIES),
            "street": rng.choice(STREETS),
            "days": str(rng.randrange(2, 21)),
            "amount": f"{rng.randrange(19, 2400)}.{rng.choice(('00', '50', '90', '99'))} €",
            "version": f"{rng.randrange(2, 6)}.{rng.randrange(20)}.{rng.randrange(9)}",
            "weekday": rng.choice(WEEKDAYS[language]),
            "customer": customer,
            "company": company or "our company",
            "agent": "the team",
        }

    def say(self, kind: str, *, agent: str | None = None) -> str:
        """One line of a kind that every conversation knows: hello, nudge, thanks ..."""
        return self._fill(self._rng.choice(self._general[kind]), agent)

    def topic(self, kind: str, *, agent: str | None = None) -> str:
        """One line of the conversation's topic: title, opening, question, answer."""
        return self._fill(self._rng.choice(self._topic[kind]), agent)

    def mood(self, sentiment: int) -> str:
        """1 delighted ... 5 frustrated."""
        return str(self._general["mood"][sentiment - 1])

    def opening(self) -> str:
        """A customer's first message, of one to four sentences."""
        parts = [f"{self.say('hello')}, {self.topic('opening')}"]
        parts += [self.say("detail") for _ in range(self._rng.choice((0, 1, 1, 2)))]
        if self._rng.random() < 0.12:
            parts.append(self.say("aside"))
        return "\n\n".join(part for part in (" ".join(dict.fromkeys(parts)), self.say("sign_off")) if part)

    def reply(self, kind: str, agent: str) -> str:
        """An agent's message about the topic, with a greeting and a name below."""
        hello = self.say("agent_hello", agent=agent) + " " if self._rng.random() < 0.6 else ""
        after = " " + self.say("check_back", agent=agent) if kind == "answer" else ""
        return f"{hello}{self.topic(kind, agent=agent)}{after}\n\n{self.say('agent_sign_off', agent=agent)}".rstrip()

    def _fill(self, template: str, agent: str | None) -> str:
        return template.format_map(self.facts | ({"agent": agent} if agent else {}))
