"""The one filter builder: what a caller asks and may see, as SQL with numbered parameters.

Nobody else concatenates SQL. Every table carries its own ``tenant_id = $1``, so a sharded database routes the whole
statement to one shard, and the conditions use leakproof operators, so they keep their indexes under row-level security.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import msgspec

from ..domain import principals
from ..domain.filters import ConversationFilter, TagMatch, TimeRange
from ..domain.principals import Principal, Ref
from .conditions import on_conversations
from .sql import Sql as Sql


def where(sql: Sql, asked: ConversationFilter, principal: Principal) -> str:
    """All conditions on ``conversations c``: the tenant, what the caller may see, what was asked."""
    conditions = ["c.tenant_id = $1"]
    # A user's own participations replace their other limits, as in the original (contract 1.2).
    if asked.participant_user_id is None or principal.user_id != asked.participant_user_id:
        conditions += visible(sql, principal)
    for name, build in _CONDITIONS.items():
        value = getattr(asked, name)
        if value is not None:
            conditions.append(build(sql, value))
    if asked.assignee is not None:
        conditions.append(_assignee(sql, asked.assignee, principal))
    return " AND ".join(conditions)


def visible(sql: Sql, principal: Principal) -> list[str]:
    """What this caller may see of ``conversations c``: one function for both faces, search, counts and exports."""
    if principal.ref.kind == "contact":
        me = sql.bind(principal.ref.id)
        return [f"(c.contact_id = {me} OR {_is_member('contact', f'= {me}')})"]
    if principal.ref.kind != "user" or principal.is_administrator:
        return []
    inside = f"c.inbox_id = ANY ({sql.bind(list(principal.inbox_ids))})"
    return [inside, *_custom_role(sql, principal)]


def opens(sql: Sql, principal: Principal, *numbers: int) -> str:
    """Whether this caller may open ``conversations c`` of these numbers. An agent may open some that no list shows them.

    Beside their inboxes those of their teams, and, where a custom role leaves an agent only their own conversations, those
    that they take part in (contract 1.4 and 8.1, ConversationPolicy).
    """
    return " AND ".join([f"c.tenant_id = $1 AND c.number {sql.among(numbers)}", *openable(sql, principal)])


def openable(sql: Sql, principal: Principal) -> list[str]:
    """The same of any ``conversations c`` of the tenant."""
    if principal.ref.kind != "user" or principal.is_administrator:
        return visible(sql, principal)
    me = sql.bind(principal.ref.id)
    in_team = f"EXISTS (SELECT FROM team_members tm WHERE tm.tenant_id = $1 AND tm.team_id = c.team_id AND tm.user_id = {me})"
    inside = f"(c.inbox_id = ANY ({sql.bind(list(principal.inbox_ids))}) OR {in_team})"
    role = _custom_role(sql, principal)
    granted = principal.permissions or frozenset()
    if role and principals.PARTICIPATING_MANAGE in granted and principals.UNASSIGNED_MANAGE not in granted:
        role = [f"({role[0]} OR {_is_member('user', f'= {me}')})"]
    return [inside, *role]


def visible_entries(sql: Sql, principal: Principal) -> str:
    """What this caller may see of ``messages m`` inside a visible conversation; changes are the agents' business."""
    me = sql.bind(str(principal.ref))
    mine = f"(m.author_kind || ':' || m.author_id = {me} OR {me} = ANY (m.private_to))"
    if principal.ref.kind == "contact":
        return f"(m.kind <> 'activity' AND (m.visibility IN ('external', 'public') OR m.visibility = 'private' AND {mine}))"
    return f"(m.visibility <> 'private' OR {mine})"


def _custom_role(sql: Sql, principal: Principal) -> list[str]:
    """A custom role narrows an agent; the first permission that matches wins (contract 1.4)."""
    granted = principal.permissions
    if granted is None or principals.MANAGE in granted:
        return []
    if not granted & {principals.UNASSIGNED_MANAGE, principals.PARTICIPATING_MANAGE}:
        return ["FALSE"]
    mine = f"c.assignee_user_id = {sql.bind(principal.ref.id)}"
    return [f"({mine} OR c.assignee_user_id IS NULL)" if principals.UNASSIGNED_MANAGE in granted else mine]


def _any(column: str) -> Callable[[Sql, Sequence[Any]], str]:
    """One value keeps the order of the index behind it; through ANY the rows would have to be sorted."""

    def build(sql: Sql, values: Sequence[Any]) -> str:
        return f"{column} = {sql.bind(values[0])}" if len(values) == 1 else f"{column} = ANY ({sql.bind(list(values))})"

    return build


def _is(column: str) -> Callable[[Sql, Any], str]:
    return lambda sql, value: f"{column} = {sql.bind(value)}"


def _between(column: str) -> Callable[[Sql, TimeRange], str]:
    def build(sql: Sql, value: TimeRange) -> str:
        bounds = []
        if value.after is not None:
            bounds.append(f"{column} >= {sql.bind(value.after)}")
        if value.before is not None:
            bounds.append(f"{column} <= {sql.bind(value.before)}")
        return " AND ".join(bounds) or f"{column} IS NOT NULL"

    return build


def _beside(table: str, alias: str, condition: str) -> str:
    return f"EXISTS (SELECT FROM {table} {alias} WHERE {alias}.tenant_id = $1 AND {alias}.conversation_number = c.number AND {condition})"


def _is_member(kind: str, condition: str) -> str:
    return _beside("conversation_members", "cm", f"cm.kind = '{kind}' AND cm.id {condition}")


def _of_kind(refs: Sequence[Ref], kind: str) -> list[int]:
    return [ref.id for ref in refs if ref.kind == kind]


def _stages(column: str) -> Callable[[Sql, Sequence[Any]], str]:
    """A stage or state by name becomes the ids first: the conversation's index is on stage_id."""

    def build(sql: Sql, values: Sequence[Any]) -> str:
        if len(values) == 1 and column == "s.name":
            return f"c.stage_id = (SELECT s.id FROM stages s WHERE s.tenant_id = $1 AND s.name = {sql.bind(values[0])})"
        return (
            "c.stage_id = ANY (ARRAY(SELECT s.id FROM stages s JOIN states st ON st.tenant_id = $1 AND st.id = s.state_id"
            f" WHERE s.tenant_id = $1 AND {column} = ANY ({sql.bind(list(values))})))"
        )

    return build


def _channels(sql: Sql, inbox_ids: Sequence[int]) -> str:
    wanted = sql.bind(list(inbox_ids))
    return f"(c.inbox_id = ANY ({wanted}) OR {_beside('conversation_channels', 'cc', f'cc.inbox_id = ANY ({wanted})')})"


def _parts(sql: Sql, part_ids: Sequence[int]) -> str:
    return _beside("conversation_parts", "cp", f"cp.part_id = ANY ({sql.bind(list(part_ids))})")


def _members(sql: Sql, refs: Sequence[Ref]) -> str:
    contacts = sql.bind(_of_kind(refs, "contact"))
    others = [_is_member(kind, f"= ANY ({sql.bind(ids)})") for kind in ("user", "bot", "system") if (ids := _of_kind(refs, kind))]
    return "(" + " OR ".join([f"c.contact_id = ANY ({contacts})", _is_member("contact", f"= ANY ({contacts})"), *others]) + ")"


def _owners(sql: Sql, refs: Sequence[Ref]) -> str:
    users, bots = sql.bind(_of_kind(refs, "user")), sql.bind(_of_kind(refs, "bot"))
    co_owner = f"(co.kind = 'user' AND co.id = ANY ({users}) OR co.kind = 'bot' AND co.id = ANY ({bots}))"
    return f"(c.assignee_user_id = ANY ({users}) OR c.assignee_bot_id = ANY ({bots}) OR {_beside('conversation_owners', 'co', co_owner)})"


def _tags(sql: Sql, matches: Sequence[TagMatch]) -> str:
    return _beside("conversation_tags", "ct", "(" + (" OR ".join(_tag(sql, match) for match in matches) or "FALSE") + ")")


def _tag(sql: Sql, match: TagMatch) -> str:
    conditions = []
    if match.tag_id is not None:
        conditions.append(f"ct.tag_id = {sql.bind(match.tag_id)}")
    if match.value is not None:
        conditions.append(f"ct.value = {sql.bind(match.value)}")
    return "(" + (" AND ".join(conditions) or "TRUE") + ")"


def _tag_names(sql: Sql, names: Sequence[str]) -> str:
    """Case-insensitive, by the name a conversation carries, defined as a label or not."""
    wanted = f"SELECT lower(n) FROM unnest({sql.bind(list(names))}::text[]) n"
    ids = f"SELECT t.id FROM tags t WHERE t.tenant_id = $1 AND lower(t.name) IN ({wanted})"
    return _beside("conversation_tags", "ln", f"ln.tag_id = ANY (ARRAY({ids}))")


def _custom_fields(sql: Sql, asked: Sequence[tuple[str, str, tuple[Any, ...]]]) -> str:
    return " AND ".join(f"({_custom_field(sql, *one)})" for one in asked) or "TRUE"


def _custom_field(sql: Sql, namespace: str, key: str, values: tuple[Any, ...]) -> str:
    """Any of the values equals the field, or is one of its elements where the field holds a list."""
    path = f"c.custom_fields -> {sql.bind(namespace)} -> {sql.bind(key)}"
    accepted = f"{sql.bind([msgspec.json.encode(v).decode() for v in values])}::text[]::jsonb[]"
    # A scalar is turned into a list of one, so that one test serves both.
    elements = f"jsonb_array_elements(CASE jsonb_typeof({path}) WHEN 'array' THEN {path} ELSE jsonb_build_array({path}) END)"
    return f"{path} IS NOT NULL AND EXISTS (SELECT FROM {elements} e WHERE e = ANY ({accepted}))"


def _sla_stages(sql: Sql, stages: Sequence[str]) -> str:
    return _beside("sla_trackers", "tr", f"tr.stage = ANY ({sql.bind(list(stages))})")


def _sla_target(sql: Sql, asked: TimeRange) -> str:
    closest = "sm.tenant_id = $1 AND sm.tracker_id = tr.id AND sm.metric_id = tr.closest_metric_id"
    target = f"(SELECT sm.target_at FROM sla_metrics sm WHERE {closest})"
    return _beside("sla_trackers", "tr", _between(target)(sql, asked))


def _assignee(sql: Sql, asked: str, principal: Principal) -> str:
    if asked == "me":
        return f"c.assignee_user_id = {sql.bind(principal.user_id)}"
    return "c.assignee_user_id IS NULL" if asked == "unassigned" else "c.assignee_user_id IS NOT NULL"


def _unattended(_sql: Sql, asked: bool) -> str:
    unattended = "(c.first_reply_at IS NULL OR c.waiting_since IS NOT NULL)"
    return unattended if asked else f"NOT {unattended}"


def _contact_point(sql: Sql, source_id: str) -> str:
    points = f"SELECT p.id FROM contact_points p WHERE p.tenant_id = $1 AND p.source_id = {sql.bind(source_id)}"
    return f"c.contact_point_id = ANY (ARRAY({points}))"


_CONDITIONS: dict[str, Callable[[Sql, Any], str]] = {
    "numbers": _any("c.number"),
    "statuses": _any("c.status"),
    "stage_names": _stages("s.name"),
    "stage_ids": _any("c.stage_id"),
    "states": _stages("st.name"),
    "inbox_ids": _any("c.inbox_id"),
    "channel_ids": _channels,
    "source_channels": _any("c.source_channel"),
    "part_ids": _parts,
    "brand_ids": _any("c.brand_id"),
    "team_ids": _any("c.team_id"),
    "workspace_ids": _any("c.workspace_id"),
    "company_ids": _any("c.company_id"),
    "owner_agent_ids": _any("c.owner_agent_id"),
    "members": _members,
    "owners": _owners,
    "tags": _tags,
    "tags_with_value": _tags,
    "tag_names": _tag_names,
    "subtypes": _any("c.subtype"),
    "custom_fields": _custom_fields,
    "is_spam": _is("c.is_spam"),
    "is_frozen": _is("c.is_frozen"),
    "is_creator_verified": _is("c.is_creator_verified"),
    "created": _between("c.created_at"),
    "modified": _between("c.modified_at"),
    "closed": _between("c.closed_at"),
    "sla_stages": _sla_stages,
    "sla_target": _sla_target,
    "mentioned_user_id": lambda sql, user: _beside("mentions", "mn", f"mn.user_id = {sql.bind(user)}"),
    "participant_user_id": lambda sql, user: _is_member("user", f"= {sql.bind(user)}"),
    "unattended": _unattended,
    "contact_point_source": _contact_point,
    "modified_after": lambda sql, moment: f"c.modified_at > {sql.bind(moment)}",
    "conditions": on_conversations,
}

# The text of messages goes through store/search.py, which hands back numbers; the assignee needs the caller.
ASKED_ELSEWHERE = {"message_text", "assignee"}
assert {f.name for f in fields(ConversationFilter)} == set(_CONDITIONS) | ASKED_ELSEWHERE
