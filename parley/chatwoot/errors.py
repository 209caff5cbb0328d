"""Every problem as this wire tells it (contract section 4).

    {"error": "Resource could not be found"}                                    almost everything
    {"errors": ["You need to sign in or sign up before continuing."]}           no credentials
    {"description": "status must be one of ...",                                a value that cannot be understood:
     "errors": [{"field": "status", "message": "...", "code": "..."}]}          the reference page's 400
    {"message": "Name has already been taken", "attributes": []}                a model's validation
    {"status": 500, "error": "Internal Server Error"}                           our fault, and a body that is not JSON
    Retry later                                                                 too many requests, plain text

``ANSWERS`` is the table; a test proves it total.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.responses import JSONResponse, PlainTextResponse, Response

from ..domain import problems
from ..domain.problems import BadInput, Problem


class NotForBots(problems.Forbidden):
    """Access to this endpoint is not authorized for bots."""


class Answer(NamedTuple):
    """``text`` None tells the problem's own message; ``code`` is for bad input only."""

    status: int
    text: str | None = None
    code: str = ""


def response(problem: Problem) -> Response:
    answer = ANSWERS[type(problem)]
    if isinstance(problem, problems.RateLimited):
        return PlainTextResponse("Retry later\n", answer.status, headers={"retry-after": str(problem.retry_after_s)})
    return JSONResponse(_body(problem, answer), answer.status)


def _body(problem: Problem, answer: Answer) -> dict[str, Any]:
    text = problem.message if answer.text is None else answer.text
    if isinstance(problem, BadInput):
        return {"description": text, "errors": [{"field": problem.field, "message": text, "code": answer.code}]}
    shape = _SHAPES.get(type(problem))
    return shape(answer.status, text) if shape else {"error": text}


_SHAPES: dict[type[Problem], Callable[[int, str], dict[str, Any]]] = {
    problems.Unauthenticated: lambda _status, text: {"errors": [text]},
    problems.Conflict: lambda _status, text: {"message": text, "attributes": []},
    problems.MalformedBody: lambda status, text: {"status": status, "error": text},
    problems.Internal: lambda status, text: {"status": status, "error": text},
}

ANSWERS: dict[type[Problem], Answer] = {
    problems.InvalidField: Answer(400, code="invalid_field"),
    problems.MissingField: Answer(400, code="missing_field"),
    problems.InvalidValue: Answer(400, code="invalid_value"),
    problems.InvalidEnumValue: Answer(400, code="invalid_enum_value"),
    problems.InvalidId: Answer(400, code="invalid_id"),
    problems.UnexpectedIdType: Answer(400, code="unexpected_id_type"),
    problems.UnexpectedJsonType: Answer(400, code="unexpected_json_type"),
    problems.CustomFieldRefused: Answer(400, code="invalid_custom_field"),
    problems.AttachmentTaken: Answer(400, code="attachment_taken"),
    problems.InvalidCursor: Answer(400, code="invalid_cursor"),
    problems.BadInput: Answer(400, code="bad_input"),
    problems.MalformedBody: Answer(400, "Bad Request"),
    problems.BodyTooLarge: Answer(413),
    problems.UnsupportedContentType: Answer(415),
    problems.InvalidApiVersion: Answer(400),
    problems.Unauthenticated: Answer(401, "You need to sign in or sign up before continuing."),
    problems.InvalidToken: Answer(401, "Invalid Access Token"),
    problems.TokenExpired: Answer(401, "Invalid Access Token"),
    problems.TokenRevoked: Answer(401, "Invalid Access Token"),
    problems.Forbidden: Answer(401, "You are not authorized to do this action"),
    NotForBots: Answer(401, "Access to this endpoint is not authorized for bots"),
    problems.NotAMember: Answer(401, "You are not authorized to access this account"),
    problems.TenantSuspended: Answer(401, "Account is suspended"),
    problems.NotFound: Answer(404, "Resource could not be found"),
    problems.Conflict: Answer(422),
    problems.Frozen: Answer(422),
    problems.RateLimited: Answer(429),
    problems.Unavailable: Answer(503),
    problems.Internal: Answer(500, "Internal Server Error"),
}
