"""User, organisation and artifact summaries (contract 1.4). Each is written once per page and reused as ready JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import msgspec

from ..domain.messages import Attachment
from ..domain.people import Bot, Company, Contact, Member, Team
from ..domain.principals import Ref
from .dons import Dons
from .page import Page

Json: TypeAlias = dict[str, Any]

_MAX_SIZE = 2**31 - 1
TYPES = {"user": "dev_user", "contact": "rev_user", "bot": "service_account", "system": "sys_user"}


def raw(value: Json) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


class People:
    """The people of one page."""

    def __init__(self, page: Page, names: Dons) -> None:
        self._page = page
        self._names = names
        self._ready: dict[tuple[str, int], msgspec.Raw] = {}

    def person(self, kind: str, number: int | None) -> msgspec.Raw:
        """A user-summary; one who is no longer known still has a type and an id."""
        key = (kind, number or 0)
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = raw(self._summary(*key))
        return ready

    def several(self, refs: Iterable[Ref]) -> list[msgspec.Raw]:
        """User-summaries in order, nobody twice."""
        return [self.person(ref.kind, ref.id) for ref in dict.fromkeys(refs)]

    def _summary(self, kind: str, number: int) -> Json:
        page, names = self._page, self._names
        if kind == "user":
            return dev_user(names, number, page.members.get(number), with_email=not page.for_contact)
        if kind == "contact":
            contact = page.contacts.get(number)
            return rev_user(names, number, contact) | self._workspace(contact)
        return bot(names, number, page.bots.get(number) if kind == "bot" else None, kind)

    def _workspace(self, contact: Contact | None) -> Json:
        if contact is None or contact.workspace_id is None:
            return {}
        return {"rev_org": {"type": "rev_org", **self._names.ids("rev_org", contact.workspace_id), "display_name": contact.workspace_name}}


def dev_user(names: Dons, number: int, member: Member | None, *, with_email: bool) -> Json:
    summary: Json = {"type": "dev_user", **names.ids("dev_user", number)}
    if member is None:
        return summary
    gone = member.left_at is not None and member.state == "active"
    summary |= {"display_name": member.display_name or member.name, "full_name": member.name}
    summary |= {"state": "deactivated" if gone else member.state}
    return summary | _email(member.email if with_email else None) | picture(names, member)


def rev_user(names: Dons, number: int, contact: Contact | None) -> Json:
    summary: Json = {"type": "rev_user", **names.ids("rev_user", number)}
    if contact is None:
        return summary
    name = contact.display_name or contact.name
    summary |= {"display_name": name, "full_name": contact.name} if name else {}
    summary |= {"state": contact.state} | _email(contact.email) | picture(names, contact)
    return summary | ({"external_ref": contact.identifier} if contact.identifier is not None else {})


def bot(names: Dons, number: int, found: Bot | None, kind: str) -> Json:
    """A service account; the server itself (number 0) and bots of kind system are system users."""
    is_system = kind == "system" or (found is not None and found.kind == "system")
    wire_type = "sys_user" if is_system else "service_account"
    summary: Json = {"type": wire_type, **names.ids(wire_type, number)}
    if found is None:
        return summary | ({"display_name": "System", "full_name": "System", "state": "active"} if is_system else {})
    summary |= {"display_name": found.name, "full_name": found.name, "state": found.state}
    return summary | _email(found.email) | picture(names, found)


def picture(names: Dons, person: Member | Contact | Bot) -> Json:
    if person.picture_id is None:
        return {}
    shown = file(person.picture_type, person.picture_name, person.picture_size)
    return {"display_picture": {**names.ids("artifact", person.picture_id), "file": shown}}


def artifact(names: Dons, attachment: Attachment) -> Json:
    name = attachment.file_name if attachment.file_name is not None else attachment.fallback_title
    return {**names.ids("artifact", attachment.id), "file": file(attachment.content_type, name, attachment.byte_size)}


def file(content_type: str | None, name: str | None, size: int | None) -> Json:
    """An artifact-file-summary. Its size has 32 bits on this wire: a larger one is left out."""
    return without_none({"type": content_type, "name": name, "size": size if size is not None and size <= _MAX_SIZE else None})


def account(names: Dons, company: Company) -> Json:
    return {"type": "account", **names.ids("account", company.id), "display_name": company.name}


def group(names: Dons, team: Team) -> Json:
    summary: Json = {**names.ids("group", team.id), "name": team.name, "member_type": team.member_type}
    if team.origin_system is not None:
        summary["sync_metadata"] = {"external_reference": team.origin_id, "origin_system": team.origin_system}
    return summary


def without_none(value: Json) -> Json:
    return {key: item for key, item in value.items() if item is not None}


def _email(email: str | None) -> Json:
    return {"email": email} if email is not None else {}
