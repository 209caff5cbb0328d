"""The house stands on its arrows: who may import whom (docs/decisions, "The house")."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FACES = ("devrev", "chatwoot", "native", "web", "transfer", "jobs")
STOREYS = (("domain", "reference"), ("store", "outgoing"), ("actions",), FACES, ("server",), ("cli",))
FLOOR = {room: floor for floor, rooms in enumerate(STOREYS) for room in rooms}
IO_LIBRARIES = {"aiohttp", "asyncio", "asyncpg", "granian", "http", "httpx", "jinja2", "os", "pathlib", "socket"}


def imports(path: Path) -> set[str]:
    """Every module that a file names in an import, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            here = path.relative_to(ROOT).parts[: -node.level] if node.level else ()
            module = ".".join([*here, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("room", FLOOR)
def test_a_room_imports_only_itself_and_what_lies_below(room: str) -> None:
    for path in (ROOT / "parley" / room).rglob("*.py"):
        ours = {name.split(".")[1] for name in imports(path) if name.startswith("parley.")}
        wrong = {other for other in ours & FLOOR.keys() if other != room and FLOOR[other] >= FLOOR[room]}
        assert not wrong, f"{path.relative_to(ROOT)} may not import {sorted(wrong)}"


def test_the_domain_knows_nothing_of_the_world() -> None:
    for path in (ROOT / "parley" / "domain").rglob("*.py"):
        wrong = {name.split(".")[0] for name in imports(path)} & IO_LIBRARIES
        assert not wrong, f"{path.relative_to(ROOT)} does I/O: {sorted(wrong)}"
