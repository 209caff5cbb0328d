"""Service levels: which status may follow which, and which target of a tracker comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .conversations import Metric
from .problems import InvalidValue

# Drafts are edited, what is published is used, what is archived is only read.
NEXT_STATUS = {"draft": ("published",), "published": ("archived",), "archived": ()}
_RUNNING = ("running", "warning", "breached")
_LATEST = datetime.max.replace(tzinfo=UTC)

# What a selector names by number, by the key that it is stored under; people are kept as kind:id.
SELECTED = {"groups": "team", "parts": "part", "rev_orgs": "workspace", "tags": "tag"}


class Reference(NamedTuple):
    """A thing that a request names: where, its noun and id, and its kind: of a part or a bot, or what a metric is to measure."""

    field: str
    noun: str
    id: int
    kind: str | None = None


def things_named(policies: Sequence[Mapping[str, Any]], accounts: Mapping[str, Any] | None) -> list[tuple[str, int]]:
    """What the stored policies and account selector of an SLA name by noun and number, nothing twice."""
    selectors = [selector for policy in policies for selector in (policy["selector"], policy["selector"].get("issue_selector"))]
    named = [one for selector in (*selectors, accounts) if selector for one in _selected(selector)]
    for metric in (metric for policy in policies for metric in policy["metrics"]):
        named.append(("metric_definition", metric["metric_id"]))
        if "org_schedule_id" in metric:
            named.append(("org_schedule", metric["org_schedule_id"]))
    return list(dict.fromkeys(named))


def _selected(selector: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for key, noun in SELECTED.items():
        yield from ((noun, number) for number in selector.get(key, ()))


def check_transition(before: str, after: str) -> None:
    """Raises InvalidValue when ``after`` does not follow ``before``."""
    allowed = NEXT_STATUS[before]
    if after not in allowed:
        raise InvalidValue("status", f"what is {before} cannot become {after}", allowed=allowed)


def find_closest(metrics: Sequence[Metric], named: int | None = None) -> Metric | None:
    """The metric that is named; else the earliest target that runs, else the paused one with least time left."""
    present = [metric for metric in metrics if metric.removed_at is None]
    if (chosen := next((metric for metric in present if metric.metric_id == named), None)) is not None:
        return chosen
    if running := [metric for metric in present if metric.stage in _RUNNING]:
        return min(running, key=lambda m: (m.target_at is None, m.target_at or _LATEST, m.metric_id))
    paused = [metric for metric in present if metric.stage == "paused"]
    return min(paused, key=lambda m: (m.remaining_s is None, m.remaining_s or 0, m.metric_id), default=None)


def stage_of(metrics: Sequence[Metric]) -> str | None:
    """The stage of a tracker: that of its closest metric; completed where all are, None where it has none."""
    closest = find_closest(metrics)
    if closest is not None:
        return closest.stage
    return "completed" if any(metric.removed_at is None for metric in metrics) else None
