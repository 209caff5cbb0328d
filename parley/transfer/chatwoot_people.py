"""Accounts, users, members, bots, companies, contacts: one source row becomes one row of ours."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from ..domain.custom_fields import TENANT_NAMESPACE
from ..store.import_rows import Staged
from ..store.import_tenant import Avatar
from .chatwoot_values import (
    ACCOUNT_STATUSES,
    AVAILABILITIES,
    BOT_TYPES,
    CONTACT_TYPES,
    ROLES,
    at,
    blank,
    decode_json,
    json_object,
    locale,
    named,
    nested,
    utc,
)  # fmt: skip

Row = Mapping[str, Any]

# Ids that we make up stand far above any serial of the source, so that its later rows never meet them.
MADE_UP = 1_000_000_000_000
DELETED_USER = "Deleted user"
DELETED_BOT = "Deleted bot"


def tenant(account: Row) -> dict[str, Any]:
    """An account's row; its feature flags are left out, since their bits mean something else in every version."""
    settings = decode_json(account["settings"]) or {}
    for name in ("auto_resolve_duration", "limits"):
        value = decode_json(account[name]) if name == "limits" else account[name]
        settings |= {name: value} if value else {}
    return {
        "name": account["name"],
        "status": named(ACCOUNT_STATUSES, account["status"], "active"),
        "locale": locale(account["locale"]),
        "domain": blank(account["domain"]),
        "support_email": blank(account["support_email"]),
        "settings": json.dumps(settings, ensure_ascii=False, sort_keys=True),
        "custom_attributes": json_object(account["custom_attributes"]),
        "created_at": at(account["created_at"]),
        "updated_at": at(account["updated_at"], account["created_at"]),
    }


def slugs(account: Row) -> list[str]:
    """Names for a tenant in URLs and ids, best first; the last is always free in the end."""
    base = re.sub(r"[^a-z0-9]+", "-", account["name"].lower()).strip("-")[:40] or "account"
    return [base, f"{base}-{account['id']}", *(f"{base}-{account['id']}-{n}" for n in range(2, 100))]


def user(row: Row, email: str | None) -> dict[str, Any]:
    return {
        "name": row["name"],
        "display_name": blank(row["display_name"]),
        "email": email,
        "provider": row["provider"] or "email",
        "confirmed_at": utc(row["confirmed_at"]),
        "kind": "super_admin" if row["type"] == "SuperAdmin" else "user",
        "availability": named(AVAILABILITIES, row["availability"], "online"),
        "message_signature": row["message_signature"],
        "ui_settings": json_object(row["ui_settings"]),
        "custom_attributes": json_object(row["custom_attributes"]),
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }


def unknown_user(user_id: int, name: str, created_at: datetime) -> dict[str, Any]:
    """Stands for a user whom rows name and the source no longer has, in the shape of a source row."""
    empty = dict.fromkeys(
        ("display_name", "email", "provider", "confirmed_at", "type", "availability", "message_signature", "ui_settings",
         "custom_attributes", "encrypted_password")
    )  # fmt: skip
    return {**empty, "id": user_id, "name": name, "created_at": created_at, "updated_at": created_at, "deleted": True}


def membership(row: Row, member: Row | None, *, user_id: int, inviter_id: int | None, avatar_id: int | None, left_at: datetime) -> Staged:
    """A user's place in a tenant; ``member`` is null for one who has left it, or was deleted, and is still named."""
    place = member or {}
    deleted = bool(row.get("deleted", False))
    values = {
        "role": named(ROLES, place.get("role"), "agent"),
        "custom_role_id": place.get("custom_role_id"),
        "name": row["name"],
        "display_name": blank(row["display_name"]),
        "email": blank(row["email"]),
        "provider": row["provider"] or "email",
        "confirmed": row["confirmed_at"] is not None,
        "state": "deleted" if deleted else "active",
        "availability": named(AVAILABILITIES, place.get("availability"), "online"),
        "auto_offline": place.get("auto_offline") is not False,
        "avatar_id": avatar_id,
        "custom_attributes": json_object(row["custom_attributes"]),
        "message_signature": row.get("message_signature"),
        "ui_settings": json_object(row.get("ui_settings")),
        "is_super_admin": row.get("type") == "SuperAdmin",
        "inviter_id": inviter_id,
        "active_at": utc(place.get("active_at")),
        "left_at": None if member else left_at,
        "created_at": at(place.get("created_at"), row["created_at"]),
        "updated_at": at(place.get("updated_at"), row["created_at"]),
    }
    return Staged(user_id, values, external_id=str(row["id"]))


def bot(row: Row, avatar_id: int | None) -> Staged:
    """A bot of the account, or one of the whole installation: those keep their address to themselves."""
    values = {
        "name": row["name"] or "",
        "description": row["description"],
        "kind": "service_account" if row["account_id"] is not None else "system",
        "state": "active",
        "bot_type": named(BOT_TYPES, row["bot_type"], "webhook"),
        "outgoing_url": blank(row["outgoing_url"]),
        "config": json_object(row["bot_config"]),
        "avatar_id": avatar_id,
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }
    return Staged(row["id"], values)


def bot_id(sender_type: str, sender_id: int) -> int:
    """Captain's assistants number themselves apart from agent bots, so theirs are moved out of the way."""
    return sender_id if sender_type == "AgentBot" else MADE_UP + sender_id


def other_bot(sender_type: str, sender_id: int, row: Row | None, name: str, created_at: datetime) -> Staged:
    """An assistant, or a bot that messages name and the source no longer has (``row`` null)."""
    values = {
        "name": row["name"] if row else name,
        "description": row["description"] if row else None,
        "kind": "service_account",
        "state": "active" if row else "deleted",
        "bot_type": "webhook" if sender_type == "AgentBot" else "captain_assistant",
        "outgoing_url": None,
        "config": "{}",
        "avatar_id": None,
        "created_at": at(row["created_at"] if row else None, created_at),
        "updated_at": at(row["updated_at"] if row else None, created_at),
    }
    external_id = str(sender_id) if sender_type == "AgentBot" else f"{sender_type}:{sender_id}"
    return Staged(bot_id(sender_type, sender_id), values, external_id=external_id)


def company(row: Row) -> Staged:
    values = {
        "name": row["name"] or "",
        "description": row["description"],
        "domains": [row["domain"]] if row["domain"] else [],
        "custom_fields": nested(row["custom_attributes"], TENANT_NAMESPACE),
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }
    return Staged(row["id"], values)


def workspace(row: Row) -> Staged:
    """A company's default workspace, under the company's id."""
    values = {
        "company_id": row["id"],
        "name": row["name"] or "",
        "is_default": True,
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }
    return Staged(row["id"], values)


def contact(row: Row, *, verified: Collection[int], avatar_id: int | None) -> Staged:
    values = {
        "name": row["name"] or "",
        "middle_name": blank(row["middle_name"]),
        "last_name": blank(row["last_name"]),
        "email": blank(row["email"]),
        "phone_number": blank(row["phone_number"]),
        "identifier": blank(row["identifier"]),
        "kind": named(CONTACT_TYPES, row["contact_type"], "visitor"),
        "location": blank(row["location"]),
        "country_code": blank(row["country_code"]),
        "blocked": bool(row["blocked"]),
        "verified": row["id"] in verified,
        "workspace_id": row["company_id"],
        "company_id": row["company_id"],
        "avatar_id": avatar_id,
        "additional_attributes": json_object(row["additional_attributes"]),
        "custom_fields": nested(row["custom_attributes"], TENANT_NAMESPACE),
        "last_activity_at": utc(row["last_activity_at"]),
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }
    return Staged(row["id"], values)


def contact_point(row: Row, contact_id: int | None, inbox_id: int | None) -> Staged:
    """The token is hashed as all tokens are; widgets that hold it keep their conversation."""
    token = row["pubsub_token"]
    values = {
        "contact_id": contact_id,
        "inbox_id": inbox_id,
        "source_id": row["source_id"],
        "hmac_verified": bool(row["hmac_verified"]),
        "pubsub_token_hash": hashlib.sha256(token.encode()).digest() if token else None,
        "created_at": at(row["created_at"]),
        "updated_at": at(row["updated_at"], row["created_at"]),
    }
    return Staged(row["id"], values)


def avatar(row: Row) -> Avatar:
    size = image_size(row["metadata"])
    return Avatar(MADE_UP + row["id"], row["filename"], row["content_type"], row["byte_size"], *size, row["key"], at(row["created_at"]))


def image_size(metadata: str | None) -> tuple[int | None, int | None]:
    """Width and height from a stored file's metadata; null where it was never analysed."""
    try:
        found = json.loads(metadata) if metadata else {}
    except ValueError:
        return None, None
    sizes = [found.get(side) if isinstance(found, dict) else None for side in ("width", "height")]
    width, height = (int(size) if isinstance(size, int | float) else None for size in sizes)
    return width, height
