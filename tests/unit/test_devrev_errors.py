"""The DevRev face tells every problem that the domain knows, and counts requests."""

from __future__ import annotations

import pytest

from parley.devrev import errors
from parley.devrev.limits import UNLIMITED, Limiter
from parley.domain import problems
from parley.domain.problems import Problem, RateLimited


def every_problem() -> set[type[Problem]]:
    found, waiting = set(), [Problem]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting += children
        found |= {child for child in children if child.__module__ == problems.__name__}
    return found


def test_every_problem_has_a_row_and_every_row_a_problem() -> None:
    assert set(errors.TABLE) == every_problem()


def test_extra_keys_come_from_the_problem() -> None:
    status, body = errors.tell(problems.InvalidEnumValue("mode", "x", ("after", "before")), "id-1")
    assert (status, body) == (
        400,
        {
            "type": "invalid_enum_value",
            "message": "Bad Request",
            "detail": "mode must be one of after, before",
            "field_name": "mode",
            "value": "x",
            "allowed_values": ["after", "before"],
        },
    )


def test_our_own_failure_refers_to_the_request() -> None:
    status, body = errors.tell(problems.Internal(), "id-1")
    assert (status, body["type"], body["reference_id"]) == (500, "internal_error", "id-1")


@pytest.mark.parametrize("problem", [problems.Unavailable(), problems.Conflict(), problems.NotFound("CONV-1")])
def test_other_statuses(problem: Problem) -> None:
    status, body = errors.tell(problem, "id-1")
    assert status == {"service_unavailable": 503, "conflict": 409, "not_found": 404}[str(body["type"])]
    assert body["detail"] == problem.message


def test_a_limit_is_kept_per_token_and_minute() -> None:
    limiter = Limiter(2)
    assert [limiter.take(1, 60.0).remaining for _ in range(2)] == [1, 0]
    with pytest.raises(RateLimited) as refused:
        limiter.take(1, 75.5).refuse(75.5)
    assert refused.value.retry_after_s == 45
    assert limiter.take(2, 75.5).remaining == 1
    limiter.take(1, 120.0).refuse(120.0)


def test_no_limit_never_refuses() -> None:
    limiter = Limiter(0)
    for _ in range(3):
        allowance = limiter.take(1, 0.0)
        allowance.refuse(0.0)
        assert allowance.limit == allowance.remaining == UNLIMITED == 2_147_483_647
