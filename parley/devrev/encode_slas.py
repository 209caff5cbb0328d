"""SLAs on this wire, with all that their policies name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ..domain.conversations import Part, Tag
from ..domain.people import Team, Workspace
from ..domain.principals import Ref
from ..domain.service_levels import things_named
from ..store import conversations, people
from ..store.metric_definitions import METRICS, MetricRow
from ..store.org_schedules import SCHEDULES, ScheduleRow
from ..store.slas import SlaRow
from .dons import Dons
from .encode_people import People, group, without_none
from .encode_sla import org_schedule
from .endpoints import Call, Json
from .lists import people_of, stamps

_AS_GIVEN = ("applies_to", "custom_fields", "priority", "severity", "source_channel", "stage_name", "subtype", "ticket_source_channel")


@dataclass(frozen=True, slots=True)
class _Named:
    """What the policies of a page of SLAs name, by id."""

    names: Dons
    people: People
    metrics: Mapping[int, MetricRow]
    schedules: Mapping[int, ScheduleRow]
    tags: Mapping[int, Tag]
    parts: Mapping[int, Part]
    teams: Mapping[int, Team]
    workspaces: Mapping[int, Workspace]


async def encode_slas(call: Call, rows: Sequence[SlaRow]) -> list[Json]:
    policies = [msgspec.json.decode(row.policies) for row in rows]
    named = await _load(call, rows, policies)
    return [_sla(named, row, of_one) for row, of_one in zip(rows, policies, strict=True)]


def sla_summary(names: Dons, row: SlaRow) -> Json:
    return {**names.ids("sla", row.id), "name": row.name, "sla_type": row.sla_type, "status": row.status}


async def _load(call: Call, rows: Sequence[SlaRow], policies: Sequence[Any]) -> _Named:
    every = [policy for of_one in policies for policy in of_one]
    ids: dict[str, list[int]] = {}
    for noun, number in things_named(every, None):
        ids.setdefault(noun, []).append(number)
    connection, tenant_id = call.connection, call.tenant_id
    parts = await conversations.get_parts(connection, tenant_id, ids.get("part", ()))
    owners = [Ref("user", user_id) for part in parts.values() for user_id in part.owner_ids]
    return _Named(
        names=call.names,
        people=await people_of(call, rows, [*owners, *_owners(every)]),
        metrics=await METRICS.get(connection, tenant_id, ids.get("metric_definition", ())),
        schedules=await SCHEDULES.get(connection, tenant_id, ids.get("org_schedule", ())),
        tags=await conversations.get_tags(connection, tenant_id, ids.get("tag", ())),
        parts=parts,
        teams=await people.get_teams(connection, tenant_id, ids.get("team", ()), None),
        workspaces=await people.get_workspaces(connection, tenant_id, ids.get("workspace", ())),
    )


def _owners(policies: Iterable[Json]) -> Iterable[Ref]:
    for policy in policies:
        selector = policy["selector"]
        for text in (*selector.get("owners", ()), *selector.get("issue_selector", {}).get("owners", ())):
            yield Ref.parse(text)


def _sla(named: _Named, row: SlaRow, policies: Sequence[Json]) -> Json:
    shown = sla_summary(named.names, row) | {"policies": [_policy(named, one) for one in policies]}
    if row.account_selector is not None:
        shown["account_filter"] = _accounts(named.names, msgspec.json.decode(row.account_selector))
    return shown | without_none({"description": row.description, "evaluation_period": row.evaluation_period}) | stamps(row, named.people)


def _policy(named: _Named, policy: Json) -> Json:
    metrics = [_metric(named, one) for one in policy["metrics"]]
    return {"name": policy["name"], "selector": _selector(named, policy["selector"]), "metrics": metrics}


def _selector(named: _Named, selector: Json) -> Json:
    shown = {key: selector[key] for key in _AS_GIVEN if key in selector}
    for key, show in _SHOWN.items():
        if key in selector:
            shown[key] = [show(named, number) for number in selector[key]]
    if "issue_selector" in selector:
        shown["issue_selector"] = _selector(named, selector["issue_selector"])
    return shown


def _metric(named: _Named, metric: Json) -> Json:
    definition, names = named.metrics[metric["metric_id"]], named.names
    shown = {"metric": {**names.ids("metric_definition", definition.id), "name": definition.name}, "target": metric["target"]}
    if "org_schedule_id" in metric:
        row = named.schedules[metric["org_schedule_id"]]
        shown["org_schedule"] = org_schedule(
            names, row.id, name=row.name, status=row.status, timezone=row.timezone, valid_until=row.valid_until
        )
    return shown | {key: metric[key] for key in ("warning_target", "performance") if key in metric}


def _owner(named: _Named, text: str) -> object:
    ref = Ref.parse(text)
    return named.people.person(ref.kind, ref.id)


def _tag(named: _Named, number: int) -> Json:
    tag = named.tags[number]
    return {**named.names.ids("tag", tag.id), "name": tag.name, "style_new": {"color": tag.color}}


def _part(named: _Named, number: int) -> Json:
    part = named.parts[number]
    owners = named.people.several(Ref("user", user_id) for user_id in part.owner_ids)
    return {"type": part.kind, **named.names.ids(part.kind, part.id), "name": part.name, "owned_by": owners}


def workspace_summary(names: Dons, number: int, workspace: Workspace | None) -> Json:
    """One who is not there has a type and an id."""
    name = {"display_name": workspace.name} if workspace is not None else {}
    return {"type": "rev_org", **names.ids("rev_org", number), **name}


_SHOWN: dict[str, Callable[[_Named, Any], object]] = {
    "groups": lambda named, number: group(named.names, named.teams[number]),
    "owners": _owner,
    "parts": _part,
    "rev_orgs": lambda named, number: workspace_summary(named.names, number, named.workspaces.get(number)),
    "tags": _tag,
}


def _accounts(names: Dons, selector: Json) -> Json:
    """As it was asked for, with DONs."""
    shown = dict(selector)
    for key, kind in (("stage", "custom_stage"), ("tags", "tag")):
        if key in selector:
            shown[key] = [names.don(kind, number) for number in selector[key]]
    for key in ("created_by", "owned_by"):
        if key in selector:
            shown[key] = [_person_don(names, Ref.parse(text)) for text in selector[key]]
    return shown


def _person_don(names: Dons, ref: Ref) -> str:
    kinds = {"user": "dev_user", "contact": "rev_user", "bot": "service_account", "system": "sys_user"}
    return names.don(kinds[ref.kind], ref.id)
