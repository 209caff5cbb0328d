"""POST contacts/filter (contract 3.4): the grammar of filters over contacts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import CONTACT, OTHER, QUIET_CONTACT, STOREFRONT, T0, World, build, insert, run
from tests.wire.conftest import Live

ANN, BEA, BLOCKED, GONE = 103, 104, 105, 106
EVERY = [CONTACT, QUIET_CONTACT, ANN, BEA, BLOCKED]


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    built = run(build(live.dsn, live.url))
    built.fill(_fill)
    return built


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


async def _fill(connection: Any) -> None:
    await insert(
        connection, "custom_fields", id=1, noun="contact", key="tier", display_name="Tier", field_type="text", chatwoot_type="list"
    )
    await insert(connection, "custom_fields", id=2, noun="conversation", key="plan", display_name="Plan", field_type="text")
    await insert(
        connection, "contacts", id=ANN, name="Ann", email="Ann@X.test", phone_number="+4912345", country_code="DE", created_at=T0,
        additional_attributes='{"city": "Oslo", "country_code": "NO", "company": "Globex", "company_name": "Globex", "country": "Norway"}',
    )  # fmt: skip
    await insert(
        connection, "contacts", id=BEA, name="bea", identifier="Ext-9", last_activity_at=T0, custom_fields='{"tnt": {"tier": "Silver"}}'
    )
    await insert(connection, "contacts", id=BLOCKED, name="Zed", blocked=True)
    await insert(connection, "contacts", id=GONE, name="Gone", state="deleted")
    await insert(connection, "tags", id=90, name="vip")
    await insert(connection, "customer_tags", noun="contact", customer_id=ANN, tag_id=90, position=0)


def one(key: str, operator: str, *values: Any, joint: str | None = None) -> dict[str, Any]:
    return {"attribute_key": key, "filter_operator": operator, "values": list(values), "query_operator": joint}


def found(chatwoot: Chatwoot, *payload: dict[str, Any], **more: Any) -> list[int]:
    answer = chatwoot.post("contacts/filter", {"payload": list(payload)}, **more)
    assert answer["meta"]["count"] == len(answer["payload"])
    return [row["id"] for row in answer["payload"]]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (one("name", "equal_to", "ANN", "bea"), [ANN]),
        (one("name", "not_equal_to", "ann"), [CONTACT, QUIET_CONTACT, BEA, BLOCKED]),
        (one("name", "contains", "e", "ZO"), [CONTACT, QUIET_CONTACT, BEA, BLOCKED]),
        (one("email", "equal_to", "ann@x.test"), [ANN]),
        (one("email", "not_equal_to", "ann@x.test"), [CONTACT]),
        (one("phone_number", "equal_to", "4912345"), [ANN]),
        (one("phone_number", "equal_to", "+4912345"), [ANN]),
        (one("phone_number", "starts_with", "+49"), [ANN]),
        (one("identifier", "equal_to", "ext-9"), [BEA]),
        (one("city", "contains", "kö"), [CONTACT]),
        (one("country_code", "equal_to", "no"), [ANN]),
        (one("company", "equal_to", "globex"), [ANN]),
        (one("labels", "equal_to", "vip"), [ANN]),
        (one("labels", "is_not_present"), [CONTACT, QUIET_CONTACT, BEA, BLOCKED]),
        (one("blocked", "equal_to", True), [BLOCKED]),
        (one("blocked", "equal_to", "false"), [CONTACT, QUIET_CONTACT, ANN, BEA]),
        (one("created_at", "is_less_than", "2024-06-02"), [CONTACT, ANN]),
        (one("last_activity_at", "is_greater_than", "2024-05-31"), [CONTACT, BEA]),
        (one("last_activity_at", "days_before", 3), [CONTACT, BEA]),
        (one("tier", "equal_to", "GOLD"), [CONTACT]),
        (one("tier", "not_equal_to", "gold"), [QUIET_CONTACT, ANN, BEA, BLOCKED]),
    ],
)
def test_each_attribute(chatwoot: Chatwoot, condition: dict[str, Any], wanted: list[int]) -> None:
    assert found(chatwoot, condition, who="agent") == wanted


def test_and_binds_before_or(chatwoot: Chatwoot) -> None:
    asked = one("blocked", "equal_to", True, joint="OR"), one("name", "contains", "n", joint="AND"), one("email", "contains", "x.test")
    assert found(chatwoot, *asked) == [ANN, BLOCKED]


def test_the_shape_of_a_row(chatwoot: Chatwoot) -> None:
    (shown,) = chatwoot.post("contacts/filter", {"payload": [one("identifier", "equal_to", "ext-1")]})["payload"]
    assert (shown["id"], shown["name"], shown["custom_attributes"]) == (CONTACT, "Zoë", {"tier": "gold"})
    inbox = {
        "id": STOREFRONT, "avatar_url": "", "channel_id": STOREFRONT, "name": "Storefront", "channel_type": "Channel::WebWidget",
        "provider": None,
    }  # fmt: skip
    assert shown["contact_inboxes"] == [{"source_id": "web-1", "inbox": inbox}]


def test_sorts_put_what_has_no_value_last(chatwoot: Chatwoot) -> None:
    def by(sort: str) -> list[int]:
        answer = chatwoot.post("contacts/filter", {"payload": []}, params={"sort": sort})
        return [row["id"] for row in answer["payload"]]

    assert by("name") == [ANN, BEA, QUIET_CONTACT, BLOCKED, CONTACT]
    assert by("-name") == [CONTACT, BLOCKED, QUIET_CONTACT, BEA, ANN]
    assert by("email")[:2] == [ANN, CONTACT]
    assert by("-email")[:2] == [CONTACT, ANN]
    assert by("city")[:2] == [CONTACT, ANN]
    assert by("-company_name")[0] == by("country")[0] == ANN
    assert "sort" in chatwoot.post("contacts/filter", {"payload": [], "sort": "shoe_size"}, expect=422)["error"]


def test_pages_of_fifteen_and_their_odd_number(chatwoot: Chatwoot, world: World) -> None:
    world.fill(_many)
    try:
        asked = {"payload": [one("name", "contains", "many")]}
        first, second = chatwoot.post("contacts/filter", asked), chatwoot.post("contacts/filter", asked, params={"page": "2"})
        assert first["meta"] == {"count": 20, "current_page": 1}
        assert second["meta"] == {"count": 20, "current_page": "2"}
        assert [row["id"] for row in (*first["payload"], *second["payload"])] == list(range(300, 320))
        assert chatwoot.post("contacts/filter", asked | {"page": 3})["meta"]["current_page"] == 3
        assert chatwoot.post("contacts/filter", asked | {"page": 100_000_000})["payload"] == []
    finally:
        world.execute("DELETE FROM contacts WHERE tenant_id = 1 AND id >= 300")


async def _many(connection: Any) -> None:
    for number in range(300, 320):
        await insert(connection, "contacts", id=number, name=f"Many {number}")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (one("status", "equal_to", "open"), "Invalid attribute key - [status]. The key should be one of [name,phone_number,email,"),
        (one("plan", "equal_to", "x"), "Invalid attribute key - [plan]."),
        (
            one("name", "is_present"),
            "Invalid operator. The allowed operators for name are [equal_to,not_equal_to,contains,",
        ),
        (one("name", "equal_to"), "Invalid value. The values provided for name are invalid"),
        (one("blocked", "equal_to", "perhaps"), "Invalid value. The values provided for blocked are invalid"),
        (one("name", "equal_to", "x", joint="NAND"), 'Query operator must be either "AND" or "OR".'),
    ],
)
def test_refusals(chatwoot: Chatwoot, condition: dict[str, Any], message: str) -> None:
    error = chatwoot.post("contacts/filter", {"payload": [condition]}, expect=422)
    assert error["error"].startswith(message)
    assert chatwoot.post("contacts/filter", {}, expect=422) == {"error": "Payload can't be blank"}


def test_who_may_ask(chatwoot: Chatwoot) -> None:
    assert found(chatwoot, who="idle") == EVERY
    for who in ("", "bot", "contact", "foreign"):
        chatwoot.post("contacts/filter", {"payload": []}, who=who, expect=401)
    assert found(chatwoot, who="foreign", account=OTHER) == []
