"""The ids of DevRev's API as patterns: a DON, or a display id."""

from __future__ import annotations

# Display prefix -> service and word of the DON. A test holds this against the face's own table.
WORDS = {
    "ACC": "identity:account",
    "AGENT": "core:ai_agent",
    "APPFRAG": "core:app_fragment",
    "ART": "core:article",
    "ARTIFACT": "core:artifact",
    "BRAND": "core:brand",
    "CAPL": "core:capability",
    "CHAN": "core:external_communication_channel",
    "COMMENT": "core:comment",
    "CONV": "core:conversation",
    "DEVU": "identity:devu",
    "ENH": "core:enhancement",
    "EVENT": "core:timeline_event",
    "FEAT": "core:feature",
    "GROUP": "identity:group",
    "ISS": "core:issue",
    "LINK": "core:link",
    "LINKABLE": "core:linkable",
    "METRIC": "core:metric_definition",
    "PROD": "core:product",
    "REV": "identity:revo",
    "REVU": "identity:revu",
    "RUNNABLE": "core:runnable",
    "SCHED": "core:org_schedule",
    "SLA": "core:sla",
    "SLAT": "core:sla_tracker",
    "SNAP": "core:snap_widget",
    "STAGE": "core:custom_stage",
    "STATE": "core:custom_state",
    "SVCACC": "identity:svcacc",
    "SYNC": "core:sync_unit",
    "SYSU": "identity:sysu",
    "TAG": "core:tag",
    "TENANTFRAG": "core:tenant_fragment",
    "TKT": "core:ticket",
    "TYPEFRAG": "core:custom_type_fragment",
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
