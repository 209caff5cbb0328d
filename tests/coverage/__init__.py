"""What docs/coverage.md says: per reference page, every parameter and key, with the test that covers it.

A face adds a module here with ``pages() -> list[Page]``. ``python -m tests.coverage`` writes the file;
tests/unit/test_coverage.py fails when it is stale or names a test that is not there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "coverage.md"
_HEAD = """# What is covered

Written by `python -m tests.coverage`, from the tables that the tests use. Every parameter and every key of the three reference
pages is here, with the test that covers it; a key also with the store column or the function that it comes from.
"""


@dataclass(frozen=True)
class Page:
    """One reference page. A test is ``folder/file.py::function``; ``reference`` reads what the page itself names."""

    title: str
    parameters: dict[str, str]
    keys: dict[str, str]
    keys_test: str
    unproduced: set[str] = field(default_factory=set)
    notes: str = ""
    reference: Callable[[Path], tuple[set[str], set[str]]] | None = None


def pages() -> list[Page]:
    """The pages of every face, in the order of their modules."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return [page for name in names for page in importlib.import_module(f"{__name__}.{name}").pages()]


def render() -> str:
    return "\n".join([_HEAD, *(_section(page) for page in pages())])


def _section(page: Page) -> str:
    parameters = [f"| `{name}` | `{test}` |" for name, test in page.parameters.items()]
    keys = [f"| `{key}` | `{producer}` |" for key, producer in page.keys.items()]
    missing = ", ".join(f"`{key}`" for key in sorted(page.unproduced)) or "none"
    lines = [f"## {page.title}", "", *([page.notes, ""] if page.notes else [])]
    lines += ["| parameter | test |", "|---|---|", *parameters, ""]
    lines += [f"Keys of the answer, each changed in the store by `{page.keys_test}`. Without a producer: {missing}.", ""]
    return "\n".join([*lines, "| key | comes from |", "|---|---|", *keys, ""])
