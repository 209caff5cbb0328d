"""The demo shop's furniture: inboxes, teams, bots, parts, tags, custom fields, service levels. Larkspur sells e-bikes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ...store.load import jsonb
from .dataset import Row, Tables

SLUG, NAME = "demo", "Larkspur"
FEATURES = ("sla", "conversation_unread_counts")
ESCALATED = 100

WEBSITE, SUPPORT_MAIL, BILLING_MAIL, WHATSAPP, IN_APP, TELEGRAM, PARTNERS = range(1, 8)
KINDS = {1: "web_widget", 2: "email", 3: "email", 4: "whatsapp", 5: "api", 6: "telegram", 7: "api"}
SOURCE_CHANNELS = {1: "plug", 2: "email", 3: "email", 4: "whatsapp", 5: "plug", 6: "telegram", 7: "api"}
INBOX_NAMES = ("Website", "Support mail", "Billing mail", "WhatsApp", "In-app messenger", "Telegram", "Partner API")
# Who works in which inbox, by place in the cast: the demo's agent (1) and teammate (2) share none.
INBOX_MEMBERS = {
    0: (2, 7), 1: (1, 4, 5), 2: (2, 3), 3: (1, 2, 6), 4: (1, 3, 5), 5: (4, 5), 6: (2, 3, 7), 7: (4, 6), 8: (1, 2), 9: (3, 5), 10: (6, 7),
}  # fmt: skip
TEAMS = {"Technical": (1, 3, 4, 7), "Orders": (2, 5, 8), "Billing": (2, 6, 9), "Partners": (0, 10)}

# Topic -> team, part, tags that fit, inbox it mostly comes in by (0 for any), subtype.
TOPICS: dict[str, tuple[int, int, tuple[str, ...], int, str | None]] = {
    "battery": (1, 3, ("battery", "firmware"), 0, None),
    "delivery": (2, 8, ("shipping",), 0, None),
    "refund": (3, 8, ("refund", "billing"), 0, "return"),
    "invoice": (3, 9, ("billing", "vat"), BILLING_MAIL, None),
    "login": (1, 6, ("account",), 0, None),
    "pairing": (1, 6, ("app", "bluetooth"), IN_APP, None),
    "brakes": (1, 4, ("safety",), 0, None),
    "warranty": (2, 2, ("warranty",), SUPPORT_MAIL, "return"),
    "subscription": (3, 9, ("plan", "churn-risk"), 0, None),
    "idea": (4, 5, ("idea",), 0, None),
    "outage": (1, 7, ("outage",), 0, "incident"),
    "theft": (2, 2, ("theft", "insurance"), WHATSAPP, None),
}
PARTS = (
    ("product", "Larkspur e-bikes", None), ("capability", "Bike", 1), ("feature", "Battery and charger", 2), ("feature", "Brakes", 2),
    ("capability", "Connected riding", 1), ("feature", "Rider app", 5), ("feature", "Cloud sync", 5), ("product", "Online shop", None),
    ("capability", "Billing and plans", 8), ("enhancement", "Dark mode", 6),
    ("linkable", "Telemetry service", 7), ("runnable", "Checkout", 8),
)  # fmt: skip
TAGS = (
    ("battery", ()), ("firmware", ()), ("shipping", ()), ("refund", ()), ("billing", ()), ("vat", ()), ("account", ()), ("app", ()),
    ("bluetooth", ()), ("safety", ()), ("warranty", ()), ("plan", ()), ("churn-risk", ()), ("idea", ()), ("outage", ()), ("theft", ()),
    ("insurance", ()), ("vip", ()), ("severity", ("low", "medium", "high")), ("region", ("eu", "uk", "apac", "latam", "mena")),
    ("spam", ()),
)  # fmt: skip
TAG_IDS = {name: place for place, (name, _) in enumerate(TAGS, 1)}
COLORS = ("#1f93ff", "#7c3aed", "#0f9d58", "#e8710a", "#d93025", "#00838f", "#c2185b")

# key, display name, DevRev type, Chatwoot type, allowed values, namespace, subtype, noun
FIELDS = (
    ("tier", "Tier", "enum", "list", ("bronze", "silver", "gold"), "tnt", None, "conversation"),
    ("order number", "Order number", "text", "text", (), "tnt", None, "conversation"),
    ("bikes", "Bikes", "int", "number", (), "tnt", None, "conversation"),
    ("refund_amount", "Refund", "double", "currency", (), "tnt", None, "conversation"),
    ("callback_wanted", "Callback wanted", "bool", "checkbox", (), "tnt", None, "conversation"),
    ("purchased_on", "Purchased on", "date", "date", (), "tnt", None, "conversation"),
    ("accessories", "Accessories", "array", None, (), "tnt", None, "conversation"),
    ("reason", "Return reason", "enum", None, ("colour", "size", "defect", "late"), "ctype", "return", "conversation"),
    ("restock", "Back to stock", "bool", None, (), "ctype", "return", "conversation"),
    ("impact", "Impact", "enum", None, ("minor", "major", "critical"), "ctype", "incident", "conversation"),
    ("started_at", "Started at", "timestamp", None, (), "ctype", "incident", "conversation"),
    ("plan", "Plan", "enum", "list", ("free", "service", "family", "fleet"), "tnt", None, "contact"),
)


def furnish(into: Tables, users: Sequence[int], since: datetime) -> None:
    """Every row that stands without people and conversations."""
    stamps = {"created_at": since, "updated_at": since}
    into["attachments"] += _avatars(stamps)
    role = {"id": 1, "name": "Triage", "description": "Sees what nobody has taken", "permissions": ["conversation_unassigned_manage"]}
    into["custom_roles"].append(role | stamps)
    into["bots"] += _bots(stamps)
    into["inboxes"] += [_inbox(inbox_id, stamps) for inbox_id in KINDS]
    into["inbox_members"] += [
        {"inbox_id": inbox, "user_id": users[place], "created_at": since} for place, inboxes in INBOX_MEMBERS.items() for inbox in inboxes
    ]
    _teams(into, users, stamps)
    into["parts"] += [
        {"id": i, "kind": kind, "name": name, "parent_id": parent, "owner_ids": [users[i % 11]], **stamps}
        for i, (kind, name, parent) in enumerate(PARTS, 1)
    ]
    into["brands"] += [{"id": i, "name": name, **stamps} for i, name in enumerate(("Larkspur", "Larkspur Pro"), 1)]
    into["tags"] += [
        {"id": i, "name": name, "color": COLORS[i % 7], "is_label": name != "region", "allowed_values": list(values), **stamps}
        for i, (name, values) in enumerate(TAGS, 1)
    ]
    _stages_and_fields(into, stamps)
    _campaigns_and_sync(into, stamps)
    _service_levels(into, stamps)


def _avatars(stamps: Row) -> list[Row]:
    names = ("ada.png", "ben.png", "chloe.png", "daniel.png", "grace.jpg", "wren.svg")
    types = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}
    return [
        {
            "id": i,
            "message_id": None,
            "file_type": "image",
            "file_name": name,
            "content_type": types[name[-3:]],
            "byte_size": 9_000 + 731 * i,
            "width": 256,
            "height": 256,
            "external_url": f"https://cdn.larkspur.example/avatars/{name}",
            "meta": "{}",
            **stamps,
        }
        for i, name in enumerate(names, 1)
    ]


def _bots(stamps: Row) -> list[Row]:
    return [
        {"id": 1, "name": "Wren", "description": "Answers first", "kind": "service_account", "email": "wren@demo.parley.example",
         "outgoing_url": None, "avatar_id": 6, **stamps},
        {"id": 2, "name": "Order robot", "description": "Looks up orders", "kind": "service_account", "email": None,
         "outgoing_url": None, "avatar_id": None, **stamps},
        {"id": 3, "name": "System", "description": None, "kind": "system", "email": None,
         "outgoing_url": None, "avatar_id": None, **stamps},
    ]  # fmt: skip


def _inbox(inbox_id: int, stamps: Row) -> Row:
    kind = KINDS[inbox_id]
    channel = {
        "web_widget": {"website_url": "https://larkspur.example", "widget_color": "#1f93ff"},
        "email": {"email": ("support", "billing")[inbox_id == BILLING_MAIL] + "@larkspur.example"},
        "whatsapp": {"phone_number": "+441632960123", "provider": "whatsapp_cloud"},
    }.get(kind, {})
    return {
        "id": inbox_id,
        "name": INBOX_NAMES[inbox_id - 1],
        "kind": kind,
        "channel_id": 40 + inbox_id,
        "channel": jsonb(channel),
        "timezone": "Europe/Berlin",
        "lock_to_single_conversation": inbox_id == TELEGRAM,
        "reply_window": timedelta(hours=24) if kind == "whatsapp" else None,
        "active_bot_id": 1 if inbox_id == WEBSITE else None,
        **stamps,
    }


def _teams(into: Tables, users: Sequence[int], stamps: Row) -> None:
    for team_id, (name, members) in enumerate(TEAMS.items(), 1):
        about = {"name": name, "description": f"{name} questions", "allow_auto_assign": name != "Partners"}
        into["teams"].append({"id": team_id, **about, **stamps})
        into["team_members"] += [{"team_id": team_id, "user_id": users[place], "created_at": stamps["created_at"]} for place in members]


def _stages_and_fields(into: Tables, stamps: Row) -> None:
    stage = {"id": ESCALATED, "name": "escalated", "state_id": 2, "ordinal": 3500, "notes": "Waits for engineering", "is_custom": True}
    into["stages"].append(stage | {"chatwoot_status": "open"} | stamps)
    into["schema_fragments"] += [
        {"id": i, "kind": "subtype", "subtype": name, "display_name": name.title(), "created_at": stamps["created_at"]}
        for i, name in enumerate(("return", "incident"), 3)
    ]
    names = ("key", "display_name", "field_type", "chatwoot_type", "allowed_values", "namespace", "subtype", "noun")
    for i, values in enumerate(FIELDS, 1):
        row = dict(zip(names, values, strict=True)) | {"id": i, "is_pii": values[0] == "order number", **stamps}
        into["custom_fields"].append(row | {"allowed_values": jsonb(row["allowed_values"])})


def _campaigns_and_sync(into: Tables, stamps: Row) -> None:
    for i, title in enumerate(("Spring check-up", "Firmware 5 is here"), 1):
        into["campaigns"].append({"id": i, "display_id": i, "title": title, "inbox_id": WEBSITE, **stamps})
    old = {"name": "Zendesk until spring", "external_system_type": "zendesk", "sync_type": "periodic", "is_archived": False}
    older = {"name": "Service cloud", "external_system_type": "salesforce_service", "sync_type": "manual", "is_archived": True}
    into["sync_units"] += [
        {"id": 1, **old, "run_mode": "sync_to_devrev", "run_state": "completed"},
        {"id": 2, **older, "run_mode": "initial", "run_state": "loading_error"},
    ]


def _service_levels(into: Tables, stamps: Row) -> None:
    into["org_schedules"] += [
        {"id": 1, "name": "Always", "timezone": "UTC", "valid_until": None},
        {"id": 2, "name": "Office hours", "timezone": "Europe/Berlin", "valid_until": stamps["created_at"] + timedelta(days=3 * 365)},
    ]
    into["metric_definitions"] += [{"id": i, "name": name} for i, name in enumerate(("First response", "Next response", "Resolution"), 1)]
    names = ("id", "name", "sla_type", "status", "first_response_s", "next_response_s", "resolution_s", "only_during_business_hours")
    policies = (
        (1, "Premium", "external", "published", 14400.0, 28800.0, 432000.0, False),
        (2, "Standard", "external", "published", 43200.0, 86400.0, 1209600.0, True),
        (3, "Before the move", "internal", "archived", 28800.0, None, None, False),
    )
    about = {"description": "What we promise", **stamps}
    into["sla_policies"] += [dict(zip(names, values, strict=True)) | about for values in policies]
