"""Prometheus metrics of one worker: requests by face, route and status, and how long they took."""

from __future__ import annotations

import os
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import __version__

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """The registry; with several workers each writes to a shared folder and any of them can answer for all."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("parley_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "parley_request_seconds", "Seconds until the answer's last byte.", ("method", "route"), buckets=_BUCKETS, registry=self.registry
        )
        build = Gauge(
            "parley_build_info", "The version that is running.", ("version",), registry=self.registry, multiprocess_mode="mostrecent"
        )
        build.labels(__version__).set(1)

    def render(self) -> bytes:
        """The text exposition format."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class Timed:
    """ASGI middleware: counts and times each request under its route's template, so that labels stay few."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status, is_stream = time.perf_counter(), 500, False

        async def note(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status, is_stream = message["status"], _is_stream(message)
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self.metrics.requests.labels(scope["method"], route, status).inc()
            if not is_stream:
                self.metrics.seconds.labels(scope["method"], route).observe(time.perf_counter() - started)


def _is_stream(start: Message) -> bool:
    """Whether the answer has no end of its own: how long its client stays says nothing of us."""
    return any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in start.get("headers", ()))
