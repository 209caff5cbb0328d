"""What every filter means, in plain Python, and random requests in the wire's own JSON to hold the server against."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from .devrev_world import NOW, STAGE_IDS, STATE_OF, Facts, don

Request = dict[str, Any]
_KINDS = {"DEVU": "user", "REVU": "contact", "SVCACC": "bot", "SYSU": "bot"}
_BOT_KIND = {1: "SVCACC", 2: "SYSU"}
_PART_KIND = {1: "PROD", 2: "FEAT", 3: "CAPL", 4: "ENH"}


def wanted(facts: dict[int, Facts], asked: Request) -> list[int]:
    """The numbers that match, newest modified first."""
    found = [one for one in facts.values() if all(MATCH[key](one, value) for key, value in asked.items())]
    return [one.number for one in sorted(found, key=lambda one: (one.modified_at, one.number), reverse=True)]


def number(text: str) -> int:
    """The number of a display id or a DON."""
    return int(text.replace("/", "-").rpartition("-")[2])


def person(text: str) -> str:
    """``DEVU-1`` -> ``user:1``; an id of a bot under the wrong kind names nobody."""
    prefix, _, digits = text.partition("-")
    if text == "SYSU-0":
        return "system:0"
    if _KINDS[prefix] == "bot" and _BOT_KIND.get(int(digits)) != prefix:
        return "nobody"
    return f"{_KINDS[prefix]}:{digits}"


def _among(field: str) -> Callable[[Facts, list[str]], bool]:
    return lambda facts, ids: getattr(facts, field) in {number(text) for text in ids}


def _is(field: str) -> Callable[[Facts, Any], bool]:
    return lambda facts, value: getattr(facts, field) == value


def _in(field: str) -> Callable[[Facts, list[Any]], bool]:
    return lambda facts, values: getattr(facts, field) in values


def _parts(facts: Facts, ids: list[str]) -> bool:
    return any(number(text) in facts.parts and _PART_KIND.get(number(text)) == text.partition("-")[0] for text in ids)


def _members(facts: Facts, ids: list[str]) -> bool:
    return bool({person(text) for text in ids} & {f"contact:{facts.contact_id}", *facts.members})


def _owners(facts: Facts, ids: list[str]) -> bool:
    return bool({person(text) for text in ids} & {facts.assignee, *facts.co_owners})


def _tags_v2(facts: Facts, pairs: list[dict[str, str]]) -> bool:
    return any(
        ("id" not in pair or number(pair["id"]) == tag) and ("value" not in pair or pair["value"] == value)
        for pair in pairs
        for tag, value in facts.tags.items()
    )


def _custom(facts: Facts, asked: dict[str, list[Any]]) -> bool:
    return all(_custom_field(facts, name, values) for name, values in asked.items())


def _custom_field(facts: Facts, name: str, values: list[Any]) -> bool:
    namespace, _, key = name.replace("_u20_", " ").partition("__")
    held = facts.custom.get(namespace, {}).get(key)
    items = held if isinstance(held, list) else [] if held is None else [held]
    return any(type(item) is type(value) and item == value for item in items for value in values)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _before(text: str) -> datetime:
    """A bound given to the millisecond covers its whole millisecond."""
    digits = text.partition(".")[2].rstrip("Z")
    return _moment(text) + timedelta(microseconds=999 if len(digits) <= 3 else 0)


def _range(moment: datetime | None, asked: dict[str, Any]) -> bool:
    if moment is None:
        return False
    if asked.get("type") == "preset":
        days, now = timedelta(days=min(asked["days"], 700_000)), datetime.now(UTC)
        after, before = (now - days, now) if asked["preset_type"] == "last_n_days" else (now, now + days)
        return after <= moment <= before
    return not ("after" in asked and moment < _moment(asked["after"])) and not ("before" in asked and moment > _before(asked["before"]))


def _sla(facts: Facts, asked: dict[str, Any]) -> bool:
    stage = "stage" not in asked or facts.sla_stage in asked["stage"]
    return stage and ("target_time" not in asked or _range(facts.sla_target, asked["target_time"]))


def _stage(facts: Facts, asked: dict[str, Any]) -> bool:
    named = "name" not in asked or facts.stage in asked["name"]
    return named and ("stages" not in asked or STAGE_IDS[facts.stage] in {number(text) for text in asked["stages"]})


MATCH: dict[str, Callable[[Facts, Any], bool]] = {
    "account": _among("company_id"),
    "actual_close_date": lambda facts, asked: _range(facts.closed_at, asked),
    "applies_to_parts": _parts,
    "brand": _among("brand_id"),
    "channels": lambda facts, ids: bool({number(text) for text in ids} & {facts.inbox_id, *facts.channel_ids}),
    "custom_fields": _custom,
    "group": _among("team_id"),
    "is_creator_verified": _is("is_creator_verified"),
    "is_frozen": _is("is_frozen"),
    "is_spam": _is("is_spam"),
    "members": _members,
    "modified_date": lambda facts, asked: _range(facts.modified_at, asked),
    "owned_by": _owners,
    "owned_by_agent": _among("owner_agent_id"),
    "rev_org": _among("workspace_id"),
    "rev_orgs": _among("workspace_id"),
    "sla_summary": _sla,
    "source_channel": _in("source_channel"),
    "source_channel_v2": _among("inbox_id"),
    "source_channels": _in("source_channel"),
    "stage": _stage,
    "state": lambda facts, names: STATE_OF[facts.stage] in names,
    "subtype": _in("subtype"),
    "tags": lambda facts, ids: bool({number(text) for text in ids} & set(facts.tags)),
    "tags_v2": _tags_v2,
}


def some(*values: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


def _numbered(prefix: str, path: str, *numbers: int, service: str = "core") -> st.SearchStrategy[list[str]]:
    """Ids in both spellings."""
    dons = [don(f"{path}/{n}", service) for n in numbers]
    return some(*(f"{prefix}-{n}" for n in numbers), *dons)


def _plain(moment: datetime, digits: int) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{moment.microsecond:06}"[: digits + 1] if digits else "") + "Z"


_times = st.builds(
    lambda minutes, micros, digits: _plain(NOW - timedelta(minutes=minutes, microseconds=micros), digits),
    st.integers(-5, 45),
    st.sampled_from([0, 1000, 1001, 1]),
    st.sampled_from([0, 3, 6]),
)
_days = st.builds(lambda days: _plain(NOW - timedelta(days=days), 3), st.integers(-6, 10))


def _bounds(times: st.SearchStrategy[str], **fixed: str) -> st.SearchStrategy[dict[str, str]]:
    given = st.fixed_dictionaries({}, optional={"after": times, "before": times}).filter(bool)
    return given.map(lambda asked: {**fixed, **asked})


_date_filters = st.one_of(
    _bounds(_days, type="range"),
    st.fixed_dictionaries(
        {
            "type": st.just("preset"),
            "preset_type": st.sampled_from(["last_n_days", "next_n_days"]),
            "days": st.sampled_from([0, 1, 3, 5, 400, 2**32 - 1]),
        }
    ),
)
_custom_values = {
    "tnt__tier": some("gold", "silver", "bronze"),
    "tnt__seats": some(1, 5, 6),
    "tnt__order_u20_total": some(9.5, 3.25),
    "ctype__blocking": some(True, False),
    "tnt__langs": some("it", "en", "fr"),
}

_TAGS = ["TAG-1", "TAG-2", "TAG-4"]

# How to ask for each filter, alone or with others.
ASK: dict[str, st.SearchStrategy[Any]] = {
    "account": _numbered("ACC", "account", 1, 2, 9, service="identity"),
    "actual_close_date": _date_filters,
    "applies_to_parts": some("PROD-1", "FEAT-2", "CAPL-3", "ENH-4", "PROD-2", "FEAT-9", "LINKABLE-1", "RUNNABLE-4"),
    "brand": _numbered("BRAND", "brand", 1, 2, 3),
    "channels": _numbered("CHAN", "external_communication_channel", 1, 2, 3),
    "custom_fields": st.fixed_dictionaries({}, optional=_custom_values).filter(bool),
    "group": _numbered("GROUP", "group", 1, 2, 3, service="identity"),
    "is_creator_verified": st.booleans(),
    "is_frozen": st.booleans(),
    "is_spam": st.booleans(),
    "members": some("DEVU-1", "DEVU-2", "REVU-1", "REVU-2", "REVU-5", "SVCACC-1", "SYSU-2", "SYSU-1", "SVCACC-2", "SYSU-0", "REVU-99"),
    "modified_date": _bounds(_times),
    "owned_by": some("DEVU-1", "DEVU-2", "SVCACC-1", "SYSU-2", "SVCACC-2", "DEVU-9"),
    "owned_by_agent": _numbered("AGENT", "ai_agent", 7, 8, 9),
    "rev_org": _numbered("REV", "revo", 1, 2, 3, service="identity"),
    "rev_orgs": _numbered("REV", "revo", 1, 2, 3, service="identity"),
    "sla_summary": st.fixed_dictionaries(
        {},
        optional={"stage": some("breached", "completed", "paused", "running", "warning"), "target_time": _date_filters},
    ).filter(bool),
    "source_channel": some("email", "slack", 'a "quoted, list"', "fax"),
    "source_channel_v2": _numbered("CHAN", "external_communication_channel", 1, 2, 3),
    "source_channels": some("email", "slack", 'a "quoted, list"', "fax"),
    "stage": st.fixed_dictionaries(
        {},
        optional={
            "name": some("new", "hold", "resolved", "triage", "nothing"),
            "stages": _numbered("STAGE", "custom_stage", 1, 5, 7, 100, 999),
        },
    ).filter(bool),
    "state": some("open", "in_progress", "closed", "lost"),
    "subtype": some("bug_report", "billing", "none"),
    "tags": _numbered("TAG", "tag", 1, 2, 3, 4),
    "tags_v2": st.lists(
        st.fixed_dictionaries(
            {}, optional={"id": st.sampled_from(["TAG-1", "TAG-2", "TAG-4"]), "value": st.sampled_from(["pro", "free", "x"])}
        ),
        min_size=1,
        max_size=2,
    ),
}
# rev_org and rev_orgs (and the two channel spellings) are one field, so a request holds one of each pair.
_ALONE = [key for key in ASK if key not in ("rev_org", "source_channel")]
REQUESTS = st.lists(st.sampled_from(_ALONE), max_size=3, unique=True).flatmap(
    lambda keys: st.fixed_dictionaries({key: ASK[key] for key in keys})
)
EVERYTHING = st.fixed_dictionaries(ASK)
