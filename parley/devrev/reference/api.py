"""DevRev's API as we answer it: list and export of conversations, and every family of endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from ...reference.notation import SCALARS, Field, shape
from ...reference.operations import Answer, Api, Operation, Parameter
from ..endpoints import Family, answers, curl, requests
from ..families import FAMILIES
from .requests import EXPORT_QUERY, HEADERS, LIST_QUERY, ONCE, REQUESTS, SCOPE
from .shapes import SHAPES

_LIMITS = ("X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset")


def _answers(status: int, text: str, body: str, *more: Answer) -> tuple[Answer, ...]:
    """A success and what every endpoint of this API may refuse with."""
    answers = (
        Answer(status, text, body),
        Answer(400, "The request cannot be understood; `field_name` says where.", "bad-request"),
        Answer(401, "No token, or one that is not known, has expired or was revoked.", "refusal"),
        Answer(403, "The token may not do this.", "refusal"),
        Answer(413, "The body is too large.", "refusal"),
        *more,
        Answer(429, "Too many requests.", "too-many-requests", headers=("Retry-After",)),
        Answer(500, "Our fault; `reference_id` finds it in the server's log.", "internal-error"),
        Answer(503, "The database cannot be reached; try again.", "refusal"),
    )
    return tuple(one._replace(headers=(*_LIMITS, *one.headers)) for one in sorted(answers))


def _both(name: str, query: tuple[Parameter, ...], curls: tuple[str, str], summary: str, text: str) -> list[Operation]:
    """POST with a body, and GET with the same in its query."""
    path, answers = f"/conversations.{name}", _answers(200, "The conversations.", f"{name}-response")
    headers, operation_id = (*HEADERS, *SCOPE), f"devrev-{name}-conversations"
    by_query = (
        f"The same as POST, asked in the query. Lists are comma-separated, items may stand in double quotes, and keys may be "
        f"repeated; `actual_close_date` and `sla_summary.target_time` need POST. {text}"
    )
    return [
        Operation("POST", path, f"{operation_id}-post", summary, text, curls[0], answers, headers, f"{name}-request"),
        Operation("GET", path, operation_id, summary, by_query, curls[1], answers, (*headers, *query)),
    ]


def _post(path: str, data: str) -> str:
    return f"""\
curl -s "$PARLEY_URL{path}" \\
  -H "Authorization: $PARLEY_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '{data}'"""


def _get(path: str, query: str) -> str:
    return f"""\
curl -s "$PARLEY_URL{path}?{query}" \\
  -H "Authorization: $PARLEY_TOKEN\""""


_MISSING = Answer(404, "There is no such object, or the caller cannot see it.", "refusal")

_OPERATIONS = (
    *_both(
        "list",
        LIST_QUERY,
        (
            _post("/conversations.list", '{"stage": {"name": ["new", "needs_response"]}, "limit": 10}'),
            _get("/conversations.list", "stage.name=new,needs_response&limit=10"),
        ),
        "List conversations",
        "A page of the conversations that the caller may see and that fit every filter, each with its latest ten entries. "
        "Follow `next_cursor` until it is absent; a cursor belongs to the filters and the order that it was made for.",
    ),
    *_both(
        "export",
        EXPORT_QUERY,
        (
            _post("/conversations.export", '{"modified_date": {"after": "2024-01-01T00:00:00Z"}, "first": 5000}'),
            _get("/conversations.export", "is_spam=false&first=5000"),
        ),
        "Export conversations",
        "Up to 5,000 conversations at once, latest change first, with changes among the entries. The answer is streamed: "
        "its first bytes come before the last row is read.",
    ),
)


_REFUSALS = {404: _MISSING, 409: Answer(409, "It clashes with something that exists, or something else still refers to it.", "refusal")}


def _declared(family: Family) -> Iterator[Operation]:
    """The operations of a family's rows: POST, and GET where it is a read."""
    for one in family.endpoints:
        asked = requests(family)[one.name]
        word = answers(family)[one.name].name if one.name in answers(family) else "empty"
        refusals = [_REFUSALS[status] for status in sorted({*one.refuses, *((409,) if one.is_write else ())})]
        told = _answers(one.status, "Done." if word == "empty" else "What was asked for.", word, *refusals)
        name = f"devrev-{one.name.replace('.', '-')}"
        scope = SCOPE if one.name.startswith("conversations.") else ()
        headers = (*HEADERS, *scope, *(ONCE if one.is_write and not one.secret else ()))
        yield Operation("POST", one.path, f"{name}-post", one.summary, one.text, curl(one, "POST"), told, headers, asked.name)
        if "GET" in one.methods:
            query = tuple(Parameter("query", field) for field in asked.fields if is_in_query(field))
            yield Operation("GET", one.path, name, one.summary, one.text, curl(one, "GET"), told, (*headers, *query))


def is_in_query(field: Field) -> bool:
    """What a query string can say: scalars and lists of them; objects need a body."""
    word = field.type.split("(")[0].strip("[]?")
    return word in SCALARS or word.startswith(("id:", "<", '"'))


_FAMILY_SHAPES = tuple(one for family in FAMILIES for one in (*family.shapes, *requests(family).values(), *answers(family).values()))

DEVREV = Api(
    "DevRev",
    "devrev",
    "DevRev's conversations API, at DevRev's paths. Every id may be given as a DON (`don:core:...:conversation/12`) or as a display "
    "id (`CONV-12`). Times are RFC 3339. What has no value is left out of an answer.",
    (*_OPERATIONS, *(operation for family in FAMILIES for operation in _declared(family))),
    (*REQUESTS, *SHAPES, *_FAMILY_SHAPES, shape("empty", "Nothing to tell.", "")),
    security="devrev",
)
