"""The public API (contract 3.7): nobody has a token. The path names an inbox, and by a secret source id who comes there.

From then on they are that contact, and what they do goes through the same actions as everywhere. A survey is opened by the
uuid of its conversation.
"""

from __future__ import annotations

import ipaddress
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from ..actions.context import Context
from ..domain.limits import Limiter
from ..domain.principals import SYSTEM, Principal, Ref
from ..domain.problems import NotFound, TenantSuspended
from ..store import control, conversations, public_inboxes
from ..store.control import Entered
from ..store.database import Connection
from .endpoints import Answerer, Endpoint
from .survey_page import missing_page
from .tree import Handler
from .visits import Visit

INBOX = "/public/api/v1/inboxes/{inbox_identifier:text}"
CONTACT = f"{INBOX}/contacts/{{contact_identifier:text}}"
_PAGES = "/survey/"
CONVERSATION = f"{CONTACT}/conversations/{{conversation_id}}"
_CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, PUT, PATCH, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "7200",
}


def for_browsers(handler: Handler) -> Handler:
    """Pages of any origin may ask, and read what is answered, refusals too."""

    async def answer(request: Request) -> Response:
        response = await handler(request)
        if response.status_code == 404 and request.url.path.startswith(_PAGES):
            response = missing_page()
        response.headers["access-control-allow-origin"] = "*"
        return response

    return answer


async def preflight(_request: Request) -> Response:
    """What a browser asks before it asks."""
    return Response(status_code=200, headers=_CORS)


class PerAddress:
    """Counts requests a minute of one address on one worker. A subscriber of IPv6 has a whole /64 of addresses: they count as one."""

    def __init__(self, limit: int) -> None:
        self._limiter = Limiter(limit)

    def guard(self, view: Answerer) -> Answerer:
        """The view for who has not asked too often. Raises RateLimited."""

        async def answer(context: Context, request: Request) -> Response:
            now_s = context.clock().timestamp()
            self._limiter.take(_address(request.client.host if request.client else ""), now_s).refuse(now_s)
            return await view(context, request)

        return answer


def _address(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))


async def enter(connection: Connection, request: Request, _endpoint: Endpoint) -> Principal:
    """Who comes, in the tenant of what the path names. Raises NotFound, TenantSuspended."""
    path = request.path_params
    if "conversation_uuid" in path:
        return await _surveyed(connection, request, path["conversation_uuid"])
    return await _visitor(connection, request, path["inbox_identifier"], path.get("contact_identifier"))


async def _visitor(connection: Connection, request: Request, identifier: str, source_id: str | None) -> Principal:
    entered = _usable(await control.enter_public_inbox(connection, _text(identifier)))
    tenant_id = entered.tenant.id
    inbox = await public_inboxes.get_inbox(connection, tenant_id, entered.number)
    if inbox is None:
        raise NotFound()
    if source_id is None:
        request.state.visit = Visit(inbox)
        return Principal(entered.tenant, SYSTEM, can_write=True)
    point = await public_inboxes.find_point(connection, tenant_id, inbox.id, _text(source_id))
    if point is None:
        raise NotFound()
    request.state.visit = Visit(inbox, point)
    return Principal(entered.tenant, Ref("contact", point.contact_id), can_write=True)


async def _surveyed(connection: Connection, request: Request, text: str) -> Principal:
    try:
        uuid = UUID(text)
    except ValueError as error:
        raise NotFound() from error
    entered = _usable(await control.enter_surveyed(connection, uuid))
    (row,) = await conversations.get_conversations(connection, entered.tenant.id, [entered.number])
    inbox = await public_inboxes.get_inbox(connection, entered.tenant.id, row.inbox_id)
    assert inbox is not None, "a conversation has an inbox"
    request.state.visit = Visit(inbox, surveyed=row.number)
    return Principal(entered.tenant, Ref("contact", row.contact_id), can_write=True)


def _usable(entered: Entered | None) -> Entered:
    if entered is None:
        raise NotFound()
    if entered.tenant.suspended:
        raise TenantSuspended()
    return entered


def _text(value: str) -> str:
    """Raises NotFound for what the database cannot hold."""
    if "\x00" in value:
        raise NotFound()
    return value
