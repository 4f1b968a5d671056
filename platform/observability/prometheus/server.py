"""/metrics of a worker, on a port of its own: one request at a time, in a thread."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

from django.conf import settings

from observability.prometheus import lag
from observability.prometheus.access import REFUSED, may_read
from observability.prometheus.registry import exposition

log = logging.getLogger(__name__)


class _Handler(BaseHTTPRequestHandler):
    """GET /metrics."""

    timeout = 5  # seconds, for a client that says nothing
    server_version, sys_version = "parley", ""

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/metrics":
            self._send(404, b"Metrics are at /metrics.\n")
        elif not may_read(self.client_address[0], {name.lower(): value for name, value in self.headers.items()}):
            self._send(403, REFUSED.encode())
        else:
            self._send(200, *exposition(self.headers.get("Accept", "")))

    def _send(self, status: int, body: bytes, content_type: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a scrape each few seconds is no news."""


def start(port: int, bind: str) -> HTTPServer | None:
    """Serve from a thread; None, and a word in the log, when the port is not to be had: turns matter more."""
    try:
        server = HTTPServer((bind, port), _Handler)
    except OSError as error:
        log.error(  # noqa: TRY400 - nobody needs to see where
            "This worker has no metrics: %s:%s cannot be used (%s). Set PARLEY_METRICS_PORT to a free port, or to 0 for"
            " none; PARLEY_METRICS_BIND to an address of this machine.",
            bind,
            port,
            error.strerror or error,
        )
        return None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


@asynccontextmanager
async def served() -> AsyncIterator[None]:
    """For a worker's loop: its metrics, as long as the block lasts, unless PARLEY_METRICS_PORT is 0."""
    server = start(settings.METRICS_PORT, settings.METRICS_BIND) if settings.METRICS_PORT else None
    if server:
        lag.watch()
    try:
        yield
    finally:
        if server:
            server.shutdown()
            server.server_close()
