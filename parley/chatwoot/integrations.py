"""Integrations (contract 3.5): the two apps that there are here; hooks of others are refused."""

from __future__ import annotations

from ..domain.problems import InvalidValue, NotFound
from ..reference.notation import shape
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json

_HOOKS = f"{ACCOUNT}/integrations/hooks"
_APPS = (
    ("webhook", "Webhooks", "Events of the account go to an address of yours."),
    ("dashboard_apps", "Dashboard Apps", "Pages of other systems beside a conversation."),
)


async def list_integration_apps(_call: Call) -> Json:
    return {"payload": [_app(*one) for one in _APPS]}


async def create_integration_hook(call: Call) -> Json:
    app = call.given["app_id"]
    raise InvalidValue("app_id", f"there is no integration {app!r} here that takes hooks")


async def update_integration_hook(_call: Call) -> Json:
    raise NotFound("there are no hooks")


async def delete_integration_hook(_call: Call) -> None:
    raise NotFound("there are no hooks")


def _app(app_id: str, name: str, description: str) -> Json:
    told = {"id": app_id, "name": name, "description": description}
    return told | {"enabled": True, "hook_type": "account", "allow_multiple_hooks": True, "hooks": []}


FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET", f"{ACCOUNT}/integrations/apps", list_integration_apps, "List integrations",
            "payload*  [integration-app]  Those that there are.",
        ),
        Endpoint(
            "POST",
            _HOOKS,
            create_integration_hook,
            "Connect an integration",
            "",
            text="Refused: no integration here takes hooks. Webhooks and dashboard apps have paths of their own.",
            request="app_id*  text  Which integration.",
            example={"app_id": "slack"},
            access="administrators",
        ),
        Endpoint(
            "PATCH", f"{_HOOKS}/{{hook_id}}", update_integration_hook, "Change an integration", "", access="administrators", refuses=(404,),
            text="There are no hooks, so none is found.",
        ),
        Endpoint(
            "DELETE", f"{_HOOKS}/{{hook_id}}", delete_integration_hook, "Disconnect an integration", "", access="administrators",
            refuses=(404,), text="There are no hooks, so none is found.",
        ),
    ),
    shapes=(
        shape(
            "integration-app",
            "An integration.",
            """
            id*                    text  What it is called by.
            name*                  text  Its name.
            description*           text  What it does.
            enabled*               bool  Whether it can be used.
            hook_type*             text  What it belongs to.
            allow_multiple_hooks*  bool  Whether there may be several.
            hooks*                 [object]  Always empty.
            """,
        ),
    ),
)  # fmt: skip
