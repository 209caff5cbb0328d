"""Imports and exports of contacts (contract 3.4): asked for, done by a job, and the job can be asked how it went."""

from __future__ import annotations

from typing import Any

import msgspec

from ..actions.contact_jobs import EXPORT, IMPORT, KEEPER, ask_export, ask_import
from ..domain.problems import InvalidValue, NotFound
from ..reference.notation import shape
from ..store import job_queue, messages
from ..store.contact_filter import list_contact_ids
from ..store.job_queue import Asked
from .contact_filter import ATTRIBUTES
from .contacts import CONTACTS, read_labels
from .encode_types import epoch
from .endpoints import Call, Endpoint, Family
from .filter import CONDITIONS, asked_conditions
from .readers import Json

_STATUSES = {"queued": "pending", "running": "processing", "done": "completed", "failed": "failed"}


async def import_contacts(call: Call) -> Json:
    file = call.given.get("import_file")
    if file is None or not file.byte_size:
        raise InvalidValue("import_file", "File is blank")
    return await _told(call, await ask_import(call.context, call.principal, file), IMPORT)


async def show_contact_import(call: Call) -> Json:
    return await _read(call, call.path["job_id"], IMPORT)


async def export_contacts(call: Call) -> Json:
    labels = read_labels("label", call.given.get("label") or "") or None
    ids = None
    if call.given.get("payload"):
        asked = await asked_conditions(call, ATTRIBUTES, "contact")
        ids, labels = await list_contact_ids(call.connection, call.tenant_id, asked), None
    number = await ask_export(call.context, call.principal, call.given.get("column_names") or [], labels, ids)
    return await _told(call, number, EXPORT)


async def show_contact_export(call: Call) -> Json:
    return await _read(call, call.path["job_id"], EXPORT)


async def _told(call: Call, number: int, kind: str) -> Json:
    return await _read(call, number, kind)


async def _read(call: Call, number: int, kind: str) -> Json:
    found = await job_queue.get_job(call.connection, call.tenant_id, number, kind)
    if found is None:
        raise NotFound()
    file_ids = found.artifact_ids if found.state == "done" else []
    files = await messages.get_artifacts(call.connection, call.tenant_id, file_ids)
    urls = [call.wire.file_url(file.id, file.file_name) for file in files.values()]
    return _shown(found, urls[0] if urls else None)


def _shown(job: Asked, url: str | None) -> Json:
    went: dict[str, Any] = msgspec.json.decode(job.result)
    rows = went.get("rows", 0)
    shown = {
        "id": job.id,
        "status": "processing" if job.state == "queued" and rows else _STATUSES[job.state],
        "total_records": rows,
        "processed_records": went.get("done", 0),
    }
    shown |= {"failed_records": went.get("failed", 0), "failed_records_url": url} if job.kind == IMPORT else {"file_url": url}
    return shown | {"error": job.last_error, "created_at": epoch(job.created_at), "updated_at": epoch(job.updated_at)}


_KEEPERS: dict[str, Any] = {"access": "administrators", "permits": KEEPER}

FAMILY = Family(
    endpoints=(
        Endpoint(
            "POST",
            f"{CONTACTS}/import",
            import_contacts,
            "Import contacts",
            "contact-import",
            request="import_file  binary?  A CSV file whose first row names the columns: `name`, `email`, `phone_number`, `identifier`,"
            " `company`, `city`; others become custom attributes.",
            text="A row is known by its identifier, its e-mail address or its number, or else new. The job goes on after the answer;"
            " ask for it by its number.",
            example={"import_file": b"name,email,plan\nGrace,grace@example.test,gold"},
            tells="error",
            **_KEEPERS,
        ),
        Endpoint(
            "GET", f"{CONTACTS}/import/{{job_id}}", show_contact_import, "Show an import", "contact-import", refuses=(404,), **_KEEPERS
        ),
        Endpoint(
            "POST",
            f"{CONTACTS}/export",
            export_contacts,
            "Export contacts",
            "contact-export",
            request="""
            column_names  [text]  The columns; those that do not exist are left out. `id`, `name`, `email`, `phone_number` when absent.
            label         text?   Only contacts with this label, or any of several with commas.
            payload       [filter-condition]?  Those that these conditions select now, as in contacts/filter; label is then left out.
            """,
            text="The job goes on after the answer; ask for it by its number: `file_url` is then a link to the CSV file.",
            example={"column_names": ["id", "name", "email"]},
            tells="error",
            **_KEEPERS,
        ),
        Endpoint(
            "GET", f"{CONTACTS}/export/{{job_id}}", show_contact_export, "Show an export", "contact-export", refuses=(404,), **_KEEPERS
        ),
    ),
    shapes=(
        shape(
            "contact-import",
            "An import of contacts.",
            """
            id*                  int64   Its number.
            status*              <pending processing completed failed>  How far it is.
            total_records*       int64   How many rows were looked at.
            processed_records*   int64   How many were taken.
            failed_records*      int64   How many were refused.
            failed_records_url*  text?   A link to those, as CSV with a last column `errors`.
            error*               text?   Why it broke off.
            created_at*          int64   When it was asked for.
            updated_at*          int64   When it last went on.
            """,
        ),
        shape(
            "contact-export",
            "An export of contacts.",
            """
            id*                 int64   Its number.
            status*             <pending processing completed failed>  How far it is.
            total_records*      int64   How many rows were written.
            processed_records*  int64   The same.
            file_url*           text?   A link to the CSV file.
            error*              text?   Why it broke off.
            created_at*         int64   When it was asked for.
            updated_at*         int64   When it last went on.
            """,
        ),
    ),
    own=CONDITIONS,
)
