"""Short functions and modules, as numbers (docs/decisions, "Style"). The exceptions may only shrink."""

import ast
import functools
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[2]
LONG_FUNCTIONS: set[str] = set()  # "parley/module.py:function": flat route tables and encoders only
LONG_MODULES: set[str] = set()


def modules() -> dict[str, str]:
    return {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "parley").rglob("*.py")}


@functools.cache
def function_lengths() -> dict[str, int]:
    """Lines from `def` to the end, per function."""
    return {
        f"{path}:{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, text in modules().items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_functions_are_short() -> None:
    lengths = sorted(function_lengths().values())
    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] <= 30


def test_no_function_is_long_but_the_known_ones() -> None:
    assert {name.rpartition(":")[0] for name, lines in function_lengths().items() if lines > 60} == LONG_FUNCTIONS


def test_no_module_is_long_but_the_known_ones() -> None:
    assert {path for path, text in modules().items() if len(text.splitlines()) > 400} == LONG_MODULES
