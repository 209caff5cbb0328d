"""service-accounts.* and sys-users.list: those who act without being people."""

from __future__ import annotations

from collections.abc import Sequence

from ..actions import bots as actions
from ..domain.principals import Ref
from ..domain.problems import InvalidValue, NotFound
from ..reference.notation import shape, table
from ..store.bots import BOTS, SYSTEM_USERS, BotRow, SystemUserRow
from . import encode_people, page
from .encode_people import People
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, stamps
from .persons import PERSON, without_type


async def create_service_account(call: Call) -> Json:
    if call.given.get("gen_keyring"):
        raise InvalidValue("gen_keyring", "gen_keyring is not supported yet")
    number = await actions.create_service_account(call.context, call.principal, call.given["display_name"])
    return {"service_account": await one(call, number)}


async def get_service_account(call: Call) -> Json:
    return {"service_account": await one(call, call.given["id"].number)}


async def update_service_account(call: Call) -> Json:
    number = call.given["id"].number
    values = {"name": call.given["display_name"]} if "display_name" in call.given else {}
    await actions.change_service_account(call.context, call.principal, number, values)
    return {"service_account": await one(call, number)}


async def list_sys_users(call: Call) -> Json:
    rows, cursors = await list_page(call, SYSTEM_USERS, {})
    return {"sys_users": await _encode(call, rows), **cursors}


async def one(call: Call, number: int) -> Json:
    """A service account in full. Raises NotFound."""
    row = await find_row(call, BOTS, number, "service account")
    if row.kind != "service_account":
        raise NotFound("no such service account")
    return (await _encode(call, [row]))[0]


async def _encode(call: Call, rows: Sequence[BotRow | SystemUserRow]) -> list[Json]:
    authors = {Ref.parse(text) for row in rows for text in (row.created_by, row.modified_by) if text}
    loaded = await page.load_people(call.connection, call.principal, authors | {Ref("bot", row.id) for row in rows})
    people = People(loaded, call.names)
    return [
        without_type(encode_people.bot(call.names, row.id, loaded.bots.get(row.id), "bot" if row.id else "system")) | stamps(row, people)
        for row in rows
    ]


_ID = "id*  id:SVCACC  The service account."
_ANSWER = "service_account*  service-account-full  The service account."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/service-accounts.create",
            create_service_account,
            "Make a service account",
            table("display_name*  text(1..256)  Its name, unique in the dev org.", "gen_keyring  bool  Not supported yet."),
            _ANSWER,
            text="`auth-tokens.create` with `act_as` makes a token for it.",
            example={"display_name": "Nightly export"},
            is_write=True,
            access="administrators",
            status=201,
            refuses=(409,),
        ),
        Endpoint(
            "/service-accounts.get",
            get_service_account,
            "Get a service account",
            _ID,
            _ANSWER,
            example={"id": "SVCACC-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/service-accounts.update",
            update_service_account,
            "Rename a service account",
            table(_ID, "display_name  text(1..256)  Its new name."),
            _ANSWER,
            example={"id": "SVCACC-1", "display_name": "Hourly export"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
        Endpoint(
            "/sys-users.list",
            list_sys_users,
            "List system users",
            table(PAGING, SORTING),
            table("sys_users*  [sys-user-full]  The system users.", CURSORS),
            text="SYSU-0 is the server itself.",
            example={"limit": 10},
        ),
    ),
    shapes=(
        shape("service-account-full", "A service account: a bot of yours.", PERSON),
        shape("sys-user-full", "A system user: the server itself, or a bot that belongs to it.", PERSON),
    ),
)
