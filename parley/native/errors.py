"""Problems on this API.

The body is always::

    {"type": "invalid_value", "message": "limit takes a whole number from 1 to 1000", "field": "limit"}

``field`` is there for bad input, ``oldest`` for a position that is no longer kept. ``TABLE`` holds every class of
``domain/problems.py`` and those of this face; a test proves it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from ..domain import problems
from ..domain.problems import BadInput, Problem


class PositionGone(Problem):
    """Events up to a position are no longer kept. A feed may begin after ``oldest``."""

    def __init__(self, oldest: int) -> None:
        super().__init__(f"events up to position {oldest} are no longer kept: read everything anew, then go on with after={oldest}")
        self.oldest = oldest


class TooManyStreams(Problem):
    """This token has too many streams open."""


class Row(NamedTuple):
    status: int
    type: str


TABLE: dict[type[Problem], Row] = {
    problems.BadInput: Row(400, "invalid_value"),
    problems.InvalidField: Row(400, "unknown_field"),
    problems.MissingField: Row(400, "missing_field"),
    problems.InvalidValue: Row(400, "invalid_value"),
    problems.InvalidEnumValue: Row(400, "invalid_value"),
    problems.InvalidId: Row(400, "invalid_value"),
    problems.UnexpectedIdType: Row(400, "invalid_value"),
    problems.UnexpectedJsonType: Row(400, "invalid_value"),
    problems.CustomFieldRefused: Row(400, "invalid_value"),
    problems.AttachmentTaken: Row(400, "invalid_value"),
    problems.InvalidCursor: Row(400, "invalid_value"),
    problems.MalformedBody: Row(400, "malformed_body"),
    problems.BodyTooLarge: Row(413, "body_too_large"),
    problems.UnsupportedContentType: Row(415, "unsupported_content_type"),
    problems.InvalidApiVersion: Row(400, "invalid_value"),
    problems.Unauthenticated: Row(401, "unauthenticated"),
    problems.InvalidToken: Row(401, "unauthenticated"),
    problems.TokenExpired: Row(401, "token_expired"),
    problems.TokenRevoked: Row(401, "token_revoked"),
    problems.Forbidden: Row(403, "forbidden"),
    problems.NotAMember: Row(403, "forbidden"),
    problems.TenantSuspended: Row(403, "forbidden"),
    problems.NotFound: Row(404, "not_found"),
    problems.Conflict: Row(409, "conflict"),
    problems.Frozen: Row(409, "conflict"),
    problems.RateLimited: Row(429, "too_many_requests"),
    problems.Unavailable: Row(503, "unavailable"),
    problems.Internal: Row(500, "internal_error"),
    PositionGone: Row(410, "position_gone"),
    TooManyStreams: Row(429, "too_many_streams"),
}


def response(problem: Problem) -> Response:
    row = TABLE.get(type(problem)) or TABLE[problems.Internal]
    headers = {"retry-after": str(problem.retry_after_s)} if isinstance(problem, problems.RateLimited) else None
    return Response(msgspec.json.encode(tell(problem)), row.status, media_type="application/json", headers=headers)


def tell(problem: Problem) -> dict[str, Any]:
    """The body of a problem."""
    row = TABLE.get(type(problem)) or TABLE[problems.Internal]
    told: dict[str, Any] = {"type": row.type, "message": problem.message}
    if isinstance(problem, BadInput):
        told["field"] = problem.field
    if isinstance(problem, PositionGone):
        told["oldest"] = problem.oldest
    return told
