"""The ids of DevRev's API as patterns: a DON, or a display id."""

from __future__ import annotations

# Display prefix -> service and word of the DON. A test holds this against the face's own table.
WORDS = {
    "ACC": "identity:account",
    "AGENT": "core:ai_agent",
    "BRAND": "core:brand",
    "CAPL": "core:capability",
    "CHAN": "core:external_communication_channel",
    "CONV": "core:conversation",
    "DEVU": "identity:devu",
    "ENH": "core:enhancement",
    "FEAT": "core:feature",
    "GROUP": "identity:group",
    "LINKABLE": "core:linkable",
    "PROD": "core:product",
    "REV": "identity:revo",
    "REVU": "identity:revu",
    "RUNNABLE": "core:runnable",
    "STAGE": "core:custom_stage",
    "SVCACC": "identity:svcacc",
    "SYSU": "identity:sysu",
    "TAG": "core:tag",
}
PERSON = ("DEVU", "REVU", "SVCACC", "SYSU")
_OWN = "[A-Za-z0-9]+"


def pattern(kinds: str) -> str:
    """``PROD/CAPL`` takes ids of either kind, ``person`` those of every person; all of one service."""
    prefixes = PERSON if kinds == "person" else tuple(kinds.split("/"))
    services = {WORDS[prefix].partition(":")[0] for prefix in prefixes}
    assert len(services) == 1, f"{kinds} are of several services"
    words = "|".join(WORDS[prefix].partition(":")[2] for prefix in prefixes)
    outer = f"don:{services.pop()}:dvrv-us-1:devo/[A-Za-z0-9_-]+(:[a-z_]+/{_OWN})*"
    return f"^({outer}:({words})/{_OWN}|({'|'.join(prefixes)})-{_OWN})$"
