"""Writes docs/coverage.md."""

from . import PAGE, render

PAGE.write_text(render())
