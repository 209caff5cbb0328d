"""What a write refers to may go between its check and its row: the database then says so, and this tells which field it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from ..domain.problems import InvalidId

# The column of a foreign key -> the field that named it; a workspace comes with its account or its rev user.
_FIELDS = {
    "brand_id": "brand",
    "company_id": "account",
    "contact_id": "members",
    "contact_point_id": "members",
    "inbox_id": "source_channel_v2",
    "part_id": "applies_to_parts",
    "stage_id": "stage",
    "tag_id": "tags",
    "team_id": "group",
    "workspace_id": "account",
}


@contextmanager
def refuse_vanished() -> Iterator[None]:
    """Around a transaction: raises InvalidId for a reference to what somebody else has just deleted or merged away."""
    try:
        yield
    except asyncpg.ForeignKeyViolationError as error:
        column = re.search(r"_tenant_id_(\w+)_fkey$", str(error.constraint_name))
        field = _FIELDS.get(column[1], column[1]) if column else str(error.constraint_name)
        raise InvalidId(field, f"{field}: what it names was just deleted") from error
