"""docs/coverage.md is in step with the tables, the tests it names exist, and it names everything on the reference pages."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests import coverage

PAGES = coverage.pages()


def test_the_page_is_in_step() -> None:
    assert coverage.PAGE.read_text() == coverage.render(), "run `python -m tests.coverage`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_every_test_that_it_names_is_there(page: coverage.Page) -> None:
    for name in {*page.parameters.values(), page.keys_test}:
        path, _, function = name.partition("::")
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        assert callable(getattr(module, function)), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_it_names_everything_on_the_reference_page(page: coverage.Page, shared: Path) -> None:
    assert page.reference is not None
    parameters, keys = page.reference(shared)
    assert parameters - page.parameters.keys() == set()
    assert keys - page.keys.keys() - page.unproduced == set()


def test_every_path_of_the_official_document_is_told(shared: Path) -> None:
    from tests.coverage import _chatwoot_paths, _devrev_paths
    from tests.wire import chatwoot_official, official

    assert _devrev_paths.PAGE.read_text() == _devrev_paths.render(official.document()), "run `python -m tests.coverage`"
    assert _chatwoot_paths.PAGE.read_text() == _chatwoot_paths.render(chatwoot_official.document()), "run `python -m tests.coverage`"
