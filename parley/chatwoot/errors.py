"""Every problem as this wire tells it (contract section 4).

    {"error": "Resource could not be found"}                                    almost everything
    {"errors": ["You need to sign in or sign up before continuing."]}           no credentials
    {"description": "status must be one of ...",                                a read that cannot be understood:
     "errors": [{"field": "status", "message": "...", "code": "..."}]}          the reference page's 400
    {"message": "Email has already been taken", "attributes": ["email"]}        a write that cannot be accepted: 422
    {"error": "..."}                                                            the same of messages and filters
    {"status": 500, "error": "Internal Server Error"}                           our fault, and a body that is not JSON
    Retry later                                                                 too many requests, plain text

``ANSWERS`` is the table; a test proves it total.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from starlette.responses import JSONResponse, PlainTextResponse, Response

from ..actions.platform import NotPermissible
from ..domain import problems
from ..domain.problems import BadInput, Problem

Telling = Literal["page", "model", "error"]
"""How bad input is told: as the reference page's 400, as a model's validation, or as one ``error``."""
_UNPROCESSABLE = 422


class BadIdentity(problems.Forbidden):
    """HMAC failed: Invalid Identifier Hash Provided."""


class NotForBots(problems.Forbidden):
    """Access to this endpoint is not authorized for bots."""


class BotNotAMember(problems.NotAMember):
    """Bot is not authorized to access this account."""


class SourceIdTaken(problems.Problem):
    """source_id should be unique."""


class InvalidUserIds(problems.Forbidden):
    """Invalid User IDs."""


class InvalidPlatformToken(problems.InvalidToken):
    """Invalid access_token."""


class Answer(NamedTuple):
    """``text`` None tells the problem's own message; ``code`` is for bad input only."""

    status: int
    text: str | None = None
    code: str = ""


def response(problem: Problem, tells: Telling = "page") -> Response:
    answer = ANSWERS[type(problem)]
    if isinstance(problem, problems.RateLimited):
        return PlainTextResponse("Retry later\n", answer.status, headers={"retry-after": str(problem.retry_after_s)})
    text = problem.message if answer.text is None else answer.text
    if isinstance(problem, BadInput):
        return _bad_input(problem, answer, text, tells)
    if isinstance(problem, problems.Conflict):
        field = problem.field.rpartition(".")[2]
        message = f"{_title(field)} has already been taken" if field else text
        return JSONResponse({"message": message, "attributes": [field] if field else []}, answer.status)
    shape = _SHAPES.get(type(problem))
    return JSONResponse(shape(answer.status, text) if shape else {"error": text}, answer.status)


def _bad_input(problem: BadInput, answer: Answer, text: str, tells: Telling) -> Response:
    if tells == "page":
        errors = [{"field": problem.field, "message": text, "code": answer.code}]
        return JSONResponse({"description": text, "errors": errors}, answer.status)
    if isinstance(problem, problems.MissingField):
        text = f"{_title(problem.field)} can't be blank"
    if tells == "error":
        return JSONResponse({"error": text}, _UNPROCESSABLE)
    return JSONResponse({"message": text, "attributes": [problem.field]}, _UNPROCESSABLE)


def _title(field: str) -> str:
    """``phone_number`` -> ``Phone number``, as Rails names an attribute."""
    words = field.replace("_", " ")
    return words[:1].upper() + words[1:]


_SHAPES: dict[type[Problem], Callable[[int, str], dict[str, Any]]] = {
    problems.Unauthenticated: lambda _status, text: {"errors": [text]},
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
    InvalidUserIds: Answer(401, "Invalid User IDs"),
    BotNotAMember: Answer(401, "Bot is not authorized to access this account"),
    InvalidPlatformToken: Answer(401, "Invalid access_token"),
    NotPermissible: Answer(401, "Non permissible resource"),
    problems.NotAMember: Answer(401, "You are not authorized to access this account"),
    BadIdentity: Answer(401, "HMAC failed: Invalid Identifier Hash Provided"),
    problems.TenantSuspended: Answer(401, "Account is suspended"),
    problems.NotFound: Answer(404, "Resource could not be found"),
    problems.Conflict: Answer(422),
    problems.Frozen: Answer(422),
    SourceIdTaken: Answer(422, "source_id should be unique"),
    problems.RateLimited: Answer(429),
    problems.Unavailable: Answer(503),
    problems.Internal: Answer(500, "Internal Server Error"),
}
