"""rev-users.link and .unlink: to which rev org a customer belongs (deprecated there, and the only way to move one)."""

from __future__ import annotations

from typing import Any

from ..actions import contacts as actions
from ..domain.problems import InvalidValue, MissingField
from ..reference.notation import table
from .endpoints import Call, Endpoint, Family, Json
from .rev_users import show


async def link_rev_user(call: Call) -> Json:
    number, workspace_id = _given(call, "id", "user_don"), _given(call, "rev_org", "rev_org_don")
    await actions.place_contact(call.context, call.principal, number, workspace_id)
    return {"rev_user": await show(call, number)}


async def unlink_rev_user(call: Call) -> Json:
    number, workspace_id = _given(call, "id", "user_don"), _given(call, "rev_org", "rev_org_don")
    await actions.displace_contact(call.context, call.principal, number, workspace_id)
    return {"rev_user": await show(call, number)}


def _given(call: Call, name: str, old_name: str) -> int:
    """The field under its name or its old one. Raises MissingField, and InvalidValue when the two differ."""
    given: dict[str, Any] = {key: call.given[key].number for key in (name, old_name) if key in call.given}
    if not given:
        raise MissingField(name, f"{name} is required")
    if len(set(given.values())) > 1:
        raise InvalidValue(old_name, f"{name} and {old_name} must say the same")
    return int(next(iter(given.values())))


_REQUEST = """
    id           id:REVU  The rev user.
    rev_org      id:REV   The rev org.
    rev_org_don  id:REV   The same, under its old name.
    user_don     id:REVU  The rev user, under its old name.
"""
_ANSWER = "rev_user*  rev-user-full  The rev user."
_EXAMPLE = {"id": "REVU-1", "rev_org": "REV-1"}

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/rev-users.link",
            link_rev_user,
            "Link a rev user to a rev org",
            table(_REQUEST),
            _ANSWER,
            text="They leave the one that they were in.",
            example=_EXAMPLE,
            is_write=True,
            refuses=(404,),
        ),
        Endpoint(
            "/rev-users.unlink",
            unlink_rev_user,
            "Unlink a rev user from a rev org",
            table(_REQUEST),
            _ANSWER,
            text="They belong to its account no more either.",
            example=_EXAMPLE,
            is_write=True,
            refuses=(404,),
        ),
    ),
)
