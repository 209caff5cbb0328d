"""schemas.stock.* and schemas.aggregated.get: the fields that an object has, by itself and with its fragments (contract 2.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..actions.schemas import fields_of
from ..domain.conversations import FieldDefinition
from ..domain.leaf_types import NOUNS
from ..domain.problems import CustomFieldRefused, InvalidId, InvalidValue, MissingField, NotFound
from ..reference.notation import table
from ..store import conversations
from ..store.schemas import FRAGMENTS, FragmentRow
from ..store.stage_diagrams import DIAGRAMS, find_diagram
from .dons import PARTITION
from .encode_events import descriptor
from .encode_people import without_none
from .encode_schemas import TYPES, composites, stock
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, list_page, people_of

_STOCK_ID = re.compile(rf"don:core:{PARTITION}:stock_sf/([0-9]{{1,18}})")


def stock_number(given: Json, field: str) -> int | None:
    """Our number of a stock fragment's id; such ids belong to no dev org. Raises InvalidId."""
    if field not in given:
        return None
    match = _STOCK_ID.fullmatch(given[field])
    if match is None:
        raise InvalidId(field, f"{field}: not the DON of a stock schema fragment")
    return int(match[1])


async def get_stock(call: Call) -> Json:
    given = call.given
    if "id" not in given and "leaf_type" not in given:
        raise MissingField("id", "id or leaf_type is required")
    number = stock_number(given, "id")
    rows = await FRAGMENTS.find(call.connection, call.tenant_id, {"kinds": ["stock"]})
    found = [row for row in rows if number in (None, row.id) and given.get("leaf_type", row.leaf_type) == row.leaf_type]
    if not found:
        raise NotFound("no such stock schema fragment")
    return {"fragment": (await _encode(call, found))[0]}


async def list_stock(call: Call) -> Json:
    asked = {"kinds": ["stock"], "leaf_types": call.given.get("leaf_type") or None}
    rows, cursors = await list_page(call, FRAGMENTS, asked)
    return {"result": await _encode(call, rows, with_fields="fields" not in call.given.get("prune", ())), **cursors}


async def _encode(call: Call, rows: Sequence[FragmentRow], *, with_fields: bool = True) -> list[Json]:
    people, stages = await people_of(call, rows), await _stage_names(call)
    return [stock(row, stages, people, with_fields=with_fields) for row in rows]


async def _stage_names(call: Call) -> list[str]:
    return [one.name for one in (await conversations.list_stages(call.connection, call.tenant_id)).values()]


@dataclass(slots=True)
class _Parts:
    """What an aggregated schema is made of."""

    leaf_type: str
    stock: FragmentRow | None = None
    custom: list[FragmentRow] = field(default_factory=list)


async def get_aggregated(call: Call) -> Json:
    parts = _choose(call.given, await FRAGMENTS.find(call.connection, call.tenant_id, {}))
    definitions: list[FieldDefinition] = []
    if noun := NOUNS.get(parts.leaf_type):
        definitions = await conversations.list_field_definitions(call.connection, call.tenant_id, noun)
    shown = _aggregate(parts, definitions)
    if parts.stock is not None:
        told = stock(parts.stock, await _stage_names(call), await people_of(call, [parts.stock]))
        shown |= {"stock_fields": told["fields"], "title": told["title"], "description": told["description"]}
    diagram_id = await find_diagram(call.connection, call.tenant_id, parts.leaf_type, shown.get("subtype"))
    for number, diagram in (await DIAGRAMS.get(call.connection, call.tenant_id, [diagram_id] if diagram_id else [])).items():
        shown["stage_diagram_id"] = {**call.names.ids("stage_diagram", number), "name": diagram.name}
    return {"schema": shown}


def _choose(given: Json, rows: Sequence[FragmentRow]) -> _Parts:
    """The fragments that are named, and those that the leaf type and the spec stand for. Raises BadInput problems."""
    if not given:
        raise MissingField("leaf_type", "leaf_type, a fragment or a spec is required")
    by_id = {row.id: row for row in rows}
    named = [_named(by_id, one.number, one.type) for one in given.get("custom_schema_fragments", ())]
    number = stock_number(given, "stock_schema_fragment")
    stock_row = None if number is None else _stock_row(by_id, number)
    known = {row.leaf_type for row in [*named, *([stock_row] if stock_row else [])]} | (
        {given["leaf_type"]} if "leaf_type" in given else set()
    )
    if len(known) != 1:
        raise InvalidValue("leaf_type", "leaf_type and the fragments must be of one leaf type")
    if given.get("is_custom_leaf_type") or not known <= set(NOUNS):
        raise InvalidValue("leaf_type", "there is no such leaf type", allowed=list(NOUNS))
    parts = _Parts(known.pop(), stock_row, named)
    ours = [row for row in rows if row.leaf_type == parts.leaf_type]
    if "leaf_type" in given:
        parts.stock = parts.stock or next((row for row in ours if row.kind == "stock"), None)
        parts.custom += [row for row in ours if row.kind == "tenant" and row not in parts.custom]
    parts.custom += [row for row in _of_spec(given.get("custom_schema_spec", {}), ours) if row not in parts.custom]
    return parts


def _named(by_id: dict[int, FragmentRow], number: int, wire_type: str) -> FragmentRow:
    row = by_id.get(number)
    if row is None or TYPES.get(row.kind) != wire_type:
        raise InvalidId("custom_schema_fragments", "no such schema fragment")
    return row


def _stock_row(by_id: dict[int, FragmentRow], number: int) -> FragmentRow:
    row = by_id.get(number)
    if row is None or row.kind != "stock":
        raise InvalidId("stock_schema_fragment", "no such stock schema fragment")
    return row


def _of_spec(spec: Json, ours: Sequence[FragmentRow]) -> list[FragmentRow]:
    wanted = [("subtype", spec["subtype"])] if "subtype" in spec else []
    wanted += [("app", app) for app in spec.get("apps", ())]
    found = []
    for kind, name in wanted:
        row = next((row for row in ours if row.kind == kind and name == (row.subtype if kind == "subtype" else row.app)), None)
        if row is None:
            path = f"custom_schema_spec.{'subtype' if kind == 'subtype' else 'apps'}"
            raise CustomFieldRefused("fragment_not_found", path, f"there is no {kind} {name!r}")
        found.append(row)
    return found


def _aggregate(parts: _Parts, definitions: Sequence[FieldDefinition]) -> Json:
    subtype = next((row for row in parts.custom if row.kind == "subtype"), None)
    shown: Json = {
        "leaf_type": parts.leaf_type,
        "is_custom_leaf_type": False,
        "apps": [row.app for row in parts.custom if row.kind == "app" and row.app],
        "custom_fields": [descriptor(one) for row in parts.custom for one in fields_of(row, definitions)],
        "custom_composite_schemas": [one for row in parts.custom for one in composites(row)],
        "stock_fields": [],
        "stock_composite_schemas": [],
    }
    return shown | (without_none({"subtype": subtype.subtype, "subtype_display_name": subtype.display_name}) if subtype else {})


FAMILY = Family(
    endpoints=(
        Endpoint(
            "/schemas.stock.get",
            get_stock,
            "Get a stock schema fragment",
            """
            id         text  The fragment.
            leaf_type  text      Instead of an id: the fragment of this leaf type.
            """,
            "fragment*  stock-fragment  The fragment.",
            example={"leaf_type": "conversation"},
            refuses=(404,),
        ),
        Endpoint(
            "/schemas.stock.list",
            list_stock,
            "List stock schema fragments",
            table(
                """
                leaf_type      [text]                                 Of any of these leaf types.
                filter_preset  <customizable_types_preset no_preset>  Only leaf types that can have custom fields; all here can.
                prune          [<composite_schemas fields>]           What to leave empty.
                """,
                PAGING,
                SORTING,
            ),
            table("result*  [stock-fragment]  The fragments.", CURSORS),
            example={"limit": 10},
        ),
        Endpoint(
            "/schemas.aggregated.get",
            get_aggregated,
            "Get everything that an object can have",
            """
            leaf_type                text                                   The leaf type; its stock and tenant fragments are taken.
            custom_schema_spec       read-schema-spec                       The subtype and apps; their fragments are taken.
            custom_schema_fragments  [id:TENANTFRAG/TYPEFRAG/APPFRAG](..100)  Fragments to take.
            stock_schema_fragment    text                                   The stock fragment to take.
            is_custom_leaf_type      bool                                   Custom objects are not supported yet.
            """,
            "schema*  aggregated-schema  What an object of these fragments can have.",
            example={"leaf_type": "conversation"},
            refuses=(404,),
        ),
    ),
)
