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
    "DEV": "identity:devo",
    "DEVU": "identity:devu",
    "DIAGRAM": "core:stage_diagram",
    "ENH": "core:enhancement",
    "EVENT": "core:timeline_event",
    "FEAT": "core:feature",
    "GROUP": "identity:group",
    "ISS": "core:issue",
    "JOB": "core:job",
    "LINK": "core:link",
    "LINKABLE": "core:linkable",
    "METRIC": "core:metric_definition",
    "PROD": "core:product",
    "REV": "identity:revo",
    "REVU": "identity:revu",
    "RUNNABLE": "core:runnable",
    "SCHED": "core:org_schedule",
    "SCHEDFRAG": "core:org_schedule_fragment",
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
    "TOKEN": "identity:token",
    "TYPEFRAG": "core:custom_type_fragment",
    "WEBHOOK": "integration:webhook",
}
PERSON = ("DEVU", "REVU", "SVCACC", "SYSU")
_OWN = "[A-Za-z0-9]+"


def pattern(kinds: str) -> str:
    """``PROD/CAPL`` takes ids of either kind, ``person`` those of every person."""
    prefixes = PERSON if kinds == "person" else tuple(kinds.split("/"))
    services = "|".join(sorted({WORDS[prefix].partition(":")[0] for prefix in prefixes}))
    words = "|".join(WORDS[prefix].partition(":")[2] for prefix in prefixes)
    outer = f"don:({services}):dvrv-us-1:devo/[A-Za-z0-9_-]+(:[a-z_]+/{_OWN})*"
    return f"^({outer}:({words})/{_OWN}|({'|'.join(prefixes)})-{_OWN})$"
