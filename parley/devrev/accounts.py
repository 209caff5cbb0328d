"""accounts.*: the companies that customers come from (contract 2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..actions import companies as actions
from ..domain.principals import Ref
from ..domain.problems import InvalidValue
from ..reference.notation import shape, table
from ..store.companies import COMPANIES, CompanyRow
from . import customers, rev_orgs
from .customers import Shown, telling_parents
from .encode_people import without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page
from .viewer import Viewer

_LISTS = {"display_name": "names", "external_refs": "external_refs", "subtype": "subtypes", "tier": "tiers", "websites": "websites"}


async def create_account(call: Call) -> Json:
    async with telling_parents(call):
        number, default = await actions.create_company(call.context, call.principal, _values(call.given), customers.carried_of(call.given))
    account = await _one(call, number)
    return {"account": account, "default_rev_org": await rev_orgs.show(call, default)}


async def get_account(call: Call) -> Json:
    return {"account": await _one(call, call.given["id"].number)}


async def list_accounts(call: Call) -> Json:
    rows, cursors = await list_page(call, COMPANIES, await _asked(call))
    return {"accounts": await encode(call, rows), **cursors}


async def export_accounts(call: Call) -> Json:
    asked = await _asked(call)
    rows, _ = await list_page(replace(call, given=call.given | {"limit": call.given.get("first", 50)}), COMPANIES, asked)
    return {"accounts": await encode(call, rows)}


async def update_account(call: Call) -> Json:
    number = call.given["id"].number
    async with telling_parents(call):
        await actions.change_company(call.context, call.principal, number, _values(call.given), customers.carried_of(call.given))
    return {"account": await _one(call, number)}


async def delete_account(call: Call) -> Json:
    await actions.delete_company(call.context, call.principal, call.given["id"].number)
    return {}


async def merge_accounts(call: Call) -> Json:
    given = call.given
    await actions.merge_companies(call.context, call.principal, given["primary_account"].number, given["secondary_account"].number)
    return {}


async def _asked(call: Call) -> dict[str, Any]:
    if call.given.get("stage"):
        raise InvalidValue("stage", "accounts have no stages: this filter is not supported yet")
    asked = await customers.asked_of(call, "company", _LISTS)
    if call.given.get("domains"):
        asked["domains"] = [domain.lower() for domain in call.given["domains"]]
    if call.given.get("owned_by"):
        asked["owners"] = [str(_owner(one)) for one in call.given["owned_by"]]
    return asked


def _owner(one: Any) -> Ref:
    return Ref("user" if one.type == "dev_user" else "bot", one.number)


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Wire names to columns."""
    values: dict[str, Any] = {key: given[key] for key in ("description", "tier") if key in given}
    if "display_name" in given:
        values["name"] = given["display_name"]
    for key in ("domains", "external_refs", "websites"):
        if key in given:
            listed = given[key].get("set", ()) if isinstance(given[key], dict) else given[key]
            values[key] = [*dict.fromkeys(listed)]
    if values.get("websites") and "domains" not in values:
        values["domains"] = [domain for domain in map(_domain, values["websites"]) if domain]
    if "domains" in values:
        values["domains"] = [*dict.fromkeys(domain.lower() for domain in values["domains"])]
    if "owned_by" in given:
        values["owners"] = [*dict.fromkeys(str(_owner(one)) for one in given["owned_by"])]
    return values


def _domain(website: str) -> str:
    """``https://www.devrev.ai/about`` -> devrev.ai."""
    host = re.sub(r"^[a-z]+://", "", website.strip().lower())
    return re.split(r"[/:?#]", host)[0].removeprefix("www.")


async def _one(call: Call, number: int) -> Json:
    return (await encode(call, [await find_row(call, COMPANIES, number, "account")]))[0]


async def encode(viewer: Viewer, rows: Sequence[CompanyRow]) -> list[Json]:
    shown = await Shown.load(viewer, rows, more=[Ref.parse(owner) for row in rows for owner in row.owners])
    return [
        {
            **shown.customer("account", row),
            "display_name": row.name,
            "domains": row.domains,
            "websites": row.websites,
            "external_refs": row.external_refs,
            "owned_by": shown.people.several(map(Ref.parse, row.owners)),
            **without_none({"tier": row.tier}),
        }
        for row in rows
    ]


_FIELDS = """
    description          text(..65536)             What it is.
    domains              [text(1..256)](..100)     Its domains; those of its websites when absent.
    external_refs        [text(1..512)](..100)     Its ids in systems of yours; no other account may have one of them.
    owned_by             [id:DEVU/SVCACC](..100)   Who looks after it.
"""
_FRAGMENTS = f"schema_fragment_ids  [id:{customers.FRAGMENTS}](..100)  Its schema fragments; custom_schema_spec says it better."
_FILTERS = table(
    """
    display_name   [text](..100)            With any of these names.
    domains        [text](..100)            With any of these domains.
    external_refs  [text](..100)            With any of these external references.
    owned_by       [id:DEVU/SVCACC](..100)  Looked after by any of these.
    stage          [id:STAGE]               Accounts have no stages: refused unless empty.
    subtype        [text](..100)            Of any of these subtypes.
    tier           [text](..100)            Of any of these tiers.
    websites       [text](..100)            With any of these websites.
    """,
    customers.FILTERS,
)
_ID = "id*  id:ACC  The account."
_ANSWER = "account*  account-full  The account."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/accounts.create",
            create_account,
            "Make an account",
            table(
                "display_name*  text(1..256)  Its name.",
                _FIELDS,
                customers.CARRIED,
                customers.SPEC,
                _FRAGMENTS,
                "tier  text(..256)  Its tier.",
                "websites  [text(1..2048)](..100)  Its websites.",
            ),
            table(_ANSWER, "default_rev_org*  rev-org-full  The rev org that it begins with."),
            text="Every account begins with a default rev org of the same name.",
            example={"display_name": "Initech", "domains": ["initech.test"]},
            is_write=True,
            status=201,
            refuses=(409,),
        ),
        Endpoint("/accounts.get", get_account, "Get an account", _ID, _ANSWER, example={"id": "ACC-1"}, refuses=(404,)),
        Endpoint(
            "/accounts.list",
            list_accounts,
            "List accounts",
            table(_FILTERS, PAGING, SORTING),
            table("accounts*  [account-full]  The accounts.", CURSORS),
            example={"limit": 10},
            refuses=(404,),
        ),
        Endpoint(
            "/accounts.export",
            export_accounts,
            "Export accounts",
            table(_FILTERS, "first  int32(1..500)  How many at most; 50 when absent.", SORTING),
            "accounts*  [account-full]  The accounts.",
            text="The first of them in the order asked for; accounts.list goes on where this ends.",
            example={"first": 500},
        ),
        Endpoint(
            "/accounts.update",
            update_account,
            "Change an account",
            table(
                _ID,
                "display_name  text(1..256)  Its new name.",
                _FIELDS,
                customers.CARRIED_AGAIN,
                customers.SPEC,
                _FRAGMENTS,
                "tier  text(..256)?  Its tier; null for none.",
                "websites  set-websites  Its websites.",
            ),
            _ANSWER,
            text="A list that is given replaces the one it had.",
            example={"id": "ACC-1", "tier": "gold"},
            is_write=True,
            refuses=(404, 409),
        ),
        Endpoint(
            "/accounts.delete",
            delete_account,
            "Delete an account",
            _ID,
            "",
            text="Its rev orgs go with it. Refused while a rev user or a conversation belongs to it or to one of them.",
            example={"id": "ACC-1"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
        Endpoint(
            "/accounts.merge",
            merge_accounts,
            "Merge two accounts",
            table("primary_account*  id:ACC  The one that stays.", "secondary_account*  id:ACC  The one that goes."),
            "",
            text="What belongs to the secondary becomes the primary's, which keeps what it has and gets what it lacks.",
            example={"primary_account": "ACC-1", "secondary_account": "ACC-2"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
    ),
    shapes=(
        *customers.SHAPES,
        shape("set-websites", "Which websites an account has.", "set  [text(1..2048)](..100)  Exactly these.", closed=True),
        shape(
            "account-full",
            "An account: a company that customers come from.",
            table(
                customers.SHOWN,
                """
                domains*        [text]  Its domains.
                websites*       [text]  Its websites.
                external_refs*  [text]  Its ids in systems of yours.
                owned_by*       [user]  Who looks after it.
                tier            text    Its tier.
                """,
            ),
        ),
    ),
    own=customers.OWN,
)
