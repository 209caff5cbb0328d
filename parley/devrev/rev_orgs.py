"""rev-orgs.*: the workspaces of accounts (contract 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..actions import workspaces as actions
from ..domain.problems import InvalidValue, MissingField, NotFound
from ..reference.notation import shape, table
from ..store.workspaces import WORKSPACES, WorkspaceRow
from . import customers
from .customers import Shown, telling_parents
from .encode_people import without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, numbers
from .viewer import Viewer

_LISTS = {"display_name": "names", "external_ref": "external_refs"}
_COLUMNS = ("description", "domain", "environment", "external_ref", "tier")


async def create_rev_org(call: Call) -> Json:
    async with telling_parents(call):
        number = await actions.create_workspace(call.context, call.principal, _values(call.given), customers.carried_of(call.given))
    return {"rev_org": await show(call, number)}


async def get_rev_org(call: Call) -> Json:
    given = call.given
    if len(given) != 1:
        raise InvalidValue("account", "give id or account, not both") if given else MissingField("id", "id or account is required")
    if "id" in given:
        return {"rev_org": await show(call, given["id"].number)}
    asked = {"companies": [given["account"].number], "is_default": True}
    rows = await WORKSPACES.find(call.connection, call.tenant_id, asked)
    if not rows:
        raise NotFound("the account has no default rev org")
    return {"rev_org": (await encode(call, rows))[0]}


async def list_rev_orgs(call: Call) -> Json:
    call = replace(call, given=call.given | _spelled_out(call.given))
    asked = await customers.asked_of(call, "workspace", _LISTS)
    rows, cursors = await list_page(call, WORKSPACES, asked | {"companies": numbers(call.given, "account")})
    return {"rev_orgs": await encode(call, rows), **cursors}


async def update_rev_org(call: Call) -> Json:
    number = call.given["id"].number
    async with telling_parents(call):
        await actions.change_workspace(call.context, call.principal, number, _values(call.given), customers.carried_of(call.given))
    return {"rev_org": await show(call, number)}


async def delete_rev_org(call: Call) -> Json:
    await actions.delete_workspace(call.context, call.principal, call.given["id"].number)
    return {}


def _spelled_out(given: Mapping[str, Any]) -> Json:
    """``custom_field_filter``: ``name:val1,val2`` is another spelling of custom_fields. Raises InvalidValue for no such thing."""
    fields = dict(given.get("custom_fields", {}))
    for place, text in enumerate(given.get("custom_field_filter", ())):
        name, colon, values = text.partition(":")
        if not colon or name in fields:
            raise InvalidValue(f"custom_field_filter[{place}]", "custom_field_filter takes name:value,value, each name once")
        fields[name] = tuple(values.split(","))
    return {"custom_fields": fields} if fields else {}


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Wire names to columns."""
    values: dict[str, Any] = {key: given[key] for key in _COLUMNS if key in given}
    if "display_name" in given:
        values["name"] = given["display_name"]
    return values | ({"company_id": given["account"].number} if "account" in given else {})


async def show(call: Call, number: int) -> Json:
    """One rev org. Raises NotFound."""
    return (await encode(call, [await find_row(call, WORKSPACES, number, "rev org")]))[0]


async def encode(viewer: Viewer, rows: Sequence[WorkspaceRow]) -> list[Json]:
    shown = await Shown.load(viewer, rows, companies=[row.company_id for row in rows])
    return [
        {
            **shown.customer("rev_org", row),
            "display_name": row.name,
            **without_none({key: getattr(row, key) for key in ("domain", "environment", "external_ref", "tier")}),
            **without_none({"account": shown.organization(row.company_id)}),
        }
        for row in rows
    ]


_FIELDS = f"""
    custom_schema_fragments  [id:{customers.FRAGMENTS}](..100)  Its schema fragments.
    description   text(..65536)              What it is.
    domain        text(..256)                Its domain.
    environment   <production staging test>  What it is used for.
    external_ref  text(1..512)               Its id in a system of yours; no other rev org may have it.
    tier          text(..256)                Its tier.
"""
_AGAIN = """
    artifacts  account-artifacts  Which files it has.
    tags       [set-tag](..100)  Exactly these tags.
"""
_ID = "id*  id:REV  The rev org."
_ANSWER = "rev_org*  rev-org-full  The rev org."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/rev-orgs.create",
            create_rev_org,
            "Make a rev org",
            table(
                "account*  id:ACC  The account that it belongs to.", "display_name*  text(1..256)  Its name.", _FIELDS, customers.CARRIED
            ),
            _ANSWER,
            text="Without an external reference it gets one.",
            example={"account": "ACC-1", "display_name": "Initech Asia"},
            is_write=True,
            status=201,
            refuses=(409,),
        ),
        Endpoint(
            "/rev-orgs.get",
            get_rev_org,
            "Get a rev org",
            table("account  id:ACC  The account whose default one is meant.", "id  id:REV  The rev org."),
            _ANSWER,
            text="By its own id, or the default one of an account.",
            example={"id": "REV-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/rev-orgs.list",
            list_rev_orgs,
            "List rev orgs",
            table(
                """
                account              [id:ACC](..100)  Of any of these accounts.
                custom_field_filter  [text](..100)    Custom fields as `name:value,value`.
                display_name         [text](..100)    With any of these names.
                external_ref         [text](..100)    With any of these external references.
                """,
                customers.FILTERS,
                PAGING,
                SORTING,
            ),
            table("rev_orgs*  [rev-org-full]  The rev orgs.", CURSORS),
            example={"limit": 10},
            refuses=(404,),
        ),
        Endpoint(
            "/rev-orgs.update",
            update_rev_org,
            "Change a rev org",
            table(_ID, "account  id:ACC  The account to move it to.", "display_name  text(1..256)  Its new name.", _FIELDS, _AGAIN),
            _ANSWER,
            text="Its rev users follow it to another account. The default one of an account stays there.",
            example={"id": "REV-1", "tier": "gold"},
            is_write=True,
            refuses=(404, 409),
        ),
        Endpoint(
            "/rev-orgs.delete",
            delete_rev_org,
            "Delete a rev org",
            _ID,
            "",
            text="Refused for an account's default one, and while a rev user or a conversation belongs to it.",
            example={"id": "REV-1"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
    ),
    shapes=(
        shape(
            "rev-org-full",
            "A rev org: a workspace of an account.",
            table(
                customers.SHOWN,
                """
                account       organization  The account that it belongs to.
                domain        text          Its domain.
                environment   text          What it is used for.
                external_ref  text          Its id in a system of yours.
                tier          text          Its tier.
                """,
            ),
        ),
    ),
    own=customers.OWN,
)
