"""What a Chatwoot query string asks, parameter by parameter (contract 1.2, 1.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chatwoot.decode import SORT_ALIASES, Asked, decode
from parley.domain.filters import ConversationFilter
from parley.domain.principals import Principal, Ref, Tenant
from parley.domain.problems import BadInput
from parley.store.counts import without_ignored
from parley.store.order import PAGE_ORDERS

NOW = datetime(2024, 6, 1, tzinfo=UTC)
TENANT = Tenant(1, "acme", "Acme")
AGENT = Principal(TENANT, Ref("user", 7), role="agent")
CONTACT = Principal(TENANT, Ref("contact", 9))
OPEN = ("open",)


def asked(query: str, caller: Principal = AGENT) -> Asked:
    return decode(query.encode(), caller, NOW, 25)


def test_nothing_asked_is_the_first_page_of_what_is_open_most_recent_first() -> None:
    assert asked("") == Asked(ConversationFilter(statuses=OPEN), PAGE_ORDERS["last_activity_at_desc"], 1, False, None)


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("status=resolved", "statuses", ("resolved",)),
        ("status=all", "statuses", None),
        ("status=2", "statuses", ("pending",)),
        ("status[]=open&status[]=pending", "statuses", ("open", "pending")),
        ("status%5B%5D=0&status%5B%5D=3", "statuses", ("open", "snoozed")),
        ("status[0]=open&status[1]=snoozed", "statuses", ("open", "snoozed")),
        ("status=open&status=pending", "statuses", ("pending",)),
        ("status[]=all", "statuses", ()),
        ("status=resolved&q=x", "statuses", None),
        ("q=", "message_text", ""),
        ("q=100%25+cotton", "message_text", "100% cotton"),
        ("assignee_type=me", "assignee", "me"),
        ("assignee_type=unassigned", "assignee", "unassigned"),
        ("assignee_type=assigned", "assignee", "assigned"),
        ("assignee_type=all", "assignee", None),
        ("inbox_id=21", "inbox_ids", (21,)),
        ("inbox_id[]=21&inbox_id[]=23", "inbox_ids", (21, 23)),
        ("inbox_id=-1", "inbox_ids", (0,)),
        ("inbox_id=99999999999999999999", "inbox_ids", (0,)),
        ("team_id=5", "team_ids", (5,)),
        ("labels[]=a&labels[]=b", "tag_names", ("a", "b")),
        ("labels=a,b", "tag_names", ("a", "b")),
        ("labels=a&labels=b", "tag_names", ("a", "b")),
        ("labels=billing%2C%20vip-gold%2C", "tag_names", ("billing", "vip-gold")),
        ("labels=%22needs,%20review%22,x", "tag_names", ("needs, review", "x")),
        ("labels='one,two'", "tag_names", ("one,two",)),
        ("labels[]=50%25_off&labels[]=50%25_off", "tag_names", ("50%_off",)),
        ("source_id=Mixed%20Case", "contact_point_source", "Mixed Case"),
        ("conversation_type=mention", "mentioned_user_id", 7),
        ("conversation_type=participating", "participant_user_id", 7),
        ("conversation_type=participating&inbox_id=3", "inbox_ids", None),
        ("conversation_type=unattended", "unattended", True),
        ("updated_within=60", "modified_after", NOW - timedelta(seconds=60)),
        ("updated_within=9999999999", "modified_after", NOW - timedelta(seconds=9999999999)),
        ("updated_within=99999999999999999999", "modified_after", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_parameter_fills_its_field(query: str, field: str, value: Any) -> None:
    assert getattr(asked(query).filter, field) == value


def test_every_sort_and_every_alias_of_one_is_understood() -> None:
    for name in (*PAGE_ORDERS, *SORT_ALIASES):
        assert asked(f"sort_by={name}").order == PAGE_ORDERS[SORT_ALIASES.get(name, name)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *((f"status={value}", "status") for value in ("bogus", "OPEN", "", "7", "all%20", "-1", "2x")),
        ("status[]=open&status[]=bogus", "status"),
        *((f"assignee_type={value}", "assignee_type") for value in ("ME", "", "mine", "none")),
        *((f"inbox_id={value}", "inbox_id") for value in ("", "abc", "22x", "%2022", "1.5")),
        *((f"team_id={value}", "team_id") for value in ("", "abc", "5x")),
        ("team_id[]=5", "team_id"),
        *((f"labels={value}", "labels") for value in ("", "%20", ",")),
        ("labels[]=", "labels"),
        ("source_id=", "source_id"),
        *((f"conversation_type={value}", "conversation_type") for value in ("", "bogus", "Mention")),
        *((f"sort_by={value}", "sort_by") for value in ("", "bogus", "PRIORITY_DESC", "created_at")),
        *((f"page={value}", "page") for value in ("0", "-1", "abc", "", "2x", "1.9", "%202", "99999999999999999999", "9" * 5000)),
        *((f"updated_within={value}", "updated_within") for value in ("abc", "", "-5", "1.5")),
        ("q=a%00b", "q"),
        ("source_id=%00", "source_id"),
        ("q[]=a", "q"),
        ("q=%ff", "query"),
        ("&".join(f"a{n}=1" for n in range(1001)), "query"),
    ],
)
def test_a_value_that_cannot_be_understood_is_refused_by_name(query: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        asked(query)
    assert refused.value.field == field


@pytest.mark.parametrize("query", ["per_page=5", "locale=de", "contact_id=1", "foo[]=bar", "include=all", "foo[bar]=1", "=x", "&&"])
def test_an_unknown_parameter_is_ignored(query: str) -> None:
    assert asked(query) == asked("")


def test_updated_within_asks_for_everything_at_once() -> None:
    assert asked("updated_within=60&page=3").whole
    assert not asked("page=3").whole


def test_counts_look_neither_at_the_assignee_nor_at_updated_within() -> None:
    counted = without_ignored(asked("assignee_type=me&updated_within=60&status=pending").filter)
    assert counted == ConversationFilter(statuses=("pending",))


def test_a_contact_is_mentioned_nowhere_and_takes_part_as_nobody() -> None:
    assert asked("conversation_type=mention", CONTACT).filter.mentioned_user_id == 0
    assert asked("conversation_type=participating", CONTACT).filter.participant_user_id == 0


NAMES = ("status", "labels", "labels[]", "q", "page", "inbox_id", "team_id", "sort_by", "updated_within", "assignee_type", "x")


def refusal(query: bytes) -> str | None:
    """The words of the refusal, None when it was understood."""
    try:
        decode(query, AGENT, NOW, 25)
    except BadInput as refused:
        return refused.message
    return None


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(st.characters(codec="utf-8")))))
def test_any_query_is_understood_or_refused_with_words(pairs: list[tuple[str, str]]) -> None:
    assert refusal("&".join(f"{name}={quote(value)}" for name, value in pairs).encode()) != ""


@given(st.binary())
def test_any_bytes_are_understood_or_refused_with_words(query: bytes) -> None:
    assert refusal(query) != ""
