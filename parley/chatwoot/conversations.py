"""One conversation (contract 2.1, 3.1): show, and what is done to it."""

from __future__ import annotations

from ..domain.principals import Principal
from ..domain.problems import Forbidden, NotFound
from ..store import conversations
from ..store.database import Connection
from . import encode
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .page import read_page
from .readers import Json

CONVERSATION = f"{ACCOUNT}/conversations/{{conversation_id}}"


async def require_conversation(connection: Connection, principal: Principal, number: int) -> None:
    """Raises NotFound for one that does not exist, Forbidden (401 on this wire) for one that the caller may not open."""
    may = await conversations.may_open(connection, principal, number)
    if may is None:
        raise NotFound()
    if not may:
        raise Forbidden()


async def show_conversation(call: Call) -> Json:
    await require_conversation(call.connection, call.principal, call.path["conversation_id"])
    return await shown(call, call.connection, call.path["conversation_id"])


async def shown(call: Call, connection: Connection, number: int) -> Json:
    """The conversation as every answer of this wire has it (contract 2.1)."""
    page = await read_page(connection, call.principal, [number])
    return encode.conversations(page, call.wire)[0]


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            CONVERSATION,
            show_conversation,
            "Show a conversation",
            "conversation",
            text="By its number. An agent may also open a conversation of their teams that lies in another inbox.",
            bots=True,
        ),
    ),
)
