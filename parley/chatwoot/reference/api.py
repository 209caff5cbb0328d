"""Chatwoot's API as we answer it: the conversation list and its counts."""

from __future__ import annotations

from ...reference.operations import Answer, Api, Operation, parameters
from .shapes import SHAPES

_ACCOUNT = parameters("path", "account_id*  int64  The account: our tenant's number.")

_QUERY = parameters(
    "query",
    """
    assignee_type      <me unassigned assigned all>  Only mine, only nobody's, only somebody's. Left out of the counts. A conversation
                         of a bot counts as unassigned.
    status             <open resolved pending snoozed all>  `open` when absent. Repeat it as `status[]` for several. Not looked at
                         under `q`.
    q                  text    Text that a message written by a person holds, in any case, anywhere in the history.
    inbox_id           int64   Conversations of this inbox. Repeat it as `inbox_id[]` for several.
    team_id            int64   Conversations of this team; 404 for a team that does not exist.
    labels             [text(1..)](1..)  Conversations with any of these labels, in any case.
    page               int32(1..)  Which page, from 1; 25 conversations each unless the server is set otherwise.
    sort_by            <last_activity_at_desc last_activity_at_asc created_at_desc created_at_asc priority_desc priority_asc
                         priority_desc_created_at_asc waiting_since_asc waiting_since_desc unread latest sort_on_created_at
                         sort_on_priority sort_on_waiting_since>  The order, with the number as tiebreaker;
                         `last_activity_at_desc` when absent.
    conversation_type  <mention participating unattended>  Where I am mentioned, where I take part, or where a reply is due.
    source_id          text(1..)  Conversations over the contact point with exactly this source id.
    updated_within     int64(0..)  Seconds: everything changed since then, in one answer without pages. Left out of the counts.
    """,
)
_FILTERS = tuple(one for one in _QUERY if one.field.name not in ("page", "sort_by"))

_REFUSALS = (
    Answer(400, "A value cannot be understood; `errors` names the parameter.", "bad-input"),
    Answer(401, "No token, an unknown one, or one that may not see this account.", "refusal | signed-out"),
    Answer(404, "No such account, or no such team.", "refusal"),
    Answer(500, "Our fault; the reason is in the server's log.", "failure"),
    Answer(503, "The database cannot be reached; try again.", "refusal"),
)

_PATH = "/api/v1/accounts/{account_id}/conversations"
_TEXT = (
    "An administrator sees every conversation of the account, an agent those of the inboxes that they belong to, as far as "
    "their custom role lets them; a contact only their own. Parameters that are not listed here are ignored."
)

CHATWOOT = Api(
    "Chatwoot",
    "chatwoot",
    "Chatwoot's conversation list, at Chatwoot's path and with its odd types: times are whole seconds since 1970 and 0 for "
    "none, but `updated_at` of a conversation is a fraction, and `snoozed_until` and a message's `updated_at` are ISO 8601. "
    "The token goes into the header `api_access_token`, which may also be spelt `api-access-token`.",
    (
        Operation(
            "GET",
            _PATH,
            "chatwoot-list-conversations",
            "List conversations",
            _TEXT + " The counts in `meta` are exact and follow every filter but `assignee_type`, `updated_within` and the page.",
            'curl -s "$PARLEY_URL/api/v1/accounts/$PARLEY_ACCOUNT/conversations?status=open&assignee_type=unassigned&page=1" \\\n'
            '  -H "api_access_token: $PARLEY_TOKEN"',
            (Answer(200, "A page of conversations, and the counts of all that match.", "list"), *_REFUSALS),
            (*_ACCOUNT, *_QUERY),
        ),
        Operation(
            "GET",
            f"{_PATH}/meta",
            "chatwoot-count-conversations",
            "Count conversations",
            _TEXT + " The same filters as the list; only the counts.",
            'curl -s "$PARLEY_URL/api/v1/accounts/$PARLEY_ACCOUNT/conversations/meta?status=all" \\\n'
            '  -H "api_access_token: $PARLEY_TOKEN"',
            (Answer(200, "The counts.", "count"), *_REFUSALS),
            (*_ACCOUNT, *_FILTERS),
        ),
    ),
    SHAPES,
    security="chatwoot",
)
