"""A tenant's asynchronous work, read only, through a view of the queue that shows no other tenant's."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from .nouns import Noun


class JobRow(NamedTuple):
    """A job. ``progress`` is in percent; ``attempts`` counts the first one too."""

    id: int
    kind: str
    title: str | None
    state: str
    progress: int
    attempts: int
    last_error: str | None
    artifact_ids: list[int]
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    modified_by: str | None


JOBS = Noun(
    table="tenant_jobs",
    kind="job",
    row=JobRow,
    columns="n.id, n.kind, n.title, n.state, n.progress, n.attempts, n.last_error, n.artifact_ids, n.created_at, n.updated_at,"
    " n.created_by, n.modified_by",
    writable=frozenset(),
    filters={
        "kinds": "n.kind = ANY ({}::text[])",
        "states": "n.state = ANY ({}::text[])",
        "creators": "n.created_by = ANY ({}::text[])",
        "owners": "n.created_by = ANY ({}::text[])",
        "parent_ids": "n.parent_id = ANY ({}::bigint[])",
    },
)
