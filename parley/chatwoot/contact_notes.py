"""Notes on a contact (contract 3.4): bare objects, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from ..actions import contact_notes as actions
from ..actions.contact_cards import require_contact
from ..domain.principals import Ref
from ..reference.notation import shape
from ..store import people
from ..store.contact_notes import ContactNote, list_notes
from .contact_cards import CONTACT
from .encode_people import agent
from .encode_types import epoch
from .endpoints import Call, Endpoint, Family
from .readers import Json

_ALL = f"{CONTACT}/notes"
_ONE = f"{_ALL}/{{note_id}}"


async def list_contact_notes(call: Call) -> list[Json]:
    await require_contact(call.connection, call.tenant_id, call.path["id"])
    return await _shown(call, await list_notes(call.connection, call.tenant_id, call.path["id"]))


async def show_contact_note(call: Call) -> Json:
    return await _one(call, call.path["note_id"])


async def create_contact_note(call: Call) -> Json:
    number = await actions.create_note(call.context, call.principal, call.path["id"], call.given["content"])
    return await _one(call, number)


async def update_contact_note(call: Call) -> Json:
    contact_id, number = call.path["id"], call.path["note_id"]
    await actions.change_note(call.context, call.principal, contact_id, number, call.given.get("content"))
    return await _one(call, number)


async def delete_contact_note(call: Call) -> None:
    await actions.delete_note(call.context, call.principal, call.path["id"], call.path["note_id"])


async def _one(call: Call, number: int) -> Json:
    await require_contact(call.connection, call.tenant_id, call.path["id"])
    return (await _shown(call, [await actions.find_note(call.connection, call.tenant_id, call.path["id"], number)]))[0]


async def _shown(call: Call, notes: Sequence[ContactNote]) -> list[Json]:
    """With their writers; one who left, or who is no user, is not shown."""
    writers = {note.id: Ref.parse(note.created_by) for note in notes if note.created_by}
    members = await people.get_members(call.connection, call.tenant_id, {ref.id for ref in writers.values() if ref.kind == "user"})
    shown = []
    for note in notes:
        writer = writers.get(note.id)
        user = agent(members[writer.id], call.wire) if writer and writer.kind == "user" and writer.id in members else None
        one: Json = {"id": note.id, "content": note.content, "account_id": call.tenant_id, "contact_id": note.contact_id}
        one |= {"user": user} if user else {}
        shown.append(one | {"created_at": epoch(note.created_at), "updated_at": epoch(note.updated_at)})
    return shown


FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_contact_notes, "List a contact's notes", "[contact-note]", refuses=(404,)),
        Endpoint(
            "POST",
            _ALL,
            create_contact_note,
            "Note something on a contact",
            "contact-note",
            request="content*  text(..20000)  What stands there.",
            example={"content": "Prefers mornings"},
            wrap="note",
            refuses=(404,),
        ),
        Endpoint("GET", _ONE, show_contact_note, "Show a note", "contact-note", refuses=(404,)),
        Endpoint(
            "PATCH",
            _ONE,
            update_contact_note,
            "Change a note",
            "contact-note",
            request="content  text(..20000)  What stands there then.",
            example={"content": "Prefers evenings"},
            wrap="note",
            refuses=(404,),
        ),
        Endpoint("DELETE", _ONE, delete_contact_note, "Delete a note", "", refuses=(404,)),
    ),
    shapes=(
        shape(
            "contact-note",
            "What an agent noted on a contact.",
            """
            id*          int64  Its number.
            content*     text   What stands there.
            account_id*  int64  The account.
            contact_id*  int64  The contact.
            user         agent  Who wrote it; absent when they have left.
            created_at*  int64  When it was written.
            updated_at*  int64  When it was changed last.
            """,
        ),
    ),
)
