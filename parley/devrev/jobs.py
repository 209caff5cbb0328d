"""jobs.*: work that goes on after the answer that started it, as the caller's tenant sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..reference.notation import shape, table
from ..store import messages
from ..store.jobs import JOBS, JobRow
from .encode_people import TYPES, artifact
from .endpoints import Call, Endpoint, Family, Json
from .lists import CURSORS, PAGING, SORTING, find_row, list_page, numbers, people_of, stamps

CATEGORIES = (
    "bulk_upgrade", "convert_conversation_ticket", "export_account", "export_article", "export_audit_log", "export_conversation",
    "export_devuser", "export_incident", "export_part", "export_revuser", "export_work", "merge_account", "merge_devuser",
    "merge_revorg", "merge_revuser", "merge_ticket", "move_revorg", "move_revuser", "oasis_data_export", "oasis_job",
)  # fmt: skip
# Ours by the wire's; no job of ours is ever merely "started".
_STATES = {"completed": "done", "failed": "failed", "in_progress": "running", "queued": "queued"}
_SHOWN = {ours: wire for wire, ours in _STATES.items()}
_CATEGORY = f"<{' '.join(CATEGORIES)}>"
_STATE = "<completed failed in_progress queued started>"


async def get_job(call: Call) -> Json:
    row = await find_row(call, JOBS, call.given["id"].number, "job")
    return {"job": (await _encode(call, [row]))[0]}


async def list_jobs(call: Call) -> Json:
    given = call.given
    asked = {
        "kinds": given.get("category") or None,
        "states": [_STATES[state] for state in given["state"] if state in _STATES] if given.get("state") else None,
        "creators": _people(given, "created_by"),
        "owners": _people(given, "owned_by_id"),
        "parent_ids": numbers(given, "parent_ids"),
    }
    rows, cursors = await list_page(call, JOBS, asked)
    return {"jobs": await _encode(call, rows), **cursors}


def _people(given: Mapping[str, Any], key: str) -> list[str] | None:
    """As the store writes them: a sys_user is the server itself, or a bot."""
    kinds = {wire: [ours] for ours, wire in TYPES.items()} | {"sys_user": ["system", "bot"]}
    return [f"{kind}:{one.number}" for one in given.get(key, ()) for kind in kinds[one.type]] or None


async def _encode(call: Call, rows: Sequence[JobRow]) -> list[Json]:
    people = await people_of(call, rows)
    files = await messages.get_artifacts(call.connection, call.tenant_id, (one for row in rows for one in row.artifact_ids))
    shown: list[Json] = []
    for row in rows:
        job = {
            **call.names.ids("job", row.id),
            "job_category": row.kind,
            "job_id": f"{row.kind}-{row.id}",
            "title": row.title or row.kind.replace("_", " ").capitalize(),
            "progress": 100 if row.state == "done" else row.progress,
            "retry_count": max(0, row.attempts - 1),
            "state": _SHOWN[row.state],
            **stamps(row, people),
        }
        if row.last_error is not None:
            job["metadata_list"] = [{"type": "string", "key": "error", "value": row.last_error}]
        if row.artifact_ids:
            job["output_artifacts"] = [artifact(call.names, files[one]) for one in row.artifact_ids if one in files]
        shown.append(job)
    return shown


FAMILY = Family(
    endpoints=(
        Endpoint(
            "/jobs.get",
            get_job,
            "Get a job",
            "id*  id:JOB  The job.",
            "job*  job  The job.",
            example={"id": "JOB-1"},
            refuses=(404,),
        ),
        Endpoint(
            "/jobs.list",
            list_jobs,
            "List jobs",
            table(
                f"""
                category     [{_CATEGORY}]  Of any of these categories.
                state        [{_STATE}]  In any of these states.
                created_by   [id:person]  Started by any of these people.
                owned_by_id  [id:person]  Owned by any of them; a job belongs to who started it.
                parent_ids   [id:JOB]  Part of any of these jobs.
                """,
                PAGING,
                SORTING,
            ),
            table("jobs*  [job]  The jobs.", CURSORS),
            example={"state": ["queued", "in_progress"]},
        ),
    ),
    shapes=(
        shape(
            "job",
            "Work that goes on after the answer that started it.",
            f"""
            id*               don    Its id.
            display_id        text   Its short id.
            job_category*     {_CATEGORY}  What it does.
            job_id*           text   Its name.
            title*            text   Its title.
            progress*         int32  Percent.
            state*            {_STATE}  How far it is.
            retry_count       int32  How often it was tried again.
            metadata_list     [job-metadata]  What else is known: `error`, when it failed.
            output_artifacts  [artifact]  The files that it made.
            created_by        user  Who started it.
            created_date      time  When.
            modified_by       user  Who changed it last.
            modified_date     time  When.
            """,
        ),
        shape(
            "job-metadata",
            "A fact about a job.",
            """
            type*   "string"  The value's type.
            key*    text  Its name.
            value*  text  Its value.
            """,
        ),
    ),
)
