"""The policies of an SLA and the accounts that it is for, from the wire to what is stored, with all that they name.

Stored selectors keep numbers of tags, parts, teams and workspaces, and people as ``kind:id``; all else is as given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.principals import Ref
from ..domain.problems import InvalidValue
from ..domain.service_levels import SELECTED, Reference
from . import dates
from .dons import PARTS, Id
from .endpoints import Json

_PEOPLE = {"dev_user": "user", "rev_user": "contact", "service_account": "bot", "sys_user": "bot"}
_BOTS = {"service_account": "service_account", "sys_user": "system"}
_OF_PEOPLE = ("owners", "owned_by", "created_by")
_RANGES = ("created_date", "modified_date")


def ref_of(one: Id) -> Ref:
    """The person of an id; SYSU-0 is the server itself."""
    return Ref("system", 0) if (one.type, one.number) == ("sys_user", 0) else Ref(_PEOPLE[one.type], one.number)  # type: ignore[arg-type]


class Decoder:
    """Collects what a request's policies and account selector name, to be looked for later."""

    def __init__(self) -> None:
        self.references: list[Reference] = []

    def policies(self, given: Sequence[Mapping[str, Any]]) -> list[Json]:
        return [self._policy(f"policies[{place}]", one) for place, one in enumerate(given)]

    def accounts(self, given: Mapping[str, Any]) -> Json:
        ranges = {key: {bound: dates.show(at) for bound, at in given[key].items()} for key in _RANGES if key in given}
        others = {key: value for key, value in given.items() if key not in _RANGES}
        return self._selector("account_selector", others) | ranges

    def _policy(self, path: str, given: Mapping[str, Any]) -> Json:
        selector = self._selector(f"{path}.selector", given["selector"])
        metrics = [
            self._metric(f"{path}.metrics[{place}]", one, selector["applies_to"]) for place, one in enumerate(given.get("metrics", ()))
        ]
        ids = [metric["metric_id"] for metric in metrics]
        for place, number in enumerate(ids):
            if number in ids[:place]:
                raise InvalidValue(f"{path}.metrics[{place}].metric", "the policy has a target for this metric already")
        return {"name": given["name"], "selector": selector, "metrics": metrics}

    def _selector(self, path: str, given: Mapping[str, Any]) -> Json:
        selector: Json = {}
        for key, value in given.items():
            inside = f"{path}.{key}"
            if key == "issue_selector":
                selector[key] = self._selector(inside, value)
            elif key in _OF_PEOPLE:
                selector[key] = [self._person(f"{inside}[{place}]", one) for place, one in enumerate(value)]
            elif key in SELECTED:
                selector[key] = [self._thing(f"{inside}[{place}]", SELECTED[key], one) for place, one in enumerate(value)]
            elif key == "stage":
                selector[key] = [self._thing(f"{inside}[{place}]", "stage", one) for place, one in enumerate(value)]
            else:
                selector[key] = list(value) if isinstance(value, tuple) else value
        return selector

    def _metric(self, path: str, given: Mapping[str, Any], applies_to: str) -> Json:
        self.references.append(Reference(f"{path}.metric", "metric_definition", given["metric"].number, applies_to))
        metric: Json = {"metric_id": given["metric"].number, "target": given["target"]}
        if "org_schedule_id" in given:
            metric["org_schedule_id"] = self._thing(f"{path}.org_schedule_id", "org_schedule", given["org_schedule_id"])
        if given.get("warning_target", 0) > given["target"]:
            raise InvalidValue(f"{path}.warning_target", "it cannot warn behind the target")
        if not 0 <= given.get("performance", 0) <= 100:
            raise InvalidValue(f"{path}.performance", "it is a percentage, from 0 to 100")
        return metric | {key: given[key] for key in ("warning_target", "performance") if key in given}

    def _thing(self, field: str, noun: str, one: Id) -> int:
        self.references.append(Reference(field, noun, one.number, one.type if one.type in PARTS else None))
        return one.number

    def _person(self, field: str, one: Id) -> str:
        ref = ref_of(one)
        self.references.append(Reference(field, ref.kind, ref.id, _BOTS.get(one.type) if ref.kind == "bot" else None))
        return str(ref)
