"""Where each key of DevRev's two reference pages comes from: a store column (or a function of ours) and a change to it.

A test makes the change in the database, asks again, and must see the key change (test_devrev_keys.py). The coverage
page lists the same table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

C = "conversations[]"
M = f"{C}.messages[]"
SLA = f"{C}.sla_summary"
TRACKER = f"{SLA}.sla_tracker"
TARGET = f"{TRACKER}.metric_target_summaries[]"
REMOVED = f"{TRACKER}.removed_sla_metric_history[]"
EVENT = f"{M}.event"
DELTA = f"{EVENT}.updated.field_deltas[]"
FIELD = f"{DELTA}.field_descriptor"

# Keys without a producer. May only shrink.
UNPRODUCED: set[str] = set()


@dataclass(frozen=True)
class Column:
    """A row's column and another value for it (SQL)."""

    table: str
    where: str
    column: str
    value: str

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class Row:
    """A row whose absence changes the key: for constants and for numbers that nothing may renumber."""

    table: str
    where: str
    producer: str

    @property
    def name(self) -> str:
        return self.producer


Change = Column | Row
USER = "user_id = 1"
ONE = "number = 1"
CONTACT = "id = 1"
RICH, CHANGED, CREATED, DELETED, LINKED, PLAIN = (f"id = {n}" for n in (1001, 1002, 1003, 1004, 1005, 1007))
METRIC, DONE, GONE = (f"tracker_id = 1 AND metric_id = {n}" for n in (1, 2, 3))


def conversation(column: str, value: str) -> Column:
    return Column("conversations", ONE, column, value)


def message(where: str, column: str, value: str) -> Column:
    return Column("messages", where, column, value)


def inside(table: str, where: str, column: str, path: str, value: str) -> Column:
    """One value inside a JSON column; the path is PostgreSQL's, ``a,0,b``."""
    return Column(table, where, column, f"jsonb_set({column}, '{{{path}}}', '{value}')")


def both(prefix: str, change: Change) -> dict[str, Change]:
    """``id`` and ``display_id`` say the same."""
    return {f"{prefix}.id": change, f"{prefix}.display_id": change}


def person(prefix: str, who: Change, kind: Change, table: str, where: str, picture: int) -> dict[str, Change]:
    """A user-summary: who it is comes from ``who``, the rest from that person's row."""
    file = "attachments"
    profile = {
        "display_name": Column(table, where, "display_name", "'Other'"),
        "email": Column(table, where, "email", "'other@example.test'"),
        "full_name": Column(table, where, "name", "'Other Name'"),
        "state": Column(table, where, "state", "'locked'"),
        "display_picture.id": Column(table, where, "avatar_id", "4"),
        "display_picture.display_id": Column(table, where, "avatar_id", "4"),
        "display_picture.file.type": Column(file, f"id = {picture}", "content_type", "'image/webp'"),
        "display_picture.file.name": Column(file, f"id = {picture}", "file_name", "'other.png'"),
        "display_picture.file.size": Column(file, f"id = {picture}", "byte_size", "9"),
    }
    return {f"{prefix}.type": kind, **both(prefix, who), **{f"{prefix}.{key}": change for key, change in profile.items()}}


def user(prefix: str, who: Change, kind: Change | None = None) -> dict[str, Change]:
    return person(prefix, who, kind or who, "memberships", USER, 1)


def contact(prefix: str, who: Change, kind: Change | None = None) -> dict[str, Change]:
    return person(prefix, who, kind or who, "contacts", CONTACT, 2)


def schedule(prefix: str) -> dict[str, Change]:
    table, where = "org_schedules", "id = 1"
    return {
        **both(prefix, Column("sla_metrics", METRIC, "org_schedule_id", "2")),
        f"{prefix}.name": Column(table, where, "name", "'Night'"),
        f"{prefix}.status": Column(table, where, "status", "'archived'"),
        f"{prefix}.timezone": Column(table, where, "timezone", "'UTC'"),
        f"{prefix}.valid_until": Column(table, where, "valid_until", "now()"),
    }


def sync(prefix: str, noun: str, local_id: int) -> dict[str, Change]:
    where = f"noun = '{noun}' AND local_id = {local_id}"
    found: dict[str, Change] = {
        f"{prefix}.external_reference": Column("origins", where, "external_id", "'elsewhere'"),
        f"{prefix}.origin_system": Column("origins", where, "system", "'hubspot'"),
    }
    for way, status in (("in", "'failed'"), ("out", "'succeeded'")):
        last, unit = f"{prefix}.last_sync_{way}", f"{prefix}.last_sync_{way}.sync_unit"
        found |= {
            f"{last}.status": Column("origins", where, f"{way}_status", status),
            f"{last}.sync_date": Column("origins", where, f"{way}_at", "now()"),
            **both(unit, Column("origins", where, "sync_unit_id", "2")),
            f"{unit}.name": Column("sync_units", "id = 1", "name", "'Other'"),
            f"{unit}.external_system_type": Column("sync_units", "id = 1", "external_system_type", "'jira'"),
            f"{unit}.is_archived": Column("sync_units", "id = 1", "is_archived", "true"),
            f"{unit}.sync_type": Column("sync_units", "id = 1", "sync_type", "'manual'"),
            f"{unit}.sync_run.mode": Column("sync_units", "id = 1", "run_mode", "'sync_from_devrev'"),
            f"{unit}.sync_run.progress.state": Column("sync_units", "id = 1", "run_state", "'extraction'"),
        }
    return found


def people() -> dict[str, Change]:
    member = Row("conversation_members", "conversation_number = 1 AND kind = 'user'", "conversation_members")
    tracker = "id = 1"
    return {
        **contact(f"{C}.created_by", conversation("created_by_id", "3"), conversation("created_by_kind", "'user'")),
        **user(f"{C}.modified_by", conversation("modified_by_id", "2"), conversation("modified_by_kind", "'contact'")),
        **user(f"{C}.members[]", member),
        **user(f"{C}.owned_by[]", conversation("assignee_user_id", "NULL")),
        **contact(f"{M}.created_by", message(RICH, "author_id", "3"), message(RICH, "author_kind", "'user'")),
        **user(f"{M}.modified_by", message(RICH, "modified_by_id", "2"), message(RICH, "modified_by_kind", "'contact'")),
        **user(
            f"{TRACKER}.created_by",
            Column("sla_trackers", tracker, "created_by_id", "2"),
            Column("sla_trackers", tracker, "created_by_kind", "'contact'"),
        ),
        **user(
            f"{TRACKER}.modified_by",
            Column("sla_trackers", tracker, "modified_by_id", "2"),
            Column("sla_trackers", tracker, "modified_by_kind", "'contact'"),
        ),
        **user(
            f"{REMOVED}.removed_by",
            Column("sla_metrics", GONE, "removed_by_id", "2"),
            Column("sla_metrics", GONE, "removed_by_kind", "'contact'"),
        ),
    }


def conversations() -> dict[str, Change]:
    fresh = Row("conversations", "number = 61", "conversations.number")
    fragment = Row("schema_fragments", "kind = 'tenant'", "schema_fragments.id")
    stage, state = Column("conversations", ONE, "stage_id", "2"), Column("stages", "id = 100", "state_id", "2")
    group = Column("conversations", ONE, "team_id", "2")
    tag = Column("conversation_tags", "conversation_number = 1 AND tag_id = 1", "tag_id", "3")
    return {
        **both(C, fresh),
        f"{C}.created_date": conversation("created_at", "now()"),
        f"{C}.modified_date": conversation("modified_at", "modified_at + interval '1 hour'"),
        f"{C}.actual_close_date": conversation("closed_at", "now()"),
        **both(f"{C}.channels[]", Row("conversation_channels", "conversation_number = 1", "conversation_channels.inbox_id")),
        f"{C}.custom_fields": inside("conversations", ONE, "custom_fields", "tnt,tier", '"silver"'),
        f"{C}.custom_schema_fragments[]": fragment,
        f"{C}.stock_schema_fragment": Row("schema_fragments", "kind = 'stock'", "schema_fragments.id"),
        f"{C}.description": conversation("description", "'Put out'"),
        **both(f"{C}.group", group),
        f"{C}.group.name": Column("teams", "id = 1", "name", "'Tier 0'"),
        f"{C}.group.member_type": Column("teams", "id = 1", "member_type", "'rev_user'"),
        f"{C}.group.sync_metadata.external_reference": Column("origins", "noun = 'team'", "external_id", "'elsewhere'"),
        f"{C}.group.sync_metadata.origin_system": Column("origins", "noun = 'team'", "system", "'hubspot'"),
        f"{C}.metadata.url_context": conversation("url_context", "'https://other.test'"),
        f"{C}.source_channel": conversation("source_channel", "'slack'"),
        **both(f"{C}.source_channel_v2", conversation("inbox_id", "3")),
        f"{C}.stage.name": Column("stages", "id = 100", "name", "'sorting'"),
        f"{C}.stage.notes": Column("stages", "id = 100", "notes", "'look twice'"),
        f"{C}.stage.ordinal": Column("stages", "id = 100", "ordinal", "7"),
        **both(f"{C}.stage.stage", stage),
        f"{C}.stage.stage.name": Column("stages", "id = 100", "name", "'sorting'"),
        **both(f"{C}.stage.state", state),
        f"{C}.stage.state.name": Column("states", "id = 1", "name", "'ajar'"),
        f"{C}.stage.state.is_final": Column("states", "id = 1", "is_final", "true"),
        f"{C}.subtype": conversation("subtype", "'billing'"),
        **both(f"{C}.tags[].tag", tag),
        f"{C}.tags[].tag.name": Column("tags", "id = 1", "name", "'vvip'"),
        f"{C}.tags[].tag.style_new.color": Column("tags", "id = 1", "color", "'#ffffff'"),
        f"{C}.tags[].value": Column("conversation_tags", "conversation_number = 1 AND tag_id = 2", "value", "'free'"),
        f"{C}.title": conversation("title", "'Printer wet'"),
        **sync(f"{C}.sync_metadata", "conversation", 1),
    }


def slas() -> dict[str, Change]:
    tracker = Row("sla_trackers", "id = 1", "sla_trackers.id")
    policy = Column("sla_trackers", "id = 1", "sla_policy_id", "2")
    found: dict[str, Change] = {
        f"{SLA}.closest_to_breach_metric": Column("sla_trackers", "id = 1", "closest_metric_id", "2"),
        **schedule(f"{SLA}.org_schedule"),
        f"{SLA}.remaining_time": Column("sla_metrics", METRIC, "remaining_s", "6000"),
        f"{SLA}.stage": Column("sla_trackers", "id = 1", "stage", "'breached'"),
        f"{SLA}.target_time": Column("sla_metrics", METRIC, "target_at", "now()"),
        **both(TRACKER, tracker),
        **both(f"{C}.sla_tracker", tracker),
        f"{C}.sla_tracker.applies_to_type": Row("sla_trackers", "id = 1", "devrev.encode_sla.tracker_summary"),
        f"{TRACKER}.created_date": Column("sla_trackers", "id = 1", "created_at", "now()"),
        f"{TRACKER}.modified_date": Column("sla_trackers", "id = 1", "updated_at", "now()"),
        f"{TRACKER}.applies_to_id": Row("sla_trackers", "id = 1", "sla_trackers.conversation_number"),
        f"{TRACKER}.applies_to_type": Row("sla_trackers", "id = 1", "devrev.encode_sla.sla_tracker"),
        f"{TRACKER}.removed_sla_metric_history[]": Column("sla_metrics", GONE, "removed_at", "NULL"),
        **both(f"{REMOVED}.metric_definition", Column("sla_metrics", GONE, "metric_id", "4")),
        f"{REMOVED}.metric_definition.name": Column("metric_definitions", "id = 3", "name", "'Other'"),
        f"{REMOVED}.removed_at": Column("sla_metrics", GONE, "removed_at", "now()"),
        **both(f"{TRACKER}.sla", policy),
        f"{TRACKER}.sla.name": Column("sla_policies", "id = 1", "name", "'Lead'"),
        f"{TRACKER}.sla.sla_type": Column("sla_policies", "id = 1", "sla_type", "'internal'"),
        f"{TRACKER}.sla.status": Column("sla_policies", "id = 1", "status", "'archived'"),
        f"{TRACKER}.sla_policy_id": policy,
        f"{TRACKER}.stage": Column("sla_trackers", "id = 1", "stage", "'breached'"),
        f"{TRACKER}.status": Column("sla_trackers", "id = 1", "status", "'hit'"),
    }
    return found | targets()


def targets() -> dict[str, Change]:
    def metric(column: str, value: str, where: str = DONE) -> Column:
        return Column("sla_metrics", where, column, value)

    return {
        f"{TARGET}.breached_at": metric("breached_at", "now()"),
        f"{TARGET}.completed_at": metric("completed_at", "now()"),
        f"{TARGET}.completed_in": metric("completed_in_s", "60"),
        f"{TARGET}.in_policy": metric("in_policy", "false"),
        f"{TARGET}.is_out_of_schedule": metric("is_out_of_schedule", "false"),
        **both(f"{TARGET}.metric_definition", metric("metric_id", "4")),
        f"{TARGET}.metric_definition.name": Column("metric_definitions", "id = 2", "name", "'Other'"),
        f"{TARGET}.next_schedule_transition": metric("next_schedule_transition_at", "now()"),
        **schedule(f"{TARGET}.org_schedule"),
        f"{TARGET}.remaining_time": metric("remaining_s", "6000", METRIC),
        f"{TARGET}.stage": metric("stage", "'running'"),
        f"{TARGET}.status": metric("status", "'hit'"),
        f"{TARGET}.target_time": metric("target_at", "now()"),
        f"{TARGET}.warning_target_time": metric("warning_target_at", "now()"),
    }


def messages() -> dict[str, Change]:
    gone = Row("messages", PLAIN, "messages.id")
    artifact = "id = 4"
    thumb = "message_id = 1001 AND actor_kind = 'contact'"
    return {
        f"{M}.type": message(PLAIN, "(kind, event_type)", "ROW('activity', 'annotated')"),
        **both(M, gone),
        f"{M}.created_date": message(RICH, "created_at", "created_at - interval '1 second'"),
        f"{M}.modified_date": message(RICH, "updated_at", "now()"),
        f"{M}.object": Row("messages", PLAIN, "messages.conversation_number"),
        f"{M}.object_display_id": Row("messages", PLAIN, "messages.conversation_number"),
        f"{M}.object_type": Row("messages", PLAIN, "devrev.encode_entries.Entries.entry"),
        f"{M}.visibility": message(RICH, "visibility", "'public'"),
        **both(f"{M}.artifacts[]", Row("attachments", artifact, "attachments.id")),
        f"{M}.artifacts[].file.type": Column("attachments", artifact, "content_type", "'image/webp'"),
        f"{M}.artifacts[].file.name": Column("attachments", artifact, "file_name", "'other.jpg'"),
        f"{M}.artifacts[].file.size": Column("attachments", artifact, "byte_size", "1"),
        f"{M}.body": message(RICH, "body", "'Bye'"),
        f"{M}.body_type": message(RICH, "body_type", "'data'"),
        f"{M}.external_ref": message(RICH, "external_ref", "'ref-9'"),
        f"{M}.labels[]": message(RICH, "labels", "'{l9}'"),
        f"{M}.panels[]": message(RICH, "panels", "'{alerts}'"),
        f"{M}.reactions[].emoji": Column("reactions", thumb, "emoji", "'\N{HEAVY BLACK HEART}'"),
        f"{M}.reactions[].reacted": Column("reactions", "message_id = 1001 AND actor_id = 5", "actor_id", "2"),
        f"{M}.reactions[].total_users": Column("reactions", thumb, "message_id", "1007"),
        f"{M}.thread.total_replies": message(RICH, "reply_count", "9"),
        **sync(f"{M}.sync_metadata", "message", 1001),
        **references(),
    }


def references() -> dict[str, Change]:
    def reference(path: str, value: str) -> Column:
        return inside("messages", RICH, "references_", f"0,{path}", value)

    file = "resource,artifacts,0,file"
    return {
        f"{M}.references[].type": reference("type", '"conversation"'),
        **both(f"{M}.references[]", reference("id", '"article:9"')),
        f"{M}.references[].article_type": reference("article_type", '"page"'),
        f"{M}.references[].title": reference("title", '"Other"'),
        f"{M}.references[].resource.url": reference("resource,url", '"https://b.test"'),
        **both(f"{M}.references[].resource.artifacts[]", reference("resource,artifacts,0,id", '"artifact:1"')),
        f"{M}.references[].resource.artifacts[].file.type": reference(f"{file},type", '"text/html"'),
        f"{M}.references[].resource.artifacts[].file.name": reference(f"{file},name", '"b.txt"'),
        f"{M}.references[].resource.artifacts[].file.size": reference(f"{file},size", "4"),
        f"{M}.snap_kit_body.body": inside("messages", RICH, "snap_kit_body", "body,k", "2"),
        f"{M}.snap_kit_body.snap_in_action_name": inside("messages", RICH, "snap_kit_body", "snap_in_action_name", '"x"'),
        f"{M}.snap_kit_body.snap_in_id": inside("messages", RICH, "snap_kit_body", "snap_in_id", '"x"'),
        f"{M}.snap_widget_body[].type": inside("messages", RICH, "snap_widgets", "0,type", '"other"'),
    }


def events() -> dict[str, Change]:
    def event(where: str, path: str, value: str) -> Column:
        return inside("messages", where, "event", path, value)

    found: dict[str, Change] = {
        f"{EVENT}.type": message("id = 1006", "event_type", "'deleted'"),
        f"{EVENT}.created.object.type": event(CREATED, "object,type", '"rev_org"'),
        **both(f"{EVENT}.created.object", event(CREATED, "object,id", '"company:2"')),
        f"{EVENT}.created.object.display_name": event(CREATED, "object,display_name", '"Other"'),
        f"{EVENT}.deleted.object_id": event(DELETED, "object_id", '"ticket:7"'),
        **both(f"{EVENT}.linked.link", event(LINKED, "link,id", '"link:4"')),
        f"{EVENT}.linked.link.link_type": event(LINKED, "link,link_type", '"serves"'),
    }
    for end in ("source", "target"):
        found |= {
            f"{EVENT}.linked.link.{end}.type": event(LINKED, f"link,{end},type", '"account"'),
            **both(f"{EVENT}.linked.link.{end}", event(LINKED, f"link,{end},id", '"company:2"')),
            f"{EVENT}.linked.link.{end}.display_name": event(LINKED, f"link,{end},display_name", '"Other"'),
        }
    found |= {
        f"{DELTA}.name": event(CHANGED, "deltas,0,field", '"title"'),
        f"{DELTA}.old_value.type": event(CHANGED, "deltas,0,old,type", '"string"'),
        f"{DELTA}.old_value.value": event(CHANGED, "deltas,0,old,value", "true"),
        f"{DELTA}.new_value.type": event(CHANGED, "deltas,0,new,type", '"string"'),
        f"{DELTA}.new_value.value": event(CHANGED, "deltas,0,new,value", "false"),
        f"{EVENT}.updated.object_type": Row("messages", CHANGED, "devrev.encode_events.Events"),
    }
    return found | descriptors()


def descriptors() -> dict[str, Change]:
    def definition(column: str, value: str) -> Column:
        return Column("custom_fields", "key = 'tier'", column, value)

    def ui(path: str, value: str) -> Column:
        return inside("custom_fields", "key = 'tier'", "ui", path, value)

    view = "client_overrides[]"
    found: dict[str, Change] = {
        f"{FIELD}.field_type": definition("field_type", "'bool'"),
        f"{FIELD}.name": Column("messages", CHANGED, "event", "jsonb_set(event, '{deltas,0,field}', '\"title\"')"),
        f"{FIELD}.description": definition("description", "'Other'"),
        f"{FIELD}.origin": definition("origin", "'other'"),
        f"{FIELD}.mfz": definition("mfz", "'{\"a\": 9}'"),
        f"{FIELD}.oasis": definition("oasis", "'{\"b\": 9}'"),
        f"{FIELD}.default_value": definition("default_value", "'\"silver\"'"),
        f"{FIELD}.ui.{view}.view_overrides[]": ui("client_overrides,0,view_overrides", '[{"x": 1}]'),
    }
    for flag in ("is_filterable", "is_immutable", "is_pii", "is_required"):
        found[f"{FIELD}.{flag}"] = definition(flag, f"NOT {flag}")
    for key in ("client_name", "display_name", "placeholder", "tooltip"):
        found[f"{FIELD}.ui.{view}.{key}"] = ui(f"client_overrides,0,{key}", '"Other"')
    for key in ("decimal_places", "order"):
        found[f"{FIELD}.ui.{view}.{key}"] = ui(f"client_overrides,0,{key}", "9")
        found[f"{FIELD}.ui.{key}"] = ui(key, "9")
    for key, value in {"is_groupable": "false", "is_hidden": "true", "is_required": "true", "use_shorthand_notation": "true"}.items():
        found[f"{FIELD}.ui.{view}.{key}"] = ui(f"client_overrides,0,{key}", value)
        found[f"{FIELD}.ui.{key}"] = ui(key, value)
    for key in ("create_view", "detail_view", "filter_view", "list_view", "summary_view"):
        found[f"{FIELD}.ui.{key}.is_hidden"] = ui(f"{key},is_hidden", "true")
    for key in ("display_name", "group_name", "placeholder", "tooltip", "unit"):
        found[f"{FIELD}.ui.{key}"] = ui(key, '"Other"')
    for key in ("is_active_in_detail_view", "is_bulk_action_enabled", "is_shown_in_summary", "is_sortable"):
        found[f"{FIELD}.ui.{key}"] = ui(key, "false")
    for key in ("is_currency_field", "is_hidden_during_create", "is_read_only"):
        found[f"{FIELD}.ui.{key}"] = ui(key, "true")
    return found


PRODUCERS: dict[str, Change] = {**people(), **conversations(), **slas(), **messages(), **events()}
# These two come from store/cursor.py; test_devrev_paging.py moves the rows that they stand on.
CURSORS = {"next_cursor": "store.cursor.encode", "prev_cursor": "store.cursor.encode"}


def reference_keys(shared: Path, page: str) -> list[str]:
    """Every key of the answer's example on a reference page, as a path to its leaf."""
    text = (shared / f"contracts/devrev/reference-conversations-{page}.txt").read_text()
    example, _ = json.JSONDecoder().raw_decode(text[text.index("{\n", text.index("-d '{}'")) :])
    return list(dict.fromkeys(_paths(example, "")))


def _paths(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _paths(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        yield from _paths(value[0], f"{path}[]")
    else:
        yield path


def values_at(answer: Any, path: str) -> list[Any]:
    """Everything that stands at a path, in the order of the answer."""
    found = [answer]
    for key, is_list in re.findall(r"(\w+)((?:\[\])?)", path):
        found = [item[key] for item in found if isinstance(item, dict) and key in item]
        found = [one for item in found for one in item] if is_list else found
    return found
