"""Everything that can go wrong with a request, as a closed set without HTTP.

Each face maps every class here to its own status and body (``<face>/errors.py``); a test proves both maps total.

    Problem
    ├── BadInput              a value that cannot be accepted; names the field
    │   ├── InvalidField          unknown field
    │   ├── MissingField          required and absent
    │   ├── InvalidValue          understood but not permitted
    │   ├── InvalidEnumValue      not among the allowed values
    │   ├── InvalidId             an id that cannot be parsed or is not of this tenant
    │   ├── UnexpectedIdType      an id of another noun
    │   ├── UnexpectedJsonType    string where a number was expected ...
    │   ├── CustomFieldRefused    a custom field that the schema does not allow
    │   ├── AttachmentTaken       an attachment that already belongs to something
    │   └── InvalidCursor         altered, or made for other filters or another tenant
    ├── MalformedBody         not JSON, or not an object
    ├── BodyTooLarge          over the size limit
    ├── UnsupportedContentType  not application/json
    ├── InvalidApiVersion     a version header that names none
    ├── Unauthenticated       no token
    ├── InvalidToken          unknown token
    │   ├── TokenExpired          its time is over
    │   └── TokenRevoked          somebody ended it
    ├── Forbidden             known, but not allowed to do this
    ├── NotAMember            a user asking a tenant that they do not belong to
    ├── TenantSuspended       the tenant is switched off
    ├── NotFound              no such thing, or not visible to the caller
    ├── Conflict              two things that must differ are equal
    ├── Frozen                the conversation refuses changes
    ├── RateLimited           too many requests
    ├── Unavailable           the database cannot be reached
    └── Internal              our fault
"""

from __future__ import annotations

from collections.abc import Sequence


class Problem(Exception):
    """Something the caller must be told."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip().rstrip("."))

    @property
    def message(self) -> str:
        return str(self.args[0])


class BadInput(Problem):
    """The value cannot be accepted."""

    def __init__(self, field: str, message: str = "") -> None:
        super().__init__(message)
        self.field = field


class InvalidField(BadInput):
    """The field is not known."""


class MissingField(BadInput):
    """The field is required."""


class InvalidValue(BadInput):
    """The value is not permitted."""

    def __init__(self, field: str, message: str = "", *, allowed: Sequence[str] = ()) -> None:
        super().__init__(field, message)
        self.allowed = tuple(allowed)


class InvalidEnumValue(BadInput):
    """The value is not one of the allowed values."""

    def __init__(self, field: str, value: str, allowed: Sequence[str]) -> None:
        super().__init__(field, f"{field} must be one of {', '.join(allowed)}")
        self.value = value
        self.allowed = tuple(allowed)


class InvalidId(BadInput):
    """The id cannot be understood."""


class UnexpectedIdType(BadInput):
    """The id is of another kind of object."""

    def __init__(self, field: str, value: str, allowed: Sequence[str]) -> None:
        super().__init__(field, f"{field} takes an id of {', '.join(allowed)}")
        self.value = value
        self.allowed = tuple(allowed)


class UnexpectedJsonType(BadInput):
    """The value has another JSON type than expected (array, bool, null, number, object, string)."""

    def __init__(self, field: str, actual: str, expected: str) -> None:
        super().__init__(field, f"{field}: expected {expected}, got {actual}")
        self.actual = actual
        self.expected = expected


class CustomFieldRefused(BadInput):
    """The custom field does not fit the schema. ``kind`` is a subtype of DevRev's customization_validation_error."""

    def __init__(self, kind: str, field: str, reason: str) -> None:
        super().__init__(field, f"{field}: {reason}")
        self.kind = kind
        self.reason = reason


class AttachmentTaken(BadInput):
    """The attachment already belongs to something. ``parent`` is that thing on the asking face's wire."""

    def __init__(self, field: str, parent: str, *, is_same: bool) -> None:
        super().__init__(field, f"{field}: the file is already attached")
        self.parent = parent
        self.is_same = is_same


class InvalidCursor(BadInput):
    """The cursor was altered, or made for other filters or another tenant."""

    def __init__(self, message: str = "") -> None:
        super().__init__("cursor", message)


class MalformedBody(Problem):
    """The body is not a JSON object."""


class BodyTooLarge(Problem):
    """The body is too large."""


class UnsupportedContentType(Problem):
    """The content type is not application/json."""

    def __init__(self, value: str) -> None:
        super().__init__("")
        self.value = value


class InvalidApiVersion(Problem):
    """The API version is not known."""

    def __init__(self, value: str) -> None:
        super().__init__("")
        self.value = value


class Unauthenticated(Problem):
    """No credentials were given."""


class InvalidToken(Problem):
    """The token is not known, has expired or was revoked."""


class TokenExpired(InvalidToken):
    """The token has expired."""


class TokenRevoked(InvalidToken):
    """The token was revoked."""


class Forbidden(Problem):
    """You are not allowed to do this."""


class NotAMember(Problem):
    """You do not belong to this account."""


class TenantSuspended(Problem):
    """This account is suspended."""


class NotFound(Problem):
    """There is no such object, or you cannot see it."""


class Conflict(Problem):
    """Another object already has this value. ``field`` names it, where it is one."""

    def __init__(self, message: str = "", *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Frozen(Problem):
    """The conversation is frozen and refuses changes other than unfreezing."""


class RateLimited(Problem):
    """Too many requests."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("")
        self.retry_after_s = retry_after_s


class Unavailable(Problem):
    """The database cannot be reached; try again."""


class Internal(Problem):
    """Something failed on our side."""
