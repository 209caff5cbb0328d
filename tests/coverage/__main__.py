"""Writes docs/coverage.md, and docs/coverage-devrev.md where the official document is at hand."""

from tests.wire import official

from . import PAGE, _devrev_paths, render

PAGE.write_text(render())
if official.SPEC.exists():
    _devrev_paths.PAGE.write_text(_devrev_paths.render(official.document()))
