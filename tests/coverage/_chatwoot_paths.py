"""docs/coverage-chatwoot.md: every route of Chatwoot's official document and of what its own clients call, and whether we answer it."""

from __future__ import annotations

import re

from parley.reference import document
from parley.server.reference import APIS

from . import ROOT
from ._fields import Schema, answer_fields, names, request_fields

PAGE = ROOT / "docs" / "coverage-chatwoot.md"
_HEAD = """# Chatwoot's routes

Written by `python -m tests.coverage` from Chatwoot's official document, a list of what its dashboard and phone app call beside it, and
our own document. **served**: every documented field of the request is taken and every one of the answer can be sent. **partly**: the
fields named are not. Secrets of an assignee, which the document tells and the original does not send, are left out.
**not served**: 404. Out of scope, and so 404: the help centre, connections to third-party channels, Captain, billing.
"""
_A, _C, _R = "/api/v1/accounts/{}", "/api/v1/accounts/{}/conversations/{}", "/api/v2/accounts/{}"
# What no official document has and Chatwoot's own clients call (contract section 3, [I]).
INTERNAL = f"""
GET {_A}/conversations/search
GET {_A}/conversations/unread_counts
DELETE {_C}
PATCH {_C}/messages/{{}}
POST {_C}/messages/{{}}/retry
POST {_C}/messages/{{}}/translate
POST {_C}/mute
POST {_C}/unmute
POST {_C}/transcript
POST {_C}/update_last_seen
POST {_C}/unread
GET {_C}/attachments
GET {_C}/participants
POST {_C}/participants
PATCH {_C}/participants
DELETE {_C}/participants
GET {_C}/draft_messages
PATCH {_C}/draft_messages
DELETE {_C}/draft_messages
POST {_C}/direct_uploads
GET {_C}/inbox_assistant
POST {_A}/bulk_actions
GET {_A}/bulk_actions/{{}}
GET {_A}/search
GET {_A}/search/conversations
GET {_A}/search/messages
GET {_A}/search/contacts
GET {_A}/search/articles
GET {_A}/contacts/active
POST {_A}/contact_inboxes/filter
POST {_A}/contacts/import
POST {_A}/contacts/export
POST {_A}/contacts/{{}}/destroy_custom_attributes
DELETE {_A}/contacts/{{}}/avatar
GET {_A}/contacts/{{}}/notes
POST {_A}/contacts/{{}}/notes
GET {_A}/contacts/{{}}/notes/{{}}
PATCH {_A}/contacts/{{}}/notes/{{}}
DELETE {_A}/contacts/{{}}/notes/{{}}
GET {_A}/contacts/{{}}/attachments
DELETE {_A}/inboxes/{{}}
DELETE {_A}/inboxes/{{}}/avatar
GET {_A}/inboxes/{{}}/assignable_agents
GET {_A}/inboxes/{{}}/campaigns
POST {_A}/agents/bulk_create
POST {_A}/automation_rules/{{}}/clone
GET {_A}/macros
POST {_A}/macros
GET {_A}/macros/{{}}
PATCH {_A}/macros/{{}}
DELETE {_A}/macros/{{}}
POST {_A}/macros/{{}}/execute
GET {_A}/campaigns
POST {_A}/campaigns
GET {_A}/campaigns/{{}}
PATCH {_A}/campaigns/{{}}
DELETE {_A}/campaigns/{{}}
GET {_A}/notifications
GET {_A}/notifications/unread_count
POST {_A}/notifications/read_all
POST {_A}/notifications/destroy_all
PATCH {_A}/notifications/{{}}
DELETE {_A}/notifications/{{}}
POST {_A}/notifications/{{}}/snooze
POST {_A}/notifications/{{}}/unread
GET {_A}/notification_settings
PATCH {_A}/notification_settings
GET {_A}/assignable_agents
GET {_A}/dashboard_apps
POST {_A}/dashboard_apps
GET {_A}/dashboard_apps/{{}}
PATCH {_A}/dashboard_apps/{{}}
DELETE {_A}/dashboard_apps/{{}}
GET {_A}/csat_survey_responses
GET {_A}/csat_survey_responses/metrics
GET {_A}/csat_survey_responses/download
GET {_A}/sla_policies
POST {_A}/sla_policies
GET {_A}/sla_policies/{{}}
PATCH {_A}/sla_policies/{{}}
DELETE {_A}/sla_policies/{{}}
GET {_A}/applied_slas
GET {_A}/applied_slas/metrics
GET {_A}/applied_slas/download
GET {_A}/custom_roles
POST {_A}/custom_roles
GET {_A}/custom_roles/{{}}
PATCH {_A}/custom_roles/{{}}
DELETE {_A}/custom_roles/{{}}
GET {_A}/cache_keys
POST {_A}/update_active_at
POST /api/v1/profile/availability
POST /api/v1/profile/auto_offline
PUT /api/v1/profile/set_active_account
POST /api/v1/profile/reset_access_token
DELETE /api/v1/profile/avatar
POST /auth/sign_in
DELETE /auth/sign_out
GET /auth/validate_token
GET /platform/api/v1/accounts
POST /platform/api/v1/users/{{}}/token
GET /public/api/v1/csat_survey/{{}}
PUT /public/api/v1/csat_survey/{{}}
GET {_R}/reports/bot_summary
GET {_R}/reports/bot_metrics
GET {_R}/reports/agents
GET {_R}/reports/inboxes
GET {_R}/reports/labels
GET {_R}/reports/teams
GET {_R}/reports/conversations_summary
GET {_R}/reports/conversation_traffic
GET {_R}/summary_reports/label
GET {_R}/live_reports/conversation_metrics
GET {_R}/live_reports/grouped_conversation_metrics
""".split("\n")[1:-1]


# Where the document tells another answer than the original gives (contract 2.6), and ours is the original's; the rest is missing.
_A1 = "/api/v1/accounts/{account_id}"
EXPLAINED = {
    f"POST {_A1}/contacts": "the document says a list of contacts; the answer is the contact and its address",
    f"PUT {_A1}/contacts/{{id}}": "the document tells an id beside the payload",
    f"POST {_A1}/actions/contact_merge": "the document wraps the contact, the answer does not",
    f"POST {_A1}/automation_rules": "the document wraps the rule, the answer does not",
    f"POST {_A1}/conversations/filter": "the document wraps the answer in `data`; there are three counts (contract 2.6, 4)",
    f"POST {_A1}/conversations/{{conversation_id}}/toggle_status": "the document tells a `meta` that the original never sends (2.1)",
    f"GET {_A1}/inboxes/{{id}}/agent_bot": "the document tells the bot; the answer has it under `agent_bot`",
    f"GET {_A1}/conversations/{{conversation_id}}/messages": "the document tells the message of a list; the answer has its own (2.3)",
    f"POST {_A1}/conversations/{{conversation_id}}/messages": "the document tells the message of a list; the answer has its own (2.3)",
    "PUT /api/v1/profile": "the document wraps the request, ours takes it bare too; `hmac_identifier` is the hosted widget's",
    "GET /api/v1/profile": "`hmac_identifier` is the hosted widget's",
    "POST /platform/api/v1/users": "`hmac_identifier` is the hosted widget's",
    "GET /platform/api/v1/users/{id}": "`hmac_identifier` is the hosted widget's",
    "PATCH /platform/api/v1/users/{id}": "`hmac_identifier` is the hosted widget's",
    f"GET {_A1}/webhooks": "the document tells the webhook bare; the answer wraps it",
    f"POST {_A1}/webhooks": "the document tells the webhook bare; the answer wraps it",
    f"PATCH {_A1}/webhooks/{{webhook_id}}": "the document tells the webhook bare; the answer wraps it",
}
_SECRETS = ("access_token", "hmac_identifier", "pubsub_token")
# Keys that the document names inside an object that holds any keys.
_FREE = ("additional_attributes.", "custom_attributes.", "settings.auto_resolve")


def render(official: Schema) -> str:
    whole = document.build("/", APIS)
    ours = _ours(whole)
    documented = [_row(method, path, official, ours, whole) for method, path in _operations(official)]
    internal = [f"| `{_spelled(line)}` | {'served' if _key(*line.split(' ', 1)) in ours else 'not served'} |" for line in INTERNAL]
    return "\n".join(
        [
            _HEAD,
            "## The documented API",
            "",
            _summary(documented),
            "",
            "| route | | missing |",
            "|---|---|---|",
            *documented,
            "",
            "## What its own clients call",
            "",
            _summary(internal),
            "",
            "| route | |",
            "|---|---|",
            *internal,
            "",
        ]
    )


def _summary(rows: list[str]) -> str:
    missing, partly = (sum(f"| {word} |" in row for row in rows) for word in ("not served", "partly"))
    return f"{len(rows)} routes: {len(rows) - missing - partly} served, {partly} partly, {missing} not served."


def _ours(whole: Schema) -> dict[tuple[str, str], Schema]:
    """Our operations by method and path without the names of its places; PATCH and PUT are the same."""
    found: dict[tuple[str, str], Schema] = {}
    for path, item in whole["paths"].items():
        for method, operation in item.items():
            for verb in ("PATCH", "PUT") if method in ("patch", "put") else (method.upper(),):
                found.setdefault(_key(verb, path), operation)
    return found


def _operations(official: Schema) -> list[tuple[str, str]]:
    methods = ("get", "post", "put", "patch", "delete")
    return [(method.upper(), path) for path, item in official["paths"].items() for method in methods if method in item]


def _key(method: str, path: str) -> tuple[str, str]:
    return method, re.sub(r"\{\w*\}", "{}", path).rstrip("/")


def _spelled(line: str) -> str:
    return line.replace("accounts/{}", "accounts/{account_id}").replace("{}", "{id}")


def _row(method: str, path: str, official: Schema, ours: dict[tuple[str, str], Schema], whole: Schema) -> str:
    if _key(method, path) not in ours:
        return f"| `{method} {path}` | not served | |"
    theirs, mine = official["paths"][path][method.lower()], ours[_key(method, path)]
    asked = (request_fields(theirs, official) | _query(theirs, official)) - request_fields(mine, whole) - _query(mine, whole)
    told = answer_fields(theirs, official, depth=4) - answer_fields(mine, whole, depth=4)
    told = {
        name
        for name in told
        if not any(free in name for free in _FREE)
        and not (name.rpartition(".")[2] in _SECRETS and ("assignee" in name or path.endswith("/assignments")))
    }
    if reason := EXPLAINED.get(f"{method} {path}"):
        return f"| `{method} {path}` | served | {reason} |"
    missing = [f"request: {names(asked)}"] * bool(asked) + [f"answer: {names(told)}"] * bool(told)
    return f"| `{method} {path}` | {'partly' if missing else 'served'} | {'; '.join(missing)} |"


def _query(operation: Schema, whole: Schema) -> set[str]:
    found = [_follow_parameter(one, whole) for one in operation.get("parameters", ())]
    return {re.sub(r"\[\]$", "", one["name"]) for one in found if one.get("in") == "query"}


def _follow_parameter(one: Schema, whole: Schema) -> Schema:
    if "$ref" not in one:
        return one
    found: Schema = whole["components"]["parameters"][one["$ref"].rpartition("/")[2]]
    return found
