"""The public API (contract 3.7): nobody has a token. The path names an inbox, and by a secret source id who comes there.

From then on they are that contact, and what they do goes through the same actions as everywhere. A survey is opened by the
uuid of its conversation.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from .account import Begin, Caller, answerer_to
from .endpoints import Answerer, Endpoint, Shapes
from .readers import Read
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


def answerer(endpoint: Endpoint, shapes: Shapes, own: dict[str, Read]) -> Answerer:
    """What the router runs for an endpoint that asks for no token."""
    return answerer_to(_opened, endpoint, shapes, own)


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


@asynccontextmanager
async def _opened(context: Context, request: Request, _endpoint: Endpoint, open_: Begin) -> AsyncIterator[Caller]:
    """One connection and one transaction for the whole request, in the tenant of what the path names. Raises NotFound, TenantSuspended."""
    async with context.database.control() as connection, open_(connection):
        if "conversation_uuid" in request.path_params:
            yield await _surveyed(connection, request.path_params["conversation_uuid"])
        else:
            yield await _visitor(connection, request.path_params["inbox_identifier"], request.path_params.get("contact_identifier"))


async def _visitor(connection: Connection, identifier: str, source_id: str | None) -> Caller:
    entered = _usable(await control.enter_public_inbox(connection, _text(identifier)))
    tenant_id = entered.tenant.id
    inbox = await public_inboxes.get_inbox(connection, tenant_id, entered.number)
    if inbox is None:
        raise NotFound()
    if source_id is None:
        return Caller(connection, Principal(entered.tenant, SYSTEM, can_write=True), Visit(inbox))
    point = await public_inboxes.find_point(connection, tenant_id, inbox.id, _text(source_id))
    if point is None:
        raise NotFound()
    me = Principal(entered.tenant, Ref("contact", point.contact_id), can_write=True)
    return Caller(connection, me, Visit(inbox, point))


async def _surveyed(connection: Connection, text: str) -> Caller:
    try:
        uuid = UUID(text)
    except ValueError as error:
        raise NotFound() from error
    entered = _usable(await control.enter_surveyed(connection, uuid))
    (row,) = await conversations.get_conversations(connection, entered.tenant.id, [entered.number])
    inbox = await public_inboxes.get_inbox(connection, entered.tenant.id, row.inbox_id)
    assert inbox is not None, "a conversation has an inbox"
    me = Principal(entered.tenant, Ref("contact", row.contact_id), can_write=True)
    return Caller(connection, me, Visit(inbox, surveyed=row.number))


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
