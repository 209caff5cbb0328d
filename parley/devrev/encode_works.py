"""Tickets and issues as DevRev shows them. Absent values are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from ..domain import custom_fields
from ..domain.conversations import Part, Tag
from ..domain.people import Company, Team, Workspace
from ..domain.principals import Ref
from ..domain.stages import STOCK_STATES
from ..domain.works import find_stage
from ..store import conversations
from ..store import people as store_people
from ..store.works import WorkRow
from . import dates
from .dons import Dons
from .encode_conversations import SENTIMENTS
from .encode_people import People, account, group, without_none
from .endpoints import Json
from .lists import people_of, stamps
from .viewer import Viewer

_STATES = {state.name: state for state in STOCK_STATES}
_STATE_WORDS = {"open": "Open", "in_progress": "In progress", "closed": "Closed"}
_VISIBILITIES = {1: "internal", 2: "external"}


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Everything that a page of works refers to, by id."""

    names: Dons
    people: People
    parts: dict[int, Part]
    tags: dict[int, Tag]
    companies: dict[int, Company]
    workspaces: dict[int, Workspace]
    teams: dict[int, Team]


async def load(viewer: Viewer, rows: Sequence[WorkRow]) -> WorkPage:
    connection, tenant_id = viewer.connection, viewer.tenant_id
    parts = await conversations.get_parts(connection, tenant_id, {part for row in rows for part in (row.part_id, *row.developed_with)})
    people = [Ref.parse(text) for row in rows for text in (*row.owners, *row.reporters)]
    people += [Ref("user", user_id) for part in parts.values() for user_id in part.owner_ids]
    return WorkPage(
        names=viewer.names,
        people=await people_of(viewer, rows, people),
        parts=parts,
        tags=await conversations.get_tags(connection, tenant_id, {tag for row in rows for tag in row.tag_ids}),
        companies=await store_people.get_companies(connection, tenant_id, _given(row.company_id for row in rows)),
        workspaces=await store_people.get_workspaces(connection, tenant_id, _given(row.workspace_id for row in rows)),
        teams=await store_people.get_teams(connection, tenant_id, _given(row.team_id for row in rows), viewer.principal.user_id),
    )


async def encode(viewer: Viewer, rows: Sequence[WorkRow]) -> list[Json]:
    page = await load(viewer, rows)
    return [work(page, row) for row in rows]


def work(page: WorkPage, row: WorkRow) -> Json:
    """A ticket or an issue in full."""
    shown = summary(page, row) | {
        "stage": stage(page.names, row),
        "reported_by": page.people.several(map(Ref.parse, row.reporters)),
        "tags": tags(page.names, page.tags, row.tag_ids, row.tag_values),
        **without_none({"body": row.body, "external_ref": row.external_ref, "subtype": row.subtype}),
        **times({"target_close_date": row.target_close_at, "actual_close_date": row.closed_at}),
        **custom(row.custom_fields),
        **stamps(row, page.people),
    }
    if row.part_id in page.parts:
        shown["applies_to_part"] = part(page.names, page.people, page.parts[row.part_id])
    return shown | (_ticket(page, row) if row.kind == "ticket" else _issue(page, row))


def summary(page: WorkPage, row: WorkRow) -> Json:
    """What a link shows of a work."""
    shown: Json = {
        "type": row.kind,
        **page.names.ids(row.kind, row.number),
        "title": row.title,
        "owned_by": page.people.several(map(Ref.parse, row.owners)),
        "stage": {"name": row.stage},
        "state_display_name": _STATE_WORDS[row.state],
    }
    if row.kind == "issue":
        return shown | _priority(row)
    return shown | without_none({"severity": row.severity}) | _organisations(page, row)


def stage(names: Dons, row: WorkRow) -> Json:
    known, state = find_stage(row.kind, row.stage), _STATES[row.state]
    told = {**names.ids("custom_state", state.id), "name": state.name, "is_final": state.is_final}
    return {"name": row.stage, "state": told} | ({"ordinal": known.ordinal} if known else {})


def part(names: Dons, people: People, one: Part) -> Json:
    """A part-summary."""
    owners = people.several(Ref("user", user_id) for user_id in one.owner_ids)
    return {"type": one.kind, **names.ids(one.kind, one.id), "name": one.name, "owned_by": owners}


def tags(names: Dons, known: dict[int, Tag], ids: Sequence[int], values: Sequence[str | None]) -> list[Json]:
    """Tags with their values, in order."""
    shown = []
    for tag_id, value in zip(ids, values, strict=True):
        if tag := known.get(tag_id):
            told = {**names.ids("tag", tag.id), "name": tag.name, "style_new": {"color": tag.color}}
            shown.append({"tag": told} | without_none({"value": value}))
    return shown


def custom(text: str) -> Json:
    """``custom_fields`` by wire name, from ``{namespace: {key: value}}``; nothing where there are none."""
    stored: dict[str, dict[str, Any]] = msgspec.json.decode(text)
    shown = {custom_fields.wire_name(namespace, key): value for namespace, fields in stored.items() for key, value in fields.items()}
    return {"custom_fields": shown} if shown else {}


def _ticket(page: WorkPage, row: WorkRow) -> Json:
    names = page.names
    shown: Json = {"is_spam": row.is_spam, "is_frozen": row.is_frozen, "needs_response": row.needs_response}
    shown |= {"channels": row.channels, "channels_v2": [names.ids("channel", inbox_id) for inbox_id in row.channel_ids]}
    shown |= without_none({"source_channel": row.source_channel, "sentiment_summary": row.sentiment_summary})
    shown |= times({"sentiment_modified_date": row.sentiment_modified_at})
    if row.inbox_id is not None:
        shown["source_channel_v2"] = names.ids("channel", row.inbox_id)
    if row.team_id in page.teams:
        shown["group"] = group(names, page.teams[row.team_id])
    if row.visibility is not None:
        shown["visibility"] = _enum(row.visibility, _VISIBILITIES[row.visibility])
    if row.sentiment is not None:
        shown["sentiment"] = _enum(row.sentiment, SENTIMENTS[row.sentiment])
    return shown


def _issue(page: WorkPage, row: WorkRow) -> Json:
    developed = [part(page.names, page.people, page.parts[number]) for number in row.developed_with if number in page.parts]
    return {
        "developed_with": developed,
        **times({"target_start_date": row.target_start_at, "actual_start_date": row.started_at}),
    }


def _organisations(page: WorkPage, row: WorkRow) -> Json:
    shown: Json = {}
    if row.company_id in page.companies:
        shown["account"] = account(page.names, page.companies[row.company_id])
    if row.workspace_id in page.workspaces:
        workspace = page.workspaces[row.workspace_id]
        shown["rev_org"] = {"type": "rev_org", **page.names.ids("rev_org", workspace.id), "display_name": workspace.name}
    return shown


def _priority(row: WorkRow) -> Json:
    if row.priority is None:
        return {}
    return {"priority": f"p{row.priority}", "priority_v2": _enum(row.priority + 1, f"P{row.priority}")}


def _enum(number: int, label: str) -> Json:
    return {"id": number, "label": label, "ordinal": number}


def times(moments: dict[str, datetime | None]) -> Json:
    return {key: dates.show(moment) for key, moment in moments.items() if moment is not None}


def _given(ids: Any) -> set[int]:
    return {one for one in ids if one is not None}
