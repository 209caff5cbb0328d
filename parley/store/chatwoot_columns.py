"""Which of Chatwoot's tables and columns an import reads, as tables: the allow-list of ``chatwoot_source``."""

from __future__ import annotations

# Without these there is nothing to import; each with the columns that nothing can stand in for.
CORE_TABLES: dict[str, tuple[str, ...]] = {
    "accounts": ("id", "name"),
    "users": ("id", "name"),
    "account_users": ("id", "account_id", "user_id"),
    "inboxes": ("id", "account_id", "name", "channel_type"),
    "contacts": ("id", "account_id", "name"),
    "contact_inboxes": ("id", "contact_id", "inbox_id", "source_id"),
    "conversations": ("id", "account_id", "display_id", "inbox_id", "contact_id", "status", "created_at", "updated_at"),
    "messages": ("id", "account_id", "conversation_id", "message_type", "content", "created_at", "sender_type", "sender_id"),
}

COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts": (
        "id", "name", "locale", "domain", "support_email", "auto_resolve_duration", "limits", "custom_attributes", "status", "settings",
        "created_at", "updated_at",
    ),
    "users": (
        "id", "name", "display_name", "email", "provider", "encrypted_password", "confirmed_at", "availability", "ui_settings",
        "custom_attributes", "type", "message_signature", "created_at", "updated_at",
    ),
    "account_users": (
        "id", "user_id", "role", "inviter_id", "active_at", "availability", "auto_offline", "custom_role_id", "created_at", "updated_at",
    ),
    "custom_roles": ("id", "name", "description", "permissions", "created_at", "updated_at"),
    "agent_bots": ("id", "account_id", "name", "description", "outgoing_url", "bot_type", "bot_config", "created_at", "updated_at"),
    "captain_assistants": ("id", "name", "description", "created_at", "updated_at"),
    "companies": ("id", "name", "description", "domain", "custom_attributes", "created_at", "updated_at"),
    "inboxes": (
        "id", "name", "channel_id", "channel_type", "timezone", "lock_to_single_conversation", "enable_auto_assignment", "greeting_enabled",
        "greeting_message", "email_address", "working_hours_enabled", "out_of_office_message", "enable_email_collect",
        "csat_survey_enabled", "allow_messages_after_resolved", "auto_assignment_config", "portal_id", "sender_name_type",
        "business_name", "csat_config", "created_at", "updated_at",
    ),
    "inbox_members": ("id", "inbox_id", "user_id", "created_at"),
    "agent_bot_inboxes": ("id", "inbox_id", "agent_bot_id", "status"),
    "teams": ("id", "name", "description", "allow_auto_assign", "created_at", "updated_at"),
    "team_members": ("id", "team_id", "user_id", "created_at"),
    "labels": ("id", "title", "description", "color", "show_on_sidebar", "created_at", "updated_at"),
    "custom_attribute_definitions": (
        "id", "attribute_display_name", "attribute_key", "attribute_display_type", "default_value", "attribute_model",
        "attribute_description", "attribute_values", "regex_pattern", "regex_cue", "created_at", "updated_at",
    ),
    "campaigns": (
        "id", "display_id", "title", "description", "message", "sender_id", "enabled", "inbox_id", "trigger_rules", "campaign_type",
        "campaign_status", "audience", "scheduled_at", "trigger_only_during_business_hours", "template_params", "created_at", "updated_at",
    ),
    "sla_policies": (
        "id", "name", "description", "first_response_time_threshold", "next_response_time_threshold", "resolution_time_threshold",
        "only_during_business_hours", "created_at", "updated_at",
    ),
    "contacts": (
        "id", "name", "middle_name", "last_name", "email", "phone_number", "identifier", "contact_type", "location", "country_code",
        "blocked", "company_id", "additional_attributes", "custom_attributes", "last_activity_at", "created_at", "updated_at",
    ),
    "contact_inboxes": ("id", "contact_id", "inbox_id", "source_id", "hmac_verified", "pubsub_token", "created_at", "updated_at"),
    "conversations": (
        "id", "display_id", "uuid", "status", "priority", "inbox_id", "contact_id", "contact_inbox_id", "team_id", "campaign_id",
        "sla_policy_id", "assignee_id", "assignee_agent_bot_id", "identifier", "additional_attributes", "custom_attributes",
        "cached_label_list", "created_at", "updated_at", "last_activity_at", "snoozed_until", "first_reply_created_at", "waiting_since",
        "agent_last_seen_at", "assignee_last_seen_at", "contact_last_seen_at",
    ),
    "conversation_participants": ("id", "conversation_id", "user_id", "created_at"),
    "mentions": ("id", "conversation_id", "user_id", "mentioned_at"),
    "applied_slas": ("id", "conversation_id", "sla_policy_id", "sla_status", "created_at", "updated_at"),
    "sla_events": ("id", "applied_sla_id", "conversation_id", "event_type", "meta", "created_at", "updated_at"),
    "messages": (
        "id", "conversation_id", "content", "message_type", "private", "status", "source_id", "content_type", "content_attributes",
        "sender_type", "sender_id", "external_source_ids", "additional_attributes", "processed_message_content", "sentiment",
        "created_at", "updated_at",
    ),
    "attachments": (
        "id", "message_id", "file_type", "external_url", "coordinates_lat", "coordinates_long", "fallback_title", "extension", "meta",
        "created_at", "updated_at",
    ),
    "access_tokens": ("id", "owner_type", "owner_id", "token", "created_at"),
    "platform_apps": ("id", "name"),
}  # fmt: skip

CHANNEL_TABLES = {
    "api": "channel_api",
    "email": "channel_email",
    "facebook_page": "channel_facebook_pages",
    "instagram": "channel_instagram",
    "line": "channel_line",
    "sms": "channel_sms",
    "telegram": "channel_telegram",
    "tiktok": "channel_tiktok",
    "twilio_sms": "channel_twilio_sms",
    "twitter_profile": "channel_twitter_profiles",
    "voice": "channel_voice",
    "web_widget": "channel_web_widgets",
    "whatsapp": "channel_whatsapp",
}

# What an account may have that nothing here holds yet; an import tells how much of it stayed behind.
LEFT_OUT = (
    "articles", "automation_rules", "canned_responses", "csat_survey_responses", "custom_filters", "dashboard_apps",
    "integrations_hooks", "macros", "notes", "portals", "reporting_events", "webhooks", "working_hours",
)  # fmt: skip

# Where an account's rows name users, as (table, column that must exist, query of the ids).
_OF_ACCOUNT = "SELECT t.{1} FROM {0} t WHERE t.account_id = $1"
USER_REFERENCES: tuple[tuple[str, str, str], ...] = (
    *((table, column, _OF_ACCOUNT.format(table, column)) for table, column in (
        ("account_users", "user_id"), ("account_users", "inviter_id"), ("conversations", "assignee_id"),
        ("conversation_participants", "user_id"), ("mentions", "user_id"), ("campaigns", "sender_id"),
    )),
    ("messages", "sender_id", "SELECT t.sender_id FROM messages t WHERE t.account_id = $1 AND t.sender_type = 'User'"),
    ("inbox_members", "user_id", "SELECT t.user_id FROM inbox_members t JOIN inboxes i ON i.id = t.inbox_id WHERE i.account_id = $1"),
    ("team_members", "user_id", "SELECT t.user_id FROM team_members t JOIN teams x ON x.id = t.team_id WHERE x.account_id = $1"),
)  # fmt: skip
