"""sync_metadata: where an imported row came from (contract 1.4, sync-metadata)."""

from __future__ import annotations

from ..domain.conversations import Origin
from . import dates
from .dons import Dons
from .encode_people import Json, without_none


def sync_metadata(names: Dons, origin: Origin) -> Json:
    metadata: Json = {
        "external_record_id": origin.external_id,
        "external_reference": origin.external_id,
        "origin_system": origin.system,
    }
    unit = sync_unit(names, origin)
    for key, status, moment in (
        ("last_sync_in", origin.in_status, origin.in_at),
        ("last_sync_out", origin.out_status, origin.out_at),
    ):
        if status is not None or moment is not None:
            metadata[key] = without_none({"status": status, "sync_date": dates.show(moment) if moment else None, "sync_unit": unit})
    return metadata


def sync_unit(names: Dons, origin: Origin) -> Json | None:
    if origin.unit_id is None:
        return None
    run = {"mode": origin.unit_run_mode, "progress": {"state": origin.unit_run_state}}
    return {
        **names.ids("sync_unit", origin.unit_id),
        "name": origin.unit_name,
        "external_system_type": origin.unit_system_type,
        "is_archived": origin.unit_is_archived,
        "sync_type": origin.unit_sync_type,
        "sync_run": run,
    }
