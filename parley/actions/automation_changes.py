"""What an event changed, in the words of Chatwoot's rules: from the deltas of a change to old and new values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from ..domain.custom_fields import TENANT_NAMESPACE, split_wire_name
from ..store import conversations
from ..store.automation import Happened
from ..store.database import Connection

Changed: TypeAlias = dict[str, tuple[Any, Any]]
_RENAMED = {"group": "team_id", "owned_by": "assignee_id", "tags": "labels"}


async def changes_of(connection: Connection, tenant_id: int, happened: Happened) -> Changed:
    """Old and new by attribute; nothing for what is no change."""
    deltas = msgspec.json.decode(happened.data).get("deltas", []) if happened.kind == "conversation.updated" else []
    statuses: dict[str, str] = {}
    if any(delta["field"] == "stage" for delta in deltas):
        statuses = {stage.name: stage.chatwoot_status for stage in (await conversations.list_stages(connection, tenant_id)).values()}
    changed: Changed = {}
    for delta in deltas:
        name, read = _reader(delta["field"], statuses)
        changed[name] = (read(delta.get("old")), read(delta.get("new")))
    return changed


def _reader(field: str, statuses: dict[str, str]) -> tuple[str, Any]:
    if field == "stage":
        return "status", lambda side: statuses.get((side or {}).get("name", ""))
    if field == "owned_by":
        return "assignee_id", lambda side: _first_user((side or {}).get("values") or ())
    if field == "group":
        return "team_id", lambda side: None if not side else str(side["value"]).rpartition(":")[2]
    split = split_wire_name(field)
    name = split[1] if split and split[0] == TENANT_NAMESPACE else _RENAMED.get(field, field)
    return name, lambda side: None if side is None else side.get("values", side.get("value"))


def _first_user(people: Sequence[str]) -> str | None:
    return next((one.partition(":")[2] for one in people if one.startswith("user:")), None)
