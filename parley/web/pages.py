"""Rendering a page: templates from this package, no scripts, nothing from elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import jinja2
from starlette.responses import HTMLResponse

from .. import __version__

FOLDER = Path(__file__).parent
SECURITY = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def _fingerprint(name: str) -> str:
    """Browsers may keep a static file for long, because its address changes with its bytes."""
    return f"/static/{name}?{hashlib.sha256((FOLDER / 'static' / name).read_bytes()).hexdigest()[:12]}"


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals.update(version=__version__, style=_fingerprint("parley.css"), mark=_fingerprint("mark.svg"))


def render(template: str, **values: Any) -> str:
    return _TEMPLATES.get_template(template).render(**values)


def page(template: str, *, status: int = 200, cache: str = "no-store", **values: Any) -> HTMLResponse:
    """A whole page. ``cache`` is its Cache-Control; pages that may show a token are never kept."""
    return HTMLResponse(render(template, **values), status, SECURITY | {"cache-control": cache})
