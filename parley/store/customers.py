"""What companies, workspaces and contacts have in common: tags, files, custom fields, and how they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from . import queries
from .database import Connection

_SQL = queries.load("customers")

CustomerNoun = Literal["company", "workspace", "contact"]


class Artifact(NamedTuple):
    """A file; ``parent`` is what it belongs to, as ``noun:number``."""

    id: int
    file_name: str | None
    content_type: str | None
    byte_size: int | None
    parent: str | None


def carried(noun: CustomerNoun) -> str:
    """The columns tag_ids, tag_values and artifact_ids of a Noun."""
    tags = f"FROM customer_tags t WHERE t.tenant_id = $1 AND t.noun = '{noun}' AND t.customer_id = n.id ORDER BY t.position, t.tag_id"
    files = f"FROM customer_artifacts a WHERE a.tenant_id = $1 AND a.noun = '{noun}' AND a.customer_id = n.id ORDER BY a.position"
    return (
        f"ARRAY(SELECT t.tag_id {tags}) AS tag_ids, ARRAY(SELECT t.value {tags}) AS tag_values,"
        f" ARRAY(SELECT a.attachment_id {files}) AS artifact_ids"
    )


def filters(noun: CustomerNoun) -> Mapping[str, str]:
    """What every customer may be asked by.

    ``tags`` is JSON text ``[[tag id, value or null], ...]``, any of which fits; ``custom_fields`` is JSON text
    ``[[namespace, key, [accepted, ...]], ...]``, all of which must fit.
    """
    matching = "t.tag_id = (w ->> 0)::bigint AND (w ->> 1 IS NULL OR t.value = w ->> 1)"
    tagged = f"SELECT t.customer_id FROM customer_tags t JOIN jsonb_array_elements({{}}::text::jsonb) w ON {matching}"
    path = "n.custom_fields -> (w ->> 0) -> (w ->> 1)"
    # A scalar is turned into a list of one, so that one test serves both.
    elements = f"jsonb_array_elements(CASE jsonb_typeof({path}) WHEN 'array' THEN {path} ELSE jsonb_build_array({path}) END)"
    holds = f"{path} IS NOT NULL AND EXISTS (SELECT FROM {elements} e JOIN jsonb_array_elements(w -> 2) v ON v = e)"
    return {
        "created_by": "n.created_by = ANY ({}::text[])",
        "created_after": "n.created_at >= {}::timestamptz",
        "created_before": "n.created_at <= {}::timestamptz",
        "modified_after": "n.updated_at >= {}::timestamptz",
        "modified_before": "n.updated_at <= {}::timestamptz",
        "tags": f"n.id IN ({tagged} WHERE t.tenant_id = $1 AND t.noun = '{noun}')",
        "custom_fields": f"NOT EXISTS (SELECT FROM jsonb_array_elements({{}}::text::jsonb) w WHERE ({holds}) IS NOT TRUE)",
    }


async def set_tags(connection: Connection, tenant_id: int, noun: CustomerNoun, number: int, tags: Mapping[int, str | None]) -> None:
    await connection.execute(_SQL.delete_tags, tenant_id, noun, number)
    if tags:
        await connection.execute(_SQL.insert_tags, tenant_id, noun, number, list(tags), list(tags.values()))


async def set_artifacts(connection: Connection, tenant_id: int, noun: CustomerNoun, number: int, ids: Sequence[int]) -> None:
    """Raises asyncpg's UniqueViolationError for a file that belongs to another customer."""
    await connection.execute(_SQL.delete_artifacts, tenant_id, noun, number)
    if ids:
        await connection.execute(_SQL.insert_artifacts, tenant_id, noun, number, list(ids))


async def get_artifacts(connection: Connection, tenant_id: int, ids: Iterable[int]) -> dict[int, Artifact]:
    wanted = list(set(ids))
    if not wanted:
        return {}
    return {record[0]: Artifact(*record) for record in await connection.fetch(_SQL.get_artifacts, tenant_id, wanted)}


async def lock_references(connection: Connection, tenant_id: int, noun: CustomerNoun, refs: Iterable[str]) -> None:
    """Keeps others from giving the same external references until the transaction ends; sorted, so that nobody deadlocks."""
    for ref in sorted(set(refs)):
        await connection.execute(_SQL.lock_reference, tenant_id, noun, ref)


async def move_carried(connection: Connection, tenant_id: int, noun: CustomerNoun, secondary: int, primary: int) -> None:
    """Tags and files of one customer become another's, behind its own; a tag that both have keeps its value there."""
    await connection.execute(_SQL.move_tags, tenant_id, noun, secondary, primary)
    await connection.execute(_SQL.move_artifacts, tenant_id, noun, secondary, primary)
