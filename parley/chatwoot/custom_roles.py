"""Custom roles (contract 3.5, EE; free here): bare."""

from __future__ import annotations

from ..actions import custom_roles as actions
from ..store.custom_roles import CUSTOM_ROLES, CustomRole
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .nouns import get_one
from .readers import Json

_ALL = f"{ACCOUNT}/custom_roles"
_ONE = f"{_ALL}/{{id}}"


async def list_custom_roles(call: Call) -> list[Json]:
    return [_shown(one) for one in await CUSTOM_ROLES.find(call.connection, call.tenant_id, {})]


async def show_custom_role(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_custom_role(call: Call) -> Json:
    return await _one(call, await actions.create_custom_role(call.context, call.principal, call.given))


async def update_custom_role(call: Call) -> Json:
    await actions.change_custom_role(call.context, call.principal, call.path["id"], call.given)
    return await _one(call, call.path["id"])


async def delete_custom_role(call: Call) -> None:
    await actions.delete_custom_role(call.context, call.principal, call.path["id"])


async def _one(call: Call, number: int) -> Json:
    return _shown(await get_one(call, CUSTOM_ROLES, number))


def _shown(one: CustomRole) -> Json:
    return {"id": one.id, "name": one.name, "description": one.description, "permissions": one.permissions}


_FIELDS = """
            description  text(..1000)?  What it is for.
            permissions  [text](..50)   conversation_manage, conversation_unassigned_manage, conversation_participating_manage,
              contact_manage, report_manage, knowledge_base_manage.
            """

FAMILY = Family(
    endpoints=(
        Endpoint("GET", _ALL, list_custom_roles, "List custom roles", "[custom-role]", access="administrators"),
        Endpoint("GET", _ONE, show_custom_role, "Show a custom role", "custom-role", access="administrators", refuses=(404,)),
        Endpoint(
            "POST",
            _ALL,
            create_custom_role,
            "Make a custom role",
            "custom-role",
            request=f"""
            name*        text(1..255)   Its name.
            {_FIELDS}""",
            example={"name": "Reports", "permissions": ["report_manage"]},
            wrap="custom_role",
            access="administrators",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_custom_role,
            "Change a custom role",
            "custom-role",
            text="Who has it is bound by it at once.",
            request=f"""
            name         text(1..255)   Its name.
            {_FIELDS}""",
            example={"description": "Sees reports"},
            wrap="custom_role",
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "DELETE", _ONE, delete_custom_role, "Delete a custom role", "", access="administrators", refuses=(404,),
            text="Who had it is a plain agent again.",
        ),
    ),
)  # fmt: skip
