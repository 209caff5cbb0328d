"""What an envelope holds beside its frame: the thing that an event is about, as its own endpoint shows it to an administrator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..domain.principals import Ref
from ..store import messages
from ..store import people as store_people
from ..store.companies import COMPANIES
from ..store.contacts import CONTACTS
from ..store.links import LINKS
from ..store.nouns import Noun
from ..store.parts import PARTS
from ..store.tags import TAGS
from ..store.teams import TEAMS
from ..store.users import USERS
from ..store.webhooks import WEBHOOKS
from ..store.works import find_works
from ..store.workspaces import WORKSPACES
from . import (
    accounts,
    dev_users,
    encode_works,
    event_conversations,
    groups,
    links,
    parts,
    rev_orgs,
    rev_users,
    sla_trackers,
    tags,
    timeline_entries,
    webhooks,
)
from .encode_entries import codepoints
from .encode_people import People, group
from .endpoints import Json
from .event_readings import Saying
from .lists import people_of
from .viewer import Viewer

_KEYS = {"issue": "work", "message": "entry", "ticket": "work"}
_MEMBER_VERBS = ("member_added", "member_removed")
Load: TypeAlias = Callable[[Viewer, list[int]], Awaitable[dict[int, Json]]]


@dataclass(slots=True)
class Bodies:
    """The things of a batch by noun and number, in as many statements as it has nouns, however many events there are."""

    viewer: Viewer
    things: dict[str, dict[int, Json]] = field(default_factory=dict)
    old: dict[int, Json] = field(default_factory=dict)
    groups: dict[int, Json] = field(default_factory=dict)
    people: People | None = None

    def body(self, saying: Saying) -> Json | None:
        """None for a thing that is gone, or that nobody but a few people may see."""
        if saying.verb in _MEMBER_VERBS:
            return self._member(saying)
        thing = self.things.get(saying.noun, {}).get(saying.number)
        if saying.verb == "fetched":
            return self._fetched(saying, thing)
        if saying.verb == "deleted":
            return self._deleted(saying, thing)
        if thing is None:
            return None
        key = _KEYS.get(saying.noun) or saying.type.removesuffix(f"_{saying.verb}")
        return {key: thing} | (self._changed(saying) if saying.verb == "updated" else {})

    def _changed(self, saying: Saying) -> Json:
        if saying.noun == "conversation" and saying.event.id in self.old:
            return {"old_conversation": self.old[saying.event.id]}
        if "reactions" not in saying.data.get("changed", ()) or self.people is None:
            return {}
        actor = saying.event.actor
        action = {"add": "added", "remove": "removed"}[saying.data["action"]]
        reactor = self.people.person(actor.kind, actor.id)
        return {"reactions": [{"action": action, "emoji": codepoints(saying.data["emoji"]), "reactor": reactor}]}

    def _deleted(self, saying: Saying, thing: Json | None) -> Json | None:
        if saying.noun == "message":  # its row stays, and says who may know of it
            return {"id": thing["id"]} if thing is not None else None
        if saying.noun == "webhook" and saying.data.get("wire") != "devrev":
            return None
        kind = saying.data["kind"] if saying.noun == "part" else _DONS[saying.noun]
        return {"id": self.viewer.names.don(kind, saying.number)}

    def _fetched(self, saying: Saying, thing: Json | None) -> Json:
        don = self.viewer.names.don(_DONS[saying.noun], saying.data["object"].partition(":")[2])
        if thing is None:
            return {"id": don, "result": "not_found"}
        return {"id": don, "result": "ok", saying.type.removesuffix("_fetched"): thing}

    def _member(self, saying: Saying) -> Json | None:
        if saying.number not in self.groups or self.people is None:
            return None
        member = Ref.parse(saying.data["member"])
        return {"group": self.groups[saying.number], "member": self.people.person(member.kind, member.id)}


async def load(viewer: Viewer, sayings: Sequence[Saying]) -> Bodies:
    """Everything that these sayings show."""
    bodies = Bodies(viewer)
    wanted: dict[str, set[int]] = defaultdict(set)
    for one in sayings:
        if one.noun != "conversation" and one.verb not in _MEMBER_VERBS and (one.verb != "deleted" or one.noun == "message"):
            wanted[one.noun].add(one.number)
    for noun, numbers in wanted.items():
        bodies.things[noun] = await _LOADERS[noun](viewer, sorted(numbers))
    about = [one for one in sayings if one.noun == "conversation" and one.verb != "deleted"]
    if about:
        bodies.things["conversation"], bodies.old = await event_conversations.load(viewer, about)
    await _load_people(bodies, sayings)
    return bodies


async def _load_people(bodies: Bodies, sayings: Sequence[Saying]) -> None:
    """Who was put into a group or taken out, who reacted, and the groups."""
    viewer, moved = bodies.viewer, [one for one in sayings if one.verb in _MEMBER_VERBS]
    refs = [Ref.parse(one.data["member"]) for one in moved]
    refs += [one.event.actor for one in sayings if "reactions" in one.data.get("changed", ())]
    if refs:
        bodies.people = await people_of(viewer, [], refs)
    teams = await store_people.get_teams(viewer.connection, viewer.tenant_id, {one.number for one in moved}, None)
    bodies.groups = {number: group(viewer.names, team) for number, team in teams.items()}


def _of(noun: Noun[Any], encode: Callable[[Viewer, Sequence[Any]], Awaitable[list[Json]]]) -> Load:
    async def load_rows(viewer: Viewer, numbers: list[int]) -> dict[int, Json]:
        rows = await noun.get(viewer.connection, viewer.tenant_id, numbers)
        return _by_number(await encode(viewer, list(rows.values())))

    return load_rows


def _by_number(shown: list[Json]) -> dict[int, Json]:
    return {int(one["display_id"].rpartition("-")[2]): one for one in shown}


def _works(kind: str) -> Load:
    async def load_works(viewer: Viewer, numbers: list[int]) -> dict[int, Json]:
        rows = await find_works(viewer.connection, viewer.tenant_id, kind, numbers)
        return _by_number(await encode_works.encode(viewer, list(rows.values())))

    return load_works


async def _entries(viewer: Viewer, numbers: list[int]) -> dict[int, Json]:
    entries = await messages.get_entries(viewer.connection, viewer.principal, numbers)
    return _by_number(await timeline_entries.encode(viewer, entries))


async def _rev_users(viewer: Viewer, numbers: list[int]) -> dict[int, Json]:
    """One that was deleted is shown nowhere."""
    rows = await CONTACTS.get(viewer.connection, viewer.tenant_id, numbers)
    return _by_number(await rev_users.encode(viewer, [row for row in rows.values() if row.state != "deleted"]))


async def _webhooks(viewer: Viewer, numbers: list[int]) -> dict[int, Json]:
    """Without their secrets."""
    rows = await WEBHOOKS.get(viewer.connection, viewer.tenant_id, numbers)
    shown = await webhooks.encode(viewer, [row for row in rows.values() if row.wire == "devrev"])
    return _by_number([one | {"secret": ""} for one in shown])


_LOADERS: dict[str, Load] = {
    "company": _of(COMPANIES, accounts.encode),
    "contact": _rev_users,
    "issue": _works("issue"),
    "link": _of(LINKS, links.encode),
    "message": _entries,
    "part": _of(PARTS, parts.encode),
    "sla_tracker": sla_trackers.encode,
    "tag": _of(TAGS, tags.encode),
    "team": _of(TEAMS, groups.encode),
    "ticket": _works("ticket"),
    "user": _of(USERS, dev_users.encode),
    "webhook": _webhooks,
    "workspace": _of(WORKSPACES, rev_orgs.encode),
}
_DONS = {
    "company": "account",
    "contact": "rev_user",
    "conversation": "conversation",
    "issue": "issue",
    "link": "link",
    "sla_tracker": "sla_tracker",
    "tag": "tag",
    "team": "group",
    "ticket": "ticket",
    "user": "dev_user",
    "webhook": "webhook",
    "workspace": "rev_org",
}
