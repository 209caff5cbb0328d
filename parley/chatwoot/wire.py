"""What an encoder needs to know beside the rows: the tenant, where files are served, what time it is, who asks.

Whatever the caller or the clock decides of a conversation is asked of the wire, so that ``holes`` can leave it open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from starlette.requests import HTTPConnection, Request

from ..actions.context import Context
from ..domain.people import Contact, Member, Team
from ..domain.presence import is_contact_present, shown_availability
from ..domain.principals import Principal, Tenant
from ..domain.signed_links import File, Links

SLA_FEATURE = "sla"
COMPANIES_FEATURE = "companies"


@dataclass(frozen=True, slots=True)
class Wire:
    """``base_url`` has no trailing slash; ``for_contact`` keeps the profiles of agents from a contact."""

    tenant: Tenant
    base_url: str
    now: datetime
    links: Links
    for_contact: bool = False

    def has(self, feature: str) -> bool:
        return feature in self.tenant.features

    def file_url(self, attachment_id: int, file_name: str | None) -> str:
        """A link to a stored file, for whom it is shown to; it stays the same for a while."""
        return self.base_url + self.links.download_path(File(self.tenant.id, attachment_id), file_name, self.links.lasting(self.now))

    def availability(self, person: Member) -> str:
        """Whether others find a user here now."""
        return shown_availability(person.availability, auto_offline=person.auto_offline, seen_at=person.seen_at, now=self.now)

    def contact_availability(self, person: Contact) -> str:
        return "online" if is_contact_present(person.seen_at, self.now) else "offline"

    def can_reply(self, last_incoming_at: datetime | None, window_s: int | None) -> bool:
        """Inside the inbox's window after the contact's last message; always where there is no window."""
        if window_s is None:
            return True
        return last_incoming_at is not None and self.now < last_incoming_at + timedelta(seconds=window_s)

    def is_member(self, team: Team) -> bool:
        """Whether the caller is in a team."""
        return team.is_member

    def picture_url(self, picture_id: int | None, file_name: str | None) -> str:
        """An avatar's URL, empty for none as in the original."""
        return "" if picture_id is None else self.file_url(picture_id, file_name)


def wire_of(context: Context, request: Request, caller: Principal) -> Wire:
    """What an answer to this request needs."""
    base_url = context.public_url or _base_url(request)
    return Wire(caller.tenant, base_url, context.clock(), context.files.links, for_contact=caller.ref.kind == "contact")


def _base_url(request: Request) -> str:
    """The URL that the client reached us at."""
    scope = request.scope
    return _made_base_url(scope["scheme"], request.headers.get("host"), scope.get("server"), scope.get("root_path", ""))


@lru_cache(maxsize=100)
def _made_base_url(scheme: str, host: str | None, server: tuple[str, int | None] | None, root_path: str) -> str:
    """Remembered, because building it takes longer than routing the request; clients have few."""
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    scope = {"type": "http", "scheme": scheme, "headers": headers, "server": server, "root_path": root_path, "path": "/"}
    return str(HTTPConnection(scope).base_url).rstrip("/")
