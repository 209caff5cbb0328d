"""Parley's own API as the OpenAPI document and the docs tell it."""

from __future__ import annotations

from ..domain.event_kinds import MOST_PATTERNS
from ..reference.notation import fields
from ..reference.operations import Answer, Api, Operation, Parameter, parameters
from .deliveries import DEFAULT_LIMIT, ENDPOINTS, LIMIT, STATES
from .event_stream import HEARTBEAT_S
from .events import DEFAULT_LIMIT as EVENTS
from .events import LIMIT as MOST_EVENTS
from .events import LONGEST_WAIT_S, STREAM
from .reference_shapes import SHAPES
from .streams import MOST_PER_TOKEN

_REFUSALS = (
    Answer(400, "The request cannot be understood; `field` says where.", "problem"),
    Answer(401, "No token, or one that is not known, has expired or was revoked.", "problem"),
    Answer(403, "The token may not do this.", "problem"),
    Answer(500, "Our fault; the reason is in the server's log.", "problem"),
    Answer(503, "The database cannot be reached; try again.", "problem"),
)
_NOT_FOUND = Answer(404, "There is no such thing in this tenant.", "problem")
_CONFLICT = Answer(409, "It cannot be sent now: it is under way, or its endpoint is switched off.", "problem")
_TENANT = Parameter("header", fields("X-Parley-Tenant  text  The tenant, by id or slug; the token's home without it.")[0])
_LAST_EVENT_ID = Parameter("header", fields(f"Last-Event-ID  text  Of a stream (`Accept: {STREAM}`): go on after this position.")[0])
_ID = parameters("path", "id*  int64(1..)  Its number.")
_STATE = f"<{' '.join(STATES)}>"

_EVENTS_QUERY = f"""
after  int64(0..)  Events after this position. Without it a page begins with the oldest event that is kept, a stream with what
    happens from now on.
limit  int(1..{MOST_EVENTS})  How many, {EVENTS} without it. Pages only.
types  text  Only these kinds, with commas between: `message.created`, or `conversation.*` for all of a noun; up to {MOST_PATTERNS}.
wait  int(0..{LONGEST_WAIT_S})  Where there is nothing yet, wait so many seconds for it. Pages only.
"""
_EVENTS_TEXT = (
    "Everything that happens in the tenant, in the order of its positions, which have no gaps: whoever goes on after `next` "
    "misses nothing, deletions included. A position is given after its transaction has committed and never changes; `id` is the "
    "same wherever the event is told. `object` is the conversation or message as it is now, null when it is gone. "
    "Administrators and bots see all; agents the conversations that they see elsewhere, and of the rest what agents may read; a "
    "contact the public side of their own conversations. What the caller may not see is left out, and `next` still moves on.\n\n"
    f"With `Accept: {STREAM}` the answer is a stream of server-sent events: `id` is the position, `event` the kind, `data` one "
    "event as in a page. It goes on after `Last-Event-ID`, which browsers send by themselves, or `after`. A comment comes every "
    f"{HEARTBEAT_S:.0f} seconds; an `end` event says why there will be no more. A token may have {MOST_PER_TOKEN} streams and "
    "waiting pages open on one worker."
)
_DELIVERIES_QUERY = f"""
webhook  int64(1..)  Only those of this webhook.
endpoint  text  Only those of this endpoint, as `inbox:5`: {", ".join(ENDPOINTS)}.
state  {_STATE}  Only those in this state.
event_type  text  Only those of this kind, as the wire calls it.
since  time  Only those made from then on.
until  time  Only those made before.
before  int64(1..)  Only those with a smaller id: the next page.
limit  int(1..{LIMIT})  How many, {DEFAULT_LIMIT} without it.
"""


def _curl(method: str, path: str, query: str = "", data: str = "") -> str:
    verb = "" if method == "GET" else f" -X {method}"
    body = f" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{data}'" if data else ""
    return f'curl -s{verb} "$PARLEY_URL{path}{query}" \\\n  -H "Authorization: Bearer $PARLEY_TOKEN"{body}'


_EVENTS = Operation(
    "GET",
    "/api/v1/events",
    "parley-list-events",
    "What happened, as pages or as a stream",
    _EVENTS_TEXT,
    _curl("GET", "/api/v1/events", "?limit=2&types=message.*,conversation.*"),
    tuple(
        sorted(
            (
                Answer(200, "Events, the oldest first.", "events"),
                Answer(200, "Events, the oldest first.", None, media=STREAM),
                *_REFUSALS,
                Answer(410, "Events after that position are no longer kept; `oldest` is where a feed may begin.", "gone"),
                Answer(429, "Too many streams of this token.", "problem"),
            ),
            key=lambda answer: answer.status,
        )
    ),
    (*parameters("query", _EVENTS_QUERY), _TENANT, _LAST_EVENT_ID),
)


def _operation(
    method: str,
    path: str,
    name: str,
    summary: str,
    text: str,
    success: Answer,
    *more: Answer,
    query: str = "",
    body: str = "",
    data: str = "",
) -> Operation:
    places = (*(_ID if "{id}" in path else ()), *(parameters("query", query) if query else ()), _TENANT)
    answers = tuple(sorted((success, *_REFUSALS, *more), key=lambda answer: answer.status))
    shown = _curl(method, path.replace("{id}", "1"), data=data)
    return Operation(method, path, f"parley-{name}", summary, text, shown, answers, places, body or None)


_WEBHOOKS = (
    _operation(
        "GET", "/api/v1/webhooks", "list-webhooks", "Webhooks of both wires, and how they do",
        "Administrators and bots. A webhook is made and changed on the wire whose events it gets.", Answer(200, "All of them.", "webhooks"),
    ),
    _operation(
        "POST", "/api/v1/webhooks/{id}/test", "test-webhook", "Send a test event",
        "Administrators and bots. The delivery says how it went.",
        Answer(202, "It is on its way.", "test-sent"), _NOT_FOUND, _CONFLICT,
    ),
    _operation(
        "POST", "/api/v1/webhooks/{id}/activate", "activate-webhook", "Send to a webhook again",
        "Administrators and bots. Ends a pause, and what a 410 did. On DevRev's wire an endpoint that was never verified is asked first.",
        Answer(200, "As it is now.", "webhook-answer"), _NOT_FOUND,
    ),
    _operation(
        "POST", "/api/v1/webhooks/{id}/rotate-secret", "rotate-secret", "Give a webhook a new secret",
        "Administrators and bots. For a day the Standard Webhooks header carries a signature of each secret.",
        Answer(200, "The new secret.", "rotated"), _NOT_FOUND,
    ),
)  # fmt: skip
_DELIVERIES = (
    _operation(
        "GET", "/api/v1/deliveries", "list-deliveries", "The delivery log", "Administrators and bots. The newest first.",
        Answer(200, "A page.", "deliveries"), query=_DELIVERIES_QUERY,
    ),
    _operation(
        "POST", "/api/v1/deliveries/redeliver", "redeliver-range", "Send deliveries again",
        "Administrators and bots. All that fit what is given, which must be something. They keep their ids, so that a receiver knows "
        "them again; those under way are left.",
        Answer(202, "How many will be sent.", "redelivered"), body="redeliver-request", data='{"state": "failed"}',
    ),
    _operation(
        "GET", "/api/v1/deliveries/{id}", "show-delivery", "One delivery with its body and each attempt", "Administrators and bots.",
        Answer(200, "The delivery.", "delivery-answer"), _NOT_FOUND,
    ),
    _operation(
        "POST", "/api/v1/deliveries/{id}/redeliver", "redeliver", "Send one delivery again",
        "Administrators and bots. At once, also where its endpoint is paused.",
        Answer(202, "As it is now.", "delivery-answer"), _NOT_FOUND, _CONFLICT,
    ),
)  # fmt: skip

NATIVE = Api(
    "Parley",
    "parley",
    "What neither wire has: the feed of events, and the log of what was delivered. The token of either wire, as "
    "`Authorization: Bearer` or as `api_access_token`.",
    (_EVENTS, *_WEBHOOKS, *_DELIVERIES),
    SHAPES,
    "parley",
)
