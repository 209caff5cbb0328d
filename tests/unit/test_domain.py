"""The rules of the domain against the tables of the design."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.domain import stages
from parley.domain.custom_fields import split_wire_name, wire_name

NAMESPACES = st.from_regex(r"[a-z0-9]+(_[a-z0-9]+)*", fullmatch=True)
# Keys that look like escapes are the hard ones.
KEYS = st.text(min_size=1, max_size=30) | st.text(alphabet="_u0f1a é", min_size=1, max_size=20)


@given(NAMESPACES, KEYS)
def test_a_custom_field_key_survives_the_way_out_and_back(namespace: str, key: str) -> None:
    name = wire_name(namespace, key)
    assert split_wire_name(name) == (namespace, key)
    assert all(character.isascii() and (character.isalnum() or character == "_") for character in name)


@given(NAMESPACES, KEYS, NAMESPACES, KEYS)
def test_two_keys_never_share_a_wire_name(first: str, key: str, second: str, other: str) -> None:
    assert (wire_name(first, key) == wire_name(second, other)) == ((first, key) == (second, other))


def test_plain_keys_stay_readable() -> None:
    assert wire_name("tnt", "page_url") == "tnt__page_url"
    assert wire_name("tnt", "order total") == "tnt__order_u20_total"


@pytest.mark.parametrize("name", ["", "tier", "__x", "tnt__", "Tnt__x", "_a__x"])
def test_a_name_without_a_namespace_is_none(name: str) -> None:
    assert split_wire_name(name) is None


def test_the_stock_stages_are_the_table_of_the_design() -> None:
    assert [(s.name, s.state, s.status) for s in stages.STOCK_STAGES] == [
        ("new", "open", "open"),
        ("suspended", "open", "pending"),
        ("needs_response", "in_progress", "open"),
        ("waiting_on_user", "in_progress", "open"),
        ("hold", "in_progress", "snoozed"),
        ("resolved", "closed", "resolved"),
        ("archived", "closed", "resolved"),
    ]


@pytest.mark.parametrize(
    ("status", "replied", "contact_last", "stage"),
    [
        ("open", False, True, "new"),
        ("open", False, False, "new"),
        ("open", True, True, "needs_response"),
        ("open", True, False, "waiting_on_user"),
        ("pending", True, True, "suspended"),
        ("snoozed", True, True, "hold"),
        ("resolved", True, True, "resolved"),
    ],
)
def test_a_status_written_by_a_chatwoot_client(status: stages.Status, replied: bool, contact_last: bool, stage: str) -> None:
    assert stages.stage_for_status(status, agent_has_replied=replied, contact_spoke_last=contact_last) == stage


def test_an_agents_reply_moves_new_and_needs_response_only() -> None:
    moved = {s.name: stages.stage_after_agent_reply(s.name) for s in stages.STOCK_STAGES}
    assert {name for name, after in moved.items() if name != after} == {"new", "needs_response"}
    assert {moved[name] for name in ("new", "needs_response")} == {"waiting_on_user"}


def test_a_contacts_message_reopens_what_waits_rests_or_is_closed() -> None:
    moved = {s.name: stages.stage_after_contact_message(s.name, active_bot=False, quiet=False) for s in stages.STOCK_STAGES}
    assert {name for name, after in moved.items() if name != after} == {"waiting_on_user", "hold", "resolved", "archived"}
    assert stages.stage_after_contact_message("resolved", active_bot=True, quiet=False) == "suspended"
    assert stages.stage_after_contact_message("resolved", active_bot=False, quiet=True) == "resolved"
