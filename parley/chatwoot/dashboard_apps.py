"""Dashboard apps (contract 3.5): bare; a client shows their frames beside a conversation."""

from __future__ import annotations

import msgspec

from ..actions import dashboard_apps as actions
from ..reference.notation import shape
from ..store.dashboard_apps import DASHBOARD_APPS, DashboardApp
from .encode_types import iso
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .nouns import get_one
from .readers import Json

_ALL = f"{ACCOUNT}/dashboard_apps"
_ONE = f"{_ALL}/{{id}}"


async def list_dashboard_apps(call: Call) -> list[Json]:
    return [_shown(one) for one in await DASHBOARD_APPS.find(call.connection, call.tenant_id, {})]


async def show_dashboard_app(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_dashboard_app(call: Call) -> Json:
    return await _one(call, await actions.create_dashboard_app(call.context, call.principal, call.given))


async def update_dashboard_app(call: Call) -> Json:
    await actions.change_dashboard_app(call.context, call.principal, call.path["id"], call.given)
    return await _one(call, call.path["id"])


async def delete_dashboard_app(call: Call) -> None:
    await actions.delete_dashboard_app(call.context, call.principal, call.path["id"])


async def _one(call: Call, number: int) -> Json:
    return _shown(await get_one(call, DASHBOARD_APPS, number))


def _shown(one: DashboardApp) -> Json:
    return {"id": one.id, "title": one.title, "content": msgspec.json.decode(one.content), "created_at": iso(one.created_at)}


_EXAMPLE = {"title": "Orders", "content": [{"type": "frame", "url": "https://example.com/orders"}]}

FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_dashboard_apps, "List dashboard apps", "[dashboard-app]"),
        Endpoint("GET", _ONE, show_dashboard_app, "Show a dashboard app", "dashboard-app", refuses=(404,)),
        Endpoint(
            "POST",
            _ALL,
            create_dashboard_app,
            "Make a dashboard app",
            "dashboard-app",
            request="""
            title*    text(1..255)  Its name.
            content*  [dashboard-app-frame](1..20)  What it shows.
            """,
            example=_EXAMPLE,
            wrap="dashboard_app",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_dashboard_app,
            "Change a dashboard app",
            "dashboard-app",
            request="""
            title    text(1..255)  Its name.
            content  [dashboard-app-frame](1..20)  What it shows.
            """,
            example={"title": "Bills"},
            wrap="dashboard_app",
            refuses=(404,),
        ),
        Endpoint("DELETE", _ONE, delete_dashboard_app, "Delete a dashboard app", "", status=204, refuses=(404,)),
    ),
    shapes=(
        shape(
            "dashboard-app",
            "Pages beside a conversation.",
            """
            id*          int64  Its number.
            title*       text   Its name.
            content*     [dashboard-app-frame]  What it shows.
            created_at*  time   When it was made.
            """,
        ),
        shape(
            "dashboard-app-frame",
            "A page.",
            """
            type*  <frame>  How it is shown.
            url*   text(1..2048)  Where it is.
            """,
        ),
    ),
)
