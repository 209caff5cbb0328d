"""Conversations (contract 1.4 and 1.5). Absent values are left out; ``id`` and ``members`` are always there."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from ..domain import custom_fields
from ..domain.conversations import Conversation
from ..domain.principals import Ref
from . import dates, dons
from .dons import Dons
from .encode_entries import Entries
from .encode_origins import sync_metadata
from .encode_people import Json, People, account, group, raw
from .encode_sla import sla_summary, tracker_summary
from .page import Page

_wire_name = lru_cache(maxsize=4096)(custom_fields.wire_name)

SENTIMENTS = {1: "Delighted", 2: "Happy", 3: "Neutral", 4: "Unhappy", 5: "Frustrated"}


def conversations(page: Page, *, is_beta: bool) -> list[Json]:
    """Every conversation of a page, in its order."""
    encode = _Conversations(page, is_beta=is_beta)
    return [encode.conversation(row) for row in page.conversations]


class _Conversations:
    """Encodes the conversations of one page; what several of them show is written once."""

    def __init__(self, page: Page, *, is_beta: bool) -> None:
        names = self._names = Dons(page.slug)
        self._page = page
        self._people = People(page, names)
        self._entries = Entries(page, names, self._people, is_beta=is_beta)
        self._stages = {key: raw(_stage(names, stage)) for key, stage in page.schema.stages.items()}
        self._tags = {key: raw(_tag(names, tag)) for key, tag in page.tags.items()}
        self._teams = {key: raw(group(names, team)) for key, team in page.teams.items()}
        self._accounts = {key: raw(account(names, company)) for key, company in page.companies.items()}
        self._channels: dict[int, msgspec.Raw] = {}
        self._stock = next((dons.stock_fragment(f.id) for f in page.schema.fragments if f.kind == "stock"), None)
        self._fragments: dict[tuple[str | None, tuple[str, ...]], list[str]] = {}

    def conversation(self, row: Conversation) -> Json:
        people, don = self._people, self._names.don("conversation", row.number)
        channel = self._channel(row.inbox_id)
        shown: Json = {
            "id": don,
            "display_id": f"CONV-{row.number}",
            "created_by": people.person(row.created_by_kind, row.created_by_id),
            "created_date": dates.show(row.created_at),
            "modified_by": people.person(row.modified_by_kind, row.modified_by_id),
            "modified_date": dates.show(row.modified_at),
            "members": people.several([Ref("contact", row.contact_id), *map(Ref.parse, row.members)]),
            "channels": [channel, *(self._channel(i) for i in dict.fromkeys(row.channel_ids) if i != row.inbox_id)],
            "source_channel_v2": channel,
            "is_frozen": row.is_frozen,
            "messages": self._entries.of_conversation(row.number, don),
        }
        if row.stage_id in self._stages:
            shown["stage"] = self._stages[row.stage_id]
        if owners := self._owners(row):
            shown["owned_by"] = people.several(owners)
        self._add_texts(shown, row)
        self._add_links(shown, row)
        self._add_schema(shown, row)
        self._add_times(shown, row)
        return shown

    def _owners(self, row: Conversation) -> list[Ref]:
        """The assignee first, then the co-owners."""
        owners = [Ref("user", row.assignee_user_id)] if row.assignee_user_id is not None else []
        owners += [Ref("bot", row.assignee_bot_id)] if row.assignee_bot_id is not None else []
        return [*owners, *map(Ref.parse, row.co_owners)]

    def _add_texts(self, shown: Json, row: Conversation) -> None:
        if row.title is not None:
            shown["title"] = row.title
        if row.description is not None:
            shown["description"] = row.description
        if row.source_channel is not None:
            shown["source_channel"] = row.source_channel
        if row.url_context is not None:
            shown["metadata"] = {"url_context": row.url_context}
        if row.sentiment in SENTIMENTS:
            label = SENTIMENTS[row.sentiment]
            shown["sentiment"] = {"id": row.sentiment, "label": label, "ordinal": row.sentiment}
        if row.sentiment_summary is not None:
            shown["sentiment_summary"] = row.sentiment_summary

    def _add_links(self, shown: Json, row: Conversation) -> None:
        if row.tag_ids:
            pairs = zip(row.tag_ids, row.tag_values, strict=True)
            shown["tags"] = [self._tag(tag_id, value) for tag_id, value in pairs if tag_id in self._tags]
        if row.team_id in self._teams:
            shown["group"] = self._teams[row.team_id]
        if row.company_id in self._accounts:
            shown["account"] = self._accounts[row.company_id]
        if row.part_ids:
            shown["applies_to_parts"] = [self._part(i) for i in row.part_ids if i in self._page.parts]
        if (tracker := self._page.trackers.get(row.number)) is not None:
            metrics = self._page.metrics.get(tracker.id, ())
            shown["sla_tracker"] = tracker_summary(self._names, tracker)
            shown["sla_summary"] = sla_summary(self._names, self._people, tracker, metrics)
        if (origin := self._page.origins.get(row.number)) is not None:
            shown["sync_metadata"] = sync_metadata(self._names, origin)

    def _add_schema(self, shown: Json, row: Conversation) -> None:
        stored: dict[str, dict[str, Any]] = {} if row.custom_fields == "{}" else msgspec.json.decode(row.custom_fields)
        if fields := _custom_fields(stored):
            shown["custom_fields"] = fields
        if row.subtype is not None:
            shown["subtype"] = row.subtype
        if fragments := self._custom_fragments(row.subtype, tuple(stored)):
            shown["custom_schema_fragments"] = fragments
        if self._stock is not None:
            shown["stock_schema_fragment"] = self._stock

    def _add_times(self, shown: Json, row: Conversation) -> None:
        for key, moment in (
            ("actual_close_date", row.closed_at),
            ("last_external_message_date", row.last_external_message_at),
            ("sentiment_modified_date", row.sentiment_modified_at),
        ):
            if moment is not None:
                shown[key] = dates.show(moment)

    def _channel(self, inbox_id: int) -> msgspec.Raw:
        if inbox_id not in self._channels:
            self._channels[inbox_id] = raw(self._names.ids("channel", inbox_id))
        return self._channels[inbox_id]

    def _tag(self, tag_id: int, value: str | None) -> Json:
        tag = self._tags[tag_id]
        return {"tag": tag} if value is None else {"tag": tag, "value": value}

    def _part(self, part_id: int) -> Json:
        part = self._page.parts[part_id]
        owners = self._people.several(Ref("user", user_id) for user_id in part.owner_ids)
        return {"type": part.kind, **self._names.ids(part.kind, part.id), "name": part.name, "owned_by": owners}

    def _custom_fragments(self, subtype: str | None, namespaces: tuple[str, ...]) -> list[str]:
        """The tenant's own fragment, the one of this subtype, and those of the apps that it has fields of."""
        key = (subtype, namespaces)
        if key not in self._fragments:
            self._fragments[key] = [
                self._names.don(_FRAGMENTS[f.kind], f.id)
                for f in self._page.schema.fragments
                if f.kind == "tenant" or (f.kind == "app" and f.app in namespaces) or (f.kind == "subtype" and f.subtype == subtype)
            ]
        return self._fragments[key]


_FRAGMENTS = {"tenant": "tenant_fragment", "app": "app_fragment", "subtype": "custom_type_fragment"}


def _stage(names: Dons, stage: Any) -> Json:
    shown: Json = {
        "name": stage.name,
        "ordinal": stage.ordinal,
        "stage": {**names.ids("custom_stage", stage.id), "name": stage.name},
        "state": {
            **names.ids("custom_state", stage.state_id),
            "name": stage.state_name,
            "is_final": stage.state_is_final,
        },
    }
    return shown | ({"notes": stage.notes} if stage.notes is not None else {})


def _tag(names: Dons, tag: Any) -> Json:
    return {**names.ids("tag", tag.id), "name": tag.name, "style_new": {"color": tag.color}}


def _custom_fields(stored: dict[str, dict[str, Any]]) -> Json:
    """``{namespace: {key: value}}`` as stored, under the fields' wire names."""
    return {_wire_name(namespace, key): value for namespace, fields in stored.items() for key, value in fields.items()}
