"""schemas.custom.*: the custom fields of a leaf type, its subtypes and its apps (contract 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..actions import schemas as actions
from ..actions.schemas import NewFragment, fields_of
from ..domain.conversations import FieldDefinition
from ..domain.leaf_types import NOUNS
from ..domain.problems import InvalidField, InvalidValue, MissingField, NotFound
from ..reference.notation import table
from ..store import conversations
from ..store.database import Connection
from ..store.schemas import FRAGMENTS, FragmentRow
from .encode_schemas import KINDS, TYPES, fragment
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, people_of
from .reference.schemas import SHAPES

_OF_KIND = {
    "app": {"app", "app_display_name"},
    "subtype": {"subtype", "subtype_display_name", "stage_diagram", "stock_field_overrides", "path"},
    "tenant": {"id_prefix", "stock_field_overrides"},
}
_NOT_YET = ("conditions", "id_prefix", "path", "stock_field_overrides")


async def set_fragment(call: Call) -> Json:
    given = call.given
    kind = KINDS[given["type"]]
    _check(given, kind)
    deprecated = given.get("is_deprecated", given.get("deprecated"))
    new = NewFragment(
        kind=kind,
        leaf_type=given["leaf_type"],
        name=given.get(kind),
        description=given["description"],
        display_name=given.get(f"{kind}_display_name"),
        is_deprecated=deprecated,
        composites=given.get("composite_schemas"),
        fields=given.get("fields"),
        deleted=frozenset(given.get("deleted_fields", ())),
        stage_diagram_id=given["stage_diagram"].number if "stage_diagram" in given else None,
    )
    number = await actions.set_fragment(call.context, call.principal, new)
    return {"id": call.names.don(TYPES[kind], number)}


def _check(given: Json, kind: str) -> None:
    """What belongs to another type of fragment is an unknown field here. Raises BadInput problems naming the field."""
    for key in set().union(*_OF_KIND.values()) - _OF_KIND[kind]:
        if key in given:
            raise InvalidField(key, f"a {given['type']} has no {key}")
    for key in _NOT_YET:
        if given.get(key):
            raise InvalidValue(key, f"{key} is not supported yet")
    if given.get("is_custom_leaf_type"):
        raise InvalidValue("is_custom_leaf_type", "custom objects are not supported yet")
    if given.get("deprecated", given.get("is_deprecated")) != given.get("is_deprecated", given.get("deprecated")):
        raise InvalidValue("deprecated", "deprecated and is_deprecated say the opposite")
    if kind != "tenant" and kind not in given:
        raise MissingField(kind, f"{kind} is required")


async def get_fragment(call: Call) -> Json:
    asked = call.given["id"]
    row = await find_row(call, FRAGMENTS, asked.number, "schema fragment")
    if TYPES.get(row.kind) != asked.type:
        raise NotFound("no such schema fragment")
    return {"fragment": (await _encode(call, [row]))[0]}


async def list_fragments(call: Call) -> Json:
    given = call.given
    asked: dict[str, Any] = {
        "kinds": [KINDS[one] for one in given.get("types") or TYPES.values()],
        "leaf_types": list(given.get("leaf_type") or ()) or None,
        "subtypes": given.get("subtype") or None,
        "apps": given.get("app") or None,
        "is_deprecated": given.get("is_deprecated", given.get("deprecated")),
    }
    if given.get("is_custom_leaf_type"):
        asked["leaf_types"] = []
    rows, cursors = await list_page(call, FRAGMENTS, asked)
    return {"result": await _encode(call, rows, with_fields="fields" not in given.get("prune", ())), **cursors}


async def definitions_by_noun(connection: Connection, tenant_id: int, rows: Sequence[FragmentRow]) -> dict[str, list[FieldDefinition]]:
    """Every custom field of the nouns that these fragments are for."""
    nouns = {NOUNS[row.leaf_type] for row in rows if row.leaf_type in NOUNS}
    return {noun: await conversations.list_field_definitions(connection, tenant_id, noun) for noun in sorted(nouns)}


async def _encode(call: Call, rows: Sequence[FragmentRow], *, with_fields: bool = True) -> list[Json]:
    people = await people_of(call, rows)
    definitions = await definitions_by_noun(call.connection, call.tenant_id, rows) if with_fields else {}
    return [fragment(call.names, row, fields_of(row, definitions[NOUNS[row.leaf_type]]) if with_fields else None, people) for row in rows]


FAMILY = Family(
    endpoints=(
        Endpoint(
            "/schemas.custom.set",
            set_fragment,
            "Make or change a schema fragment",
            """
            type*  <app_fragment custom_type_fragment tenant_fragment>  Fields of everything of the leaf type, of a subtype, or of an app.
            leaf_type*             text                        What carries the fields: conversation, ticket, account ...
            description*           text(..65536)               What it is for.
            fields                 [set-schema-field](..1000)  All of its fields; absent: they stay.
            deleted_fields         [text](..1000)              Fields to drop, with every value that objects have of them.
            composite_schemas      [set-composite-schema](..1000)  All of its composite types; absent: they stay.
            subtype                text(1..64)                 Of a custom_type_fragment: the subtype.
            subtype_display_name   text(..256)                 What people call the subtype.
            stage_diagram          id:DIAGRAM                  The stage diagram of the subtype.
            app                    text(1..64)                 Of an app_fragment: the app, and the namespace of its fields.
            app_display_name       text(..256)                 What people call the app.
            deprecated             bool                        The older name of `is_deprecated`.
            is_deprecated          bool                        Nothing new may take it on.
            is_custom_leaf_type    bool                        Custom objects are not supported yet.
            conditions             [object]                    Not supported yet.
            id_prefix              text                        Not supported yet.
            path                   [object]                    Not supported yet.
            stock_field_overrides  [object]                    Not supported yet.
            """,
            "id*  don  The fragment.",
            text="A fragment changes in place and keeps its id.",
            example={
                "type": "tenant_fragment",
                "leaf_type": "account",
                "description": "Ours",
                "fields": [{"name": "region", "field_type": "enum", "allowed_values": ["emea", "apac"]}],
            },
            is_write=True,
            access="administrators",
            status=201,
            refuses=(409,),
        ),
        Endpoint(
            "/schemas.custom.get",
            get_fragment,
            "Get a schema fragment",
            """
            id*                    id:TENANTFRAG/TYPEFRAG/APPFRAG  The fragment.
            include_sync_metadata  bool                            Accepted; fragments are never imported as such.
            """,
            "fragment*  schema-fragment  The fragment.",
            example={"id": "TENANTFRAG-2"},
            refuses=(404,),
        ),
        Endpoint(
            "/schemas.custom.list",
            list_fragments,
            "List schema fragments",
            table(
                """
                types                  [<app_fragment custom_type_fragment tenant_fragment>]  Of any of these types.
                leaf_type              [text]      Of any of these leaf types.
                subtype                [text]      Of any of these subtypes.
                app                    [text]      Of any of these apps.
                deprecated             bool        The older name of `is_deprecated`.
                is_deprecated          bool        Only deprecated ones, or only others.
                is_custom_leaf_type    bool        Only those of custom objects.
                include_sync_metadata  bool        Accepted; fragments are never imported as such.
                prune                  [<fields>]  What to leave out.
                """,
                PAGING,
                SORTING,
            ),
            table("result*  [schema-fragment]  The fragments.", CURSORS),
            example={"limit": 10},
        ),
    ),
    shapes=SHAPES,
)
