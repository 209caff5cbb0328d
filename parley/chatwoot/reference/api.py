"""Chatwoot's API as we answer it: the conversation list and its counts, and every family of endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from ...reference.notation import Field
from ...reference.operations import FORM_DATA, JSON, Answer, Api, Operation, Parameter, parameters
from ..endpoints import Endpoint, answer_of, curl, query_of, request_of
from ..families import FAMILIES, endpoints
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

_MODEL = Answer(422, "The write cannot be accepted; `attributes` names the field, where there is one.", "invalid | refusal")
_PLAIN = Answer(422, "The write cannot be accepted.", "refusal")
_MISSING = Answer(404, "There is no such account, or no such thing in it.", "refusal")
_LARGE = Answer(413, "The body is too large.", "refusal")
_MEDIA = Answer(415, "The body is neither JSON nor a form.", "refusal")
_BROKEN = Answer(400, "The body is not JSON, or not a well-formed form.", "failure")
_OFTEN = Answer(429, "Too many requests of one address in a minute.", None, media="text/plain", headers=("Retry-After",))
_REFUSES = {
    402: Answer(402, "A limit of the account is reached.", "refusal"),
    403: Answer(403, "This is not possible here.", "refusal"),
}


def _declared(one: Endpoint) -> Operation:
    body, query, answer = request_of(one), query_of(one), answer_of(one)
    told = answer.name if answer else one.answer.strip() or None
    success = Answer(
        one.status, "What was asked for." if told else "Done.", told if one.media == JSON else None, one.media if told else None
    )
    path = tuple(Parameter("path", Field(name, True, _type_of(one, name), _PLACES.get(name, "Its number."))) for name in one.places)
    asked = tuple(Parameter("query", field) for field in query.fields) if query else ()
    media = (JSON, FORM_DATA) if body and any("binary" in field.type for field in body.fields) else (JSON,)
    also = [_beside(*answer) for answer in one.also]
    known = {answer.status: answer for answer in (success, *_refusals(one), *also)}
    answers = tuple(known[status] for status in sorted(known))
    return Operation(
        one.method, one.template, f"chatwoot-{one.name}", one.summary, one.text or one.summary + ".", curl(one), answers,
        (*path, *asked), body.name if body else None, one.area in _OPEN, media,
    )  # fmt: skip


_OPEN = ("open", "public")
_PLACES = {"account_id": "The account: our tenant's number."}


def _beside(status: int, text: str, kind: str) -> Answer:
    return Answer(status, text, None, kind) if "/" in kind else Answer(status, text, kind or None, JSON if kind else None)


def _type_of(one: Endpoint, place: str) -> str:
    return "text" if f"{{{place}:text}}" in one.path else "int64"


def _refusals(one: Endpoint) -> Iterator[Answer]:
    yield from (answer for answer in _REFUSALS if answer.status in (401, 500, 503))
    yield _MISSING
    if one.method == "GET":
        yield from (answer for answer in _REFUSALS if answer.status == 400)
    else:
        yield from (_BROKEN, _LARGE, _MEDIA, _MODEL if one.writes and one.tells == "model" else _PLAIN)
    yield from (_REFUSES[status] for status in one.refuses if status in _REFUSES)
    if one.area == "public":
        yield _OFTEN


_TABLES = tuple(made for one in endpoints() for made in (request_of(one), answer_of(one)) if made is not None)

CHATWOOT = Api(
    "Chatwoot",
    "chatwoot",
    "Chatwoot's API, at Chatwoot's paths and with its odd types: times are whole seconds since 1970 and 0 for "
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
        *map(_declared, endpoints()),
    ),
    (*SHAPES, *(one for family in FAMILIES for one in family.shapes), *_TABLES),
    security="chatwoot",
)
