"""Everything that may change what an answer shows, one step each: over both wires, by an import, or where only a job or an import writes.

A step is a name and a seed; what it takes (which conversation, which contact ...) it picks from what is there, so that a
script stays good when steps are taken out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.wire.devrev_producers import PRODUCERS, Column
from tests.wire.renderings_hands import Walk
from tests.wire.renderings_import import bring_again

APART = "visibility <> $$external$$"
TRACKED = "NOT is_frozen AND number IN (SELECT conversation_number FROM sla_trackers WHERE tenant_id = 1)"

LATER = "2100-01-01T00:00:00Z"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32

Step = Callable[[Walk], Any]


def _say(w: Walk, **more: Any) -> Any:
    return w.dv("timeline-entries.create", {"type": "timeline_comment", "object": f"CONV-{w.conversation()}", "body": w.word(), **more})


def _private(w: Walk) -> Any:
    """In one conversation only: with a private message it is kept no more."""
    to = w.rng.choice([["DEVU-2"], ["REVU-1"], ["DEVU-2", "SVCACC-1"], ["DEVU-100"]])
    w.number = 2
    return w.dv(
        "timeline-entries.create",
        {"type": "timeline_comment", "object": "CONV-2", "body": w.word(), "visibility": "private", "private_to": to},
    )


def _upload(w: Walk) -> str:
    prepared = w.dv("artifacts.prepare", {"file_name": f"{w.word()}.png"})
    fields = {one["key"]: one["value"] for one in prepared["form_data"]}
    answer = httpx.post(prepared["url"].replace("http://parley.test", w.world.kept), data=fields, files={"file": ("x.png", PNG)})
    w.done &= answer.is_success
    return str(prepared["id"])


def _edit_artifacts(w: Walk) -> Any:
    """Puts a file to a message that Ada wrote, or takes all away."""
    files = {"set": [_upload(w)]} if w.flag() else {"set": []}
    message = w.message("author_kind = 'user' AND author_id = 1 AND kind = 'outgoing' AND deleted_at IS NULL AND body IS NOT NULL")
    return w.dv("timeline-entries.update", {"id": f"COMMENT-{message}", "artifacts": files})


def _own(w: Walk) -> int:
    return w.message("author_kind = 'user' AND author_id = 1 AND kind = 'outgoing' AND deleted_at IS NULL")


def _react_no_more(w: Walk) -> Any:
    message = w.message("kind <> 'activity' AND deleted_at IS NULL", "number < 4")
    w.dv("reactions.update", {"object": f"COMMENT-{message}", "emoji": "joy", "action": "add"})
    return w.dv("reactions.update", {"object": f"COMMENT-{message}", "emoji": "joy", "action": "remove"})


def _visited(w: Walk) -> int:
    """A conversation of the visitor's own, who may have lost others."""
    w.number = int(w.visit("POST", "", {})["id"])
    return w.number


def _visit_again(w: Walk) -> Any:
    number = _visited(w)
    w.visit("POST", f"/{number}/messages", {"content": w.word()})
    return w.visit("POST", f"/{number}/update_last_seen", {})


def _update(w: Walk, **fields: Any) -> Any:
    return w.dv("conversations.update", {"id": f"CONV-{w.conversation()}", **fields})


def _tags(w: Walk) -> Any:
    tags = w.rng.sample(w.world.store.column("SELECT id FROM tags WHERE tenant_id = 1 ORDER BY 1"), 2)
    return _update(w, tags={"set": [{"id": f"TAG-{tags[0]}", "value": "pro"}, {"id": f"TAG-{tags[1]}"}]})


def _labels(w: Walk) -> Any:
    names = w.world.store.column("SELECT name FROM tags WHERE tenant_id = 1 AND is_label ORDER BY 1")
    return w.cw("POST", f"conversations/{w.conversation()}/labels", {"labels": [*w.rng.sample(names, min(2, len(names))), w.word()]})


def _open(w: Walk) -> Any:
    made = w.dv(
        "conversations.create",
        {"type": "support", "title": w.word(), "members": [f"REVU-{w.person()}"], "messages": [{"body": w.word()}]},
    )
    w.number = int(made["conversation"]["display_id"].removeprefix("CONV-")) if made else 1
    return made


def _start(w: Walk) -> Any:
    return w.cw("POST", "conversations", {"inbox_id": 2, "contact_id": w.person(), "message": {"content": w.word()}})


def _delete_conversation(w: Walk) -> Any:
    number = w.conversation("number > 6 AND NOT is_frozen")
    return w.dv("conversations.delete", {"id": f"CONV-{number}"}) if w.flag() else w.cw("DELETE", f"conversations/{number}")


def _merge_contacts(w: Walk) -> Any:
    """A new one with a conversation goes into another; on either wire."""
    made = w.dv("rev-users.create", {"display_name": w.word(), "account": f"ACC-{w.one('companies')}"})
    gone, kept = int(made["rev_user"]["display_id"].removeprefix("REVU-")), w.person()
    w.dv("conversations.create", {"type": "support", "title": "mergee", "members": [f"REVU-{gone}"]})
    if w.flag():
        return w.cw("POST", "actions/contact_merge", {"base_contact_id": kept, "mergee_contact_id": gone})
    return w.dv("rev-users.merge", {"primary_user": f"REVU-{kept}", "secondary_user": f"REVU-{gone}"})


def _merge_accounts(w: Walk) -> Any:
    made = w.dv("accounts.create", {"display_name": w.word()})["account"]["display_id"]
    _update(w, account=made)
    return w.dv("accounts.merge", {"primary_account": f"ACC-{w.one('companies', 'id < 3')}", "secondary_account": made})


def _merge_users(w: Walk) -> Any:
    made = w.dv("dev-users.create", {"email": f"{w.word()}@acme.test", "full_name": w.word(), "state": "shadow"})["dev_user"]["display_id"]
    w.dv("dev-users.activate", {"id": made})
    _update(w, owned_by={"set": [made]})
    return w.dv("dev-users.merge", {"primary_user": f"DEVU-{w.rng.choice([1, 2])}", "secondary_user": made})


def _delete_contact(w: Walk) -> Any:
    made = w.dv("rev-users.create", {"display_name": w.word()})["rev_user"]["display_id"]
    w.dv("conversations.create", {"type": "support", "title": "goes", "members": [made]})
    if w.flag():
        return w.dv("rev-users.delete", {"id": made})
    return w.cw("DELETE", f"contacts/{made.removeprefix('REVU-')}")


def _hire(w: Walk) -> Any:
    made = w.cw("POST", "agents", {"email": f"{w.word()}@acme.test", "name": w.word(), "role": "agent"})
    w.cw("POST", f"conversations/{w.conversation()}/assignments", {"assignee_id": made["id"]})
    return made


def _leave(w: Walk) -> Any:
    """Not one of our callers."""
    query = "SELECT user_id FROM memberships WHERE tenant_id = 1 AND left_at IS NULL AND user_id NOT IN (1, 2, 100, 101, 102)"
    return w.cw("DELETE", f"agents/{w.pick(query)}")


def _come_back(w: Walk) -> Any:
    """Somebody who owns a conversation leaves, and is let in again."""
    email = f"{w.word()}@acme.test"
    made = w.cw("POST", "agents", {"email": email, "name": w.word(), "role": "agent"})["id"]
    _update(w, owned_by={"set": [f"DEVU-{made}"]})
    w.cw("DELETE", f"agents/{made}")
    return w.cw("POST", "agents", {"email": email, "name": w.word(), "role": "agent"}) if w.flag() else None


def _team(w: Walk) -> str:
    return f"teams/{w.one('teams', 'member_type = $$dev_user$$')}"


def _delete_label(w: Walk) -> Any:
    name = w.word()
    made = w.cw("POST", "labels", {"title": name})["id"]
    w.cw("POST", f"conversations/{w.conversation()}/labels", {"labels": [name]})
    return w.cw("DELETE", f"labels/{made}")


def _move_org(w: Walk) -> Any:
    made = w.dv("rev-orgs.create", {"account": "ACC-1", "display_name": w.word()})["rev_org"]["id"]
    return w.dv("rev-orgs.update", {"id": made, "account": "ACC-2"})


def _delete_tag(w: Walk) -> Any:
    made = w.dv("tags.create", {"name": w.word()})["tag"]["display_id"]
    tagged = w.conversation()
    w.dv("conversations.update", {"id": f"CONV-{tagged}", "tags": {"add": [{"id": made}]}})
    w.dv("conversations.update", {"id": f"CONV-{tagged}", "tags": {"remove": [{"id": made}]}})
    return w.dv("tags.delete", {"id": made})


def _delete_team(w: Walk) -> Any:
    made = w.cw("POST", "teams", {"name": w.word()})["id"]
    w.cw("POST", f"conversations/{w.conversation()}/assignments", {"team_id": made})
    return w.cw("DELETE", f"teams/{made}")


def _role(w: Walk) -> Any:
    """The powers of a role that nobody of our callers has; its name is shown with its users."""
    made = w.cw("POST", "custom_roles", {"name": w.word(), "permissions": ["conversation_manage"]})["id"]
    w.cw("PATCH", "agents/2", {"custom_role_id": made})
    w.cw("PATCH", f"custom_roles/{made}", {"name": w.word(), "permissions": ["conversation_manage", "report_manage"]})
    return w.cw("PATCH", "agents/2", {"custom_role_id": None}) if w.flag() else None


def _fields(w: Walk) -> Any:
    """Both wires write the same values."""
    if w.flag():
        return _update(w, custom_fields={"tnt__tier": w.rng.choice(["gold", "silver", None]), "tnt__seats": w.rng.randrange(9)})
    return w.cw("POST", f"conversations/{w.conversation()}/custom_attributes", {"custom_attributes": {"tier": "gold", "free": w.word()}})


def _schema(w: Walk) -> Any:
    blocking = {"name": "blocking", "field_type": "bool", "description": w.word()}
    body = {"type": "custom_type_fragment", "subtype": "bug_report", "leaf_type": "conversation", "description": w.word()}
    return w.dv("schemas.custom.set", body | {"fields": [blocking]})


def _attribute(w: Walk) -> Any:
    made = w.cw(
        "POST",
        "custom_attribute_definitions",
        {"attribute_key": f"k{w.rng.randrange(10**6)}", "attribute_display_name": w.word(), "attribute_model": 0},
    )
    return w.cw("PATCH", f"custom_attribute_definitions/{made['id']}", {"attribute_display_name": w.word()})


def _stage(w: Walk) -> Any:
    custom = w.one("stages", "is_custom")
    return w.dv("stages.custom.update", {"id": f"STAGE-{custom}", "name": w.word(), "ordinal": w.rng.randrange(9000)})


def _sla(w: Walk) -> Any:
    made = w.cw("POST", "sla_policies", {"name": w.word(), "first_response_time_threshold": 600})["payload"]["id"]
    w.cw("PATCH", f"conversations/{w.conversation('NOT is_frozen AND sla_policy_id IS NULL')}", {"sla_policy_id": made})
    w.cw("PATCH", f"sla_policies/{made}", {"name": w.word(), "resolution_time_threshold": 60})
    return w.cw("DELETE", f"sla_policies/{made}") if w.flag() else None


def _link(w: Walk) -> Any:
    return w.dv("links.create", {"link_type": "is_related_to", "source": f"CONV-{w.conversation()}", "target": f"ACC-{w.one('companies')}"})


def _expire(w: Walk) -> None:
    w.raw(f"UPDATE messages SET expires_at = now() + interval '1 second' WHERE tenant_id = 1 AND id = {w.message('expires_at IS NULL')}")


def _alter(w: Walk) -> None:
    """One column of the two reference pages of DevRev, as nobody but an import or a job changes it."""
    columns = sorted({change for change in PRODUCERS.values() if isinstance(change, Column)}, key=repr)
    change = w.rng.choice(columns)
    try:
        w.raw(f"UPDATE {change.table} SET {change.column} = {change.value} WHERE tenant_id = 1 AND {change.where}")
    except Exception as error:
        w.told.append(f"refused: {error}")


def _care(action: str, **body: Any) -> Step:
    return lambda w: w.cw("POST", f"conversations/{w.conversation()}/{action}", body)


STEPS: dict[str, Step] = {
    # messages
    "say": _say,
    "note": lambda w: _say(w, visibility="internal"),
    "say in public": lambda w: _say(w, visibility="public", labels=[w.word()]),
    "say in private": _private,
    "bob says": lambda w: w.cw(
        "POST", f"conversations/{w.conversation('NOT is_frozen AND inbox_id = 1')}/messages", {"content": w.word()}, who="bob"
    ),
    "note over chatwoot": lambda w: w.cw("POST", f"conversations/{w.conversation()}/messages", {"content": w.word(), "private": True}),
    "incoming": lambda w: w.cw(
        "POST",
        f"conversations/{w.conversation('NOT is_frozen AND inbox_id = 2')}/messages",
        {"content": w.word(), "message_type": "incoming"},
    ),
    "the contact says": lambda w: w.dv(
        "timeline-entries.create",
        {"type": "timeline_comment", "object": f"CONV-{w.conversation('NOT is_frozen AND contact_id = 1')}", "body": w.word()},
        who="contact",
    ),
    "the visitor says": lambda w: w.visit("POST", f"/{_visited(w)}/messages", {"content": w.word()}),
    "the visitor reads": _visit_again,
    "the visitor opens another": lambda w: w.visit("POST", "", {}),
    "the bot says": lambda w: w.dv(
        "timeline-entries.create", {"type": "timeline_comment", "object": f"CONV-{w.conversation()}", "body": w.word()}, who="bot"
    ),
    "answer a message": lambda w: w.dv(
        "timeline-entries.create",
        {"type": "timeline_comment", "object": f"COMMENT-{w.message('kind <> $$activity$$ AND deleted_at IS NULL')}", "body": w.word()},
    ),
    "edit a message": lambda w: w.dv("timeline-entries.update", {"id": f"COMMENT-{_own(w)}", "body": w.word()}),
    "delete a message": lambda w: w.dv("timeline-entries.delete", {"id": f"COMMENT-{_own(w)}"}),
    "delete over chatwoot": lambda w: w.cw(
        "DELETE", f"conversations/{(lambda m: w.number)(m := w.message('kind <> $$activity$$'))}/messages/{m}"
    ),
    "message status": lambda w: w.cw(
        "PATCH",
        f"conversations/{(lambda m: w.number)(m := w.message('kind = $$outgoing$$', 'inbox_id = 2'))}/messages/{m}",
        {"status": "delivered"},
    ),
    "say with a file": lambda w: _say(w, artifacts=[_upload(w)]),
    "files of a message": _edit_artifacts,
    "react": lambda w: w.dv(
        "reactions.update",
        {"object": f"COMMENT-{w.message('kind <> $$activity$$ AND deleted_at IS NULL', 'number < 4')}", "emoji": "joy", "action": "add"},
    ),
    "react no more": _react_no_more,
    "a message expires": _expire,
    "hide a message": lambda w: w.raw(
        f"UPDATE messages SET visibility = 'private' WHERE tenant_id = 1 AND id = {w.message(where='number IN (1, 2)')}"
    ),
    "show a message": lambda w: w.raw(
        f"UPDATE messages SET visibility = 'external', private_to = NULL WHERE tenant_id = 1 AND id = {w.message(APART)}"
    ),
    # conversations
    "open": _open,
    "start": _start,
    "delete a conversation": _delete_conversation,
    "rename": lambda w: _update(w, title=w.word(), description=w.word()),
    "tag": _tags,
    "label": _labels,
    "own": lambda w: _update(w, owned_by={"set": w.rng.sample(["DEVU-1", "DEVU-2", "SVCACC-1"], 2)}),
    "members": lambda w: _update(w, members={"set": [f"REVU-{w.person()}", "DEVU-2"]}),
    "channels": lambda w: _update(w, channels={"set": [f"CHAN-{w.rng.randint(1, 3)}"]}),
    "another channel": lambda w: _update(w, source_channel_v2=f"CHAN-{w.rng.randint(1, 3)}"),
    "parts": lambda w: _update(w, applies_to_parts={"set": [f"PROD-{w.one('parts', 'kind = $$product$$')}"]}),
    "account": lambda w: _update(w, account=w.rng.choice([None, "ACC-1", "ACC-2"])),
    "brand": lambda w: _update(w, brand=f"BRAND-{w.one('brands')}"),
    "group": lambda w: _update(w, group=f"GROUP-{w.one('teams')}"),
    "spam": lambda w: _update(w, is_spam=w.flag()),
    "freeze": lambda w: (
        _update(w, is_frozen=True)
        if w.flag()
        else w.dv("conversations.update", {"id": f"CONV-{w.conversation('is_frozen')}", "is_frozen": False})
    ),
    "sentiment": lambda w: _update(w, sentiment=w.rng.randint(1, 5), sentiment_summary=w.word()),
    "stage": lambda w: _update(w, stage={"stage": f"STAGE-{w.one('stages')}"}),
    "custom fields": _fields,
    "toggle": _care("toggle_status"),
    "resolve": _care("toggle_status", status="resolved"),
    "snooze": _care("toggle_status", status="snoozed", snoozed_until=LATER),
    "pend": _care("toggle_status", status="pending"),
    "priority": lambda w: w.cw(
        "POST", f"conversations/{w.conversation()}/toggle_priority", {"priority": w.rng.choice(["low", "urgent", None])}
    ),
    "assign": lambda w: w.cw("POST", f"conversations/{w.conversation()}/assignments", {"assignee_id": w.user()}),
    "assign nobody": lambda w: w.cw("POST", f"conversations/{w.conversation()}/assignments", {"assignee_id": None}),
    "assign a bot": lambda w: w.cw(
        "POST", f"conversations/{w.conversation()}/assignments", {"assignee_id": w.one("bots"), "assignee_type": "AgentBot"}
    ),
    "assign a team": lambda w: w.cw("POST", f"conversations/{w.conversation()}/assignments", {"team_id": w.one("teams")}),
    "participants": lambda w: w.cw("POST", f"conversations/{w.conversation()}/participants", {"user_ids": [1]}),
    "participants go": lambda w: w.cw("DELETE", f"conversations/{w.conversation()}/participants", {"user_ids": [1]}),
    "mute": _care("mute"),
    "unmute": _care("unmute"),
    "read": _care("update_last_seen"),
    "unread": _care("unread"),
    "link": _link,
    "bulk": lambda w: w.cw(
        "POST",
        "bulk_actions",
        {"type": "Conversation", "ids": [w.conversation(), w.conversation()], "fields": {"status": "open"}, "labels": {"add": [w.word()]}},
    ),
    # people
    "rename an agent": lambda w: w.cw("PATCH", f"agents/{w.user()}", {"name": w.word()}),
    "rename a dev user": lambda w: w.dv("dev-users.update", {"id": f"DEVU-{w.user()}", "display_name": w.word(), "full_name": w.word()}),
    "profile": lambda w: w.cw("PUT", "/api/v1/profile", {"display_name": w.word(), "message_signature": w.word()}, who="bob"),
    "availability": lambda w: w.cw(
        "POST",
        "/api/v1/profile/availability",
        {"account_id": 1, "availability": w.rng.choice(["online", "busy"])},
        who=w.rng.choice(["ada", "bob"]),
    ),
    "auto offline": lambda w: w.cw("POST", "/api/v1/profile/auto_offline", {"account_id": 1, "auto_offline": w.flag()}, who="bob"),
    "hire": _hire,
    "leave": _leave,
    "come back": _come_back,
    "deactivate": lambda w: w.dv("dev-users.deactivate", {"id": f"DEVU-{w.rng.choice([5])}"}),
    "activate": lambda w: w.dv("dev-users.activate", {"id": "DEVU-5"}),
    "roles": _role,
    "bob's power": lambda w: w.cw("PATCH", "agents/2", {"role": w.rng.choice(["agent", "administrator"])}),
    "presence": lambda w: w.raw(
        f"INSERT INTO user_presences VALUES (1, {w.user()}, now()) ON CONFLICT (tenant_id, user_id) DO UPDATE SET seen_at = now()"
    ),
    "a contact is here": lambda w: w.raw(
        f"INSERT INTO contact_presences VALUES (1, {w.person()}, now()) ON CONFLICT (tenant_id, contact_id) DO UPDATE SET seen_at = now()"
    ),
    "somebody leaves the screen": lambda w: w.raw(
        "DELETE FROM user_presences WHERE tenant_id = 1; DELETE FROM contact_presences WHERE tenant_id = 1"
    ),
    "rename a contact": lambda w: w.cw(
        "PUT",
        f"contacts/{w.person()}",
        {"name": w.word(), "custom_attributes": {"k": w.word()}, "additional_attributes": {"city": w.word()}},
    ),
    "rename a rev user": lambda w: w.dv("rev-users.update", {"id": f"REVU-{w.person()}", "display_name": w.word()}),
    "block a contact": lambda w: w.cw("PUT", f"contacts/{w.person()}", {"blocked": w.flag()}),
    "picture of a contact": lambda w: w.dv(
        "rev-users.update", {"id": f"REVU-{w.person()}", "display_picture": w.rng.choice([None, _upload(w)])}
    ),
    "merge contacts": _merge_contacts,
    "merge accounts": _merge_accounts,
    "merge users": _merge_users,
    "delete a contact": _delete_contact,
    "rename a bot": lambda w: w.dv("service-accounts.update", {"id": "SVCACC-1", "display_name": w.word()}),
    "rename an agent bot": lambda w: w.cw("PATCH", "agent_bots/1", {"name": w.word(), "description": w.word()}),
    "rename an account": lambda w: w.dv("accounts.update", {"id": f"ACC-{w.one('companies')}", "display_name": w.word()}),
    "rename a rev org": lambda w: w.dv("rev-orgs.update", {"id": f"REV-{w.one('workspaces')}", "display_name": w.word()}),
    "move a rev org": _move_org,
    "another rev org": lambda w: w.dv("rev-orgs.create", {"account": "ACC-1", "display_name": w.word()}),
    # structure
    "rename a team": lambda w: w.cw("PATCH", _team(w), {"name": w.word(), "description": w.word()}),
    "rename a group": lambda w: w.dv("groups.update", {"id": f"GROUP-{w.one('teams')}", "name": w.word()}),
    "join a team": lambda w: w.cw("POST", f"{_team(w)}/team_members", {"user_ids": [w.rng.choice([1, 2, 100])]}),
    "leave a team": lambda w: w.cw("DELETE", f"{_team(w)}/team_members", {"user_ids": [w.rng.choice([1, 2, 100])]}),
    "delete a team": _delete_team,
    "rename a tag": lambda w: w.dv("tags.update", {"id": f"TAG-{w.one('tags')}", "name": w.word(), "style_new": {"color": "#123456"}}),
    "rename a label": lambda w: w.cw("PATCH", f"labels/{w.one('tags', 'is_label')}", {"title": w.word(), "color": "#abcdef"}),
    "delete a label": _delete_label,
    "delete a tag": _delete_tag,
    "rename a part": lambda w: w.dv("parts.update", {"id": f"PROD-{w.one('parts', 'kind = $$product$$')}", "name": w.word()}),
    "rename a brand": lambda w: w.dv("brands.update", {"id": f"BRAND-{w.one('brands')}", "name": w.word()}),
    "rename an inbox": lambda w: w.cw("PATCH", f"inboxes/{w.one('inboxes')}", {"name": w.word()}),
    "members of an inbox": lambda w: w.cw(
        "PATCH", "inbox_members", {"inbox_id": w.rng.choice([1, 2]), "user_ids": w.rng.sample([2, 100, 101], 2)}
    ),
    "reply window": lambda w: w.raw(
        f"UPDATE inboxes SET reply_window = interval"
        f" '{w.rng.choice(['1 hour', '24 hours'])}' WHERE tenant_id = 1 AND id = {w.one('inboxes')}"
    ),
    "a window closes": lambda w: w.raw(
        "UPDATE conversations SET last_incoming_at = now() - interval '1 hour' + interval '1 second' WHERE tenant_id = 1"
        f" AND number = {w.conversation('NOT is_frozen AND inbox_id = 2')};"
        " UPDATE inboxes SET reply_window = interval '1 hour' WHERE tenant_id = 1 AND id = 2"
    ),
    "stages": _stage,
    "states": lambda w: w.dv("states.custom.create", {"name": w.word(), "ordinal": w.rng.randrange(100, 9000)}),
    "schema": _schema,
    "attribute": _attribute,
    "sla": _sla,
    "rename a policy": lambda w: w.cw("PATCH", "sla_policies/1", {"name": w.word(), "description": w.word()}),
    "sla metric goes": lambda w: w.dv(
        "sla-trackers.remove-metric",
        {
            "object": f"CONV-{w.conversation(TRACKED)}",
            "metric": "METRIC-1",
        },
    ),
    "sla clock": lambda w: w.raw(
        "UPDATE sla_trackers SET stage = 'breached', status = 'missed' WHERE tenant_id = 1"
        f" AND conversation_number = {w.conversation(TRACKED)}"
    ),
    "sla event": lambda w: w.raw(
        "INSERT INTO sla_events (tenant_id, id, tracker_id, kind) SELECT 1, (SELECT max(id) + 1 FROM sla_events),"
        f" {w.one('sla_trackers')}, 'rt'"
    ),
    "rename the account": lambda w: w.cw("PATCH", "", {"name": w.word()}),
    "features": lambda w: w.raw(f"UPDATE tenants SET features = '{w.rng.choice(['{}', '{sla}', '{sla,companies}'])}' WHERE id = 1"),
    # what only an import or a job writes
    "origin": lambda w: w.raw(
        "INSERT INTO origins (tenant_id, noun, local_id, system, external_id, sync_unit_id, in_status, in_at) VALUES"
        f" (1, 'conversation', {w.conversation()}, 'zendesk', '{w.word()}', 1, 'succeeded', now())"
        " ON CONFLICT (tenant_id, noun, local_id) DO UPDATE SET external_id = EXCLUDED.external_id"
    ),
    "origin goes": lambda w: w.raw("DELETE FROM origins WHERE tenant_id = 1 AND noun = 'message'"),
    "file": lambda w: w.raw(
        f"UPDATE attachments SET width = {w.rng.randrange(99)}, file_name = '{w.word()}' WHERE tenant_id = 1 AND message_id IS NOT NULL"
    ),
    "picture": lambda w: w.raw(
        f"UPDATE attachments SET byte_size = {w.rng.randrange(99)}, file_name = '{w.word()}' WHERE tenant_id = 1 AND message_id IS NULL"
    ),
    "value of a tag": lambda w: w.raw(f"UPDATE conversation_tags SET value = '{w.word()}' WHERE tenant_id = 1"),
    "members go": lambda w: w.raw(f"DELETE FROM conversation_members WHERE tenant_id = 1 AND conversation_number = {w.conversation()}"),
    "sync unit": lambda w: w.raw(f"UPDATE sync_units SET name = '{w.word()}', run_state = 'extraction' WHERE tenant_id = 1"),
    "nothing and a tag": lambda w: w.raw(
        f"UPDATE conversations SET title = title WHERE tenant_id = 1 AND number = {w.conversation()};"
        f"UPDATE conversation_tags SET value = '{w.word()}' WHERE tenant_id = 1 AND conversation_number = {w.number}"
    ),
    "a message moves": lambda w: w.raw(
        f"UPDATE messages SET conversation_number = {w.conversation('number > 4')} WHERE tenant_id = 1 AND id = {w.message()}"
    ),
    "wake": lambda w: w.raw(
        f"UPDATE conversations SET snoozed_until = now() WHERE tenant_id = 1 AND number = {w.conversation('status = $$snoozed$$')}"
    ),
    "alter": _alter,
    "alter again": _alter,
    "import": bring_again,
    "import again": bring_again,
}
