"""Writes docs/coverage.md, and the pages of each face's routes where the official documents are at hand."""

from tests.wire import chatwoot_official, official

from . import PAGE, _chatwoot_paths, _devrev_paths, render

PAGE.write_text(render())
if official.SPEC.exists():
    _devrev_paths.PAGE.write_text(_devrev_paths.render(official.document()))
if chatwoot_official.SPEC.exists():
    _chatwoot_paths.PAGE.write_text(_chatwoot_paths.render(chatwoot_official.document()))
