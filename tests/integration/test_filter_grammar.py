"""Random payloads of Chatwoot's filter grammar, asked of the store and of a plain model in Python (contract 3.2, 3.4)."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from parley.chatwoot import contact_filter, conversation_filter
from parley.chatwoot.filter import decode
from parley.domain.filters import ConversationFilter
from parley.store import filtered
from parley.store.conditions import FieldType
from parley.store.contact_filter import find_contacts
from parley.store.order import PAGE_ORDERS
from tests.integration.small_tenant import SmallTenant, small_tenant

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
FIELDS = {
    key: FieldType(key, "text", kind)
    for key, kind in {"plan": "list", "note": "text", "total": "number", "due": "date", "urgent": "checkbox", "budget": "currency"}.items()
}
STATUSES = ("open", "resolved", "pending", "snoozed")
PRIORITIES = ("low", "medium", "high", "urgent")
TEXTS = ("en", "De", "tr", "50%_off", "ÜBER", "a\\b", "")
PAYLOADS = 300
LATEST = PAGE_ORDERS["last_activity_at_desc"]
Row = dict[str, Any]


def rows(chance: random.Random) -> list[Row]:
    """Conversations, with values of custom fields that are none of their type among them."""
    some: dict[str, list[Any]] = {
        "plan": ["Gold", "gold", "Silver", "", None, 5],
        "note": ["über", "50% off", "x_y", None],
        "total": [1, 2.5, "2.5", " 7 ", "junk", "", None, -3, 10**12],
        "due": ["2024-06-01", "2024-06-15", "2024-06-15T10:00:00.000Z", "soon", None, 20240601],
        "urgent": [True, False, "true", "off", "maybe", None],
        "budget": [100, "100", "many"],
    }
    found = []
    for number in range(1, 61):
        at = NOW - timedelta(hours=chance.randint(0, 2000), microseconds=number)
        found.append(
            {
                "number": number,
                "status": chance.choice(STATUSES),
                "priority": chance.choice([None, 0, 1, 2, 3]),
                "assignee_id": chance.choice([None, 1, 2, 3]),
                "inbox_id": chance.choice([1, 2, 3]),
                "team_id": chance.choice([None, 1, 2]),
                "campaign_id": chance.choice([None, 5, 6]),
                "labels": set(chance.sample(["vip", "VIP", "bug", "50%"], chance.randint(0, 2))),
                "created_at": at - timedelta(days=chance.randint(0, 3)),
                "last_activity_at": at,
                "attributes": {
                    key: chance.choice(TEXTS) for key in ("browser_language", "referer", "mail_subject") if chance.random() < 0.7
                },
                "fields": {key: chance.choice(values) for key, values in some.items() if chance.random() < 0.7},
            }
        )
    return found


_TEXT = ("contains", "does_not_contain", "equal_to", "not_equal_to", "is_present", "is_not_present")
# What a value must fulfil, by key: a plain reading of the contract that knows nothing of our code.
VALUES: dict[str, tuple[tuple[str, ...], list[Any]]] = {
    "status": (("equal_to", "not_equal_to"), [*STATUSES, "all", "bogus"]),
    "priority": (("equal_to", "not_equal_to"), [*PRIORITIES, "none"]),
    "assignee_id": (("equal_to", "not_equal_to", "is_present", "is_not_present"), [1, "2", 3, 99]),
    "inbox_id": (("equal_to", "not_equal_to", "is_present", "is_not_present"), [1, "2", 99]),
    "team_id": (("equal_to", "not_equal_to", "is_present", "is_not_present"), ["1", 2]),
    "campaign_id": (("equal_to", "not_equal_to", "is_present", "is_not_present"), [5, "6"]),
    "display_id": (("equal_to", "not_equal_to", "contains", "does_not_contain"), [1, "2", "15", 33]),
    "labels": (("equal_to", "not_equal_to", "is_present", "is_not_present"), ["vip", "VIP", "bug", "50%", "none"]),
    "browser_language": (("equal_to", "not_equal_to"), [*TEXTS]),
    "referer": (("equal_to", "not_equal_to", "contains", "does_not_contain"), [*TEXTS, "%", "_"]),
    "mail_subject": (("equal_to", "not_equal_to", "contains", "does_not_contain"), ["E", "en", "über", " off "]),
    "created_at": (("is_greater_than", "is_less_than", "days_before"), []),
    "last_activity_at": (("is_greater_than", "is_less_than", "days_before"), []),
    "plan": ((*_TEXT, "no such"), ["GOLD", "silver", "5"]),
    "note": (_TEXT, ["ÜBER", "%", "x_y"]),
    "total": ((*_TEXT[2:], "contains", "equal_to", "is_greater_than", "is_less_than"), ["2.5", 1, 7, "1e12"]),
    "due": (("equal_to", "not_equal_to", "is_present", "is_not_present", "is_greater_than", "is_less_than", "days_before"), ["2024-06-15"]),
    "urgent": (("equal_to", "not_equal_to", "is_present", "is_not_present"), [True, "false", "t", False]),
    "budget": (("equal_to", "not_equal_to", "is_present"), ["100", 100]),
}  # fmt: skip


def payload(chance: random.Random) -> list[Row]:
    found = []
    for _ in range(chance.randint(0, 5)):
        key = chance.choice(list(VALUES))
        operators, values = VALUES[key]
        operator = chance.choice(operators)
        if operator == "days_before":
            given: Any = [chance.choice([0, "3", 30, 10**9])]
        elif key in ("created_at", "last_activity_at"):
            given = [chance.choice(["2024-05-01", "2024-06-01", "2024-06-15T23:00:00Z"])]
        elif operator in ("is_present", "is_not_present"):
            given = chance.choice([[], None])
        else:
            given = chance.sample(values, chance.randint(1, min(2, len(values))))
        found.append(
            {"attribute_key": key, "filter_operator": operator, "values": given, "query_operator": chance.choice(["and", "OR", "AND"])}
        )
    if found:
        found[-1]["query_operator"] = chance.choice([None, ""])
    return found


def like(pattern: str, value: str) -> bool:
    """ILIKE, letter by letter: % any run, _ any one, a backslash takes the next as it is."""
    if not pattern:
        return not value
    head, rest = pattern[0], pattern[1:]
    if head == "%":
        return any(like(rest, value[start:]) for start in range(len(value) + 1))
    if head == "\\" and rest:
        return value[:1].lower() == rest[0].lower() and like(rest[1:], value[1:]) if value else False
    return bool(value) and (head == "_" or head.lower() == value[0].lower()) and like(rest, value[1:])


def text_of(value: Any) -> str | None:
    """As ->> shows it."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def number_of(value: Any) -> Decimal | None:
    try:
        return Decimal(str(text_of(value)).strip()) if value is not None and not isinstance(value, bool) else None
    except ArithmeticError:
        return None


def day_of(value: Any) -> date | None:
    text = text_of(value) or ""
    return date.fromisoformat(text[:10]) if len(text) >= 10 and text[4] == "-" else None


def flag_of(value: Any) -> bool | None:
    return {"true": True, "t": True, "off": False, "false": False}.get(text_of(value) or "")


def compare(operator: str, value: Any, wanted: list[Any]) -> bool:
    """A value that is missing only is not present."""
    if operator == "is_present":
        return value is not None
    if operator == "is_not_present":
        return value is None
    if value is None:
        return False
    if operator == "contains":
        return any(like(f"%{str(one).strip()}%", str(value)) for one in wanted)
    if operator == "does_not_contain":
        return not any(like(f"%{str(one).strip()}%", str(value)) for one in wanted)
    if operator == "is_greater_than":
        return bool(value > wanted[0])
    if operator == "is_less_than":
        return bool(value < wanted[0])
    return (value not in wanted) if operator == "not_equal_to" else value in wanted


def holds(row: Row, one: Row, is_last: bool) -> bool:
    key, operator, values = one["attribute_key"], one["filter_operator"], one["values"] or []
    if key == "labels":
        carries = bool(row["labels"] & set(values)) if values else bool(row["labels"])
        return carries if operator in ("equal_to", "is_present") else not carries
    if key in ("created_at", "last_activity_at"):
        day = row[key].date()
        if operator == "days_before":
            return day < back(int(values[0]))
        return compare(operator, day, [date.fromisoformat(values[0][:10])])
    if key == "status":
        wanted = list(STATUSES) if "all" in values else values
        unknown = any(value not in STATUSES for value in wanted)
        return False if operator == "not_equal_to" and unknown else compare(operator, row["status"], wanted)
    if key == "priority":
        name = None if row["priority"] is None else PRIORITIES[row["priority"]]
        return False if operator == "not_equal_to" and "none" in values else compare(operator, name, values)
    if key in ("browser_language", "referer", "mail_subject"):
        return compare(operator, row["attributes"].get(key), values)
    if key in FIELDS:
        return field_holds(row["fields"].get(key), key, operator, values, is_last)
    number = row["number" if key == "display_id" else key]
    return compare(operator, str(number), values) if "contain" in operator else compare(operator, number, [int(v) for v in values])


def back(days: int) -> date:
    try:
        return NOW.date() - timedelta(days=days)
    except OverflowError:
        return date.min


def field_holds(value: Any, key: str, operator: str, values: list[Any], is_last: bool) -> bool:
    kind = FIELDS[key].chatwoot_type
    read: Callable[[Any], Any] = {"number": number_of, "currency": number_of, "date": day_of, "checkbox": flag_of}.get(
        str(kind), lambda one: None if text_of(one) is None else str(text_of(one)).lower()
    )
    if "contain" in operator:
        return compare(operator, text_of(value), values)
    if operator == "days_before":
        found = day_of(value)
        return found is not None and found < back(int(values[0]))
    if values and (isinstance(values[0], str) or kind == "list"):
        values = values[:1]
    holds = compare(operator, read(value), [read(one) for one in values])
    # The last one's "or missing" stands outside, where it counts beside every group.
    return holds or (operator == "not_equal_to" and read(value) is None and not is_last)


def expected(found: list[Row], asked: list[Row]) -> list[int]:
    """AND binds before OR; the latest activity first."""
    groups: list[list[tuple[Row, bool]]] = [[]]
    for place, one in enumerate(asked):
        groups[-1].append((one, place == len(asked) - 1))
        if (one["query_operator"] or "").upper() == "OR":
            groups.append([])
    if asked and asked[-1]["attribute_key"] in FIELDS and asked[-1]["filter_operator"] == "not_equal_to":
        groups.append([(asked[-1] | {"filter_operator": "is_not_present"}, True)])
    matching = [row for row in found if any(all(holds_in(row, one, is_last) for one, is_last in group) for group in groups)]
    return [row["number"] for row in sorted(matching, key=lambda row: (row["last_activity_at"], row["number"]), reverse=True)]


def holds_in(row: Row, one: Row, is_last: bool) -> bool:
    if one["attribute_key"] in FIELDS and one["filter_operator"] in ("is_present", "is_not_present"):
        kind, value = FIELDS[one["attribute_key"]].chatwoot_type, row["fields"].get(one["attribute_key"])
        read = {"number": number_of, "currency": number_of, "date": day_of, "checkbox": flag_of}.get(str(kind), text_of)
        return (read(value) is None) == (one["filter_operator"] == "is_not_present")
    return holds(row, one, is_last)


@pytest.fixture
async def world(database: str) -> AsyncIterator[SmallTenant]:
    async with small_tenant(database) as one:
        yield one


async def fill(world: SmallTenant, found: list[Row]) -> None:
    tags = {"vip": 1, "VIP": 2, "bug": 3, "50%": 4}
    for name, tag_id in tags.items():
        await world.insert("tags", id=tag_id, name=name)
    for row in found:
        columns = {key: row[key] for key in ("status", "priority", "inbox_id", "team_id", "campaign_id", "created_at", "last_activity_at")}
        columns |= {"assignee_user_id": row["assignee_id"], "additional_attributes": encoded(row["attributes"])}
        await world.conversation(row["number"], **columns, custom_fields=encoded({"tnt": row["fields"], "ctype__x": {"plan": "Gold"}}))
        for label in row["labels"]:
            await world.insert("conversation_tags", conversation_number=row["number"], tag_id=tags[label])


def encoded(value: Any) -> str:
    return msgspec.json.encode(value).decode()


@pytest.mark.parametrize("few", [0, 2000], ids=["walked", "cut from the count"])
async def test_any_payload_selects_what_a_plain_model_selects(world: SmallTenant, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(filtered, "_FEW", few)
    chance = random.Random(20240615 + few)
    found = rows(chance)
    await fill(world, found)
    sizes = set()
    async with world.database.read(world.tenant.id) as connection:
        for _ in range(PAYLOADS):
            asked = payload(chance)
            filters = ConversationFilter(conditions=decode(asked, conversation_filter.ATTRIBUTES, FIELDS, NOW))
            offset = chance.choice([0, 7, 40])
            counted, numbers = await filtered.find_filtered(connection, world.principal(), filters, LATEST, limit=7, offset=offset)
            wanted = expected(found, asked)
            assert numbers == wanted[offset : offset + 7], asked
            owners = [row["assignee_id"] for row in found if row["number"] in wanted]
            assert (counted.all, counted.unassigned, counted.mine) == (len(wanted), owners.count(None), owners.count(1)), asked
            sizes.add(len(wanted))
    assert len(sizes) > 25, "the payloads hardly differ"


CONTACT_VALUES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "name": (("equal_to", "not_equal_to", "contains", "does_not_contain"), ["ZOË", "ann", "%n"]),
    "email": (("equal_to", "not_equal_to", "contains", "does_not_contain"), ["A@X.test", "x", "nobody@x.test"]),
    "city": (("equal_to", "not_equal_to", "contains", "does_not_contain"), ["köln", "O"]),
    "plan": (("equal_to", "not_equal_to", "is_present"), ["GOLD", "silver"]),
}


async def test_contacts_too(world: SmallTenant) -> None:
    chance = random.Random(7)
    found = [
        {
            "number": 100 + place,
            "name": chance.choice(["Zoë", "Ann", "Anna", ""]),
            "email": chance.choice([None, "a@x.test", "B@X.test"]),
            "city": chance.choice([None, "Köln", "Oslo"]),
            "fields": {"plan": chance.choice(["Gold", "Silver"])} if chance.random() < 0.6 else {},
        }
        for place in range(40)
    ]
    for row in found:
        attributes = {} if row["city"] is None else {"city": row["city"]}
        await world.insert(
            "contacts", id=row["number"], name=row["name"], email=row["email"], additional_attributes=encoded(attributes),
            custom_fields=encoded({"tnt": row["fields"]}),
        )  # fmt: skip
    await world.owner.execute("DELETE FROM contacts WHERE id < 100")
    async with world.database.read(world.tenant.id) as connection:
        for _ in range(150):
            asked = []
            for _ in range(chance.randint(1, 3)):
                key = chance.choice(list(CONTACT_VALUES))
                operators, values = CONTACT_VALUES[key]
                asked.append(
                    {
                        "attribute_key": key,
                        "filter_operator": chance.choice(operators),
                        "values": [chance.choice(values)],
                        "query_operator": chance.choice(["AND", "OR"]),
                    }
                )
            asked[-1]["query_operator"] = None
            conditions = decode(asked, contact_filter.ATTRIBUTES, FIELDS, NOW)
            count, ids = await find_contacts(connection, world.tenant.id, conditions, sort="-name", limit=100, offset=0)
            assert set(ids) == expected_contacts(found, asked), asked
            assert count == len(ids)


def expected_contacts(found: list[Row], asked: list[Row]) -> set[int]:
    groups: list[list[Callable[[Row], bool]]] = [[]]
    for place, one in enumerate(asked):
        groups[-1].append(contact_test(one, place == len(asked) - 1))
        if one["query_operator"] == "OR":
            groups.append([])
    if asked[-1]["attribute_key"] == "plan" and asked[-1]["filter_operator"] == "not_equal_to":
        groups.append([lambda row: "plan" not in row["fields"]])
    return {row["number"] for row in found if any(all(test(row) for test in group) for group in groups)}


def contact_test(one: Row, is_last: bool) -> Callable[[Row], bool]:
    key, operator, values = one["attribute_key"], one["filter_operator"], one["values"]
    if key == "plan":
        return lambda row: field_holds(row["fields"].get("plan"), "plan", operator, values, is_last)

    def test(row: Row) -> bool:
        value = row[key]
        if "contain" in operator:
            return compare(operator, value, values)
        return compare(operator, None if value is None else value.lower(), [one.lower() for one in values])

    return test
