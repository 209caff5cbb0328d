"""Problems on this wire.

The body is always flat::

    {"type": "invalid_field", "message": "Bad Request", "detail": "<our words>", "field_name": "created_date"}

``message`` is the status's own phrase, as the real service sends it; ``type`` and its extra keys come from contract
section 4. ``TABLE`` holds every class of ``domain/problems.py``; a test proves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ..domain import problems
from ..domain.problems import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """How one problem is told: status, type, and the keys that this type has beside the common three."""

    status: int
    type: str
    extras: Callable[[Any], dict[str, object]] = lambda problem: {}


def _field(problem: Any) -> dict[str, object]:
    return {"field_name": problem.field}


def _value_not_permitted(problem: Any) -> dict[str, object]:
    allowed = getattr(problem, "allowed", ())
    reason = {"field_name": problem.field, "reason": problem.message}
    return reason | ({"allowed_values": list(allowed)} if allowed else {})


def _enum(problem: Any) -> dict[str, object]:
    return {"field_name": problem.field, "value": problem.value, "allowed_values": list(problem.allowed)}


def _id_type(problem: Any) -> dict[str, object]:
    return {"field_name": problem.field, "value": problem.value, "allowed_types": list(problem.allowed)}


def _json_type(problem: Any) -> dict[str, object]:
    return {"field_name": problem.field, "actual": problem.actual, "expected": problem.expected}


def _value(problem: Any) -> dict[str, object]:
    return {"value": problem.value}


def _custom_field(problem: Any) -> dict[str, object]:
    return {"subtype": problem.kind, "field_name": problem.field, "reason": problem.reason}


def _attached(problem: Any) -> dict[str, object]:
    return {"existing_parent": problem.parent, "is_same": problem.is_same}


def _frozen(problem: Any) -> dict[str, object]:
    return {"field_name": "is_frozen", "reason": problem.message}


def _retry_after(problem: Any) -> dict[str, object]:
    return {"retry_after": problem.retry_after_s}


TABLE: dict[type[Problem], Row] = {
    problems.BadInput: Row(400, "bad_request"),
    problems.InvalidField: Row(400, "invalid_field", _field),
    problems.MissingField: Row(400, "missing_required_field", _field),
    problems.InvalidValue: Row(400, "value_not_permitted", _value_not_permitted),
    problems.InvalidEnumValue: Row(400, "invalid_enum_value", _enum),
    problems.InvalidId: Row(400, "invalid_id", _field),
    problems.UnexpectedIdType: Row(400, "unexpected_id_type", _id_type),
    problems.UnexpectedJsonType: Row(400, "unexpected_json_type", _json_type),
    problems.CustomFieldRefused: Row(400, "customization_validation_error", _custom_field),
    problems.AttachmentTaken: Row(400, "artifact_already_attached_to_a_parent", _attached),
    problems.InvalidCursor: Row(400, "value_not_permitted", _value_not_permitted),
    problems.MalformedBody: Row(400, "parse_error"),
    problems.BodyTooLarge: Row(413, "request_entity_too_large"),
    problems.UnsupportedContentType: Row(400, "invalid_content_type", _value),
    problems.InvalidApiVersion: Row(400, "invalid_api_version", _value),
    problems.Unauthenticated: Row(401, "unauthenticated"),
    problems.InvalidToken: Row(401, "unauthenticated"),
    problems.TokenExpired: Row(401, "token_expired"),
    problems.TokenRevoked: Row(401, "token_revoked"),
    problems.Forbidden: Row(403, "forbidden"),
    problems.NotAMember: Row(403, "forbidden"),
    problems.TenantSuspended: Row(403, "forbidden"),
    problems.NotFound: Row(404, "not_found"),
    problems.Conflict: Row(409, "conflict"),
    problems.Frozen: Row(400, "value_not_permitted", _frozen),
    problems.RateLimited: Row(429, "too_many_requests", _retry_after),
    problems.Unavailable: Row(503, "service_unavailable"),
    problems.Internal: Row(500, "internal_error"),
}


def tell(problem: Problem, request_id: str) -> tuple[int, dict[str, object]]:
    """The status and body of a problem."""
    row = TABLE.get(type(problem)) or TABLE[problems.Internal]
    body: dict[str, object] = {"type": row.type, "message": HTTPStatus(row.status).phrase, "detail": problem.message}
    if row.status == 500:
        body["reference_id"] = request_id
    return row.status, body | row.extras(problem)
