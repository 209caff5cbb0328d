"""Stages and the states that they are in; the stock ones are the same in every tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from . import queries
from .database import Connection, affected
from .nouns import Noun

_SQL = queries.load("stages")


class StateRow(NamedTuple):
    """A state with its stamps."""

    id: int
    name: str
    ordinal: int
    is_final: bool
    is_custom: bool
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


class StageRow(NamedTuple):
    """A stage in its state; ``chatwoot_status`` is what Chatwoot clients see."""

    id: int
    name: str
    ordinal: int
    chatwoot_status: str
    is_custom: bool
    state_id: int
    state_name: str
    state_is_final: bool
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


STATES = Noun(
    table="states",
    kind="state",
    row=StateRow,
    columns="n.id, n.name, n.ordinal, n.is_final, n.is_custom, n.created_at, n.updated_at, n.created_by, n.modified_by",
    writable=frozenset({"name", "ordinal", "is_final", "is_custom"}),
    filters={"names": "n.name = ANY ({}::text[])", "ordinals": "n.ordinal = ANY ({}::integer[])", "is_final": "n.is_final = {}::boolean"},
)
STAGES = Noun(
    table="stages",
    kind="stage",
    row=StageRow,
    columns=(
        "n.id, n.name, n.ordinal, n.chatwoot_status, n.is_custom, n.state_id, s.name AS state_name, s.is_final AS state_is_final,"
        " n.created_at, n.updated_at, n.created_by, n.modified_by"
    ),
    joins="JOIN states s ON s.tenant_id = $1 AND s.id = n.state_id",
    writable=frozenset({"name", "ordinal", "state_id", "chatwoot_status", "is_custom"}),
    filters={"names": "n.name = ANY ({}::text[])", "ordinals": "n.ordinal = ANY ({}::integer[])"},
)


async def list_custom_stages_of(connection: Connection, tenant_id: int, state_id: int) -> list[int]:
    """The ids of a state's stages that are not stock."""
    return [record[0] for record in await connection.fetch(_SQL.list_custom_stages_of, tenant_id, state_id)]


async def list_unsettled(
    connection: Connection, tenant_id: int, stage_id: int, after: int, at_most: int | None, *, status: str, is_final: bool
) -> list[int]:
    """Numbers, beyond one and ascending, of the stage's conversations that do not show this yet."""
    records = await connection.fetch(_SQL.list_unsettled, tenant_id, stage_id, status, is_final, after, at_most)
    return [record[0] for record in records]


async def set_status(
    connection: Connection, tenant_id: int, stage_id: int, numbers: Sequence[int], *, status: str, is_final: bool, at: datetime
) -> int:
    """What these conversations in a stage show, when it comes to stand for another status; how many showed something else."""
    return affected(await connection.execute(_SQL.set_status, tenant_id, stage_id, status, is_final, at, numbers))
