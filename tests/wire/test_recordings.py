"""The recorded answers of the original, replayed against a live server over the imported dump.

``compare.py`` and its set lie beside the checkout in ``shared/contracts/chatwoot/recordings``. Cases tagged ``quirk`` are
those where the original raises; each is named in the face's ledger.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from parley.server.embedded import Cluster, binaries, osuser
from parley.transfer.chatwoot import import_chatwoot

from .chatwoot_world import run
from .conftest import Live

RECORDINGS = "contracts/chatwoot/recordings"
LEDGER = Path(__file__).resolve().parents[2] / "parley" / "chatwoot" / "README.md"
READ_THROUGH = ("list", "show", "contact_conversations", "filter")
KINDS = ("list", "meta", "messages", "show", "contact_conversations", "filter", "search")


@pytest.fixture(scope="module")
def recordings(shared: Path) -> Path:
    return shared / RECORDINGS / "public"


@pytest.fixture(scope="module")
def compare(recordings: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare", recordings.parent / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cases(recordings: Path) -> list[dict[str, Any]]:
    lines = (recordings / "cases.jsonl").read_text().splitlines()
    return [case for case in map(json.loads, lines) if case["kind"] in KINDS]


@pytest.fixture(scope="module")
def imported(live: Live, server: Cluster, recordings: Path) -> Live:
    """The live server with the recorded accounts in its database."""
    with restored(server, recordings / "dump.sql") as source:
        run(import_chatwoot(source, live.dsn))
    return live


@contextmanager
def restored(server: Cluster, dump: Path) -> Iterator[str]:
    """The DSN of a Chatwoot database with the dump in it."""
    name = f"recorded_{uuid4().hex}"
    run(execute(server.dsn, f"CREATE DATABASE {name}"))
    try:
        psql = [binaries.find(osuser.current()).program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.dsn_of(name), "-f", dump]
        subprocess.run(psql, check=True, capture_output=True)
        yield server.dsn_of(name)
    finally:
        run(execute(server.dsn, f"DROP DATABASE {name} WITH (FORCE)"))


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def replay(compare: ModuleType, live: Live, recordings: Path, cases: list[dict[str, Any]]) -> dict[str, str]:
    """The difference of each case that differs, by id."""
    ignore = json.loads((recordings / "ignore.json").read_text())
    tokens = json.loads((recordings / "tokens.json").read_text())
    rules = compare.Rules(ignore["ignore_paths"], ignore["ignore_values"], ignore["unordered_arrays"], True, ignore["float_tolerance"])
    different = {}
    for case in cases:
        user = case["caller"]["user_id"]
        token = None if user is None else tokens[str(user)]
        problem, _ = compare.check(case, *compare.call(live.url, case["request"], token, 60), rules)
        if problem:
            different[case["id"]] = f"{case['request']['path']}?{case['request']['query']} as {user}: {problem}"
    return different


@pytest.mark.parametrize("kind", KINDS)
def test_every_recorded_answer_is_ours_too(
    kind: str, compare: ModuleType, imported: Live, recordings: Path, cases: list[dict[str, Any]]
) -> None:
    asked = [case for case in cases if case["kind"] == kind and "quirk" not in case["tags"]]
    assert len(asked) > 15
    run(execute(imported.dsn, "DELETE FROM renderings"))
    assert replay(compare, imported, recordings, asked) == {}, "cold"
    if kind in READ_THROUGH:
        assert run(kept(imported.dsn)) > 15
        assert replay(compare, imported, recordings, asked) == {}, "warm"


async def kept(dsn: str) -> int:
    """How many bodies are ready, once there come no more."""
    connection = await asyncpg.connect(dsn)
    try:
        before, now = -1, 0
        while before < now:
            await asyncio.sleep(0.6)
            before, now = now, await connection.fetchval("SELECT count(*) FROM renderings")
        return int(now)
    finally:
        await connection.close()


def test_the_comparer_notices_a_difference(compare: ModuleType, imported: Live, recordings: Path, cases: list[dict[str, Any]]) -> None:
    case = json.loads(json.dumps(next(case for case in cases if case["id"] == "p-list-001")))
    case["expect"]["meta"]["all_count"] += 1
    assert replay(compare, imported, recordings, [case]).keys() == {"p-list-001"}


def test_where_the_original_raises_we_answer(compare: ModuleType, imported: Live, recordings: Path, cases: list[dict[str, Any]]) -> None:
    tokens = json.loads((recordings / "tokens.json").read_text())
    quirks = [case for case in cases if "quirk" in case["tags"] and case["kind"] != "filter"]
    assert quirks
    for case in quirks:
        status, body = compare.call(imported.url, case["request"], tokens[str(case["caller"]["user_id"])], 60)
        assert status in case.get("accept_status", [200]), case["id"]
        assert body


def test_the_ledger_explains_every_quirk(cases: list[dict[str, Any]]) -> None:
    explained = set(re.findall(r"p-[a-z_]+-\d+", LEDGER.read_text()))
    quirks = {case["id"] for case in cases if "quirk" in case["tags"]}
    assert len(quirks) == 57
    assert quirks <= explained


# Where the original raises, or compares what was not asked: why, and how many conversations we find, or None for a refusal.
FILTER_QUIRKS: dict[str, dict[str, int | None]] = {
    "a number is no text there: here its digits are searched": {"055": 13, "056": 127, "167": 24, "168": 79, "355": 8, "356": 48},
    "a date or a flag is no text there: here it is": {"176": 25, "177": 75, "185": 42, "186": 53},
    "days_before raises over HTTP: here it works for days": {"093": 262, "100": 262, "182": 100},
    "days_before of what is no day": dict.fromkeys(("164", "173", "191", "329", "337", "345", "353", "360")),
    "an id or a status that is none": {"057": None, "152": None, "153": None},
    "a query operator too many or too few": {"149": None, "150": None},
    "no payload": {"154": None},
    "one value stands for its list": {"151": 111, "155": 38},
    "currency and percent have no type there: here they are numbers": {
        "196": 0, "338": 262, "339": 0, "340": 37, "341": 37, "342": 225, "197": 35, "346": 0, "347": 262, "348": 0, "349": 35, "350": 227,
    },
    "not_equal_to on a custom attribute works at the end only": {"239": 102},
    "after a custom attribute every text is lowered and cut to its first value": {"245": 1, "246": 76, "247": 1},
}  # fmt: skip


def test_where_the_originals_filter_raises_ours_answers_or_says_why_not(
    compare: ModuleType, imported: Live, recordings: Path, cases: list[dict[str, Any]]
) -> None:
    tokens = json.loads((recordings / "tokens.json").read_text())
    answers: dict[str, int | None] = {}
    for case in cases:
        if case["kind"] == "filter" and "quirk" in case["tags"]:
            status, body = compare.call(imported.url, case["request"], tokens[str(case["caller"]["user_id"])], 60)
            assert status in (200, 422), case["id"]
            answers[case["id"].removeprefix("p-filter-")] = body["meta"]["all_count"] if status == 200 else None
            assert status == 200 or body.keys() == {"error"}, case["id"]
    assert answers == {number: count for group in FILTER_QUIRKS.values() for number, count in group.items()}


def test_a_value_that_cannot_be_understood_is_refused_where_that_is_accepted(
    compare: ModuleType, imported: Live, recordings: Path, cases: list[dict[str, Any]]
) -> None:
    """Digits for a status are understood, every other value of these cases is refused by name."""
    tokens = json.loads((recordings / "tokens.json").read_text())
    strict = [case for case in cases if "strict-400" in case["tags"]]
    answers = {
        case["request"]["query"]: compare.call(imported.url, case["request"], tokens[str(case["caller"]["user_id"])], 60) for case in strict
    }
    understood = {query for query, (status, _) in answers.items() if status == 200}
    assert understood == {"status=0", "status=1", "status=2", "status=3", "status[]=0&status[]=3"}
    refused = {query: (status, body) for query, (status, body) in answers.items() if status != 200}
    assert {query for query, (status, _) in refused.items() if status != 400} == {"team_id=99999999999999999999"}
    assert all(body["errors"][0]["field"] in query for query, (status, body) in refused.items() if status == 400)
