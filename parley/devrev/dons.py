"""DON and display ids: how this wire names everything.

A DON is ``don:<service>:dvrv-us-1:devo/<slug>:<word>/<n>``; a display id is ``<PREFIX>-<n>``. Both carry our own number,
so the two say the same. Source: contract section 3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..domain.problems import InvalidId, UnexpectedIdType

PARTITION = "dvrv-us-1"
# A well-formed id that names nothing of ours: no row has it.
NOBODY = -1
_MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: its type name on the wire, its word in a DON, its prefix in a display id."""

    type: str
    word: str
    prefix: str
    service: str = "core"


_ALL = (
    Kind("conversation", "conversation", "CONV"),
    Kind("dev_user", "devu", "DEVU", "identity"),
    Kind("rev_user", "revu", "REVU", "identity"),
    Kind("service_account", "svcacc", "SVCACC", "identity"),
    Kind("sys_user", "sysu", "SYSU", "identity"),
    Kind("group", "group", "GROUP", "identity"),
    Kind("account", "account", "ACC", "identity"),
    Kind("rev_org", "revo", "REV", "identity"),
    Kind("product", "product", "PROD"),
    Kind("capability", "capability", "CAPL"),
    Kind("feature", "feature", "FEAT"),
    Kind("enhancement", "enhancement", "ENH"),
    Kind("linkable", "linkable", "LINKABLE"),
    Kind("runnable", "runnable", "RUNNABLE"),
    Kind("brand", "brand", "BRAND"),
    Kind("channel", "external_communication_channel", "CHAN"),
    Kind("tag", "tag", "TAG"),
    Kind("custom_stage", "custom_stage", "STAGE"),
    Kind("custom_state", "custom_state", "STATE"),
    Kind("artifact", "artifact", "ARTIFACT"),
    Kind("ai_agent", "ai_agent", "AGENT"),
    Kind("sla", "sla", "SLA"),
    Kind("sla_tracker", "sla_tracker", "SLAT"),
    Kind("metric_definition", "metric_definition", "METRIC"),
    Kind("org_schedule", "org_schedule", "SCHED"),
    Kind("sync_unit", "sync_unit", "SYNC"),
    Kind("timeline_comment", "comment", "COMMENT"),
    Kind("timeline_change_event", "timeline_event", "EVENT"),
    Kind("tenant_fragment", "tenant_fragment", "TENANTFRAG"),
    Kind("custom_type_fragment", "custom_type_fragment", "TYPEFRAG"),
    Kind("app_fragment", "app_fragment", "APPFRAG"),
    Kind("snap_widget", "snap_widget", "SNAP"),
    Kind("ticket", "ticket", "TKT"),
    Kind("issue", "issue", "ISS"),
    Kind("article", "article", "ART"),
    Kind("link", "link", "LINK"),
    Kind("dev_org", "devo", "DEV", "identity"),
    Kind("stage_diagram", "stage_diagram", "DIAGRAM"),
    Kind("org_schedule_fragment", "org_schedule_fragment", "SCHEDFRAG"),
    Kind("job", "job", "JOB"),
    Kind("auth_token", "token", "TOKEN", "identity"),
    Kind("webhook", "webhook", "WEBHOOK", "integration"),
)
KINDS = {kind.type: kind for kind in _ALL}
PARTS = ("product", "capability", "feature", "enhancement", "linkable", "runnable")
PEOPLE = ("dev_user", "rev_user", "service_account", "sys_user")
OWNERS = ("dev_user", "service_account", "sys_user")
_BY_WORD = {kind.word: kind for kind in _ALL}
_BY_PREFIX = {kind.prefix: kind for kind in _ALL}

_TOKEN = r"[A-Za-z0-9][A-Za-z0-9_.-]*"  # noqa: S105 - part of an id
_DON = re.compile(
    rf"don:(?P<service>[a-z]+):(?P<partition>dvrv-[a-z]+-\d+):devo/(?P<org>[A-Za-z0-9_-]+)"
    rf"(?P<path>(?::[a-z_]+/{_TOKEN}(?:/{_TOKEN})?)+)"
)
_DISPLAY = re.compile(r"(?P<prefix>[A-Z]+)-(?P<token>[A-Za-z0-9]+)")


class Id(NamedTuple):
    """An id that a client gave: its kind's type name and our number, NOBODY for one that no row of ours has."""

    type: str
    number: int


class Dons:
    """Builds the DONs of one tenant."""

    __slots__ = ("_before",)

    def __init__(self, slug: str) -> None:
        self._before = {service: f"don:{service}:{PARTITION}:devo/{slug}:" for service in ("core", "identity", "integration")}

    def don(self, kind_type: str, number: int | str) -> str:
        kind = KINDS[kind_type]
        return f"{self._before[kind.service]}{kind.word}/{number}"

    def ids(self, kind_type: str, number: int) -> dict[str, object]:
        """The two keys that every summary starts with."""
        return {"display_id": display_id(kind_type, number), "id": self.don(kind_type, number)}


def display_id(kind_type: str, number: int) -> str:
    return f"{KINDS[kind_type].prefix}-{number}"


def type_of_prefix(prefix: str) -> str:
    """``TAG`` -> tag. Raises KeyError."""
    return _BY_PREFIX[prefix].type


def stock_fragment(number: int) -> str:
    """A stock schema fragment belongs to no dev org."""
    return f"don:core:{PARTITION}:stock_sf/{number}"


def parse(text: str, *, field: str, slug: str, allowed: Sequence[str]) -> Id:
    """An id given by a client, as DON or display id. Raises InvalidId or UnexpectedIdType, naming ``field``.

    A DON of another dev org is refused like one that cannot be understood: whether it exists is not told.
    """
    kind, token = _parse_don(text, field, slug) if text.startswith("don:") else _parse_display(text, field)
    if kind.type not in allowed:
        raise UnexpectedIdType(field, text, allowed)
    number = int(token) if token.isascii() and token.isdigit() else NOBODY
    return Id(kind.type, number if number <= _MAX_ID and str(number) == token else NOBODY)


def _parse_don(text: str, field: str, slug: str) -> tuple[Kind, str]:
    match = _DON.fullmatch(text)
    if match is None:
        raise InvalidId(field, f"{field}: not a DON or display id")
    word, _, token = match["path"].rpartition(":")[2].partition("/")
    kind = _BY_WORD.get(word)
    if kind is None or match["service"] != kind.service:
        raise InvalidId(field, f"{field}: no object of this service is called {word}")
    if match["org"] != slug or match["partition"] != PARTITION:
        raise InvalidId(field, f"{field}: the id is not of this dev org")
    return kind, token


def _parse_display(text: str, field: str) -> tuple[Kind, str]:
    match = _DISPLAY.fullmatch(text)
    kind = _BY_PREFIX.get(match["prefix"]) if match else None
    if match is None or kind is None:
        raise InvalidId(field, f"{field}: not a DON or display id")
    return kind, match["token"]
