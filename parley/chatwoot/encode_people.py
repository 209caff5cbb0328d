"""People as this wire shows them: each encoded once per page, however often the page names them.

Sources: contract 2.2 (senders), 2.4 (contact), 2.5 (agent).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Raw

from ..domain.people import Bot, Contact, Member, Team
from .encode_profile import available_name, profile
from .encode_types import EMPTY, custom_attributes, epoch, json_object, raw
from .page import Page
from .wire import COMPANIES_FEATURE, Wire


class People:
    """The people of one page, by id; None for one that is not there."""

    def __init__(self, page: Page, wire: Wire) -> None:
        self._page = page
        self._wire = wire
        self._shown: dict[tuple[Callable[..., object], int], Raw | None] = {}

    def contact(self, contact_id: int) -> Raw | None:
        """``meta.sender``."""
        return self._show(contact, self._page.contacts, contact_id)

    def agent(self, user_id: int) -> Raw | None:
        """``meta.assignee`` for a user; None also for somebody who left."""
        return self._show(agent, self._page.members, user_id)

    def slim_bot(self, bot_id: int) -> Raw | None:
        """``meta.assignee`` for a bot."""
        return self._show(slim_bot, self._page.bots, bot_id)

    def team(self, team_id: int) -> Raw | None:
        return self._show(team, self._page.teams, team_id)

    def sender(self, kind: str, sender_id: int) -> Raw | None:
        """A message's ``sender``."""
        if kind == "user":
            return self._show(user_sender, self._page.members, sender_id)
        if kind == "contact":
            return self._show(contact_sender, self._page.contacts, sender_id)
        return self._show(bot_sender, self._page.bots, sender_id)

    def _show(self, encode: Callable[[Any, Wire], dict[str, Any] | None], rows: dict[int, Any], row_id: int) -> Raw | None:
        key = (encode, row_id)
        if key not in self._shown:
            shown = encode(rows[row_id], self._wire) if row_id in rows else None
            self._shown[key] = None if shown is None else raw(shown)
        return self._shown[key]


class NamelessContacts(People):
    """The same people for who has only said to be one of the contacts."""

    def sender(self, kind: str, sender_id: int) -> Raw | None:
        return raw(hidden_contact(sender_id)) if kind == "contact" else super().sender(kind, sender_id)


def contact(person: Contact, wire: Wire) -> dict[str, Any]:
    shown = {
        "additional_attributes": json_object(person.additional_attributes),
        "availability_status": wire.contact_availability(person),
        "email": person.email,
        "id": person.id,
        "name": person.name,
        "phone_number": person.phone_number,
        "blocked": person.blocked,
        "identifier": person.identifier,
    }
    if wire.has(COMPANIES_FEATURE):
        shown["company_id"] = person.company_id
    shown["thumbnail"] = wire.picture_url(person.picture_id, person.picture_name)
    shown["custom_attributes"] = custom_attributes(person.custom_fields)
    if person.last_activity_at is not None:
        shown["last_activity_at"] = epoch(person.last_activity_at)
    shown["created_at"] = epoch(person.created_at)
    return shown


def contact_sender(person: Contact, wire: Wire) -> dict[str, Any]:
    shown = {
        "additional_attributes": json_object(person.additional_attributes),
        "custom_attributes": custom_attributes(person.custom_fields),
        "email": person.email,
        "id": person.id,
        "identifier": person.identifier,
        "name": person.name,
        "phone_number": person.phone_number,
        "thumbnail": wire.picture_url(person.picture_id, person.picture_name),
        "blocked": person.blocked,
        "type": "contact",
    }
    if wire.has(COMPANIES_FEATURE):
        shown["company_id"] = person.company_id
    return shown


def hidden_contact(contact_id: int | None) -> dict[str, Any]:
    """The same for who has only said to be that contact."""
    return {
        "additional_attributes": EMPTY,
        "custom_attributes": EMPTY,
        "email": None,
        "id": contact_id,
        "identifier": None,
        "name": "",
        "phone_number": None,
        "thumbnail": "",
        "blocked": False,
        "type": "contact",
    }


def agent(person: Member, wire: Wire) -> dict[str, Any] | None:
    """``meta.assignee``: with the profile that the reference page documents; None for somebody who left."""
    if person.left_at is not None:
        return None
    shown = plain_agent(person, wire)
    return shown if wire.for_contact else shown | profile(person, wire)


def plain_agent(person: Member, wire: Wire) -> dict[str, Any]:
    """An agent as every list of agents has it."""
    shown = {
        "id": person.id,
        "account_id": wire.tenant.id,
        "availability_status": wire.availability(person),
        "auto_offline": person.auto_offline,
        "confirmed": person.confirmed,
        "email": None if wire.for_contact else person.email,
        "provider": person.provider,
        "available_name": available_name(person),
    }
    if person.custom_attributes != "{}":
        shown["custom_attributes"] = json_object(person.custom_attributes)
    shown["name"] = person.name
    shown["role"] = person.role
    shown["thumbnail"] = wire.picture_url(person.picture_id, person.picture_name)
    shown["custom_role_id"] = person.custom_role_id
    return shown


def user_sender(person: Member, wire: Wire) -> dict[str, Any]:
    picture = wire.picture_url(person.picture_id, person.picture_name)
    return {
        "id": person.id,
        "name": person.name,
        "available_name": available_name(person),
        "avatar_url": picture,
        "type": "user",
        "availability_status": wire.availability(person),
        "thumbnail": picture,
    }


def slim_bot(bot: Bot, wire: Wire) -> dict[str, Any]:
    shown = {
        "id": bot.id,
        "name": bot.name,
        "description": bot.description,
        "thumbnail": wire.picture_url(bot.picture_id, bot.picture_name),
    }
    if bot.kind != "system":
        shown["outgoing_url"] = bot.outgoing_url
    shown["bot_type"] = bot.bot_type
    return shown


def bot_sender(bot: Bot, wire: Wire) -> dict[str, Any]:
    return {
        "id": bot.id,
        "name": bot.name,
        "avatar_url": wire.picture_url(bot.picture_id, bot.picture_name),
        "type": "agent_bot",
    }


def team(row: Team, wire: Wire) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "allow_auto_assign": row.allow_auto_assign,
        "account_id": wire.tenant.id,
        "is_member": wire.is_member(row),
    }
