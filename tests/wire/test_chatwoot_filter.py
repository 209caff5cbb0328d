"""POST conversations/filter (contract 3.2, 8.1.13-16, 8.3): behaviours of the original by their numbers, and its refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.wire.chatwoot_client import Chatwoot
from tests.wire.chatwoot_world import (
    ADA,
    BO,
    CONTACT,
    FULL,
    MAIL,
    MANAGER,
    ORDERS,
    OTHER,
    QUIET_CONTACT,
    TEAM,
    World,
    add_conversation,
    add_tags,
    build,
    insert,
    run,
)
from tests.wire.conftest import Live

KEYS = (
    "status,assignee_id,inbox_id,team_id,contact_id,priority,display_id,campaign_id,labels,browser_language,conversation_language,referer,"
    "created_at,last_activity_at,mail_subject"
)
PLATINUM_OF_BO, PENDING, PENDING_PLATINUM, PLAIN = 201, 202, 203, 204
FRENCH, TURKISH, RESTRICTED = 205, 206, 207
LOW, MEDIUM, HIGH, URGENT = 211, 212, 213, 214
MINE = {PENDING, PENDING_PLATINUM, PLAIN}
MANAGERS = {PLATINUM_OF_BO, *MINE, FRENCH, TURKISH, LOW, MEDIUM, HIGH, URGENT, FULL}
EVERY = MANAGERS | {RESTRICTED}
DEFINITIONS = {"conversation_type": "list", "date_of_birth": "date", "note": "text", "worth": "number", "escalated": "checkbox"}
OLD = datetime(2022, 1, 19, 23, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(live: Live) -> World:
    built = run(build(live.dsn, live.url))
    built.fill(_fill)
    return built


@pytest.fixture(scope="module")
def chatwoot(live: Live, world: World) -> Chatwoot:
    return Chatwoot(live.url, world.tokens)


async def _fill(connection: Any) -> None:
    for place, (key, kind) in enumerate(DEFINITIONS.items(), 1):
        await insert(connection, "custom_fields", id=place, key=key, display_name=key, field_type="text", chatwoot_type=kind)
    await insert(connection, "custom_fields", id=90, noun="contact", key="loyalty", display_name="l", field_type="text")
    platinum = '"conversation_type": "platinum"'
    await add_conversation(
        connection, PLATINUM_OF_BO, assignee_user_id=BO, created_at=OLD, last_activity_at=OLD,
        custom_fields=f'{{"tnt": {{{platinum}, "date_of_birth": "2022-01-20"}}}}',
    )  # fmt: skip
    english = '{"browser_language": "en", "referer": "https://shop.test/cart", "mail_subject": "Where is it?"}'
    await add_conversation(
        connection, PENDING, status="pending", assignee_user_id=MANAGER, campaign_id=7, additional_attributes=english,
        custom_fields='{"tnt": {"note": "Fragile", "worth": "41.5", "escalated": true}}',
    )  # fmt: skip
    await add_conversation(
        connection, PENDING_PLATINUM, status="pending", assignee_user_id=MANAGER, campaign_id=8, additional_attributes=english,
        custom_fields=f'{{"tnt": {{{platinum}, "worth": 100}}}}',
    )  # fmt: skip
    await add_conversation(connection, PLAIN, assignee_user_id=MANAGER)
    await add_conversation(connection, FRENCH, additional_attributes='{"browser_language": "fr"}', contact_id=CONTACT)
    await add_conversation(connection, TURKISH, additional_attributes='{"browser_language": "tr"}')
    await add_conversation(connection, RESTRICTED, inbox_id=MAIL, contact_id=CONTACT)
    for priority, number in enumerate((LOW, MEDIUM, HIGH, URGENT)):
        await add_conversation(connection, number, inbox_id=ORDERS, priority=priority, team_id=TEAM if priority else None)
    await add_tags(connection, PENDING, ["support"])
    await add_tags(connection, PENDING_PLATINUM, ["support", "random-label"])


def one(key: str, operator: str, values: Any = (), joint: str | None = None, **more: Any) -> dict[str, Any]:
    values = list(values) if isinstance(values, tuple) else values
    return {"attribute_key": key, "filter_operator": operator, "values": values, "query_operator": joint, **more}


def ask(chatwoot: Chatwoot, *payload: dict[str, Any], who: str = "admin", expect: int = 200, **more: Any) -> Any:
    return chatwoot.post("conversations/filter", {"payload": list(payload)}, who=who, expect=expect, **more)


def found(chatwoot: Chatwoot, *payload: dict[str, Any], who: str = "admin") -> set[int]:
    answer = ask(chatwoot, *payload, who=who)
    numbers = [row["id"] for row in answer["payload"]]
    assert len(numbers) == answer["meta"]["all_count"]
    return set(numbers)


def test_8_1_13_nobody_is_refused(chatwoot: Chatwoot) -> None:
    ask(chatwoot, who="", expect=401)


def test_8_1_14_an_agent_filters(chatwoot: Chatwoot) -> None:
    answer = ask(chatwoot, one("status", "equal_to", ["open"]), who="agent")
    assert answer.keys() == {"meta", "payload"}
    assert answer["meta"].keys() == {"mine_count", "unassigned_count", "all_count"}
    assert answer["meta"] == {"mine_count": 1, "unassigned_count": 2, "all_count": 4}


def test_8_1_15_a_key_that_is_none(chatwoot: Chatwoot) -> None:
    error = ask(chatwoot, one("phone_number", "equal_to", ["x"]), who="agent", expect=422)
    keys = f"The key should be one of [{KEYS}] or a custom attribute defined in the account."
    assert error == {"error": f"Invalid attribute key - [phone_number]. {keys}"}


def test_8_1_16_an_operator_that_is_none(chatwoot: Chatwoot) -> None:
    error = ask(chatwoot, one("status", "eq", ["open"]), who="agent", expect=422)
    assert error == {"error": "Invalid operator. The allowed operators for status are [equal_to,not_equal_to]."}


def test_8_3_1_language_and_status(chatwoot: Chatwoot) -> None:
    asked = one("browser_language", "equal_to", ["en"], "AND"), one("status", "not_equal_to", ["resolved"])
    assert found(chatwoot, *asked) == {PENDING, PENDING_PLATINUM}


@pytest.mark.parametrize(
    ("operator", "values", "wanted"),
    [
        pytest.param("equal_to", ["high"], {HIGH, FULL}, id="8.3.2"),
        pytest.param("equal_to", ["high", "urgent"], {HIGH, URGENT, FULL}, id="8.3.3"),
        pytest.param("not_equal_to", ["high", "urgent"], {LOW, MEDIUM}, id="8.3.4"),
    ],
)
def test_8_3_2_to_4_priority(chatwoot: Chatwoot, operator: str, values: list[str], wanted: set[int]) -> None:
    assert found(chatwoot, one("priority", operator, values)) == wanted


def test_8_3_5_and_6_a_contact_and_all_others(chatwoot: Chatwoot) -> None:
    assert found(chatwoot, one("contact_id", "equal_to", [CONTACT])) == {FULL, FRENCH, RESTRICTED}
    assert found(chatwoot, one("contact_id", "not_equal_to", [CONTACT])) == EVERY - {FULL, FRENCH, RESTRICTED}


def test_8_3_7_only_what_the_agent_may_see(chatwoot: Chatwoot) -> None:
    assert found(chatwoot, one("contact_id", "equal_to", [CONTACT]), who="agent") == {FULL, FRENCH}


def test_8_3_8_counts_do_not_follow_the_page(chatwoot: Chatwoot) -> None:
    first, second = ask(chatwoot), ask(chatwoot, params={"page": 2})
    assert first["meta"] == second["meta"] == {"mine_count": 0, "unassigned_count": 7, "all_count": 12}
    assert second["payload"] == []
    assert chatwoot.post("conversations/filter", {"payload": [], "page": 2})["payload"] == []


def test_8_3_9_and_10_languages(chatwoot: Chatwoot) -> None:
    assert found(chatwoot, one("browser_language", "equal_to", ["tr", "fr"])) == {TURKISH, FRENCH}
    assert found(chatwoot, one("browser_language", "not_equal_to", ["tr", "en"])) == {FRENCH}


def test_8_3_11_another_value_or_none(chatwoot: Chatwoot) -> None:
    assert found(chatwoot, one("conversation_type", "not_equal_to", ["platinum"])) == EVERY - {PLATINUM_OF_BO, PENDING_PLATINUM}


def test_8_3_12_labels_in_and_out(chatwoot: Chatwoot) -> None:
    asked = (
        one("assignee_id", "equal_to", [MANAGER, BO], "AND"),
        one("labels", "equal_to", ["support"], "AND"),
        one("labels", "not_equal_to", ["random-label"]),
    )
    assert found(chatwoot, *asked) == {PENDING}


def test_8_3_13_campaigns(chatwoot: Chatwoot) -> None:
    assert found(chatwoot, one("assignee_id", "equal_to", [MANAGER], "AND"), one("campaign_id", "is_present")) == {
        PENDING,
        PENDING_PLATINUM,
    }
    assert found(chatwoot, one("campaign_id", "equal_to", ["7"])) == {PENDING}


def test_8_3_14_a_query_operator_that_is_none(chatwoot: Chatwoot) -> None:
    asked = one("assignee_id", "equal_to", [ADA], "INVALID"), one("labels", "equal_to", ["support"])
    assert ask(chatwoot, *asked, expect=422) == {"error": 'Query operator must be either "AND" or "OR".'}


@pytest.mark.parametrize("kind", [{}, {"custom_attribute_type": "conversation_attribute"}, {"custom_attribute_type": None}])
def test_8_3_15_to_18_custom_attributes(chatwoot: Chatwoot, kind: dict[str, Any]) -> None:
    platinum = one("conversation_type", "equal_to", ["platinum"], "AND", **kind)
    assert found(chatwoot, platinum, one("date_of_birth", "is_less_than", ["2022-01-21"], **kind)) == {PLATINUM_OF_BO}
    asked = platinum, one("date_of_birth", "is_less_than", ["2022-01-20"], "OR", **kind), one("labels", "equal_to", ["random-label"])
    assert found(chatwoot, *asked) == {PENDING_PLATINUM}


def test_8_3_19_a_custom_attribute_and_a_language(chatwoot: Chatwoot) -> None:
    asked = one("conversation_type", "equal_to", ["platinum"], "AND"), one("browser_language", "not_equal_to", ["en"])
    assert found(chatwoot, *asked) == set()
    assert found(chatwoot, asked[0], one("browser_language", "equal_to", ["en"])) == {PENDING_PLATINUM}


def test_8_3_20_created_later_than_a_day_begins_with_the_next(chatwoot: Chatwoot) -> None:
    assert found(chatwoot, one("created_at", "is_greater_than", ["2022-01-18"])) == EVERY
    assert found(chatwoot, one("created_at", "is_greater_than", ["2022-01-19"])) == EVERY - {PLATINUM_OF_BO}
    assert found(chatwoot, one("created_at", "is_less_than", ["2022-01-20T05:00:00Z"])) == {PLATINUM_OF_BO}


def test_8_3_21_the_day_is_that_of_utc(chatwoot: Chatwoot) -> None:
    assert found(chatwoot, one("created_at", "is_less_than", ["2022-01-19"])) == set()


def test_8_3_22_no_sql_gets_in(chatwoot: Chatwoot) -> None:
    error = ask(chatwoot, one("created_at", "is_greater_than", ["2022-01-01'::date OR TRUE --"]), expect=422)
    assert error == {"error": "Invalid value. The values provided for created_at are invalid"}
    assert found(chatwoot, one("labels", "equal_to", ["x') OR TRUE --"])) == set()
    assert "Invalid attribute key" in ask(chatwoot, one("note' IS NULL OR TRUE --", "is_present"), expect=422)["error"]


def test_8_3_23_a_custom_attribute_and_a_day(chatwoot: Chatwoot) -> None:
    asked = one("conversation_type", "equal_to", ["PLATINUM"], "AND"), one("created_at", "is_less_than", ["2022-01-20"])
    assert found(chatwoot, *asked) == {PLATINUM_OF_BO}


def test_8_3_24_and_25_days_before(chatwoot: Chatwoot, world: World) -> None:
    recent = datetime.now(UTC) - timedelta(days=2)
    world.execute(f"UPDATE conversations SET last_activity_at = '{recent.isoformat()}' WHERE tenant_id = 1 AND number = {PENDING_PLATINUM}")
    try:
        assert found(chatwoot, one("last_activity_at", "days_before", [3])) == EVERY - {PENDING_PLATINUM}
        assert found(chatwoot, one("last_activity_at", "days_before", ["1"])) == EVERY
        asked = one("last_activity_at", "days_before", [3], "AND"), one("conversation_type", "equal_to", ["platinum"])
        assert found(chatwoot, *asked) == {PLATINUM_OF_BO}
    finally:
        world.execute(f"UPDATE conversations SET last_activity_at = created_at WHERE tenant_id = 1 AND number = {PENDING_PLATINUM}")


def test_8_3_26_to_28_no_condition_selects_what_one_may_see(chatwoot: Chatwoot) -> None:
    assert found(chatwoot) == EVERY
    assert found(chatwoot, who="manager") == MANAGERS
    assert found(chatwoot, who="idle") == set()


def test_roles_narrow_every_filter(chatwoot: Chatwoot) -> None:
    anything = one("status", "not_equal_to", ["bogus", "open"], "OR"), one("display_id", "not_equal_to", [0])
    assert found(chatwoot, *anything, who="picker") == {FRENCH, TURKISH}
    assert found(chatwoot, *anything, who="partner") == set()
    assert found(chatwoot, *anything, who="powerless") == set()
    for who in ("bot", "contact", "foreign"):
        ask(chatwoot, who=who, expect=401)
    ask(chatwoot, one("conversation_type", "is_present"), who="foreign", account=OTHER, expect=422)
    assert found_in_other(chatwoot) == []


def found_in_other(chatwoot: Chatwoot) -> list[Any]:
    body = {"payload": [one("display_id", "not_equal_to", [0])]}
    return list(chatwoot.post("conversations/filter", body, who="foreign", account=OTHER)["payload"])


def test_and_binds_before_or(chatwoot: Chatwoot) -> None:
    asked = (
        one("display_id", "equal_to", [PLAIN], "or"),
        one("browser_language", "equal_to", ["en"], "And"),
        one("campaign_id", "equal_to", [7]),
    )
    assert found(chatwoot, *asked) == {PLAIN, PENDING}


def test_the_last_ones_missing_values_count_beside_all_else_as_in_the_original(chatwoot: Chatwoot) -> None:
    other = one("note", "not_equal_to", ["fragile"])
    assert found(chatwoot, one("status", "equal_to", ["pending"], "AND"), other) == EVERY - {PENDING}
    in_front = other | {"query_operator": "AND"}
    assert found(chatwoot, in_front, one("status", "equal_to", ["pending"])) == {PENDING_PLATINUM}


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (one("worth", "is_greater_than", ["41"]), {PENDING, PENDING_PLATINUM}),
        (one("worth", "is_less_than", [100]), {PENDING}),
        (one("worth", "equal_to", [100]), {PENDING_PLATINUM}),
        (one("worth", "contains", ["1."]), {PENDING}),
        (one("escalated", "equal_to", [True]), {PENDING}),
        (one("escalated", "is_present"), {PENDING}),
        (one("note", "contains", ["RAG"]), {PENDING}),
        (one("note", "does_not_contain", ["x"]), {PENDING}),
        (one("referer", "contains", ["SHOP.test"]), {PENDING, PENDING_PLATINUM, FULL}),
        (one("referer", "does_not_contain", ["cart"]), {FULL}),
        (one("mail_subject", "equal_to", ["Where is it?"]), {PENDING, PENDING_PLATINUM}),
        (one("mail_subject", "equal_to", ["where is it?"]), set()),
        (one("labels", "equal_to", "support"), {PENDING, PENDING_PLATINUM}),
        (one("labels", "equal_to", ["SUPPORT"]), set()),
        (one("labels", "is_not_present"), EVERY - {PENDING, PENDING_PLATINUM, FULL}),
        (one("assignee_id", "is_not_present"), {FRENCH, TURKISH, RESTRICTED, LOW, MEDIUM, HIGH, URGENT}),
        (one("team_id", "is_present"), {FULL, MEDIUM, HIGH, URGENT}),
        (one("inbox_id", "equal_to", [str(MAIL)]), {RESTRICTED}),
        (one("display_id", "contains", ["20"]), {n for n in EVERY if "20" in str(n)}),
        (one("status", "equal_to", ["all"]), EVERY),
        (one("status", "equal_to", ["bogus"]), set()),
        (one("status", "not_equal_to", ["open", "pending"]), {FULL}),
    ],
)
def test_each_attribute(chatwoot: Chatwoot, condition: dict[str, Any], wanted: set[int]) -> None:
    assert found(chatwoot, condition) == wanted


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ([one("status", "equal_to", [])], "Invalid value. The values provided for status are invalid"),
        ([one("status", "equal_to", [0])], "Invalid value. The values provided for status are invalid"),
        ([one("assignee_id", "equal_to", ["abc"])], "Invalid value. The values provided for assignee_id are invalid"),
        ([one("assignee_id", "equal_to", [2**70])], "Invalid value. The values provided for assignee_id are invalid"),
        ([one("labels", "equal_to", [{"a": 1}])], "Invalid value. The values provided for labels are invalid"),
        ([one("labels", "equal_to", ["a\0"])], "payload[0].values[0] holds a null character"),
        ([one("labels", "equal_to", None)], "Invalid value. The values provided for labels are invalid"),
        ([one("created_at", "days_before", ["soon"])], "Invalid value. The values provided for created_at are invalid"),
        ([one("note", "is_greater_than", ["a"])], "Invalid value. The values provided for note are invalid"),
        ([one("note", "days_before", [1])], "Invalid value. The values provided for note are invalid"),
        ([one("worth", "equal_to", ["much"])], "Invalid value. The values provided for worth are invalid"),
        ([one("worth", "equal_to", ["NaN"])], "Invalid value. The values provided for worth are invalid"),
        ([one("escalated", "equal_to", ["maybe"])], "Invalid value. The values provided for escalated are invalid"),
        ([one("status", "equal_to", ["open"], "AND")], "Query operator AND joins nothing: the last condition takes none."),
        ([one("status", "equal_to", ["open"]), one("team_id", "is_present")], 'Query operator must be either "AND" or "OR".'),
        ([one("status", "eq", ["open"], 5), one("nope", "eq")], 'Query operator must be either "AND" or "OR".'),
        ([one("status", "equal_to", ["open"], "OR")] * 501, "payload takes at most 500 items"),
        (None, "Payload can't be blank"),
        ("all", "payload: expected array, got string"),
        (["all"], "payload[0]: expected object, got string"),
    ],
)
def test_bad_input_is_told_in_the_originals_words(chatwoot: Chatwoot, payload: Any, message: str) -> None:
    assert chatwoot.post("conversations/filter", {"payload": payload}, expect=422) == {"error": message}


def test_a_page_that_is_none(chatwoot: Chatwoot) -> None:
    assert chatwoot.post("conversations/filter", {"payload": []}, params={"page": "0"}, expect=422) == {
        "error": "page must be 1 to 100000000"
    }
    assert "page" in chatwoot.post("conversations/filter", {"payload": [], "page": "x"}, expect=422)["error"]


def test_a_key_of_a_contact_is_none_here(chatwoot: Chatwoot) -> None:
    error = ask(chatwoot, one("loyalty", "equal_to", ["A"], custom_attribute_type="contact_attribute"), expect=422)
    assert error["error"].startswith("Invalid attribute key - [loyalty].")


def test_rows_are_those_of_the_list(chatwoot: Chatwoot, world: World) -> None:
    shown = ask(chatwoot, one("display_id", "equal_to", [FULL]), who="agent")["payload"]
    assert shown == [world.row(FULL, "agent")]


def test_a_deep_page_holds_what_is_left(chatwoot: Chatwoot, world: World) -> None:
    world.fill(_many)
    try:
        pages = [ask(chatwoot, one("browser_language", "equal_to", ["xx"]), params={"page": page}) for page in (1, 2, 3)]
        numbers = [[row["id"] for row in page["payload"]] for page in pages]
        assert list(map(len, numbers)) == [25, 15, 0]
        assert [*numbers[0], *numbers[1]] == list(range(540, 500, -1))
        assert {page["meta"]["all_count"] for page in pages} == {40}
    finally:
        world.execute("DELETE FROM conversations WHERE tenant_id = 1 AND number > 500")


async def _many(connection: Any) -> None:
    for number in range(501, 541):
        await add_conversation(connection, number, contact_id=QUIET_CONTACT, additional_attributes='{"browser_language": "xx"}')
