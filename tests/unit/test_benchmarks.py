"""What the benchmarks judge by: comparing JSON, turning our SQL into a pgbench script, reading HTTP, verdicts."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import agreement, baseline, crowd, performance, pgbench, rounds
from benchmarks.__main__ import MEASURES
from benchmarks.captured import Statement
from benchmarks.client import Ask, Connection, Unexpected
from benchmarks.performance import Kept
from benchmarks.report import LINES, Measurement, Report


def test_answers_agree_whatever_the_order_of_keys_and_the_cursor() -> None:
    ours = {"conversations": [{"id": "a", "n": 1}], "next_cursor": "x"}
    theirs = {"next_cursor": "y", "conversations": [{"n": 1, "id": "a"}]}
    assert list(agreement.differences(ours, theirs)) == []


@pytest.mark.parametrize(
    ("theirs", "where"),
    [
        ({"a": [1, 2], "b": True}, "$.a: 1 items against 2"),
        ({"a": [2], "b": True}, "$.a[0]: 1 against 2"),
        ({"a": [1]}, "$.b: only in ours"),
        ({"a": [1], "b": 1}, "$.b: True against 1"),
        ({"a": [1], "b": True, "c": 0}, "$.c: only in the baseline"),
    ],
)
def test_every_kind_of_difference_is_told_with_its_place(theirs: object, where: str) -> None:
    assert list(agreement.differences({"a": [1], "b": True}, theirs)) == [where]


def test_a_statement_becomes_a_script_with_variables() -> None:
    text = "-- a comment: with $1\nSELECT $1::bigint, $10, $2::text[]\nWHERE x = $3"
    parameters = (7, ["a", 'b"c', None], None, *range(6), datetime(2026, 1, 2, tzinfo=UTC))
    script, variables = pgbench.as_script([Statement("BEGIN; SET LOCAL x = 1", ()), Statement(text, parameters)])
    assert script.splitlines() == ["BEGIN;", "SET LOCAL x = 1;", "SELECT :s1p1::bigint, :s1p10, :s1p2::text[] WHERE x = NULL;"]
    assert variables["s1p2"] == r'{"a","b\"c",NULL}'
    assert variables["s1p10"] == "2026-01-02T00:00:00+00:00"


@pytest.mark.parametrize(("value", "text"), [(True, "t"), (b"\x01\xff", "\\x01ff"), (3, "3"), ([], "{}"), ([False], '{"f"}')])
def test_parameters_are_written_as_postgresql_reads_them(value: object, text: str) -> None:
    assert pgbench.literal(value) == text


def test_the_baseline_has_no_macro_left() -> None:
    statement = baseline.statement()
    assert not re.search(r"\b(date|ref)\(", statement)
    assert {int(number) for number in re.findall(r"\$(\d+)", statement)} == set(range(1, 8))


def test_a_verdict_looks_at_the_right_side() -> None:
    assert Measurement(1, "a", 0.7, target=0.7, at_least=True).verdict == "pass"
    assert Measurement(1, "a", 0.69, target=0.7, at_least=True).verdict == "MISS"
    assert Measurement(1, "a", 1.3, target=1.2).verdict == "MISS"
    assert Measurement(1, "a", 5).verdict == ""


def test_the_report_is_also_json(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    Report({"date": "today"}, [Measurement(3, "depth", 1.5, target=1.2)]).write_json(path)
    assert json.loads(path.read_text())["measurements"][0]["verdict"] == "MISS"


def test_rounds_take_turns_and_turn_around() -> None:
    order: list[str] = []

    def note(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = rounds.interleaved(3, {"a": lambda: note("a"), "b": lambda: note("b")})
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert rounds.medians(found) == {"a": 4.0, "b": 3.0}
    assert rounds.ratio(found, "a", "b") == pytest.approx(5 / 6)


@pytest.fixture
def answering() -> Iterator[tuple[int, list[bytes]]]:
    """A server on a port that answers each request with the next of the given bytes, one small piece at a time."""
    answers: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for answer in answers:
                    connection.recv(4096)
                    for start in range(0, len(answer), 3):
                        connection.sendall(answer[start : start + 3])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], answers
        thread.join(5)


def test_the_client_reads_sized_and_chunked_answers_on_one_connection(answering: tuple[int, list[bytes]]) -> None:
    port, answers = answering
    answers += [
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n\r\n34567\r\n0\r\n0\r\n\r\n",
        b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno",
    ]
    wire = Ask(port, "POST", "/x", {"a": "b"}, b"{}").wire()
    with Connection(port) as connection:
        assert connection.ask(wire).body == b"hello"
        assert connection.ask(wire).body == b"abc\r\n34567\r\n0"
        with pytest.raises(Unexpected, match="401: no"):
            connection.ask(wire)


def test_a_crowd_asks_each_request_once_and_tells_how_long_it_waited(answering: tuple[int, list[bytes]]) -> None:
    port, answers = answering
    answers += [b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"]
    came = crowd.ask_all([Ask(port, "GET", "/x", {}), Ask(port, "POST", "/y", {}, b"{}")], connections=1)
    assert came.bytes == 5
    assert len(came.waits_s) == 2
    assert 0 < came.waits_s[0] <= came.waits_s[1] <= came.seconds
    assert came.rate == pytest.approx(2 / came.seconds)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno", b"HTTP/1.1 200 OK\r\n\r\n", b""])
def test_a_crowd_whose_request_fails_counts_nothing(answering: tuple[int, list[bytes]], answer: bytes) -> None:
    port, answers = answering
    answers.append(answer)
    with pytest.raises(RuntimeError, match="a connection failed"):
        crowd.ask_for(0.2, [[Ask(port, "GET", "/x", {})]])


def test_the_wait_of_a_share_is_one_that_happened() -> None:
    came = crowd.Came(1.0, [float(number) for number in range(1, 101)], 0)
    assert [came.wait_s(share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]


def test_every_line_is_measured_and_explained() -> None:
    page = (Path(performance.__file__).parents[1] / "docs" / "benchmarks.md").read_text()
    assert set(MEASURES) == set(LINES)
    together = re.search(r"^Lines 7 to 10\.", page, re.MULTILINE)
    assert together
    assert {int(number) for number in re.findall(r"^(\d+)\. \*\*", page, re.MULTILINE)} | {7, 8, 9, 10} == set(LINES)


BEFORE = {"1. rate": Kept(Measurement(1, "rate", 3.0, target=2, at_least=True), {"date": "then"}),
          "3. cost": Kept(Measurement(3, "cost", 1.2, target=4), {"date": "then"}),
          "6. memory": Kept(Measurement(6, "memory", 100, "MB", 250), {"date": "then"})}  # fmt: skip


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (Measurement(1, "rate", 2.1, at_least=True), []),
        (Measurement(1, "rate", 1.9, at_least=True), ["1. rate: 1.90 x, was 3.00 x"]),
        (Measurement(1, "rate", 9.0, at_least=True), []),
        (Measurement(3, "cost", 1.5), []),
        (Measurement(3, "cost", 1.7), ["3. cost: 1.70 x, was 1.20 x"]),
        (Measurement(3, "cost", 0.1), []),
        (Measurement(6, "memory", 900, "MB"), []),
        (Measurement(9, "new", 900), []),
    ],
)
def test_what_got_worse_by_more_than_a_third_is_told_of_ratios(now: Measurement, told: list[str]) -> None:
    assert performance.regressions([now], BEFORE) == told


def test_a_run_replaces_the_lines_that_it_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performance, "_KEPT", tmp_path / "measured.json")
    monkeypatch.setattr(performance, "_PAGE", tmp_path / "performance.md")
    report = Report({"date": "now"}, [Measurement(1, "rate", 1.0, target=2, at_least=True)])
    plans = {"a list": [("SELECT slow", "Scan\nExecution Time: 90.0 ms"), ("SELECT quick", "Scan\nExecution Time: 0.1 ms")]}
    performance.write(report, BEFORE, plans)
    kept = performance.read(tmp_path / "measured.json")
    assert {name: (one.measurement.value, one.machine["date"]) for name, one in kept.items()} == {
        "1. rate": (1.0, "now"),
        "3. cost": (1.2, "then"),
        "6. memory": (100, "then"),
    }
    page = (tmp_path / "performance.md").read_text()
    assert "| rate | >= 2 x | **1.00 x, worse** | 3.00 x | MISS |" in page
    assert "| memory | <= 250 MB | 100 MB | 100 MB | pass |" in page
    assert "SELECT slow" in page
    assert "SELECT quick" not in page


def test_the_committed_page_is_of_the_committed_numbers() -> None:
    kept = performance.read()
    page = (Path(performance.__file__).parents[1] / "docs" / "performance.md").read_text()
    assert kept
    for one in kept.values():
        assert f"| {one.measurement.name} | {one.measurement.goal()} | " in page
