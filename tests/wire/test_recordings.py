"""The recorded answers of the original, replayed against a live server over the imported dump.

``compare.py`` and its set lie beside the checkout in ``shared/contracts/chatwoot/recordings``. Cases tagged ``quirk`` are
those where the original raises; each is named in the face's ledger.
"""

from __future__ import annotations

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
KINDS = ("list", "meta", "show")


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
    assert len(asked) > 25
    assert replay(compare, imported, recordings, asked) == {}


def test_the_comparer_notices_a_difference(compare: ModuleType, imported: Live, recordings: Path, cases: list[dict[str, Any]]) -> None:
    case = json.loads(json.dumps(next(case for case in cases if case["id"] == "p-list-001")))
    case["expect"]["meta"]["all_count"] += 1
    assert replay(compare, imported, recordings, [case]).keys() == {"p-list-001"}


def test_where_the_original_raises_we_answer(compare: ModuleType, imported: Live, recordings: Path, cases: list[dict[str, Any]]) -> None:
    tokens = json.loads((recordings / "tokens.json").read_text())
    quirks = [case for case in cases if "quirk" in case["tags"]]
    assert quirks
    for case in quirks:
        status, body = compare.call(imported.url, case["request"], tokens[str(case["caller"]["user_id"])], 60)
        assert status in case.get("accept_status", [200]), case["id"]
        assert body


def test_the_ledger_explains_every_quirk(cases: list[dict[str, Any]]) -> None:
    explained = set(re.findall(r"p-(?:list|meta)-\d+", LEDGER.read_text()))
    assert {case["id"] for case in cases if "quirk" in case["tags"]} <= explained


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
