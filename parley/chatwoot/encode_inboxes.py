"""An inbox as every answer of this wire has it (contract 3.5, ``_inbox.json.jbuilder``). Secrets are for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..domain.inboxes import CARRYING, SETTINGS
from ..store.inboxes import InboxRow
from .encode_types import channel
from .wire import Wire

Json = dict[str, Any]
SENDER_NAME_TYPES = ("friendly", "professional")
REPLY_TIMES = ("in_a_few_minutes", "in_a_few_hours", "in_a_day")
FLAGS = ("attachments", "emoji_picker", "end_conversation", "use_inbox_avatar_for_bot", "allow_mobile_webview")
_STOCK_FLAGS = list(FLAGS[:3])
_MAIL = (
    "imap_login", "imap_password", "imap_address", "imap_port", "imap_enabled", "imap_enable_ssl", "smtp_login", "smtp_password",
    "smtp_address", "smtp_port", "smtp_enabled", "smtp_domain", "smtp_enable_ssl_tls", "smtp_enable_starttls_auto",
    "smtp_openssl_verify_mode", "smtp_authentication",
)  # fmt: skip
_STOCK_FORM = {
    "pre_chat_message": "Share your queries or comments here.",
    "pre_chat_fields": [
        {"field_type": "standard", "label": "Email Id", "name": "emailAddress", "type": "email", "required": True, "enabled": False},
        {"field_type": "standard", "label": "Full name", "name": "fullName", "type": "text", "required": False, "enabled": False},
        {"field_type": "standard", "label": "Phone number", "name": "phoneNumber", "type": "text", "required": False, "enabled": False},
    ],
}


def inbox(row: InboxRow, wire: Wire, *, with_secrets: bool) -> Json:
    """``with_secrets``: whether the caller may see them."""
    channel: Json = msgspec.json.decode(row.channel)
    secrets: Json = msgspec.json.decode(row.channel_secrets) if with_secrets else {}
    return _general(row, wire) | _widget(row, channel, wire) | _of_kind(row, channel, secrets, with_secrets=with_secrets)


def _general(row: InboxRow, wire: Wire) -> Json:
    settings = SETTINGS | msgspec.json.decode(row.settings)
    return {
        "id": row.id,
        "avatar_url": wire.picture_url(row.avatar_id, row.picture_name),
        "channel_id": row.channel_id or row.id,
        "name": row.name,
        "channel_type": channel(row.kind),
        "carries_messages": row.kind in CARRYING,
        "greeting_enabled": settings["greeting_enabled"],
        "greeting_message": settings["greeting_message"],
        "working_hours_enabled": settings["working_hours_enabled"],
        "enable_email_collect": settings["enable_email_collect"],
        "csat_survey_enabled": settings["csat_survey_enabled"],
        "csat_config": settings["csat_config"],
        "enable_auto_assignment": settings["enable_auto_assignment"],
        "auto_assignment_config": settings["auto_assignment_config"],
        "out_of_office_message": settings["out_of_office_message"],
        "working_hours": msgspec.Raw(row.working_hours.encode()),
        "timezone": row.timezone,
        "callback_webhook_url": None,
        "allow_messages_after_resolved": settings["allow_messages_after_resolved"],
        "lock_to_single_conversation": row.lock_to_single_conversation,
        "sender_name_type": _word(SENDER_NAME_TYPES, settings["sender_name_type"]),
        "business_name": settings["business_name"],
    }


def _widget(row: InboxRow, channel: Mapping[str, Any], wire: Wire) -> Json:
    """The keys of a web widget, which every inbox has: null where it is none."""
    is_widget = row.kind == "web_widget"
    token = channel.get("website_token") if is_widget else None
    return {
        "allowed_domains": channel.get("allowed_domains", "") if is_widget else None,
        "widget_color": channel.get("widget_color", "#1f93ff") if is_widget else None,
        "website_url": channel.get("website_url") if is_widget else None,
        "hmac_mandatory": row.hmac_mandatory if is_widget or row.kind == "api" else None,
        "welcome_title": channel.get("welcome_title") if is_widget else None,
        "welcome_tagline": channel.get("welcome_tagline") if is_widget else None,
        "web_widget_script": _script(wire.base_url, str(token)) if token else None,
        "website_token": token,
        "selected_feature_flags": _flags(channel) if is_widget else None,
        "reply_time": _word(REPLY_TIMES, channel.get("reply_time", REPLY_TIMES[0])) if is_widget else None,
    }


def _of_kind(row: InboxRow, channel: Json, secrets: Json, *, with_secrets: bool) -> Json:
    shown: Json = {}
    if row.kind == "web_widget":
        shown |= {"hmac_token": row.hmac_token} if with_secrets else {}
        shown["pre_chat_form_enabled"] = channel.get("pre_chat_form_enabled", False)
        shown["pre_chat_form_options"] = channel.get("pre_chat_form_options", _STOCK_FORM)
        shown["continuity_via_email"] = channel.get("continuity_via_email", True)
    shown |= {name: channel.get(name) for name in ("messaging_service_sid", "phone_number")}
    if row.kind == "twilio_sms":
        shown["medium"] = _word(("sms", "whatsapp"), channel.get("medium") or 0)
        shown |= {name: secrets.get(name) for name in ("auth_token", "account_sid")} if with_secrets else {}
    if row.kind == "email":
        shown |= {"email": channel.get("email"), "forwarding_enabled": False}
        shown |= {name: (channel | secrets).get(name) for name in _MAIL} if with_secrets else {}
    if row.kind == "api":
        shown |= {"hmac_token": row.hmac_token, "secret": row.webhook_secret} if with_secrets else {}
        shown |= {"webhook_url": channel.get("webhook_url"), "inbox_identifier": row.identifier}
        shown["additional_attributes"] = channel.get("additional_attributes") or {}
    shown["provider"] = channel.get("provider")
    if row.kind == "telegram":
        shown["bot_name"] = channel.get("bot_name")
    if row.kind == "whatsapp":
        shown["message_templates"] = []
        shown |= {"provider_config": secrets.get("provider_config") or {}} if with_secrets else {}
        shown["reauthorization_required"] = False
    return shown


def _word(words: tuple[str, ...], value: Any) -> Any:
    """An enum's word; an import keeps its number."""
    return words[value] if isinstance(value, int) and value < len(words) else value


def _flags(channel: Mapping[str, Any]) -> list[str]:
    """An import keeps them as bits."""
    bits = channel.get("feature_flags")
    stock = _STOCK_FLAGS if not isinstance(bits, int) else [flag for place, flag in enumerate(FLAGS) if bits >> place & 1]
    return list(channel.get("selected_feature_flags", stock))


def _script(base_url: str, token: str) -> str:
    """What a page holds to show the widget."""
    return f"""
      <script>
        (function(d,t) {{
          var BASE_URL="{base_url}";
          var g=d.createElement(t),s=d.getElementsByTagName(t)[0];
          g.src=BASE_URL+"/packs/js/sdk.js";
          g.async = true;
          s.parentNode.insertBefore(g,s);
          g.onload=function(){{
            window.chatwootSDK.run({{
              websiteToken: '{token}',
              baseUrl: BASE_URL
            }})
          }}
        }})(document,"script");
      </script>
    """
