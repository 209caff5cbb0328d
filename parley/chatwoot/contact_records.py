"""What belongs to a contact (contract 3.4): conversations, files, labels; and two contacts become one."""

from __future__ import annotations

from msgspec import Raw

from ..actions import labelling
from ..actions.contact_cards import require_contact
from ..actions.contact_end import merge_contacts
from ..reference.notation import shape
from ..store import contact_history, contact_lists
from . import ready
from .contact_cards import CONTACT
from .contacts import read_labels
from .encode_contacts import shown_contacts
from .encode_files import FILE, shown_files
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .parameters import BIGINT
from .readers import Json

NEWEST, FILES = 20, 100


async def list_contact_conversations(call: Call) -> Json:
    await require_contact(call.connection, call.tenant_id, call.path["id"])
    numbers = await contact_history.list_newest_conversations(call.connection, call.principal, call.path["id"], at_most=NEWEST)
    return {"payload": [Raw(body) for body in await ready.bodies(call.context, call.connection, call.principal, numbers, call.wire)]}


async def list_contact_attachments(call: Call) -> Json:
    principal, contact_id = call.principal, call.path["id"]
    await require_contact(call.connection, call.tenant_id, contact_id)
    shared = await contact_history.page_files(call.connection, principal, contact_id, limit=FILES, offset=call.offset(FILES))
    total = await contact_history.count_files(call.connection, principal, contact_id)
    files = zip(shared, await shown_files(call, shared), strict=True)
    return {"meta": {"total_count": total}, "payload": [file | {"conversation_id": one.conversation_number} for one, file in files]}


async def list_contact_labels(call: Call) -> Json:
    await require_contact(call.connection, call.tenant_id, call.path["id"])
    return {"payload": await contact_lists.list_labels(call.connection, call.tenant_id, call.path["id"])}


async def set_contact_labels(call: Call) -> Json:
    await labelling.set_contact_labels(call.context, call.principal, call.path["id"], call.given.get("labels") or [])
    return {"payload": await contact_lists.list_labels(call.connection, call.tenant_id, call.path["id"])}


async def merge_two_contacts(call: Call) -> Json:
    """The base keeps what it has; a contact merged with itself stays as it is, as in the original."""
    base, mergee = call.given["base_contact_id"], call.given["mergee_contact_id"]
    for number in (base, mergee):
        await require_contact(call.connection, call.tenant_id, number)
    if base != mergee:
        await merge_contacts(call.context, call.principal, base, mergee, administrator=False)
    return (await shown_contacts(call, [base], with_inboxes=False))[0]


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            f"{CONTACT}/conversations",
            list_contact_conversations,
            "List a contact's conversations",
            "payload*  [conversation](..20)  The last active ones.",
            text="The twenty that were last active, whatever their status, as far as the caller may see them.",
            refuses=(404,),
        ),
        Endpoint(
            "GET",
            f"{CONTACT}/attachments",
            list_contact_attachments,
            "List files of a contact's conversations",
            "contact-attachments",
            query=f"page  int64(1..{BIGINT // FILES})?  Which page, from 1; {FILES} files each, newest first.",
            refuses=(404,),
        ),
        Endpoint("GET", f"{CONTACT}/labels", list_contact_labels, "List a contact's labels", "contact-label-names", refuses=(404,)),
        Endpoint(
            "POST",
            f"{CONTACT}/labels",
            set_contact_labels,
            "Label a contact",
            "contact-label-names",
            request="labels  [text(1..)]  All its labels from now on; a name that no label has becomes one.",
            example={"labels": ["vip", "beta"]},
            refuses=(404,),
        ),
        Endpoint(
            "POST",
            f"{ACCOUNT}/actions/contact_merge",
            merge_two_contacts,
            "Merge two contacts",
            "contact",
            request="""
            base_contact_id*    int64  The contact that stays, and keeps what it has.
            mergee_contact_id*  int64  The contact that goes, and leaves it conversations, addresses, notes and what it lacks.
            """,
            example={"base_contact_id": 1, "mergee_contact_id": 2},
            refuses=(404,),
        ),
    ),
    shapes=(
        shape(
            "contact-label-names",
            "Labels by name.",
            """
            payload*  [text]  Their names.
            """,
        ),
        shape(
            "contact-attachments",
            "A page of files.",
            """
            meta*     contact-attachment-count  How many there are.
            payload*  [contact-attachment]      The page.
            """,
        ),
        shape(
            "contact-attachment-count",
            "How many files there are.",
            """
            total_count*  int64  All of them.
            """,
        ),
        shape(
            "contact-attachment",
            "A file that somebody sent in one of the contact's conversations.",
            f"{FILE}conversation_id*  int64   The conversation's number.",
        ),
    ),
    own={"[text(1..)]": read_labels},
)
