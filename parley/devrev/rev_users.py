"""rev-users.*: the customers themselves (contract 2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..actions import contact_end
from ..actions import contacts as actions
from ..domain.problems import InvalidValue, NotFound
from ..reference.notation import shape, table
from ..store.contacts import CONTACTS, ContactRow
from . import customers
from .customers import Shown, telling_parents
from .encode_people import file, without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, numbers
from .viewer import Viewer

_LISTS = {"email": "emails", "external_ref": "external_refs", "phone_numbers": "phone_numbers"}
# How many rev users one page of a scan holds.
SCAN = 500
_E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)


async def create_rev_user(call: Call) -> Json:
    values, more = _values(call.given)
    async with telling_parents(call):
        number = await actions.create_contact(
            call.context, call.principal, values, customers.carried_of(call.given), more_numbers=more or ()
        )
    return {"rev_user": await show(call, number)}


async def get_rev_user(call: Call) -> Json:
    return {"rev_user": await show(call, call.given["id"].number)}


async def list_rev_users(call: Call) -> Json:
    rows, cursors = await list_page(call, CONTACTS, await _asked(call))
    return {"rev_users": await encode(call, rows), **cursors}


async def scan_rev_users(call: Call) -> Json:
    asked = await _asked(call)
    rows, cursors = await list_page(replace(call, given=call.given | {"limit": SCAN}), CONTACTS, asked)
    cursors.pop("prev_cursor", None)
    return {"rev_users": await encode(call, rows), **cursors}


async def update_rev_user(call: Call) -> Json:
    number = call.given["id"].number
    values, more = _values(call.given)
    async with telling_parents(call):
        await actions.change_contact(call.context, call.principal, number, values, customers.carried_of(call.given), more_numbers=more)
    return {"rev_user": await show(call, number)}


async def delete_rev_user(call: Call) -> Json:
    await contact_end.delete_contact(call.context, call.principal, call.given["id"].number)
    return {}


async def merge_rev_users(call: Call) -> Json:
    given = call.given
    await contact_end.merge_contacts(call.context, call.principal, given["primary_user"].number, given["secondary_user"].number)
    return {}


async def erase_rev_user(call: Call) -> Json:
    await contact_end.erase_personal_data(call.context, call.principal, call.given["email"])
    return {}


async def hand_out_rev_user(call: Call) -> Json:
    await contact_end.hand_out_personal_data(call.context, call.principal, call.given["email"])
    return {}


async def _asked(call: Call) -> dict[str, Any]:
    given = call.given
    asked = await customers.asked_of(call, "contact", _LISTS)
    if given.get("external_refs"):
        other = asked.get("external_refs")
        asked["external_refs"] = [ref for ref in given["external_refs"] if other is None or ref in other]
    if given.get("associations"):
        asked["places"] = [f"{'company' if one.type == 'account' else 'workspace'}:{one.number}" for one in given["associations"]]
    return asked | {"workspaces": numbers(given, "rev_org"), "verified": given.get("is_verified"), "not_state": "deleted"}


def _values(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str] | None]:
    """Wire names to columns, and the phone numbers beside the first; None where none are given."""
    values: dict[str, Any] = {key: given[key] for key in ("description", "email") if key in given}
    if "@" not in given.get("email", "@"):
        raise InvalidValue("email", "email must be an e-mail address")
    if "display_name" in given:
        values |= {"name": given["display_name"], "display_name": None}
    if "display_picture" in given:
        values["avatar_id"] = given["display_picture"].number if given["display_picture"] else None
    for key, column in (("account", "company_id"), ("rev_org", "workspace_id")):
        if key in given:
            values[column] = given[key].number
    values |= _identifier(given)
    if "phone_numbers" not in given:
        return values, None
    phones = list(dict.fromkeys(given["phone_numbers"]))
    for place, phone in enumerate(phones):
        if not _E164.fullmatch(phone):
            raise InvalidValue(f"phone_numbers[{place}]", "a phone number must be in E.164 format, as +351910000000")
    return values | {"phone_number": phones[0] if phones else None}, phones[1:]


def _identifier(given: Mapping[str, Any]) -> dict[str, Any]:
    """``external_ref``, or the only one of ``external_refs``: two spellings of one identifier."""
    several = given.get("external_refs")
    if several is None:
        return {"identifier": given["external_ref"]} if "external_ref" in given else {}
    only = several[0] if several else None
    if given.get("external_ref", only) != only:
        raise InvalidValue("external_refs", "external_ref and external_refs must say the same")
    return {"identifier": only}


async def show(call: Call, number: int) -> Json:
    """One rev user. Raises NotFound for one that is absent or deleted."""
    row = await find_row(call, CONTACTS, number, "rev user")
    if row.state == "deleted":
        raise NotFound("no such rev user")
    return (await encode(call, [row]))[0]


async def encode(viewer: Viewer, rows: Sequence[ContactRow]) -> list[Json]:
    shown = await Shown.load(viewer, rows, workspaces=[row.workspace_id for row in rows])
    return [shown.customer("rev_user", row) | _own(row, shown) for row in rows]


def _own(row: ContactRow, shown: Shown) -> Json:
    name = row.display_name or row.name
    own: Json = {"display_name": name, "full_name": row.name or name} if name else {}
    own |= {"state": row.state, "is_verified": row.verified}
    own |= without_none({"email": row.email, "external_ref": row.identifier, "rev_org": shown.workspace(row.workspace_id)})
    own |= {"external_refs": [row.identifier]} if row.identifier is not None else {}
    if phones := [one for one in (row.phone_number, *row.more_numbers) if one]:
        own["phone_numbers"] = phones
    if row.picture_id is not None:
        picture = file(row.picture_type, row.picture_name, row.picture_size)
        own["display_picture"] = {**shown.names.ids("artifact", row.picture_id), "file": picture}
    return own


_FIELDS = """
    description    text(..65536)       Who they are.
    display_name   text(..256)         Their name.
    email          text(1..320)        Their e-mail address.
    external_ref   text(1..512)        Their id in a system of yours; no other rev user may have it.
    external_refs  [text(1..512)](..1)  The same as a list: one at most.
    phone_numbers  [text](..20)        Their phone numbers, in E.164 format.
"""
_FILTERS = table(
    """
    associations   [id:ACC/REV](..100)  Of any of these accounts and rev orgs.
    email          [text](..100)        With any of these addresses, in any case.
    external_ref   [text](..100)        With any of these external references.
    external_refs  [text](..100)        With any of these external references.
    is_verified    bool                 Whether they proved who they are.
    phone_numbers  [text](..100)        With any of these phone numbers.
    rev_org        [id:REV](..100)      Of any of these rev orgs.
    """,
    customers.FILTERS,
)
_ID = "id*  id:REVU  The rev user."
_ANSWER = "rev_user*  rev-user-full  The rev user."
_EMAIL = "email*  text(1..320)  The address, in any case."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/rev-users.create",
            create_rev_user,
            "Make a rev user",
            table(
                _FIELDS,
                "account  id:ACC  The account that they belong to: its default rev org.",
                customers.CARRIED,
                customers.SPEC,
                f"custom_schema_fragments  [id:{customers.FRAGMENTS}](..100)  Their schema fragments.",
                "display_picture  id:ARTIFACT  Their picture.",
                "rev_org  id:REV  The rev org that they belong to.",
            ),
            _ANSWER,
            text="Without an external reference they get one.",
            example={"display_name": "Zoe", "email": "zoe@initech.test"},
            is_write=True,
            status=201,
            refuses=(409,),
        ),
        Endpoint("/rev-users.get", get_rev_user, "Get a rev user", _ID, _ANSWER, example={"id": "REVU-1"}, refuses=(404,)),
        Endpoint(
            "/rev-users.list",
            list_rev_users,
            "List rev users",
            table(_FILTERS, PAGING, SORTING),
            table("rev_users*  [rev-user-full]  The rev users.", CURSORS),
            example={"limit": 10},
            refuses=(404,),
        ),
        Endpoint(
            "/rev-users.scan",
            scan_rev_users,
            "Scan all rev users",
            table(_FILTERS, "cursor  text  Where to go on: the `next_cursor` of the same request."),
            table("rev_users*  [rev-user-full]  The rev users.", "next_cursor  text  Where the scan goes on; absent at its end."),
            text=f"Goes through all of them, oldest first, {SCAN} at a time.",
            refuses=(404,),
        ),
        Endpoint(
            "/rev-users.update",
            update_rev_user,
            "Change a rev user",
            table(
                _ID,
                _FIELDS,
                customers.CARRIED_AGAIN,
                customers.SPEC,
                "custom_schema_fragments  set-fragments  Their schema fragments.",
                "display_picture  id:ARTIFACT?  Their picture; null for none.",
            ),
            _ANSWER,
            text="A list that is given replaces the one they had.",
            example={"id": "REVU-1", "display_name": "Zoë"},
            is_write=True,
            refuses=(404, 409),
        ),
        Endpoint(
            "/rev-users.delete",
            delete_rev_user,
            "Delete a rev user",
            _ID,
            "",
            text="Conversations stay: who has some stays behind them, deleted and without a name.",
            example={"id": "REVU-1"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
        Endpoint(
            "/rev-users.merge",
            merge_rev_users,
            "Merge two rev users",
            table("primary_user*  id:REVU  The one that stays.", "secondary_user*  id:REVU  The one that goes."),
            "",
            text="Everything of the secondary becomes the primary's, who keeps what they have and get what they lack.",
            example={"primary_user": "REVU-1", "secondary_user": "REVU-2"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
        Endpoint(
            "/rev-users.delete-personal-data",
            erase_rev_user,
            "Erase personal data",
            _EMAIL,
            "",
            text="Every rev user with this address loses name, addresses, picture, files and personal custom fields. What was said stays.",
            example={"email": "zoe@initech.test"},
            is_write=True,
            access="administrators",
            status=202,
            refuses=(404,),
        ),
        Endpoint(
            "/rev-users.personal-data",
            hand_out_rev_user,
            "Ask for personal data",
            _EMAIL,
            "",
            text="What is known of every rev user with this address comes as an event `contact.personal_data`.",
            example={"email": "zoe@initech.test"},
            is_write=True,
            access="administrators",
            status=202,
            refuses=(404,),
        ),
    ),
    shapes=(
        shape(
            "set-fragments", "Which schema fragments something has.", f"set  [id:{customers.FRAGMENTS}](..100)  Exactly these.", closed=True
        ),
        shape(
            "rev-user-full",
            "A rev user: a customer.",
            table(
                customers.SHOWN,
                """
                display_picture  artifact      Their picture.
                email            text          E-mail address.
                external_ref     text          Their id in a system of yours.
                external_refs    [text]        The same as a list.
                full_name        text          Their whole name.
                is_verified*     bool          Whether they proved who they are.
                phone_numbers    [text]        Their phone numbers.
                rev_org          organization  The rev org that they belong to.
                state*           <active deactivated deleted locked shadow unassigned>  Whether they can still act.
                """,
            ),
        ),
    ),
    own=customers.OWN,
)
