"""Conversations of the public API (contract 3.7): a visitor's own, or with a proof all of the contact's in the inbox."""

from __future__ import annotations

from ..actions.own_conversations import end_own, read_own, start_own
from ..actions.typing_status import tell_typing
from ..domain.problems import MissingField, NotFound
from ..reference.notation import shape
from ..store import conversations, public_inboxes
from ..store.database import Connection
from . import encode_public
from .endpoints import Call, Endpoint, Family
from .public import CONTACT, CONVERSATION
from .readers import Json

_ALL = f"{CONTACT}/conversations"
_PLACES = {"inbox_identifier": "$INBOX", "contact_identifier": "$SOURCE"}


async def require_own(call: Call, connection: Connection) -> int:
    """The conversation of the path. Raises NotFound for one of another inbox, and for one that the visitor may not see."""
    number = int(call.path["conversation_id"])
    if not await public_inboxes.sees(connection, call.tenant_id, call.visit.point, number):
        raise NotFound()
    return number


async def _own(call: Call) -> int:
    return await require_own(call, call.connection)


async def _shown(call: Call, number: int) -> Json:
    return (await encode_public.show_conversations(call, call.connection, [number]))[0]


async def list_public_conversations(call: Call) -> list[Json]:
    numbers = await public_inboxes.list_conversations(call.connection, call.tenant_id, call.visit.point)
    return await encode_public.show_conversations(call, call.connection, numbers) if numbers else []


async def create_public_conversation(call: Call) -> Json:
    attributes = call.given.get("custom_attributes") or {}
    return await _shown(call, await start_own(call.context, call.principal, call.visit.inbox, call.visit.point, attributes))


async def show_public_conversation(call: Call) -> Json:
    number = await require_own(call, call.connection)
    return (await encode_public.show_conversations(call, call.connection, [number]))[0]


async def resolve_public_conversation(call: Call) -> Json:
    number = await _own(call)
    (row,) = await conversations.get_conversations(call.connection, call.tenant_id, [number])
    if row.status != "resolved":
        await end_own(call.context, call.principal, number)
    return await _shown(call, number)


async def tell_public_typing(call: Call) -> None:
    number = await _own(call)
    if "typing_status" not in call.given:
        raise MissingField("typing_status")
    await tell_typing(call.context, call.principal, number, is_on=call.given["typing_status"] == "on", is_private=False)


async def read_public_conversation(call: Call) -> None:
    await read_own(call.context, call.principal, await _own(call))


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _ALL,
            list_public_conversations,
            "List a visitor's conversations",
            "[public-conversation]",
            text="Oldest first, each with all that was said in it.",
            example_path=_PLACES,
            access="everybody",
            area="public",
        ),
        Endpoint(
            "POST",
            _ALL,
            create_public_conversation,
            "Start a conversation",
            "public-conversation",
            request="custom_attributes  object  Custom fields of the conversation by key.",
            text="An inbox that keeps one conversation for each visitor answers with the last one.",
            example={"custom_attributes": {"order": "10234"}},
            example_path=_PLACES,
            access="everybody",
            area="public",
            tells="error",
        ),
        Endpoint(
            "GET",
            CONVERSATION,
            show_public_conversation,
            "Show a visitor's conversation",
            "public-conversation",
            example_path=_PLACES,
            access="everybody",
            area="public",
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/toggle_status",
            resolve_public_conversation,
            "End a conversation",
            "public-conversation",
            text="It is resolved; one that is resolved stays as it is.",
            example_path=_PLACES,
            access="everybody",
            area="public",
            tells="error",
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/toggle_typing",
            tell_public_typing,
            "Tell that the visitor types",
            "",
            request="typing_status  <on off>  Whether they do.",
            query="typing_status  <on off>  The same; the body goes first.",
            example={"typing_status": "on"},
            example_path=_PLACES,
            access="everybody",
            area="public",
            tells="error",
        ),
        Endpoint(
            "POST",
            f"{CONVERSATION}/update_last_seen",
            read_public_conversation,
            "Tell that the visitor has read all",
            "",
            text="What was sent to them counts as read.",
            example_path=_PLACES,
            access="everybody",
            area="public",
            tells="error",
        ),
    ),
    shapes=(
        shape(
            "public-conversation",
            "A conversation as its visitor sees it.",
            """
            id*                    int64  Its number in the account.
            uuid*                  text   An id that is unique everywhere.
            inbox_id*              int64  The inbox it came in by.
            contact_last_seen_at*  int64  When the visitor last read it; 0 for never.
            status*                <open resolved pending snoozed>  How it stands.
            agent_last_seen_at*    int64  When an agent last read it; 0 for never.
            messages*              [public-message]  All that was said, oldest first.
            contact*               public-contact-record  The contact.
            """,
        ),
    ),
)
