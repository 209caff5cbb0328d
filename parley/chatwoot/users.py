"""Reading a user for an answer, with every account of theirs."""

from __future__ import annotations

from dataclasses import replace

from ..domain.principals import Tenant
from ..domain.problems import NotFound
from ..store import control, people, profiles
from ..store.database import Connection, enter_tenant
from .encode_user import user
from .readers import Json
from .wire import Wire


async def read_user(connection: Connection, user_id: int, wire: Wire, token: str | None = None) -> Json:
    """In an open transaction, which comes back to the account of ``wire``. Raises NotFound."""
    person = await profiles.get_profile(connection, user_id)
    if person is None:
        raise NotFound()
    places = await control.list_places(connection, user_id)
    if not places:
        return user(person, None, places, wire, token)
    here = Tenant(places[0].account_id, "", places[0].account_name)
    await enter_tenant(connection, here.id)
    member = (await people.get_members(connection, here.id, [user_id])).get(user_id)
    await enter_tenant(connection, wire.tenant.id)
    return user(person, member, places, replace(wire, tenant=here), token)
