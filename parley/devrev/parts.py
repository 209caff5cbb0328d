"""parts.*: products, capabilities, features, enhancements and the code behind them (contract 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..actions import parts as actions
from ..actions.parts import PARENTS, NewLink, PartWrite
from ..domain.conversations import Part
from ..domain.links import END_TYPES, LINK_TYPES, End
from ..domain.principals import Ref
from ..domain.problems import InvalidField, InvalidValue, MissingField, NotFound
from ..store import conversations
from ..store.parts import PARTS, PartRow
from . import encode_works, filters
from .encode_people import without_none
from .endpoints import Call, Endpoint, Family, Json
from .lists import find_row, list_page, people_of, stamps
from .reference import parts as tables
from .schema_specs import schema_spec
from .viewer import Viewer
from .works_decode import custom_fields, numbers, part_numbers, people, ranges, refuse_later

_NOUNS = {wire: noun for noun, wire in END_TYPES.items()}
_ALL_LEVELS = 1_000_000
_OWN = {
    "parent_part": ("capability", "feature", "enhancement"),
    "target_close_date": ("enhancement",),
    "target_start_date": ("enhancement",),
    "release_notes": ("enhancement",),
    "code_inferred_surface_area": ("linkable", "runnable"),
    "code_repo_paths": ("linkable", "runnable"),
    "code_repo_url": ("linkable", "runnable"),
}
_COLUMNS = {
    "name": "name", "description": "description", "release_notes": "release_notes", "code_repo_paths": "code_repo_paths",
    "code_repo_url": "code_repo_url", "code_inferred_surface_area": "code_inferred_surface_area",
    "target_close_date": "target_close_at", "target_start_date": "target_start_at",
}  # fmt: skip
_LATER = ("artifacts", "custom_schema_fragments", "stage_v2", *(f"enhancement.{name}" for name in tables.LATER_FILTERS))


async def create_part(call: Call) -> Json:
    kind = call.given["type"]
    if kind in PARENTS and not call.given.get("parent_part"):
        raise MissingField("parent_part", f"parent_part is required for a {kind}")
    part_id = await actions.create_part(call.context, call.principal, kind, _write(kind, call.given))
    return {"part": await _one(call, kind, part_id)}


async def get_part(call: Call) -> Json:
    one = call.given["id"]
    return {"part": await _one(call, one.type, one.number)}


async def list_parts(call: Call) -> Json:
    rows, cursors = await list_page(call, PARTS, await _asked(call))
    return {"parts": await encode(call, rows), **cursors}


async def update_part(call: Call) -> Json:
    one = call.given["id"]
    if call.given.get("type", one.type) != one.type:
        raise InvalidValue("type", f"the id is that of a part of type {one.type}", allowed=[one.type])
    await actions.change_part(call.context, call.principal, one.type, one.number, _write(one.type, call.given))
    return {"part": await _one(call, one.type, one.number)}


async def delete_part(call: Call) -> Json:
    one = call.given["id"]
    await actions.delete_part(call.context, call.principal, one.type, one.number)
    return {}


def _write(kind: str, given: Mapping[str, Any]) -> PartWrite:
    """What create and update set. Raises InvalidField for a field of other kinds."""
    refuse_later(given, _LATER)
    for name, kinds in _OWN.items():
        if name in given and kind not in kinds:
            raise InvalidField(name, f"{name} is a field of {' and '.join(kinds)} only")
    owners, tags = given.get("owned_by"), given.get("tags")
    owners = owners.get("set") if isinstance(owners, Mapping) else owners
    tags = tags.get("set") if isinstance(tags, Mapping) else tags
    parent = given["parent_part"][0] if given.get("parent_part") else None
    return PartWrite(
        values={column: given[key] for key, column in _COLUMNS.items() if key in given},
        parent=None if parent is None else (parent.type, parent.number),
        owner_ids=None if owners is None else [one.number for one in owners],
        tags=None if tags is None else {one["id"].number: one.get("value") for one in tags},
        custom_fields=given.get("custom_fields"),
        schemas=schema_spec(given["custom_schema_spec"]) if "custom_schema_spec" in given else None,
        links=[_link(place, one) for place, one in enumerate(given.get("links", ()))],
    )


def _link(place: int, given: Mapping[str, Any]) -> NewLink:
    path = f"links[{place}]"
    if given["link_type"] not in LINK_TYPES:
        raise InvalidValue(f"{path}.link_type", f"link_type {given['link_type']} is not supported yet", allowed=LINK_TYPES)
    ends = {key: End(_NOUNS[given[key].type], given[key].number) for key in ("source", "target") if key in given}
    if len(ends) != 1:
        raise InvalidValue(path, f"{path} takes source or target; the new part is the other end")
    return NewLink(given["link_type"], ends.get("source"), ends.get("target"))


async def _asked(call: Call) -> dict[str, Any]:
    """The store's filters. Raises InvalidValue for what cannot be asked yet, InvalidField for unknown custom fields."""
    given, now = call.given, call.context.clock()
    refuse_later(given, _LATER)
    enhancement = given.get("enhancement", {})
    asked: dict[str, Any] = {
        "kinds": given.get("type", ("enhancement",) if "enhancement" in given else None),
        "names": given.get("name"),
        "owners": [one.number for one in given["owned_by"] if one.type == "dev_user"] if "owned_by" in given else None,
        "created_by": people(given, "created_by"),
        "modified_by": people(given, "modified_by"),
        "subtypes": given.get("subtype"),
        "tags": numbers(given, "tags"),
        **ranges(given, {"created": "created_date_v2", "modified": "modified_date_v2"}, now),
        **_targets(enhancement, now),
    }
    if "parent_part" in given:
        above = await part_numbers(call.connection, call.tenant_id, given["parent_part"]["parts"])
        asked["below"] = [given["parent_part"].get("level", _ALL_LEVELS), *above]
    if "custom_fields" in given:
        asked["custom_fields"] = await custom_fields(call.connection, call.tenant_id, "part", given["custom_fields"])
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()}


def _targets(given: Mapping[str, Any], now: Any) -> dict[str, Any]:
    """Each date in its old spelling and its new one; both given, the new one counts."""
    old = ranges(given, {"target_close": "target_close_date", "target_start": "target_start_date"}, now)
    return old | ranges(given, {"target_close": "target_close_date_v2", "target_start": "target_start_date_v2"}, now)


async def _one(call: Call, kind: str, part_id: int) -> Json:
    row = await find_row(call, PARTS, part_id, kind)
    if row.kind != kind:
        raise NotFound(f"no such {kind}")
    return (await encode(call, [row]))[0]


async def encode(viewer: Viewer, rows: Sequence[PartRow]) -> list[Json]:
    owners = [Ref("user", user_id) for row in rows for user_id in row.owner_ids]
    people = await people_of(viewer, rows, owners)
    tags = await conversations.get_tags(viewer.connection, viewer.tenant_id, {tag for row in rows for tag in row.tag_ids})
    return [
        {
            **encode_works.part(viewer.names, people, Part(row.id, row.kind, row.name, row.owner_ids)),
            "tags": encode_works.tags(viewer.names, tags, row.tag_ids, row.tag_values),
            **without_none({"description": row.description, "subtype": row.subtype}),
            **encode_works.times({"target_close_date": row.target_close_at, "target_start_date": row.target_start_at}),
            **encode_works.custom(row.custom_fields),
            **stamps(row, people),
        }
        for row in rows
    ]


_ANSWER = "part*  part-full  The part."

FAMILY = Family(
    endpoints=(
        Endpoint(
            "/parts.create",
            create_part,
            "Make a part",
            tables.CREATE,
            _ANSWER,
            example={"type": "product", "name": "Widget", "owned_by": ["DEVU-1"]},
            is_write=True,
            access="administrators",
            status=201,
            refuses=(409,),
        ),
        Endpoint("/parts.get", get_part, "Get a part", tables.ID, _ANSWER, example={"id": "PROD-1"}, refuses=(404,)),
        Endpoint("/parts.list", list_parts, "List parts", tables.LIST, tables.LISTED, example={"limit": 10}),
        Endpoint(
            "/parts.update",
            update_part,
            "Change a part",
            tables.UPDATE,
            _ANSWER,
            example={"id": "PROD-1", "description": "What we sell most"},
            is_write=True,
            access="administrators",
            refuses=(404,),
        ),
        Endpoint(
            "/parts.delete",
            delete_part,
            "Delete a part",
            tables.ID,
            "",
            text="Refused while a conversation, a ticket, an issue or another part refers to it; its links go with it.",
            example={"id": "PROD-1"},
            is_write=True,
            access="administrators",
            refuses=(404, 409),
        ),
    ),
    shapes=tables.SHAPES,
    own={"date-filter": filters.date_filter, "part-time-range": filters.plain_range},
)
