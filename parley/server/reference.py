"""What an operator's tools ask."""

from __future__ import annotations

from ..chatwoot.reference.api import CHATWOOT
from ..devrev.reference.api import DEVREV
from ..reference.notation import shape
from ..reference.operations import Answer, Api, Operation

_SHAPES = (
    shape(
        "alive",
        "The process answers.",
        """
        status*   "ok"   Always `ok`.
        version*  text   Parley's version.
        """,
    ),
    shape(
        "ready",
        "The database answers too.",
        """
        status*   "ready"  Always `ready`.
        version*  text     Parley's version.
        """,
    ),
    shape(
        "not-ready",
        "The database does not answer.",
        """
        status*  "unavailable"  Always `unavailable`.
        reason*  text           What is known of the cause.
        """,
    ),
)

HEALTH = Api(
    "Server",
    "server",
    "For load balancers, monitoring and tools. None of these needs a token.",
    (
        Operation(
            "GET",
            "/healthz",
            "healthz",
            "Is the process alive?",
            "Says nothing of the database, so a restart is not tried where it cannot help.",
            'curl -s "$PARLEY_URL/healthz"',
            (Answer(200, "Alive.", "alive"),),
            is_open=True,
        ),
        Operation(
            "GET",
            "/readyz",
            "readyz",
            "Can the server do its work?",
            "Asks the database too. Send traffic only while this answers 200.",
            'curl -s "$PARLEY_URL/readyz"',
            (Answer(200, "Ready.", "ready"), Answer(503, "The database does not answer.", "not-ready")),
            is_open=True,
        ),
        Operation(
            "GET",
            "/metrics",
            "metrics",
            "Counts and times for Prometheus",
            "Requests by method, route and status, and how long they took, in the text exposition format.",
            'curl -s "$PARLEY_URL/metrics"',
            (Answer(200, "Metrics.", None, media="text/plain"),),
            is_open=True,
        ),
        Operation(
            "GET",
            "/openapi.json",
            "openapi",
            "This description",
            "An OpenAPI 3.1 document of every route that this server answers, pages for browsers apart.",
            'curl -s "$PARLEY_URL/openapi.json"',
            (Answer(200, "The document.", "object"),),
            is_open=True,
        ),
    ),
    _SHAPES,
)

APIS: tuple[Api, ...] = (DEVREV, CHATWOOT, HEALTH)
