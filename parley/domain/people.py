"""People and the organisations they belong to, as the store hands them out. JSON columns stay text until a face needs them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Picture(Struct, frozen=True, gc=False):
    """An avatar's file: the artifact of DevRev's display_picture."""

    id: int
    file_name: str
    content_type: str
    byte_size: int


class Member(Struct, frozen=True, gc=False):
    """A user inside a tenant; ``left_at`` is set for somebody who left and is still named by old messages.

    ``seen_at``: when a live connection of theirs was last heard of.
    """

    id: int
    role: str
    custom_role_id: int | None
    name: str
    display_name: str | None
    email: str | None
    provider: str
    confirmed: bool
    state: str
    availability: str
    auto_offline: bool
    custom_attributes: str
    left_at: datetime | None
    picture_id: int | None
    picture_name: str | None
    picture_type: str | None
    picture_size: int | None
    message_signature: str | None
    ui_settings: str
    is_super_admin: bool
    inviter_id: int | None
    active_at: datetime | None
    custom_role_name: str | None
    custom_role_description: str | None
    custom_role_permissions: list[str] | None
    seen_at: datetime | None


class Contact(Struct, frozen=True, gc=False):
    """A customer. ``custom_fields`` is JSON text, {namespace: {key: value}}; ``seen_at`` is as a member's."""

    id: int
    name: str
    display_name: str | None
    email: str | None
    phone_number: str | None
    identifier: str | None
    state: str
    blocked: bool
    verified: bool
    workspace_id: int | None
    company_id: int | None
    additional_attributes: str
    custom_fields: str
    last_activity_at: datetime | None
    created_at: datetime
    picture_id: int | None
    picture_name: str | None
    picture_type: str | None
    picture_size: int | None
    workspace_name: str | None
    seen_at: datetime | None


class Bot(Struct, frozen=True, gc=False):
    """A bot or service account. ``outgoing_url`` is empty for none; ``kind`` system hides it from tenants."""

    id: int
    name: str
    description: str | None
    kind: str
    email: str | None
    state: str
    bot_type: str
    outgoing_url: str | None
    picture_id: int | None
    picture_name: str | None
    picture_type: str | None
    picture_size: int | None


class Company(Struct, frozen=True, gc=False):
    """An organisation: DevRev's account."""

    id: int
    name: str


class Workspace(Struct, frozen=True, gc=False):
    """A part of a company: DevRev's rev_org."""

    id: int
    name: str
    company_id: int


class Team(Struct, frozen=True, gc=False):
    """A team: DevRev's group. ``is_member`` tells whether the asking user belongs to it; the origin is null for a native team."""

    id: int
    name: str
    description: str | None
    member_type: str
    allow_auto_assign: bool
    is_member: bool
    origin_system: str | None
    origin_id: str | None


class ContactPoint(Struct, frozen=True, gc=False):
    """A contact's address in an inbox."""

    id: int
    contact_id: int
    inbox_id: int
    source_id: str
    hmac_verified: bool


class Inbox(Struct, frozen=True, gc=False):
    """Where messages come in; ``kind`` is api, web_widget, email, whatsapp ... ``reply_window_s`` null means always open."""

    id: int
    channel_id: int
    name: str
    kind: str
    reply_window_s: int | None
