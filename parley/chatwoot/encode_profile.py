"""The profile of an assignee: what the reference page documents beside the agent that the original sends (design.md, Fidelity 3).

Its secrets are left out (Fidelity 4): access_token, pubsub_token, hmac_identifier.
"""

from __future__ import annotations

from typing import Any

from ..domain.people import Member
from .encode_types import iso_or_none, json_object
from .wire import Wire

SUPER_ADMIN = "SuperAdmin"


def profile(person: Member, wire: Wire) -> dict[str, Any]:
    """Swagger's ``user``, of which ``accounts`` names only the account that was asked."""
    return {
        "avatar_url": wire.picture_url(person.picture_id, person.picture_name),
        "display_name": person.display_name,
        "message_signature": person.message_signature,
        "inviter_id": person.inviter_id,
        "ui_settings": json_object(person.ui_settings),
        "uid": person.email,
        "type": SUPER_ADMIN if person.is_super_admin else None,
        "accounts": [_account(person, wire)],
    }


def _account(person: Member, wire: Wire) -> dict[str, Any]:
    return {
        "id": wire.tenant.id,
        "name": wire.tenant.name,
        "status": "suspended" if wire.tenant.suspended else "active",
        "active_at": iso_or_none(person.active_at),
        "role": person.role,
        "permissions": _permissions(person),
        "availability": person.availability,
        "availability_status": wire.availability(person),
        "auto_offline": person.auto_offline,
        "custom_role_id": person.custom_role_id,
        "custom_role": _custom_role(person),
    }


def _permissions(person: Member) -> list[str]:
    return [person.role] if person.custom_role_permissions is None else [*person.custom_role_permissions, "custom_role"]


def _custom_role(person: Member) -> dict[str, Any] | None:
    if person.custom_role_id is None:
        return None
    return {
        "id": person.custom_role_id,
        "name": person.custom_role_name,
        "description": person.custom_role_description,
        "permissions": person.custom_role_permissions,
    }


def available_name(person: Member) -> str:
    return person.display_name or person.name
