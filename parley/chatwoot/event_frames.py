"""Events as the frames of ``/cable`` (contract 5.2): what each holds, and who of those that are connected gets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..actions.context import Context
from ..domain.principals import Ref, Tenant
from ..store.database import Connection
from ..store.events import EventRow


class Audience(NamedTuple):
    """Whose connections get a frame; what the first four fields name adds up.

    ``account``: every agent and administrator of the account. ``inbox_id``: the members of this inbox and the administrators.
    ``user_ids``: these users. ``point_ids``: the contact's side, by contact point. With ``conversation_number`` those of the
    agents that may not see this conversation get nothing. ``but`` gets nothing either: the one who types.
    """

    account: bool = False
    inbox_id: int | None = None
    user_ids: tuple[int, ...] = ()
    point_ids: tuple[int, ...] = ()
    conversation_number: int | None = None
    but: Ref | None = None


class Frame(NamedTuple):
    """``{"event": event, "data": data}``; ``data`` is for msgspec's encoder, with account_id and, where there is one, performer.

    ``position`` is that of our event, of which there may be several frames or none.
    """

    position: int
    event: str
    data: dict[str, Any]
    audience: Audience


async def frames(connection: Connection, tenant: Tenant, events: Sequence[EventRow], context: Context, base_url: str = "") -> list[Frame]:
    """The frames of a batch, in order, in a fixed number of statements of a snapshot of the tenant (``database.read``).

    ``base_url`` is where files are served when the server has no public URL set. What is gone by now has none.
    """
    raise NotImplementedError
