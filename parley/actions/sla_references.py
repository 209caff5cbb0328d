"""What an SLA's policies name must be there, and fit to be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.custom_fields import split_wire_name
from ..domain.principals import SYSTEM
from ..domain.problems import InvalidField, InvalidId, InvalidValue
from ..domain.service_levels import Reference
from ..store import conversations
from ..store.database import Connection
from ..store.metric_definitions import METRICS
from ..store.slas import Known, list_known


async def check_references(connection: Connection, tenant_id: int, references: Sequence[Reference]) -> None:
    """Raises InvalidId for what is not there, InvalidValue for a metric or schedule that cannot be used."""
    metrics = [one for one in references if one.noun == "metric_definition"]
    others = [one for one in references if one.noun != "metric_definition" and (one.noun, one.id) != (SYSTEM.kind, SYSTEM.id)]
    await _check_metrics(connection, tenant_id, metrics)
    found = await list_known(connection, tenant_id, [(one.noun, one.id) for one in others]) if others else []
    known = {(one.noun, one.id): one for one in found}
    for reference in others:
        _check(reference, known.get((reference.noun, reference.id)))


async def check_selected_fields(connection: Connection, tenant_id: int, policies: Sequence[Mapping[str, Any]]) -> None:
    """Raises InvalidField for a custom field that conversations do not have; other objects' fields are taken as given."""
    definitions = await conversations.list_field_definitions(connection, tenant_id, "conversation")
    known = {(one.namespace, one.key) for one in definitions}
    for place, policy in enumerate(policies):
        selector = policy["selector"]
        for name in selector.get("custom_fields", ()) if selector["applies_to"] == "conversation" else ():
            if split_wire_name(name) not in known:
                field = f"policies[{place}].selector.custom_fields.{name}"
                raise InvalidField(field, f"{field}: conversations have no such custom field")


async def _check_metrics(connection: Connection, tenant_id: int, references: Sequence[Reference]) -> None:
    found = await METRICS.get(connection, tenant_id, [one.id for one in references])
    for reference in references:
        metric = found.get(reference.id)
        if metric is None:
            raise InvalidId(reference.field, "there is no such metric")
        if metric.status != "active":
            raise InvalidValue(reference.field, "the metric is inactive: new SLAs cannot use it")
        if reference.kind not in metric.applies_to:
            raise InvalidValue(reference.field, f"the metric does not apply to {reference.kind}")


def _check(reference: Reference, found: Known | None) -> None:
    if found is None or (reference.kind is not None and reference.kind != found.kind):
        raise InvalidId(reference.field, f"there is no such {reference.noun.replace('_', ' ')}")
    if found.status == "archived":
        raise InvalidValue(reference.field, "the schedule is archived")
