"""Inboxes, teams, labels, attribute definitions, campaigns, roles, SLA policies: one source row becomes one row of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..domain.custom_fields import TENANT_NAMESPACE
from ..domain.inboxes import META_FLAGS, reply_window
from ..store.import_rows import Staged
from .chatwoot_values import ATTRIBUTE_NOUNS, ATTRIBUTE_TYPES, FIELD_TYPES, at, channel_kind, decode_json, named

Row = Mapping[str, Any]

# The columns of a channel that are no secret; whatever else a channel has stays behind.
_OPEN_CHANNEL = frozenset(
    {
        "additional_attributes", "allowed_domains", "bot_name", "business_id", "continuity_via_email", "email", "feature_flags",
        "forward_to_email", "hmac_mandatory", "identifier", "imap_address", "imap_authentication", "imap_enable_ssl", "imap_enabled",
        "imap_login", "imap_port", "instagram_id", "line_channel_id", "medium", "page_id", "phone_number", "pre_chat_form_enabled",
        "pre_chat_form_options", "provider", "reply_time", "smtp_address", "smtp_authentication", "smtp_domain",
        "smtp_enable_ssl_tls", "smtp_enable_starttls_auto", "smtp_enabled", "smtp_login", "smtp_openssl_verify_mode", "smtp_port",
        "verified_for_sending", "webhook_url", "website_token", "website_url", "welcome_tagline", "welcome_title", "widget_color",
    }
)  # fmt: skip
_OF_EVERY_ROW = frozenset({"id", "account_id", "created_at", "updated_at"})

_INBOX_SETTINGS = (
    "enable_auto_assignment", "greeting_enabled", "greeting_message", "email_address", "working_hours_enabled", "out_of_office_message",
    "enable_email_collect", "csat_survey_enabled", "allow_messages_after_resolved", "portal_id", "sender_name_type", "business_name",
)  # fmt: skip
_CAMPAIGN_SETTINGS = (
    "description", "message", "sender_id", "enabled", "campaign_type", "campaign_status", "trigger_only_during_business_hours",
)  # fmt: skip


def inbox(row: Row, channel: Mapping[str, Any], *, human_agents: frozenset[str], bot_id: int | None, members: Sequence[int]) -> Staged:
    """An inbox with its channel's open columns. ``human_agents``: the kinds with Meta's seven days."""
    kind = channel_kind(row["channel_type"])
    settings = {name: row[name] for name in _INBOX_SETTINGS if row[name] is not None}
    settings |= {name: decode_json(row[name]) for name in ("auto_assignment_config", "csat_config") if row[name] is not None}
    values = {
        "name": row["name"],
        "kind": kind,
        "channel_id": row["channel_id"],
        "channel": _json({name: value for name, value in channel.items() if name in _OPEN_CHANNEL}),
        "settings": _json(settings),
        "timezone": row["timezone"] or "UTC",
        "lock_to_single_conversation": bool(row["lock_to_single_conversation"]),
        "reply_window": reply_window(kind, channel, human_agents),
        "active_bot_id": bot_id,
        **_times(row),
    }
    return Staged(row["id"], values, extra=sorted(members))


def secrets(channel: Mapping[str, Any]) -> list[str]:
    """The columns of a channel that hold something and are left behind."""
    return sorted(name for name, value in channel.items() if value not in (None, "", {}, []) and name not in _OPEN_CHANNEL | _OF_EVERY_ROW)


def meta_flags() -> dict[str, str]:
    """The installation's settings that lengthen Meta's reply windows, by inbox kind."""
    return dict(META_FLAGS)


def custom_role(row: Row) -> Staged:
    values = {
        "name": row["name"] or "",
        "description": row["description"],
        "permissions": list(row["permissions"] or []),
        **_times(row),
    }
    return Staged(row["id"], values)


def team(row: Row, members: Sequence[int]) -> Staged:
    values = {
        "name": row["name"],
        "description": row["description"],
        "allow_auto_assign": row["allow_auto_assign"] is not False,
        **_times(row),
    }
    return Staged(row["id"], values, extra=sorted(members))


def label(row: Row) -> Staged:
    values = {
        "name": row["title"] or "",
        "description": row["description"],
        "color": row["color"] or "#1f93ff",
        "is_label": True,
        "show_on_sidebar": bool(row["show_on_sidebar"]),
        **_times(row),
    }
    return Staged(row["id"], values)


def loose_tag(tag_id: int, name: str, source_id: int | None, moment: datetime) -> Staged:
    """A name that conversations carry without a label of exactly that name; ``source_id`` is the installation's tag."""
    values = {
        "name": name,
        "description": None,
        "color": "#1f93ff",
        "is_label": False,
        "show_on_sidebar": False,
        "created_at": moment,
        "updated_at": moment,
    }
    return Staged(tag_id, values, external_id=f"name:{name}" if source_id is None else f"tag:{source_id}")


def custom_field(row: Row) -> Staged:
    chatwoot_type = named(ATTRIBUTE_TYPES, row["attribute_display_type"], "text")
    default = row["default_value"]
    values = {
        "noun": named(ATTRIBUTE_NOUNS, row["attribute_model"], "conversation"),
        "namespace": TENANT_NAMESPACE,
        "key": row["attribute_key"] or "",
        "display_name": row["attribute_display_name"] or row["attribute_key"] or "",
        "description": row["attribute_description"],
        "field_type": FIELD_TYPES[chatwoot_type],
        "chatwoot_type": chatwoot_type,
        "allowed_values": _json(decode_json(row["attribute_values"]) or []),
        "default_value": None if default is None else _json(default),
        "regex_pattern": row["regex_pattern"],
        "regex_cue": row["regex_cue"],
        **_times(row),
    }
    return Staged(row["id"], values)


def campaign(row: Row, inbox_id: int | None) -> Staged:
    settings = {name: row[name] for name in _CAMPAIGN_SETTINGS if row[name] is not None}
    settings |= {name: decode_json(row[name]) for name in ("trigger_rules", "audience", "template_params") if row[name] is not None}
    if row["scheduled_at"] is not None:
        settings["scheduled_at"] = at(row["scheduled_at"]).isoformat()
    values = {
        "display_id": row["display_id"] or row["id"],
        "title": row["title"] or "",
        "inbox_id": inbox_id,
        "settings": _json(settings),
        **_times(row),
    }
    return Staged(row["id"], values)


def sla_policy(row: Row) -> Staged:
    values = {
        "name": row["name"],
        "description": row["description"],
        "first_response_s": row["first_response_time_threshold"],
        "next_response_s": row["next_response_time_threshold"],
        "resolution_s": row["resolution_time_threshold"],
        "only_during_business_hours": bool(row["only_during_business_hours"]),
        **_times(row),
    }
    return Staged(row["id"], values)


def _times(row: Row) -> dict[str, datetime]:
    return {"created_at": at(row["created_at"]), "updated_at": at(row["updated_at"], row["created_at"])}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
