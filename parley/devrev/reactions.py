"""reactions.list and .update: emoji under a message (contract 2.2)."""

from __future__ import annotations

from ..actions import reactions as actions
from ..domain.principals import Ref
from ..domain.problems import NotFound
from ..reference.notation import table
from ..store import cursor, reactions, timeline
from ..store.cursor import Cursor
from . import page
from .emoji import read_emoji
from .encode_people import People
from .endpoints import Call, Endpoint, Family, Json
from .lists import DEFAULT_LIMIT

_EMOJI = "emoji*   text(1..64)  A code point as `1f602`, several joined by `-`, or a common short name as `joy`."


async def list_reactors(call: Call) -> Json:
    """Who gave one emoji, the first one first."""
    message_id, emoji = call.given["object"].number, read_emoji(call.given["emoji"])
    entry = await timeline.find_entry(call.connection, call.principal, message_id)
    if entry is None or entry.kind == "activity":
        raise NotFound("no such timeline entry")
    key, tenant_id, digest = call.context.cursor_key, call.tenant_id, cursor.digest("reactions", message_id, emoji)
    position = None
    if text := call.given.get("cursor"):
        position = cursor.decode(text, key, tenant_id=tenant_id, digest=digest).position
    limit = call.given.get("limit", DEFAULT_LIMIT)
    spellings = actions.spellings(emoji)
    rows, after = await reactions.list_reactors(call.connection, tenant_id, message_id, spellings, limit=limit, position=position)
    refs = [Ref.parse(f"{row.actor_kind}:{row.actor_id}") for row in rows]
    people = People(await page.load_people(call.connection, call.principal, refs), call.names)
    shown: Json = {"reactors": people.several(refs)}
    if after is not None:
        shown["next_cursor"] = cursor.encode(Cursor(tenant_id, digest, cursor.microseconds(call.context.clock()), after), key)
    return shown


async def update_reaction(call: Call) -> Json:
    given = call.given
    await actions.react(call.context, call.principal, given["object"].number, read_emoji(given["emoji"]), given["action"])
    return {}


FAMILY = Family(
    endpoints=(
        Endpoint(
            "/reactions.list",
            list_reactors,
            "List who reacted",
            table(
                "object*  id:COMMENT   The message.",
                _EMOJI,
                """
                cursor   text            Where to go on: a `next_cursor` of the same request.
                limit    int32(1..1000)  How many at most; 50 when absent.
                """,
            ),
            table(
                """
                reactors*    [user]  Who gave the emoji, the first one first.
                next_cursor  text    Where the list goes on; absent at its end.
                """
            ),
            example={"object": "COMMENT-1", "emoji": "1f44d"},
            access="everybody",
            refuses=(404,),
        ),
        Endpoint(
            "/reactions.update",
            update_reaction,
            "React to a message",
            table("object*  id:COMMENT     The message.", _EMOJI, "action*  <add remove>  Give it, or take it back."),
            "",
            text="A second time changes nothing.",
            example={"object": "COMMENT-1", "emoji": "1f44d", "action": "add"},
            is_write=True,
            access="everybody",
            refuses=(404,),
        ),
    ),
)
