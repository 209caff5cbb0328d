"""Parley's own API tells every problem that the domain knows, and its own."""

from __future__ import annotations

import json

import pytest

from parley.domain import problems
from parley.domain.event_kinds import Patterns, hears, told_data
from parley.domain.principals import Principal, Ref, Tenant
from parley.domain.problems import InvalidValue, Problem
from parley.native import errors
from parley.native.event_stream import _end

TENANT = Tenant(1, "acme", "Acme")


def every_problem(root: type[Problem] = Problem) -> set[type[Problem]]:
    below = {kind for child in root.__subclasses__() if child.__module__ == root.__module__ for kind in every_problem(child)}
    return below | ({root} if root is not Problem else set())


OWN = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Problem) and one.__module__ == errors.__name__}


def test_every_problem_has_a_row_and_every_row_a_problem() -> None:
    assert set(errors.TABLE) == every_problem() | OWN


def test_bad_input_names_its_field_and_a_lost_position_where_to_begin() -> None:
    assert errors.tell(problems.InvalidValue("limit", "no")) == {"type": "invalid_value", "message": "no", "field": "limit"}
    assert errors.tell(errors.PositionGone(7))["oldest"] == 7
    answer = errors.response(problems.RateLimited(9))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "9")
    assert json.loads(bytes(answer.body))["type"] == "too_many_requests"


def test_nothing_to_tell_is_a_comment_that_moves_nothing() -> None:
    assert _end([], []) == ": still here\n\n"


@pytest.mark.parametrize(
    ("patterns", "kind", "asked"),
    [
        ("", "message.created", True), ("*", "message.created", True), ("message.*", "message.created", True),
        ("message.created", "message.created", True), ("message.updated", "message.created", False), ("team.*", "message.created", False),
        (" team.* , message.* ", "message.deleted", True), ("contact.*", "contact_note.created", False),
    ],
)  # fmt: skip
def test_patterns_choose_kinds(patterns: str, kind: str, asked: bool) -> None:
    assert Patterns.parse(patterns).match(kind) is asked


@pytest.mark.parametrize("text", ["message", "message.", ".created", "Message.created", "message.*.x", "*.created", "message created"])
def test_what_is_no_kind_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="types takes kinds"):
        Patterns.parse(text)


def principal(kind: str, role: str | None = None) -> Principal:
    return Principal(TENANT, Ref(kind, 2), role=role, inbox_ids=(5,))  # type: ignore[arg-type]


AGENT, ADMINISTRATOR, BOT, CONTACT = principal("user", "agent"), principal("user", "administrator"), principal("bot"), principal("contact")


@pytest.mark.parametrize(
    ("kind", "data", "agent", "contact"),
    [
        ("message.created", {}, True, True),
        ("conversation.updated", {"deltas": [{"field": "stage"}]}, True, True),
        ("conversation.updated", {"deltas": [{"field": "owned_by"}]}, True, False),
        ("conversation.typing_on", {"is_private": True}, True, False),
        ("conversation.typing_on", {"is_private": False}, True, True),
        ("conversation.webhook_requested", {"url": "https://x"}, False, False),
        ("conversation.read", {}, True, False),
        ("contact.updated", {"id": 1}, True, False),
        ("contact.personal_data", {"id": 1, "personal_data": {}}, False, False),
        ("inbox.updated", {"id": 5}, True, False),
        ("inbox.updated", {"id": 6}, False, False),
        ("notification.created", {"id": 1, "user": 2}, True, False),
        ("notification.created", {"id": 1, "user": 3}, False, False),
        ("user.password_changed", {"id": 2}, True, False),
        ("user.password_changed", {"id": 3}, False, False),
        ("webhook.updated", {"id": 1}, False, False),
        ("token.created", {"id": 1}, False, False),
        ("session.started", {"id": 1}, False, False),
        ("automation_rule.updated", {"id": 1}, False, False),
        ("something.new", {}, False, False),
    ],
)
def test_a_kind_that_nobody_allowed_is_for_administrators_and_bots(kind: str, data: dict[str, object], agent: bool, contact: bool) -> None:
    def heard(who: Principal) -> bool:
        return hears(who, kind, Ref("user", 9), lambda: data)

    assert (heard(ADMINISTRATOR), heard(BOT), heard(AGENT), heard(CONTACT)) == (True, True, agent, contact)


def test_own_drafts_and_filters_are_heard_by_who_made_them() -> None:
    for kind in ("draft.updated", "custom_filter.created"):
        assert hears(AGENT, kind, AGENT.ref, dict)
        assert not hears(AGENT, kind, Ref("user", 3), dict)


def test_a_contact_is_told_which_fields_of_a_message_changed_and_nothing_else() -> None:
    data = {"changed": ["body"], "secret": 1}
    assert told_data(CONTACT, "message.updated", data) == {"changed": ["body"]}
    assert told_data(CONTACT, "conversation.updated", data) == {}
    assert told_data(AGENT, "message.updated", data) == data


@pytest.mark.parametrize("who", [AGENT, ADMINISTRATOR, BOT], ids=lambda who: f"{who.ref.kind} {who.role}")
def test_nobody_is_told_the_settings_of_an_inbox(who: Principal) -> None:
    """They hold secrets, and a bot's token or one that may only read must not learn them here."""
    data = {
        "id": 5,
        "changed": ["name", "settings"],
        "columns": {"settings": [{"hmac_token": "a"}, {"hmac_token": "b"}], "name": ["x", "y"]},
    }
    assert told_data(who, "inbox.updated", data) == data | {"columns": {"name": ["x", "y"]}}
    assert told_data(who, "contact.updated", data) == data
