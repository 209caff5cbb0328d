"""schemas.subtypes.*: which subtypes there are, and what changing an object's subtype would do (contract 2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..actions.schemas import fields_of
from ..actions.stage_diagrams import check_leaf_type
from ..domain.conversations import Conversation, FieldDefinition
from ..domain.custom_fields import SUBTYPE_NAMESPACE, wire_name
from ..domain.filters import ConversationFilter
from ..domain.leaf_types import NOUNS
from ..domain.problems import CustomFieldRefused, InvalidValue, NotFound
from ..store import conversations
from ..store.order import DEFAULT_KEYSET
from ..store.schemas import FRAGMENTS, FragmentRow
from ..store.stage_diagrams import find_diagram, list_nodes
from .encode_people import without_none
from .encode_schemas import TYPES
from .endpoints import Call, Endpoint, Family, Json


async def list_subtypes(call: Call) -> Json:
    wanted = [*call.given.get("leaf_types", ()), *([call.given["leaf_type"]] if "leaf_type" in call.given else [])]
    asked = {"kinds": ["subtype"], "leaf_types": wanted or None}
    rows = await FRAGMENTS.find(call.connection, call.tenant_id, asked)
    return {"subtypes": [_subtype(call, row) for row in rows]}


def _subtype(call: Call, row: FragmentRow) -> Json:
    shown = {"value": row.subtype, "leaf_type": row.leaf_type, "fragment_id": call.names.don("custom_type_fragment", row.id)}
    return shown | without_none({"display_name": row.display_name})


async def prepare_update(call: Call) -> Json:
    """What the object would gain and lose; nothing is changed."""
    leaf_type, new = call.given["leaf_type"], call.given.get("new_subtype")
    check_leaf_type(leaf_type)
    if call.given.get("is_custom_leaf_type"):
        raise InvalidValue("is_custom_leaf_type", "custom objects are not supported yet")
    fragments = await FRAGMENTS.find(call.connection, call.tenant_id, {"leaf_types": [leaf_type]})
    target = next((row for row in fragments if row.kind == "subtype" and row.subtype == new), None)
    if new is not None and target is None:
        raise CustomFieldRefused("fragment_not_found", "new_subtype", f"there is no subtype {new!r}")
    was = await _object(call, leaf_type)
    stored: Mapping[str, Any] = msgspec.json.decode(was.custom_fields) if was else {}
    definitions = await conversations.list_field_definitions(call.connection, call.tenant_id, NOUNS[leaf_type])
    coming = {one.key: one for one in fields_of(target, definitions)} if target else {}
    old = {one.key: one for one in definitions if was and one.namespace == SUBTYPE_NAMESPACE and one.subtype == was.subtype}
    own = stored.get(SUBTYPE_NAMESPACE, {})
    dropped = {} if was and was.subtype == new else _dropped(own, old, coming)
    answer = {
        "added_fields": _added(coming, set(own) - set(dropped)),
        "dropped_fields": list(dropped.values()),
        "new_custom_schema_fragments": _fragments(call, fragments, target, stored),
    }
    return answer | await _start_stage(call, leaf_type, was.subtype if was else None, new)


async def _object(call: Call, leaf_type: str) -> Conversation | None:
    """The conversation that is asked about. Raises NotFound when the caller sees none."""
    if "object" not in call.given:
        return None
    if leaf_type != "conversation":
        raise InvalidValue("object", "object is not supported yet for this leaf type")
    asked = ConversationFilter(numbers=(call.given["object"].number,))
    numbers = await conversations.list_numbered_page(call.connection, call.principal, asked, DEFAULT_KEYSET, limit=1)
    if not numbers:
        raise NotFound("no such conversation")
    return (await conversations.get_conversations(call.connection, call.tenant_id, numbers))[0]


def _added(coming: Mapping[str, FieldDefinition], kept: set[str]) -> list[Json]:
    return [
        {"name": wire_name(SUBTYPE_NAMESPACE, key), "default_value": msgspec.Raw(one.default_value)}
        for key, one in coming.items()
        if one.default_value is not None and key not in kept
    ]


def _dropped(own: Mapping[str, Any], old: Mapping[str, FieldDefinition], coming: Mapping[str, FieldDefinition]) -> dict[str, Json]:
    """The values that do not go along, by key: as the write itself decides (``actions/custom_fields.py``)."""
    found = {}
    for key in own:
        if key not in coming:
            kind, message = "absent_in_new", "the new subtype has no such field"
        elif key not in old:
            kind, message = "absent_in_old", "the present subtype has no such field"
        elif old[key].field_type != coming[key].field_type:
            kind, message = "incompatible_type", f"{old[key].field_type} cannot become {coming[key].field_type}"
        else:
            continue
        found[key] = {"name": wire_name(SUBTYPE_NAMESPACE, key), "conflict_type": kind, "message": message}
    return found


def _fragments(call: Call, fragments: Sequence[FragmentRow], target: FragmentRow | None, stored: Mapping[str, Any]) -> list[str]:
    chosen = [row for row in fragments if row.kind == "tenant" or (row.kind == "app" and row.app in stored)]
    return [call.names.don(TYPES[row.kind], row.id) for row in [*chosen, *([target] if target else [])]]


async def _start_stage(call: Call, leaf_type: str, old: str | None, new: str | None) -> Json:
    """The start of the new diagram, where the subtype brings another one."""
    before = await find_diagram(call.connection, call.tenant_id, leaf_type, old)
    after = await find_diagram(call.connection, call.tenant_id, leaf_type, new)
    if after is None or after == before:
        return {}
    start = next((node for node in await list_nodes(call.connection, call.tenant_id, [after]) if node.is_start), None)
    return {"new_start_stage": call.names.don("custom_stage", start.stage_id)} if start else {}


FAMILY = Family(
    endpoints=(
        Endpoint(
            "/schemas.subtypes.list",
            list_subtypes,
            "List subtypes",
            """
            leaf_types  [text]  Of any of these leaf types; of all when absent.
            leaf_type   text    The older way to name one.
            """,
            "subtypes*  [subtype]  The subtypes.",
            example={"leaf_types": ["conversation"]},
        ),
        Endpoint(
            "/schemas.subtypes.prepare-update",
            prepare_update,
            "See what another subtype would do",
            """
            leaf_type*           text              What the object is.
            object  id:CONV/TKT/ISS/ACC/REV/REVU/DEVU/PROD/CAPL/FEAT/ENH  The object; only conversations yet.
            new_subtype          text              Its subtype to be; absent: none.
            is_custom_leaf_type  bool              Custom objects are not supported yet.
            """,
            """
            added_fields                 [added-field]    Fields that come with a default value.
            dropped_fields               [dropped-field]  Values that go.
            new_custom_schema_fragments  [don]            The custom fragments that the object will have.
            new_start_stage              don              Where its new stage diagram starts, when it gets another.
            """,
            example={"leaf_type": "conversation"},
            get=False,
            refuses=(404,),
        ),
    ),
)
