"""Definitions of custom attributes (contract 3.5): the tenant's own custom fields, which DevRev's schemas show too."""

from __future__ import annotations

from typing import Any

import msgspec

from ..actions import attribute_definitions as actions
from ..domain.attribute_types import NOUNS, TYPES, shown_type
from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.problems import InvalidEnumValue, NotFound
from ..reference.notation import shape
from ..store.attribute_definitions import ATTRIBUTE_DEFINITIONS, AttributeRow
from .encode_types import iso
from .endpoints import ACCOUNT, Call, Endpoint, Family
from .readers import Json, text

_ALL = f"{ACCOUNT}/custom_attribute_definitions"
_ONE = f"{_ALL}/{{id}}"
_COLUMNS = {
    "attribute_model": "noun",
    "attribute_key": "key",
    "attribute_display_name": "display_name",
    "attribute_display_type": "chatwoot_type",
    "attribute_description": "description",
    "attribute_values": "allowed_values",
    "default_value": "default_value",
    "regex_pattern": "regex_pattern",
    "regex_cue": "regex_cue",
}
_MODELS = tuple(f"{noun}_attribute" for noun in NOUNS)


async def list_attribute_definitions(call: Call) -> list[Json]:
    model = call.given.get("attribute_model")
    asked = {"namespace": TENANT_NAMESPACE, "nouns": NOUNS if model is None else [model]}
    return [_shown(one) for one in await ATTRIBUTE_DEFINITIONS.find(call.connection, call.tenant_id, asked)]


async def show_attribute_definition(call: Call) -> Json:
    return await _one(call, call.path["id"])


async def create_attribute_definition(call: Call) -> Json:
    return await _one(call, await actions.create_definition(call.context, call.principal, _values(call.given)))


async def update_attribute_definition(call: Call) -> Json:
    await actions.change_definition(call.context, call.principal, call.path["id"], _values(call.given))
    return await _one(call, call.path["id"])


async def delete_attribute_definition(call: Call) -> None:
    await actions.delete_definition(call.context, call.principal, call.path["id"])


def _values(given: Json) -> dict[str, Any]:
    return {_COLUMNS[name]: value for name, value in given.items()}


async def _one(call: Call, number: int) -> Json:
    found = await ATTRIBUTE_DEFINITIONS.find(call.connection, call.tenant_id, {"ids": [number], "namespace": TENANT_NAMESPACE})
    if not found:
        raise NotFound()
    return _shown(found[0])


def _shown(one: AttributeRow) -> Json:
    values = msgspec.json.decode(one.allowed_values)
    return {
        "id": one.id,
        "attribute_display_name": one.display_name,
        "attribute_display_type": shown_type(one.field_type, one.chatwoot_type),
        "attribute_description": one.description,
        "attribute_key": one.key,
        "regex_pattern": one.regex_pattern,
        "regex_cue": one.regex_cue,
        "attribute_values": [value["label"] if isinstance(value, dict) else value for value in values],
        "attribute_model": f"{one.noun}_attribute",
        "default_value": None if one.default_value is None else msgspec.json.decode(one.default_value),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
    }


def _read_word(path: str, value: Any) -> str:
    """A type or a model by its name, or by the number that stands for it."""
    word = text(path, value)
    names = TYPES if path.endswith("_type") else _MODELS
    if word.isdigit() and word.isascii() and int(word) < len(names):
        word = names[int(word)]
    if word not in names:
        raise InvalidEnumValue(path, word, names)
    return word.removesuffix("_attribute")


_MODEL = "attribute_model  text | int  conversation_attribute (0), contact_attribute (1) or company_attribute (2)."
_DETAILS = f"""
            {_MODEL}
            attribute_display_type  text | int  text (0), number (1), currency (2), percent (3), link (4), date (5),
              list (6) or checkbox (7).
            attribute_description   text?  What it is for.
            attribute_values        [text](..1000)  What a list may hold.
            default_value           any    What the original keeps and shows; nothing is filled in.
            regex_pattern           text?  What a client holds a text against.
            regex_cue               text?  What it says then.
            """

FAMILY = Family(
    endpoints=(
        Endpoint(
            "GET",
            _ALL,
            list_attribute_definitions,
            "List definitions of custom attributes",
            "[custom-attribute]",
            query=_MODEL,
            example={"attribute_model": "conversation_attribute"},
        ),
        Endpoint("GET", _ONE, show_attribute_definition, "Show a definition of a custom attribute", "custom-attribute", refuses=(404,)),
        Endpoint(
            "POST",
            _ALL,
            create_attribute_definition,
            "Define a custom attribute",
            "custom-attribute",
            text="The key is a custom field of the account's own on both wires: DevRev's schemas show it as `tnt__` and the key.",
            request=f"""
            attribute_key*           text(1..255)  Its key; unique for the model, and none of the model's standard attributes.
            attribute_display_name*  text(1..255)  What people read.
            {_DETAILS}""",
            example={"attribute_key": "order_id", "attribute_display_name": "Order", "attribute_display_type": "text"},
            wrap="custom_attribute_definition",
        ),
        Endpoint(
            "PATCH",
            _ONE,
            update_attribute_definition,
            "Change a definition of a custom attribute",
            "custom-attribute",
            text="Key, model and type stay while there are values.",
            request=f"""
            attribute_key           text(1..255)  Its key.
            attribute_display_name  text(1..255)  What people read.
            {_DETAILS}""",
            example={"attribute_display_name": "Order number"},
            wrap="custom_attribute_definition",
            refuses=(404,),
        ),
        Endpoint(
            "DELETE", _ONE, delete_attribute_definition, "Delete a definition of a custom attribute", "", status=204, refuses=(404,),
            text="The values stay where they are.",
        ),
    ),
    shapes=(
        shape(
            "custom-attribute",
            "What a custom attribute is.",
            """
            id*                      int64   Its number.
            attribute_display_name*  text    What people read.
            attribute_display_type*  <text number currency percent link date list checkbox>  What its values are.
            attribute_description*   text?   What it is for.
            attribute_key*           text    Its key in `custom_attributes`.
            regex_pattern*           text?   What a client holds a text against.
            regex_cue*               text?   What it says then.
            attribute_values*        [any]   What a list may hold.
            attribute_model*         <conversation_attribute contact_attribute company_attribute>  What has it.
            default_value*           any     What was given as its default.
            created_at*              time    When it was defined.
            updated_at*              time    When that was changed last.
            """,
        ),
    ),
    own={"text | int": _read_word},
)  # fmt: skip
