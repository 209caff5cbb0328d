"""``parley import chatwoot-db``: another system's conversations into ours, and again when they changed there."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from ..transfer.chatwoot import import_chatwoot
from ..transfer.report import ImportRefused, Report
from . import show
from .database import reach
from .options import DEFAULT_DATA, Data, Json

app = typer.Typer(help="Bring conversations in from another system.", no_args_is_help=True)

_COLUMNS = ("read", "written", "updated", "unchanged", "joined", "kept", "deleted", "renumbered")


@app.callback()
def import_() -> None:
    """Bring conversations in from another system."""


@app.command("chatwoot-db")
def chatwoot_db(
    source_url: Annotated[str, typer.Argument(help="The Chatwoot database, as postgresql://USER:PASSWORD@HOST/NAME; it is only read.")],
    account: Annotated[list[int] | None, typer.Option(metavar="N", help="Only this account (repeatable); all when not given.")] = None,
    map_ids: Annotated[bool, typer.Option("--map-ids", help="Give a fresh id to what has an id that is taken here.")] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help="Where a row changed on both sides, take the source's.")] = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Import accounts of a live Chatwoot, with their ids, timestamps and tokens. Running it again brings only what changed."""
    try:
        with reach(data, "import") as dsn, show.progress() as bars:
            work = import_chatwoot(
                source_url, dsn, accounts=account, map_ids=map_ids, theirs=theirs, progress=None if as_json else show.bar(bars)
            )
            report = asyncio.run(work)
    except ImportRefused as refused:
        if as_json:
            show.json({"refused": True, "conflicts": refused.conflicts})
        raise
    if as_json:
        show.json(report.to_json())
    else:
        _tell(report)


def _tell(report: Report) -> None:
    for account_id, tenant_id in report.accounts.items():
        show.note(f"account {account_id} is tenant {tenant_id}")
    rows = [
        (name, *(getattr(table, column) or "" for column in _COLUMNS)) for name, table in report.tables.items() if table.is_worth_telling
    ]
    show.table(("table", *_COLUMNS), rows)
    for name, table in report.tables.items():
        for reason, count in table.skipped.items():
            show.note(f"{name}: {count} skipped: {reason}")
        if table.kept_ids:
            show.note(f"{name}: changed on both sides, ours kept: {', '.join(table.kept_ids)}")
    for text in report.notes:
        show.note(f"note: {text}")
    show.note(f"done in {report.seconds:.1f} s" if report.changes else f"nothing had changed; done in {report.seconds:.1f} s")
