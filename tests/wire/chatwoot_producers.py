"""Where each key of Chatwoot's reference page comes from: a store column (or a function of ours) and a change to it.

A test makes the change in the database, asks again, and must see the key change (test_chatwoot_keys.py). The coverage
page lists the same table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .chatwoot_world import ACCOUNT, ADA, BO, CONTACT, FULL, MANAGE, QUIET_CONTACT, STOREFRONT

REFERENCE = "contracts/chatwoot/reference-conversations-list.txt"
ROW = "data.payload[]"
MESSAGE, LAST, META = f"{ROW}.messages[]", f"{ROW}.last_non_activity_message", f"{ROW}.meta"
SENDER, ASSIGNEE, ASSIGNEE_ACCOUNT = f"{META}.sender", f"{META}.assignee", f"{META}.assignee.accounts[]"

# Never in a list (design.md, Fidelity 4).
SECRETS = {f"{ASSIGNEE}.{name}" for name in ("access_token", "pubsub_token", "hmac_identifier")}
# Known, constant for now, and why; this list may only shrink.
WITHOUT_PRODUCER = {
    f"{ASSIGNEE_ACCOUNT}.status": "active: a suspended account answers nobody",
}

HERE = f"tenant_id = {ACCOUNT} AND number = {FULL}"
NEWER = "created_at = created_at + interval '1 day'"
SHIFT = "{0} = {0} - interval '1 day'"


def conversation(change: str) -> str:
    return f"UPDATE conversations SET {change} WHERE {HERE}"


def shift(column: str) -> str:
    return conversation(SHIFT.format(column))


def message(change: str) -> str:
    return f"UPDATE messages SET {change} WHERE tenant_id = {ACCOUNT} AND id = 1001"


def contact(change: str) -> str:
    return f"UPDATE contacts SET {change} WHERE tenant_id = {ACCOUNT} AND id = {CONTACT}"


def member(change: str) -> str:
    return f"UPDATE memberships SET {change} WHERE tenant_id = {ACCOUNT} AND user_id = {BO}"


OTHER_CONTACT = conversation(f"contact_id = {QUIET_CONTACT}")
OTHER_ASSIGNEE = conversation(f"assignee_user_id = {ADA}")
TAGGED = f"INSERT INTO conversation_tags (tenant_id, conversation_number, tag_id, position) VALUES ({ACCOUNT}, {FULL}, 99, 9)"
NEW_TAG = f"INSERT INTO tags (tenant_id, id, name) VALUES ({ACCOUNT}, 99, 'new')"
NEW_ROW = (
    "INSERT INTO conversations (tenant_id, number, stage_id, status, inbox_id, contact_id, created_by_kind, modified_by_kind,"
    f" assignee_user_id) SELECT {ACCOUNT}, 99, 1, 'open', {STOREFRONT}, {CONTACT}, 'contact', 'contact', "
)
# Seen by the tenant next door, whose rows carry another account's id.
ELSEWHERE = "ask the other account"

MESSAGE_KEYS: dict[str, str] = {
    "id": f"INSERT INTO messages (tenant_id, id, conversation_number, kind) VALUES ({ACCOUNT}, 1900, {FULL}, 'incoming')",
    "content": message("body = 'other words'"),
    "account_id": ELSEWHERE,
    "inbox_id": conversation("inbox_id = 22"),
    "conversation_id": NEW_ROW + f"{BO}; UPDATE messages SET conversation_number = 99 WHERE tenant_id = {ACCOUNT} AND id = 1001",
    "message_type": message("kind = 'outgoing'"),
    "created_at": message(NEWER),
    "updated_at": message("updated_at = updated_at + interval '1 day'"),
    "private": message("visibility = 'internal'"),
    "status": message("status = 'failed'"),
    "source_id": message("source_id = 'm-2'"),
    "content_type": message("content_type = 'input_email'"),
    "content_attributes": message("content_attributes = '{\"in_reply_to\": 8}'"),
    "sender_type": message(f"author_kind = 'user', author_id = {BO}"),
    "sender_id": message(f"author_id = {QUIET_CONTACT}"),
    "external_source_ids": message('external_source_ids = \'{"slack": "s2"}\''),
    "additional_attributes": message("additional_attributes = '{\"a\": 2}'"),
    "processed_message_content": message("processed_body = 'other'"),
    "sentiment": message("sentiment = '{\"score\": 2}'"),
    "conversation": conversation("unread_count = 7"),
    "attachment": f"UPDATE attachments SET byte_size = 5 WHERE tenant_id = {ACCOUNT} AND id = 3",
    "sender": contact("email = 'other@mail.test'"),
}
CHANGES: dict[str, str] = {
    "data.meta.mine_count": NEW_ROW + f"{ADA}",
    "data.meta.assigned_count": NEW_ROW + f"{BO}",
    "data.meta.unassigned_count": NEW_ROW + "NULL",
    "data.meta.all_count": NEW_ROW + "NULL",
    f"{ROW}.id": NEW_ROW + f"{BO}",
    f"{ROW}.account_id": ELSEWHERE,
    f"{ROW}.uuid": conversation("uuid = gen_random_uuid()"),
    f"{ROW}.additional_attributes": conversation('additional_attributes = \'{"referer": "x"}\''),
    f"{ROW}.agent_last_seen_at": shift("agent_last_seen_at"),
    f"{ROW}.assignee_last_seen_at": shift("assignee_last_seen_at"),
    f"{ROW}.can_reply": f"UPDATE inboxes SET reply_window = interval '1 hour' WHERE tenant_id = {ACCOUNT} AND id = {STOREFRONT}",
    f"{ROW}.contact_last_seen_at": shift("contact_last_seen_at"),
    f"{ROW}.custom_attributes": conversation('custom_fields = \'{"tnt": {"order total": 13}}\''),
    f"{ROW}.inbox_id": conversation("inbox_id = 22"),
    f"{ROW}.labels": f"{NEW_TAG}; {TAGGED}",
    f"{ROW}.labels[]": f"UPDATE tags SET name = 'renamed' WHERE tenant_id = {ACCOUNT} AND name = 'vip-gold'",
    f"{ROW}.muted": contact("blocked = true"),
    f"{ROW}.snoozed_until": shift("snoozed_until"),
    f"{ROW}.status": conversation("status = 'open', stage_id = 1"),
    f"{ROW}.created_at": shift("created_at"),
    f"{ROW}.updated_at": shift("modified_at"),
    f"{ROW}.timestamp": shift("last_activity_at"),
    f"{ROW}.first_reply_created_at": shift("first_reply_at"),
    f"{ROW}.unread_count": conversation("unread_count = 3"),
    f"{ROW}.last_activity_at": shift("last_activity_at"),
    f"{ROW}.priority": conversation("priority = 0"),
    f"{ROW}.waiting_since": shift("waiting_since"),
    f"{ROW}.sla_policy_id": conversation("sla_policy_id = NULL"),
    f"{ROW}.applied_sla": f"UPDATE sla_trackers SET status = 'hit' WHERE tenant_id = {ACCOUNT}",
    f"{ROW}.sla_events": f"DELETE FROM sla_events WHERE tenant_id = {ACCOUNT}",
    f"{ROW}.sla_events[]": f"UPDATE sla_events SET kind = 'rt' WHERE tenant_id = {ACCOUNT}",
    f"{SENDER}.additional_attributes": contact('additional_attributes = \'{"city": "Bonn"}\''),
    f"{SENDER}.availability_status": f"INSERT INTO contact_presences (tenant_id, contact_id) VALUES ({ACCOUNT}, {CONTACT})",
    f"{SENDER}.email": contact("email = 'other@mail.test'"),
    f"{SENDER}.id": OTHER_CONTACT,
    f"{SENDER}.name": contact("name = 'Zora'"),
    f"{SENDER}.phone_number": contact("phone_number = '+1'"),
    f"{SENDER}.blocked": contact("blocked = true"),
    f"{SENDER}.identifier": contact("identifier = 'ext-2'"),
    f"{SENDER}.thumbnail": contact("avatar_id = 2"),
    f"{SENDER}.custom_attributes": contact('custom_fields = \'{"tnt": {"tier": "tin"}}\''),
    f"{SENDER}.last_activity_at": contact(SHIFT.format("last_activity_at")),
    f"{SENDER}.created_at": contact(SHIFT.format("created_at")),
    f"{META}.channel": f"UPDATE inboxes SET kind = 'email' WHERE tenant_id = {ACCOUNT} AND id = {STOREFRONT}",
    f"{META}.hmac_verified": f"UPDATE contact_points SET hmac_verified = false WHERE tenant_id = {ACCOUNT}",
    f"{ASSIGNEE}.id": OTHER_ASSIGNEE,
    f"{ASSIGNEE}.account_id": ELSEWHERE,
    f"{ASSIGNEE}.available_name": member("display_name = 'Bobby'"),
    f"{ASSIGNEE}.avatar_url": member("avatar_id = 1"),
    f"{ASSIGNEE}.confirmed": member("confirmed = false"),
    f"{ASSIGNEE}.display_name": member("display_name = 'Bobby'"),
    f"{ASSIGNEE}.message_signature": member("message_signature = 'Yours, Bo'"),
    f"{ASSIGNEE}.email": member("email = 'bo@x.test'"),
    f"{ASSIGNEE}.inviter_id": member("inviter_id = 1"),
    f"{ASSIGNEE}.name": member("name = 'Bob'"),
    f"{ASSIGNEE}.provider": member("provider = 'google'"),
    f"{ASSIGNEE}.role": member("role = 'administrator'"),
    f"{ASSIGNEE}.ui_settings": member("ui_settings = '{\"dark\": true}'"),
    f"{ASSIGNEE}.uid": member("email = 'bo@x.test'"),
    f"{ASSIGNEE}.type": member("is_super_admin = true"),
    f"{ASSIGNEE}.custom_attributes": member("custom_attributes = '{\"desk\": 1}'"),
    f"{ASSIGNEE_ACCOUNT}.id": ELSEWHERE,
    f"{ASSIGNEE_ACCOUNT}.name": f"UPDATE tenants SET name = 'Renamed' WHERE id = {ACCOUNT}",
    f"{ASSIGNEE_ACCOUNT}.active_at": member("active_at = now()"),
    f"{ASSIGNEE_ACCOUNT}.role": member("role = 'administrator'"),
    f"{ASSIGNEE_ACCOUNT}.permissions": member(f"custom_role_id = {MANAGE}"),
    f"{ASSIGNEE_ACCOUNT}.permissions[]": member("role = 'administrator'"),
    f"{ASSIGNEE_ACCOUNT}.availability": member("availability = 'busy'"),
    f"{ASSIGNEE_ACCOUNT}.availability_status": member("availability = 'busy', auto_offline = false"),
    f"{ASSIGNEE_ACCOUNT}.auto_offline": member("auto_offline = false"),
    f"{ASSIGNEE_ACCOUNT}.custom_role_id": member(f"custom_role_id = {MANAGE}"),
    f"{ASSIGNEE_ACCOUNT}.custom_role": member(f"custom_role_id = {MANAGE}"),
    **{f"{MESSAGE}.{key}": change for key, change in MESSAGE_KEYS.items()},
    **{f"{LAST}.{key}": change for key, change in MESSAGE_KEYS.items()},
}


# The original drops these keys while they are empty.
APPEARING = {f"{ASSIGNEE}.custom_attributes"}
# Which tests cover each parameter of the page; every one is in test_chatwoot_decode.py and test_recordings.py too.
PARAMETERS = {
    "account_id": "test_chatwoot_roles.py::test_who_is_kept_out_hears_why",
    "assignee_type": "test_chatwoot_roles.py::test_the_assignee_narrows_the_rows_and_never_the_counts",
    "status": "test_chatwoot_list.py::test_a_parameter_selects_its_conversations_and_counts_them",
    "q": "test_chatwoot_list.py::test_a_parameter_selects_its_conversations_and_counts_them",
    "inbox_id": "test_chatwoot_list.py::test_a_parameter_selects_its_conversations_and_counts_them",
    "team_id": "test_chatwoot_list.py::test_a_parameter_selects_its_conversations_and_counts_them",
    "labels": "test_chatwoot_list.py::test_a_parameter_selects_its_conversations_and_counts_them",
    "page": "test_chatwoot_list.py::test_pages_add_up_to_everything_once",
}


def producer(path: str) -> str:
    """What a key comes from, as the coverage page names it."""
    change = CHANGES[path]
    if change == ELSEWHERE:
        return "the account that was asked"
    table = re.search(r"(?:UPDATE|INTO|DELETE FROM) (\w+)", change.rpartition("; ")[2])
    column = re.search(r" SET (\w+)", change)
    assert table is not None
    return f"{table[1]}.{column[1]}" if column else table[1]


def reference_keys(shared: Path) -> set[str]:
    """The leaves and lists of the page's example answer."""
    text = (shared / REFERENCE).read_text()
    example, _ = json.JSONDecoder().raw_decode(text[text.index('{\n"data"') :])
    return set(paths(example))


def paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from paths(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        # A list of values or of open objects is a key of its own, one of known objects is only a way to theirs.
        if not (isinstance(value[0], dict) and value[0]):
            yield path
        yield from paths(value[0], f"{path}[]")
    else:
        yield path


def reference_parameters(shared: Path) -> set[str]:
    """The names in the page's path and query sections."""
    text = (shared / REFERENCE).read_text()
    section = text[text.index("Path Parameters") : text.index("Response Body")]
    return set(re.findall(r"^(\w+)[?*](?:string|integer|array)", section, re.MULTILINE))


def look_up(answer: Any, path: str) -> Any:
    """The value at a path, by the first of every list. Raises KeyError for a key that is not there."""
    for step in path.replace("[]", ".[]").split("."):
        answer = answer[0] if step == "[]" else answer[step]
    return answer
