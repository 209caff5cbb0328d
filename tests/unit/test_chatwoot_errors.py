"""The table of problems is total, and each body has Chatwoot's shape (contract section 4)."""

from __future__ import annotations

import json

import pytest

from parley.actions import platform
from parley.chatwoot import errors
from parley.domain import problems
from parley.domain.problems import Problem


def every_problem(root: type[Problem] = Problem) -> set[type[Problem]]:
    below = {kind for child in root.__subclasses__() if child.__module__ == root.__module__ for kind in every_problem(child)}
    return below | ({root} if root is not Problem else set())


# The face's own problems.
OWN = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Problem) and one.__module__ == errors.__name__}
OWN |= {platform.NotPermissible}
EXAMPLES: list[Problem] = [
    problems.InvalidField("x", "m"),
    problems.InvalidValue("x", "m"),
    problems.InvalidEnumValue("x", "v", ["a"]),
    problems.UnexpectedIdType("x", "v", ["a"]),
    problems.UnexpectedJsonType("x", "v", "a"),
    problems.CustomFieldRefused("wrong_type", "x", "m"),
    problems.AttachmentTaken("x", "CONV-1", is_same=False),
    problems.InvalidCursor(),
    problems.UnsupportedContentType("x"),
    problems.InvalidApiVersion("x"),
    problems.RateLimited(7),
    problems.MissingField("x", "m"),
    problems.InvalidId("x", "m"),
    problems.BadInput("x", "m"),
]


def test_every_problem_has_an_answer() -> None:
    assert every_problem() <= errors.ANSWERS.keys()
    assert errors.ANSWERS.keys() - every_problem() == OWN


@pytest.mark.parametrize(
    "kind",
    sorted(every_problem() | OWN, key=lambda kind: kind.__name__),
    ids=lambda kind: kind.__name__,
)
def test_every_answer_can_be_told(kind: type[Problem]) -> None:
    problem = next((example for example in EXAMPLES if type(example) is kind), None) or kind()
    response = errors.response(problem)
    assert 400 <= response.status_code < 600
    assert bytes(response.body).strip()


def test_a_refused_value_has_the_body_of_the_reference_page() -> None:
    response = errors.response(problems.InvalidEnumValue("status", "bogus", ["open", "all"]))
    message = "status must be one of open, all"
    body = {"description": message, "errors": [{"field": "status", "message": message, "code": "invalid_enum_value"}]}
    assert (response.status_code, json.loads(bytes(response.body))) == (400, body)


@pytest.mark.parametrize(
    ("problem", "status", "body"),
    [
        (problems.Unauthenticated(), 401, {"errors": ["You need to sign in or sign up before continuing."]}),
        (problems.InvalidToken(), 401, {"error": "Invalid Access Token"}),
        (errors.NotForBots(), 401, {"error": "Access to this endpoint is not authorized for bots"}),
        (problems.NotFound("contact 7"), 404, {"error": "Resource could not be found"}),
        (problems.NotAMember(), 401, {"error": "You are not authorized to access this account"}),
        (problems.TenantSuspended(), 401, {"error": "Account is suspended"}),
        (problems.Forbidden(), 401, {"error": "You are not authorized to do this action"}),
        (problems.MalformedBody(), 400, {"status": 400, "error": "Bad Request"}),
        (problems.Internal("a secret of ours"), 500, {"status": 500, "error": "Internal Server Error"}),
        (problems.Conflict("Name has already been taken"), 422, {"message": "Name has already been taken", "attributes": []}),
    ],
)
def test_a_problem_is_told_in_the_words_of_the_original(problem: Problem, status: int, body: object) -> None:
    response = errors.response(problem)
    assert (response.status_code, json.loads(bytes(response.body))) == (status, body)


def test_too_many_requests_is_plain_text() -> None:
    response = errors.response(problems.RateLimited(7))
    assert (response.status_code, response.body, response.headers["retry-after"]) == (429, b"Retry later\n", "7")
