"""Asking for an import or export of contacts: jobs that go on after the answer (``jobs/contact_jobs.py`` runs them)."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.principals import Principal
from ..domain.problems import Forbidden, InvalidValue
from ..store import job_queue
from .context import Context
from .files import own_file
from .nouns import changing, record
from .uploads import Kept

IMPORT, EXPORT = "contact_import", "export_revuser"
KEEPER = "contact_manage"
"""The custom role permission that lets an agent do what is for administrators here."""
COLUMNS = (
    "id", "name", "email", "phone_number", "account_id", "created_at", "updated_at", "additional_attributes", "identifier",
    "custom_attributes", "last_activity_at", "contact_type", "middle_name", "last_name", "location", "country_code", "blocked",
    "company_id",
)  # fmt: skip
FIRST_COLUMNS = ("id", "name", "email", "phone_number")


async def ask_import(context: Context, principal: Principal, kept: Kept) -> int:
    """The id of a job that takes the rows of this CSV file. Raises Forbidden; InvalidValue for what is no text."""
    _require_keeper(principal)
    if not kept.is_text:
        raise InvalidValue("import_file", "import_file must be a CSV file in UTF-8; this one is no text")
    async with changing(context, principal) as connection:
        file_id = await own_file(connection, context, principal, kept)
        job_id = await job_queue.insert_job(
            connection, principal.tenant.id, IMPORT, "Import of contacts", {"file_id": file_id}, principal.ref, context.clock(), [file_id]
        )
        await record(connection, context, principal, "contact_import.asked", {"id": job_id})
        return job_id


async def ask_export(
    context: Context, principal: Principal, columns: Sequence[str], labels: Sequence[str] | None, ids: Sequence[int] | None = None
) -> int:
    """The id of a job that writes these columns of all contacts, of those with any of the labels, or of these. Raises Forbidden.

    Columns that there are none of are left out; without any the first four are written.
    """
    _require_keeper(principal)
    wanted = [name for name in dict.fromkeys(columns) if name in COLUMNS] or list(FIRST_COLUMNS)
    payload = {"columns": wanted, "labels": None if labels is None else list(labels), "ids": ids}
    async with changing(context, principal) as connection:
        job_id = await job_queue.insert_job(
            connection, principal.tenant.id, EXPORT, "Export of contacts", payload, principal.ref, context.clock()
        )
        await record(connection, context, principal, "contact_export.asked", {"id": job_id})
        return job_id


def _require_keeper(principal: Principal) -> None:
    if not principal.is_administrator and KEEPER not in (principal.permissions or ()):
        raise Forbidden("only an administrator, or a custom role that may manage contacts, may do this")
