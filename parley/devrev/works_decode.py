"""From the bodies of works.* to what the actions set and what the store is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..actions.works import TagEdit, WorkWrite
from ..domain.custom_fields import split_wire_name
from ..domain.principals import Ref
from ..domain.problems import InvalidField, InvalidValue
from ..domain.works import WORK_KINDS, WorkKind
from ..store import conversations
from ..store.database import Connection
from . import dates
from .dons import Id
from .schema_specs import schema_spec

_NOUNS = {"dev_user": "user", "rev_user": "contact", "service_account": "bot", "sys_user": "bot"}
_TICKETS = {
    "account", "channels", "channels_v2", "group", "is_frozen", "is_spam", "needs_response", "rev_org", "sentiment",
    "sentiment_modified_date", "sentiment_summary", "severity", "source_channel", "source_channel_v2", "visibility",
}  # fmt: skip
_ISSUES = {"developed_with", "priority", "priority_v2", "target_start_date"}
_COLUMNS = {
    "title": "title", "body": "body", "external_ref": "external_ref", "is_spam": "is_spam", "is_frozen": "is_frozen",
    "needs_response": "needs_response", "sentiment": "sentiment", "sentiment_summary": "sentiment_summary",
    "sentiment_modified_date": "sentiment_modified_at", "severity": "severity", "source_channel": "source_channel",
    "visibility": "visibility", "target_start_date": "target_start_at", "target_close_date": "target_close_at",
}  # fmt: skip
_REFERENCES = {"account": "company_id", "rev_org": "workspace_id", "group": "team_id", "source_channel_v2": "inbox_id"}
_LATER = (
    "artifacts", "custom_schema_fragments", "is_archived", "opportunity", "sprint", "staged_info", "sync_metadata", "vista",
    "stage.id", "stage.stage", "stage.stages", "issue.accounts", "issue.group", "issue.rev_orgs", "issue.sla_summary", "issue.sprint",
    "ticket.brand", "ticket.sla_summary", "ticket.surveys",
)  # fmt: skip


def refuse_later(given: Mapping[str, Any], later: Iterable[str] = _LATER) -> None:
    """Raises InvalidValue for a field that is documented and not served yet."""
    for path in later:
        outer, _, inner = path.rpartition(".")
        inside = given.get(outer, {}) if outer else given
        if inner in inside:
            raise InvalidValue(path, f"{path} is not supported yet")


def kind_of(given: Mapping[str, Any]) -> WorkKind:
    """The kind that ``type`` names. Raises InvalidValue for those that are not there."""
    for kind in WORK_KINDS:
        if given["type"] == kind:
            return kind
    raise InvalidValue("type", f"type {given['type']} is not supported yet", allowed=WORK_KINDS)


def kind_of_id(one: Id) -> WorkKind:
    return "ticket" if one.type == "ticket" else "issue"


def write(kind: WorkKind, given: Mapping[str, Any]) -> WorkWrite:
    """What create and update set. Raises InvalidField for a field of the other kind."""
    refuse_later(given)
    other, fields = ("issue", _ISSUES) if kind == "ticket" else ("ticket", _TICKETS)
    for name in given:
        if name in fields:
            raise InvalidField(name, f"{name} is a field of {other}s")
    return WorkWrite(
        values=_values(given),
        part=_part(given["applies_to_part"]) if "applies_to_part" in given else None,
        owners=_refs(given, "owned_by"),
        reporters=_refs(given, "reported_by"),
        tags=_tags(given["tags"]) if "tags" in given else None,
        developed_with=_parts(given, "developed_with"),
        channel_ids=[one.number for one in given["channels_v2"]] if "channels_v2" in given else None,
        custom_fields=given.get("custom_fields"),
        schemas=schema_spec(given["custom_schema_spec"]) if "custom_schema_spec" in given else None,
    )


async def to_asked(connection: Connection, tenant_id: int, given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The store's filters. Raises InvalidValue for what cannot be asked yet, InvalidField for unknown custom fields."""
    refuse_later(given)
    asked: dict[str, Any] = {
        "kinds": _kinds(given),
        "stages": given.get("stage", {}).get("name"),
        "states": given.get("state"),
        "external_refs": given.get("external_ref"),
        "tags": numbers(given, "tags"),
        **{name: people(given, key) for name, key in _PEOPLE.items()},
        **ranges(given, _RANGES, now),
        **_ticket(given.get("ticket", {})),
        **_issue(given.get("issue", {}), now),
    }
    if "applies_to_part" in given:
        asked["parts"] = await part_numbers(connection, tenant_id, given["applies_to_part"])
    if "custom_fields" in given:
        asked["custom_fields"] = await custom_fields(connection, tenant_id, "work", given["custom_fields"])
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items()}


_PEOPLE = {"created_by": "created_by", "modified_by": "modified_by", "owners": "owned_by", "reporters": "reported_by"}
_RANGES = {"created": "created_date", "modified": "modified_date", "closed": "actual_close_date", "target_close": "target_close_date"}


def people(given: Mapping[str, Any], key: str) -> list[str] | None:
    """People as ``kind:id``; None where the field was not given."""
    return [str(ref(one)) for one in given[key]] if key in given else None


def ref(one: Id) -> Ref:
    if one.type == "sys_user" and one.number == 0:
        return Ref("system", 0)
    return Ref(_NOUNS[one.type], one.number)  # type: ignore[arg-type]


def numbers(given: Mapping[str, Any], key: str) -> list[int] | None:
    return [one.number for one in given[key]] if key in given else None


def ranges(given: Mapping[str, Any], fields: Mapping[str, str], now: datetime) -> dict[str, datetime | None]:
    """``<name>_after`` and ``<name>_before``; a range without bounds asks for any time at all."""
    asked: dict[str, datetime | None] = {}
    for name, key in fields.items():
        if key in given:
            bounds = given[key].range(now)
            asked[f"{name}_after"] = bounds.after or (None if bounds.before else dates.EARLIEST)
            asked[f"{name}_before"] = bounds.before
    return asked


async def part_numbers(connection: Connection, tenant_id: int, ids: Sequence[Id]) -> list[int]:
    """Parts of every kind share one number series: an id of the wrong kind names nothing."""
    found = await conversations.get_parts(connection, tenant_id, [one.number for one in ids])
    return [one.number for one in ids if one.number in found and found[one.number].kind == one.type]


async def custom_fields(connection: Connection, tenant_id: int, noun: str, asked: Mapping[str, Sequence[Any]]) -> str:
    """``[[namespace, key, [values]]]`` as JSON text. Raises InvalidField and InvalidValue for what cannot be asked."""
    found: dict[tuple[str, str], bool] = {}
    for one in await conversations.list_field_definitions(connection, tenant_id, noun):
        found[one.namespace, one.key] = found.get((one.namespace, one.key), False) or one.is_filterable
    wanted = []
    for name, values in asked.items():
        key, path = split_wire_name(name), f"custom_fields.{name}"
        if key is None or key not in found:
            raise InvalidField(path, f"{path}: there is no such custom field")
        if not found[key]:
            raise InvalidValue(path, f"{path}: this custom field is not filterable")
        wanted.append([*key, list(values)])
    return msgspec.json.encode(wanted).decode()


def _kinds(given: Mapping[str, Any]) -> list[str] | None:
    """Without ``type``, the kinds that are filtered; without those, all."""
    if "type" in given:
        return [kind_of({"type": one}) for one in given["type"]]
    return [kind for kind in WORK_KINDS if kind in given] or None


def _ticket(given: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: numbers(given, key) for name, key in _TICKET_IDS.items()}
    return {f"ticket_{name}": value for name, value in (asked | {n: given.get(key) for n, key in _TICKET_VALUES.items()}).items()}


_TICKET_IDS = {
    "companies": "account",
    "workspaces": "rev_org",
    "teams": "group",
    "channel_ids": "channels_v2",
    "inboxes": "source_channel_v2",
}
_TICKET_VALUES = {
    "channels": "channels", "severities": "severity", "source_channels": "source_channel", "subtypes": "subtype",
    "visibilities": "visibility", "is_spam": "is_spam", "is_frozen": "is_frozen", "needs_response": "needs_response",
}  # fmt: skip


def _issue(given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    fields = {"issue_started": "actual_start_date", "issue_target_start": "target_start_date"}
    asked: dict[str, Any] = {"issue_subtypes": given.get("subtype"), **ranges(given, fields, now)}
    levels = [{int(one[1]) for one in given["priority"]}] if "priority" in given else []
    levels += [{one - 1 for one in given["priority_v2"]}] if "priority_v2" in given else []
    if levels:
        asked["issue_priorities"] = sorted(set.intersection(*levels) & set(range(4)))
    return asked


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {column: given[key] for key, column in _COLUMNS.items() if key in given}
    for key, column in _REFERENCES.items():
        if key in given:
            values[column] = None if given[key] is None else given[key].number
    if "channels" in given and (channels := _set_of(given["channels"])) is not None:
        values["channels"] = list(channels)
    levels = {int(given["priority"][1])} if "priority" in given else set()
    levels |= {given["priority_v2"] - 1} if "priority_v2" in given else set()
    if len(levels) > 1:
        raise InvalidValue("priority_v2", "priority and priority_v2 say different things")
    if name := given.get("stage", {}).get("name"):
        values["stage"] = name
    return values | ({"priority": levels.pop()} if levels else {})


def _set_of(given: Any) -> Sequence[Any] | None:
    """A list as create takes it, or the ``set`` of an update; None where there is neither."""
    return given.get("set") if isinstance(given, Mapping) else given


def _refs(given: Mapping[str, Any], key: str) -> list[Ref] | None:
    people = _set_of(given.get(key))
    return None if people is None else [ref(one) for one in people]


def _parts(given: Mapping[str, Any], key: str) -> list[tuple[str, int]] | None:
    parts = _set_of(given.get(key))
    return None if parts is None else [_part(one) for one in parts]


def _part(one: Id) -> tuple[str, int]:
    return one.type, one.number


def _tags(given: Any) -> TagEdit | None:
    if not given and isinstance(given, Mapping):
        return None
    if not isinstance(given, Mapping):
        return TagEdit(replace=_with_values(given))
    replace = _with_values(given["set"]) if "set" in given else None
    return TagEdit(replace, _with_values(given.get("add", ())), [one["id"].number for one in given.get("remove", ())])


def _with_values(given: Iterable[Mapping[str, Any]]) -> dict[int, str | None]:
    return {one["id"].number: one.get("value") for one in given}
