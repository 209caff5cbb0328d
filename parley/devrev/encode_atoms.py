"""Objects and ids inside stored JSON: references, widgets and the values of a change.

The store keeps them without a tenant's name: an id stands as ``noun:number`` (``user:5``, ``ticket:12``), or as a
complete DON where it came from elsewhere. Here they get their ids of this wire.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .dons import KINDS, Dons, display_id
from .encode_people import TYPES, Json

# Our nouns that are called otherwise here; every other noun has its own name on this wire.
_TYPES = TYPES | {
    "team": "group",
    "company": "account",
    "workspace": "rev_org",
    "inbox": "channel",
    "stage": "custom_stage",
    "state": "custom_state",
    "attachment": "artifact",
    "sla_policy": "sla",
}
# The types that the public contract knows (contract 1.4, atom-summary); a list without the beta scope shows these only.
PUBLIC_ATOMS = {
    "article", "auth_token", "capability", "conversation", "dev_user", "enhancement", "feature", "group", "issue", "link", "product",
    "rev_org", "rev_user", "service_account", "sla", "sla_tracker", "sys_user", "tag", "ticket", "timeline_comment", "webhook",
}  # fmt: skip


def references(names: Dons, text: str, *, is_beta: bool) -> list[Json]:
    found = msgspec.json.decode(text, type=list[dict[str, Any]])
    return [expand(names, one) for one in found if is_beta or one.get("type") in PUBLIC_ATOMS]


def expand(names: Dons, value: Any) -> Any:
    """The same JSON with every ``id`` of ours as a DON, and a display id beside it."""
    if isinstance(value, list):
        return [expand(names, item) for item in value]
    if not isinstance(value, dict):
        return value
    expanded = {key: expand(names, item) for key, item in value.items()}
    parsed = _ours(value.get("id"))
    if parsed is not None:
        expanded["id"] = names.don(*parsed)
        expanded.setdefault("display_id", display_id(*parsed))
    return expanded


def don(names: Dons, text: str) -> str:
    """``user:5`` as a DON; whatever is no id of ours stays."""
    parsed = _ours(text)
    return names.don(*parsed) if parsed else text


def _ours(text: object) -> tuple[str, int] | None:
    if not isinstance(text, str):
        return None
    noun, _, number = text.partition(":")
    wire_type = _TYPES.get(noun, noun)
    if wire_type not in KINDS or not (number.isascii() and number.isdigit()):
        return None
    return wire_type, int(number)
