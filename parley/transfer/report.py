"""What an import did, row by row and table by table, and what it refuses to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..domain.problems import Conflict
from ..store.import_rows import Count

_SKIPPED = {
    "taken": "its id belongs to another row here (--map-ids brings it in under a fresh id)",
    "gone": "was deleted here since",
    "clash": "another row here has what must be unique, e.g. its name",
}
_ORPHAN = "what its {} names is missing"


class ImportRefused(Conflict):
    """Ids or e-mails of the source are taken here; ``conflicts`` lists them all, and nothing was written."""

    def __init__(self, conflicts: Sequence[str]) -> None:
        super().__init__("\n".join(("the import was refused, nothing was written:", *conflicts)))
        self.conflicts = list(conflicts)


# Told after each batch how many rows of a table are done, of how many.
Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(slots=True)
class TableReport:
    """Rows of one of our tables. ``kept``: changed on both sides, ours stayed. ``skipped``: reason -> rows."""

    read: int = 0
    written: int = 0
    updated: int = 0
    unchanged: int = 0
    joined: int = 0
    kept: int = 0
    deleted: int = 0
    renumbered: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    kept_ids: list[str] = field(default_factory=list)

    def skip(self, reason: str, rows: int = 1) -> None:
        if rows:
            self.skipped[reason] = self.skipped.get(reason, 0) + rows

    @property
    def changes(self) -> int:
        return self.written + self.updated + self.joined + self.deleted

    @property
    def is_worth_telling(self) -> bool:
        return bool(self.read or self.changes or self.skipped)


@dataclass(slots=True)
class Report:
    """The whole import; ``accounts`` maps the source's account ids to our tenant ids."""

    system: str = ""
    accounts: dict[int, int] = field(default_factory=dict)
    tables: dict[str, TableReport] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def table(self, name: str) -> TableReport:
        return self.tables.setdefault(name, TableReport())

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def add(self, name: str, counts: Iterable[Count]) -> int:
        """Counts staged rows by their verdicts; returns how many of them changed something here."""
        table = self.table(name)
        before = table.changes
        for count in counts:
            self._add(table, count)
        return table.changes - before

    def add_missing(self, name: str, counts: Iterable[Count]) -> int:
        """Counts rows that the source no longer has; returns how many were deleted here."""
        table, deleted = self.table(name), 0
        for count in counts:
            if count.verdict == "deleted":
                table.deleted += count.rows
                deleted += count.rows
            else:
                reason = "edited here" if count.verdict == "kept" else "still used here"
                table.skip(f"gone from the source, but {reason}", count.rows)
        return deleted

    @property
    def changes(self) -> int:
        return sum(table.changes for table in self.tables.values())

    def to_json(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "accounts": {str(account): tenant for account, tenant in self.accounts.items()},
            "changes": self.changes,
            "tables": {name: _plain(table) for name, table in self.tables.items()},
            "notes": self.notes,
            "seconds": round(self.seconds, 3),
        }

    @staticmethod
    def _add(table: TableReport, count: Count) -> None:
        if count.verdict != "renumbered":
            table.read += count.rows
        if count.verdict in _SKIPPED:
            table.skip(_SKIPPED[count.verdict], count.rows)
        elif count.verdict == "orphan":
            table.skip(_ORPHAN.format(count.reason), count.rows)
        else:
            setattr(table, count.verdict, getattr(table, count.verdict) + count.rows)
        if count.verdict == "kept":
            table.kept_ids.extend(count.examples[: max(0, 100 - len(table.kept_ids))])


def _plain(table: TableReport) -> dict[str, Any]:
    return {name: getattr(table, name) for name in TableReport.__slots__}
