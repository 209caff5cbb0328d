"""What an import writes: per noun the table, its columns, and how rows are compared. The allow-list of ``import_rows``."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that must lead to a row of ``table``: without it a required one costs the row, another is left empty."""

    column: str
    table: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A noun's table as an import sees it.

    ``columns`` come from the source and are compared on both sides. ``moments`` come from the source too, but move here by
    mere use, so a change of theirs is no edit. ``sticky`` keeps its first value while the source keeps saying that there is
    one. ``derived`` is worked out by the import from other rows. ``natural`` says when a row here and a staged one are the
    same although their ids differ; ``children`` is an SQL expression over ``t`` of what hangs on the row and belongs to it,
    ``still_used`` one of whether something else here needs the row, so that it stays when the source has lost it.
    Rows ``swept_in_batches`` are looked for where they hang, the others among everything that the run has seen.
    """

    noun: str
    table: str
    columns: tuple[str, ...]
    moments: tuple[str, ...] = ()
    sticky: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    references: tuple[Reference, ...] = field(default=())
    natural: str = ""
    children: str = ""
    still_used: str = "FALSE"
    swept_in_batches: bool = False
    key: str = "id"

    @property
    def stage(self) -> str:
        return f"import_{self.table}"

    @property
    def source_columns(self) -> tuple[str, ...]:
        return self.columns + self.moments + self.sticky


_TIMES = ("created_at", "updated_at")

MEMBERSHIP = Target(
    "membership", "memberships", key="user_id",
    columns=("role", "custom_role_id", "name", "display_name", "email", "provider", "confirmed", "state", "availability", "auto_offline",
             "avatar_id", "custom_attributes", "message_signature", "ui_settings", "is_super_admin", "inviter_id", *_TIMES),
    moments=("active_at",),
    sticky=("left_at",),
    references=(Reference("custom_role_id", "custom_roles"),),
)  # fmt: skip
CUSTOM_ROLE = Target(
    "custom_role", "custom_roles",
    columns=("name", "description", "permissions", *_TIMES),
    still_used="EXISTS (SELECT FROM memberships u WHERE u.tenant_id = $1 AND u.custom_role_id = t.id)",
)  # fmt: skip
BOT = Target(
    "bot", "bots",
    columns=("name", "description", "kind", "state", "bot_type", "outgoing_url", "config", "avatar_id", *_TIMES),
)  # fmt: skip
COMPANY = Target(
    "company", "companies",
    columns=("name", "description", "domains", "custom_fields", *_TIMES),
    still_used="EXISTS (SELECT FROM contacts u WHERE u.tenant_id = $1 AND u.company_id = t.id)",
)  # fmt: skip
WORKSPACE = Target(
    "workspace", "workspaces",
    columns=("company_id", "name", "is_default", *_TIMES),
    references=(Reference("company_id", "companies", required=True),),
    still_used="EXISTS (SELECT FROM contacts u WHERE u.tenant_id = $1 AND u.workspace_id = t.id)",
)  # fmt: skip
INBOX = Target(
    "inbox", "inboxes",
    columns=("name", "kind", "channel_id", "channel", "settings", "timezone", "lock_to_single_conversation", "reply_window",
             "active_bot_id", *_TIMES),
    children="ARRAY(SELECT m.user_id FROM inbox_members m WHERE m.tenant_id = $1 AND m.inbox_id = t.id ORDER BY 1)",
    still_used="EXISTS (SELECT FROM conversations u WHERE u.tenant_id = $1 AND u.inbox_id = t.id)"
               " OR EXISTS (SELECT FROM conversation_channels u WHERE u.tenant_id = $1 AND u.inbox_id = t.id)",
)  # fmt: skip
TEAM = Target(
    "team", "teams",
    columns=("name", "description", "allow_auto_assign", *_TIMES),
    children="ARRAY(SELECT m.user_id FROM team_members m WHERE m.tenant_id = $1 AND m.team_id = t.id ORDER BY 1)",
    still_used="EXISTS (SELECT FROM conversations u WHERE u.tenant_id = $1 AND u.team_id = t.id)",
)  # fmt: skip
TAG = Target(
    "tag", "tags",
    columns=("name", "description", "color", "is_label", "show_on_sidebar", *_TIMES),
    natural="t.name = s.name",
    still_used="EXISTS (SELECT FROM conversation_tags u WHERE u.tenant_id = $1 AND u.tag_id = t.id)",
)  # fmt: skip
CUSTOM_FIELD = Target(
    "custom_field", "custom_fields",
    columns=("noun", "namespace", "key", "display_name", "description", "field_type", "chatwoot_type", "allowed_values", "default_value",
             "regex_pattern", "regex_cue", *_TIMES),
    natural="t.noun = s.noun AND t.namespace = s.namespace AND t.subtype IS NULL AND t.key = s.key",
)  # fmt: skip
CAMPAIGN = Target("campaign", "campaigns", columns=("display_id", "title", "inbox_id", "settings", *_TIMES))
SLA_POLICY = Target(
    "sla_policy", "sla_policies",
    columns=("name", "description", "first_response_s", "next_response_s", "resolution_s", "only_during_business_hours", *_TIMES),
    still_used="EXISTS (SELECT FROM conversations u WHERE u.tenant_id = $1 AND u.sla_policy_id = t.id)"
               " OR EXISTS (SELECT FROM sla_trackers u WHERE u.tenant_id = $1 AND u.sla_policy_id = t.id)",
)  # fmt: skip
CONTACT = Target(
    "contact", "contacts",
    columns=("name", "middle_name", "last_name", "email", "phone_number", "identifier", "kind", "location", "country_code", "blocked",
             "verified", "workspace_id", "company_id", "avatar_id", "additional_attributes", "custom_fields", *_TIMES),
    moments=("last_activity_at",),
    references=(Reference("company_id", "companies"), Reference("workspace_id", "workspaces")),
    still_used="EXISTS (SELECT FROM conversations u WHERE u.tenant_id = $1 AND u.contact_id = t.id)",
)  # fmt: skip
CONTACT_POINT = Target(
    "contact_point", "contact_points",
    columns=("contact_id", "inbox_id", "source_id", "hmac_verified", "pubsub_token_hash", *_TIMES),
    references=(Reference("contact_id", "contacts", required=True), Reference("inbox_id", "inboxes", required=True)),
    natural="t.inbox_id = s.inbox_id AND t.source_id = s.source_id",
    still_used="EXISTS (SELECT FROM conversations u WHERE u.tenant_id = $1 AND u.contact_point_id = t.id)",
)  # fmt: skip
CONVERSATION = Target(
    "conversation", "conversations", key="number",
    columns=("uuid", "title", "status", "priority", "inbox_id", "contact_id", "contact_point_id", "team_id", "campaign_id",
             "sla_policy_id", "assignee_user_id", "assignee_bot_id", "source_channel", "is_creator_verified", "url_context", "identifier",
             "additional_attributes", "custom_fields", "created_at", "modified_at", "closed_at", "snoozed_until", "first_reply_at",
             "waiting_since"),
    moments=("last_activity_at", "agent_last_seen_at", "assignee_last_seen_at", "contact_last_seen_at"),
    derived=("stage_id", "created_by_kind", "created_by_id", "modified_by_kind", "modified_by_id", "last_incoming_at",
             "last_external_message_at", "unread_count"),
    references=(Reference("inbox_id", "inboxes", required=True), Reference("contact_id", "contacts", required=True),
                Reference("contact_point_id", "contact_points"), Reference("team_id", "teams"),
                Reference("sla_policy_id", "sla_policies")),
    children="t.stage_id,"
             " ARRAY(SELECT n.name FROM conversation_tags c JOIN tags n ON n.tenant_id = $1 AND n.id = c.tag_id"
             " WHERE c.tenant_id = $1 AND c.conversation_number = t.number ORDER BY c.position, c.tag_id),"
             " ARRAY(SELECT c.kind || c.id FROM conversation_members c"
             " WHERE c.tenant_id = $1 AND c.conversation_number = t.number ORDER BY c.kind, c.id),"
             " ARRAY(SELECT c.user_id FROM mentions c WHERE c.tenant_id = $1 AND c.conversation_number = t.number ORDER BY 1)",
    still_used="EXISTS (SELECT FROM messages u WHERE u.tenant_id = $1 AND u.conversation_number = t.number AND NOT u.is_imported)",
)  # fmt: skip
MESSAGE = Target(
    "message", "messages",
    swept_in_batches=True,
    columns=("conversation_number", "kind", "visibility", "author_kind", "author_id", "body", "content_type", "content_attributes",
             "additional_attributes", "external_source_ids", "processed_body", "sentiment", "status", "source_id", "event_type",
             "is_imported", "deleted_at", *_TIMES),
    derived=("attachment_count",),
)  # fmt: skip
ATTACHMENT = Target(
    "attachment", "attachments",
    swept_in_batches=True,
    columns=("message_id", "file_type", "file_name", "content_type", "byte_size", "width", "height", "blob_key", "external_url",
             "fallback_title", "extension", "coordinates_lat", "coordinates_long", "meta", *_TIMES),
)  # fmt: skip
SLA_TRACKER = Target(
    "sla_tracker", "sla_trackers",
    swept_in_batches=True,
    columns=("conversation_number", "sla_policy_id", "policy_name", "stage", "status", "as_of", *_TIMES),
    references=(Reference("sla_policy_id", "sla_policies", required=True),),
    natural="t.conversation_number = s.conversation_number",
)  # fmt: skip
SLA_EVENT = Target(
    "sla_event", "sla_events",
    swept_in_batches=True,
    columns=("tracker_id", "kind", "meta", *_TIMES),
    references=(Reference("tracker_id", "sla_trackers", required=True),),
)  # fmt: skip
