"""What an inbox may be: its kinds and what each kind's channel has, settings and their defaults, and a week's hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from .problems import InvalidValue, MissingField

Json = dict[str, Any]


class Channel(NamedTuple):
    """The fields of a kind's channel; ``required`` ones are among the open and the hidden ones, which are secrets."""

    open: frozenset[str]
    required: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()


def _channel(open_: str, *, required: str = "", hidden: str = "") -> Channel:
    return Channel(frozenset(open_.split()), tuple(required.split()), frozenset(hidden.split()))


CHANNELS: dict[str, Channel] = {
    "api": _channel("webhook_url additional_attributes"),
    "web_widget": _channel(
        "website_url website_token welcome_title welcome_tagline widget_color reply_time pre_chat_form_enabled pre_chat_form_options "
        "continuity_via_email allowed_domains selected_feature_flags",
        required="website_url",
    ),
    "email": _channel(
        "email forward_to_email provider verified_for_sending imap_enabled imap_login imap_address imap_port imap_enable_ssl "
        "imap_authentication smtp_enabled smtp_login smtp_address smtp_port smtp_domain smtp_enable_starttls_auto smtp_enable_ssl_tls "
        "smtp_openssl_verify_mode smtp_authentication",
        required="email",
        hidden="imap_password smtp_password",
    ),
    "line": _channel(
        "line_channel_id",
        required="line_channel_id line_channel_secret line_channel_token",
        hidden="line_channel_secret line_channel_token",
    ),
    "telegram": _channel("bot_name", required="bot_token", hidden="bot_token"),
    "whatsapp": _channel("phone_number provider", required="phone_number", hidden="provider_config"),
    "sms": _channel("phone_number provider", required="phone_number", hidden="provider_config"),
    "twilio_sms": _channel("phone_number medium messaging_service_sid", hidden="account_sid auth_token"),
    "facebook_page": _channel("page_id"),
    "instagram": _channel("instagram_id"),
    "tiktok": _channel("business_id"),
    "twitter_profile": _channel(""),
    "voice": _channel("phone_number provider", required="phone_number", hidden="provider_config"),
}
CARRYING = frozenset({"api"})
"""The kinds that carry messages; the others are kept and wait for their time."""
WITH_IDENTITY = frozenset({"api", "web_widget"})
"""The kinds whose contacts can prove who they are."""

SETTINGS: Json = {
    "greeting_enabled": False,
    "greeting_message": None,
    "working_hours_enabled": False,
    "enable_email_collect": True,
    "csat_survey_enabled": False,
    "csat_config": {},
    "enable_auto_assignment": True,
    "auto_assignment_config": {},
    "out_of_office_message": None,
    "allow_messages_after_resolved": True,
    "sender_name_type": "friendly",
    "business_name": None,
}
"""What every kind has, and what it is where nothing was set."""

_DAY = timedelta(hours=24)
_WINDOWS = {"whatsapp": _DAY, "tiktok": timedelta(hours=48)}
META_FLAGS = {"facebook_page": "ENABLE_MESSENGER_CHANNEL_HUMAN_AGENT", "instagram": "ENABLE_INSTAGRAM_CHANNEL_HUMAN_AGENT"}
_PLACES = ("open_hour", "open_minutes", "close_hour", "close_minutes")


def reply_window(kind: str, channel: Mapping[str, Any], human_agents: frozenset[str] = frozenset()) -> timedelta | None:
    """How long after the contact's last message an agent may reply; null: always (Chatwoot's message_window_service).

    ``human_agents``: the kinds with Meta's seven days.
    """
    if kind == "api":
        hours = str((channel.get("additional_attributes") or {}).get("agent_reply_time_window") or "")
        return timedelta(hours=int(hours)) if hours.isdecimal() and len(hours) < 7 else None
    if kind in META_FLAGS:
        return timedelta(days=7) if kind in human_agents else _DAY
    if kind == "twilio_sms":
        return _DAY if is_whatsapp(channel) else None
    return _WINDOWS.get(kind)


def is_whatsapp(channel: Mapping[str, Any]) -> bool:
    """Whether a Twilio number speaks WhatsApp; an import keeps the original's number for it."""
    return channel.get("medium") in ("whatsapp", 1)


def check_channel(kind: str, channel: Mapping[str, Any], *, is_new: bool) -> None:
    """Raises MissingField for what this kind cannot be without, or what a change would take from it."""
    for name in CHANNELS[kind].required:
        if (is_new or name in channel) and channel.get(name) in (None, "", {}):
            raise MissingField(name, f"{name} is required")


def check_timezone(name: str) -> None:
    """Raises InvalidValue."""
    if name not in available_timezones():
        raise InvalidValue("timezone", "Timezone is not included in the list")


def changed_week(week: Sequence[Mapping[str, Any]], days: Sequence[Mapping[str, Any]]) -> list[Json]:
    """The week with these days put in. Raises InvalidValue, MissingField."""
    by_day = {day["day_of_week"]: dict(day) for day in week}
    for place, given in enumerate(days):
        number = given["day_of_week"]
        by_day[number] = _day(f"working_hours[{place}]", by_day.get(number, {}) | dict(given))
    return [by_day[number] for number in sorted(by_day)]


def _day(field: str, day: Json) -> Json:
    if day.get("closed_all_day") and day.get("open_all_day"):
        raise InvalidValue(field, "open_all_day and closed_all_day cannot be true at the same time")
    if day.get("open_all_day"):
        day |= dict(zip(_PLACES, (0, 0, 23, 59), strict=True))
    if not day.get("closed_all_day"):
        for name in _PLACES:
            if day.get(name) is None:
                raise MissingField(f"{field}.{name}", f"{field}.{name} is required")
        if (day["open_hour"], day["open_minutes"]) >= (day["close_hour"], day["close_minutes"]):
            raise InvalidValue(field, "Closing time cannot be before opening time")
    return (
        {"day_of_week": day["day_of_week"], "closed_all_day": bool(day.get("closed_all_day"))}
        | {name: day.get(name) for name in (*_PLACES,)}
        | {"open_all_day": bool(day.get("open_all_day"))}
    )
