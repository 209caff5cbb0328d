"""The event of a change: what happened, with typed old and new values (contract 1.4, timeline_change_event).

Only the sub-object that the event's type names is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..domain.conversations import FieldDefinition
from ..domain.custom_fields import wire_name
from ..domain.messages import Entry
from .dons import Dons
from .encode_atoms import don, expand
from .encode_people import Json
from .page import Page

# The stock fields that a change can name, as their descriptors tell them.
_TEXT = {"field_type": "text"}
_FLAG = {"field_type": "bool"}
_PEOPLE = {"field_type": "array", "base_type": "id", "id_type": ["dev_user", "service_account", "sys_user"]}
STOCK: dict[str, Json] = {
    "account": {"field_type": "id", "id_type": ["account"]},
    "applies_to_parts": {"field_type": "array", "base_type": "id", "id_type": ["part"]},
    "brand": {"field_type": "id", "id_type": ["brand"]},
    "channels": {"field_type": "array", "base_type": "id", "id_type": ["external_communication_channel"]},
    "description": {"field_type": "rich_text"},
    "group": {"field_type": "id", "id_type": ["group"]},
    "is_creator_verified": _FLAG,
    "is_frozen": _FLAG,
    "is_spam": _FLAG,
    "members": {**_PEOPLE, "id_type": ["dev_user", "rev_user", "service_account", "sys_user"]},
    "metadata.url_context": _TEXT,
    "owned_by": _PEOPLE,
    "owned_by_agent": {"field_type": "id", "id_type": ["ai_agent"]},
    "rev_org": {"field_type": "id", "id_type": ["rev_org"]},
    "sentiment": {"field_type": "int"},
    "sentiment_modified_date": {"field_type": "timestamp"},
    "sentiment_summary": _TEXT,
    "source_channel": _TEXT,
    "source_channel_v2": {"field_type": "id", "id_type": ["external_communication_channel"]},
    "subtype": _TEXT,
    "tags": {"field_type": "array", "base_type": "text"},
    "title": _TEXT,
}
# What a field is taken for when nothing else describes it, by the type of its values.
_BY_VALUE = {
    "bool": "bool",
    "composite": "composite",
    "date": "date",
    "date_time": "timestamp",
    "double": "double",
    "id": "id",
    "int": "int",
    "stage": "text",
    "string": "text",
    "tag_summary": "id",
}


class Events:
    """Encodes the events of one page's changes."""

    def __init__(self, page: Page, names: Dons) -> None:
        self._page = page
        self._names = names
        self._fields: dict[str, Json] | None = None

    def event(self, entry: Entry) -> Json:
        stored: Mapping[str, Any] = msgspec.json.decode(entry.event) if entry.event else {}
        kind = entry.event_type or "annotated"
        build = _SHAPES.get(kind)
        return {"type": kind} | (build(self, entry, stored) if build else {})

    def _created(self, entry: Entry, stored: Mapping[str, Any]) -> Json:
        """Without an object it tells of the conversation itself."""
        itself = {"type": "conversation", "id": f"conversation:{entry.conversation_number}"}
        return {"created": {"object": expand(self._names, stored.get("object", itself))}}

    def _deleted(self, entry: Entry, stored: Mapping[str, Any]) -> Json:
        return {"deleted": {"object_id": don(self._names, stored["object_id"])} if "object_id" in stored else {}}

    def _linked(self, entry: Entry, stored: Mapping[str, Any]) -> Json:
        return {"linked": {"link": expand(self._names, stored["link"])} if "link" in stored else {}}

    def _updated(self, entry: Entry, stored: Mapping[str, Any]) -> Json:
        deltas = [self._delta(delta) for delta in stored.get("deltas", ())]
        return {"updated": {"object_type": "conversation", "field_deltas": deltas}}

    def _delta(self, stored: Mapping[str, Any]) -> Json:
        name, old, new = stored["field"], stored.get("old"), stored.get("new")
        delta: Json = {"name": name, "field_descriptor": self._descriptor(name, new or old)}
        for key, value in (("old_value", old), ("new_value", new)):
            if value is not None:
                delta[key] = field_value(self._names, value)
        return delta

    def _descriptor(self, name: str, value: Mapping[str, Any] | None) -> Json:
        if self._fields is None:
            custom = {wire_name(d.namespace, d.key): descriptor(d) for d in self._page.definitions}
            self._fields = custom | {"stage": self._stage_descriptor()}
        known = self._fields.get(name) or STOCK.get(name) or _from_value(value)
        return {"name": name, **known}

    def _stage_descriptor(self) -> Json:
        return {"field_type": "enum", "allowed_values": [stage.name for stage in self._page.schema.stages.values()]}


_SHAPES: dict[str, Callable[[Events, Entry, Mapping[str, Any]], Json]] = {
    "created": Events._created,
    "deleted": Events._deleted,
    "linked": Events._linked,
    "updated": Events._updated,
}


def descriptor(definition: FieldDefinition) -> Json:
    """A custom field as its definition describes it; a field type that ends in ``_list`` is an array here."""
    name = wire_name(definition.namespace, definition.key)
    base_type, is_list = definition.field_type.removesuffix("_list"), definition.field_type.endswith("_list")
    found: Json = {"field_type": "array", "base_type": base_type} if is_list else {"field_type": base_type}
    found |= {
        "name": name,
        "is_filterable": definition.is_filterable,
        "is_immutable": definition.is_immutable,
        "is_pii": definition.is_pii,
        "is_required": definition.is_required,
        "mfz": msgspec.Raw(definition.mfz),
        "oasis": msgspec.Raw(definition.oasis),
        "ui": {"display_name": definition.display_name} | msgspec.json.decode(definition.ui),
    }
    found |= {"description": definition.description} if definition.description is not None else {}
    found |= {"origin": definition.origin} if definition.origin is not None else {}
    found |= {"default_value": msgspec.Raw(definition.default_value)} if definition.default_value is not None else {}
    if base_type in ("enum", "uenum"):
        found["allowed_values"] = msgspec.Raw(definition.allowed_values)
    found |= msgspec.json.decode(definition.constraints)
    return found


def field_value(names: Dons, value: Mapping[str, Any]) -> Json:
    """A stored typed value with its ids as DONs."""
    shown = dict(value)
    kind = value["type"]
    if kind == "id":
        shown["value"] = don(names, value["value"])
    elif kind == "id_list":
        shown["values"] = [don(names, one) for one in value["values"]]
    elif kind == "tag_summary":
        shown["tag_id"] = don(names, value["tag_id"])
    elif kind == "tag_summary_list":
        shown["values"] = [{**one, "tag_id": don(names, one["tag_id"])} for one in value["values"]]
    elif kind == "composite":
        shown["fields"] = {key: field_value(names, one) for key, one in value["fields"].items()}
    return shown


def _from_value(value: Mapping[str, Any] | None) -> Json:
    kind = str(value["type"]) if value else ""
    if kind.endswith("_list"):
        return {"field_type": "array", "base_type": _BY_VALUE.get(kind.removesuffix("_list"), "text")}
    return {"field_type": _BY_VALUE.get(kind, "unknown")}
