"""The collector, as one function: spans go there, and it says what became of them.

OpenTelemetry's exporter tries again by itself for a while (OTEL_EXPORTER_OTLP_TIMEOUT, ten seconds) but reports no more
than whether it got through, and takes redirects for success. Its session tells the rest: how the last request ended.
"""

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import requests
from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace.export import SpanExportResult

from observability.otlp.spans import Ended, as_spans

BUSY = {429, 502, 503, 504}  # what OTLP calls retryable; everything else will not be better the next time
LONGEST = 300.0  # seconds that a collector may make us wait


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one delivery: `sent`; or not, and then whether to try `again`, after how many seconds at least, and why."""

    sent: bool
    again: bool = False
    pause: float = 0.0
    reason: str = ""


class Session(requests.Session):
    """Remembers how its last request ended."""

    outcome = Outcome(sent=False, reason="nothing was sent")

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As ever. Its error's own text names addresses and more: only its kind is kept."""
        try:
            response = super().send(request, **kwargs)
        except requests.RequestException as error:
            away = isinstance(error, requests.ConnectionError | requests.Timeout)
            self.outcome = Outcome(sent=False, again=away, reason=type(error).__name__)
            raise
        self.outcome = _outcome(response)
        return response


class Collector:
    """One process's way there. Making it takes half a second, which is for a thread."""

    def __init__(self) -> None:
        self._session = Session()
        self._exporter = OTLPSpanExporter(endpoint=settings.OTLP_ENDPOINT, session=self._session)
        self._resource = Resource.create(
            {
                "service.name": "parley",
                "service.instance.id": str(uuid4()),
                "host.name": socket.gethostname(),
                "process.pid": os.getpid(),
            }
        ).merge(OTELResourceDetector().detect())  # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES know better

    def deliver(self, ended: Sequence[Ended]) -> Outcome:
        """Waits for the collector's answer; for seconds, where it is slow."""
        self._session.outcome = Session.outcome
        result = self._exporter.export(as_spans(ended, self._resource))
        outcome = self._session.outcome
        if outcome.sent and result is not SpanExportResult.SUCCESS:
            return Outcome(sent=False, reason=result.name)
        return outcome

    def hurry(self) -> None:
        """Wait for nothing any more: from another thread, when the process ends."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


def _outcome(response: requests.Response) -> Outcome:
    status = response.status_code
    if 200 <= status < 300:
        return Outcome(sent=True)
    pause = retry_after(response.headers.get("Retry-After", ""))
    return Outcome(sent=False, again=status in BUSY, pause=pause, reason=f"HTTP {status}")


def retry_after(said: str) -> float:
    """Seconds, at most LONGEST; 0 where nothing is said, or nothing that can be read (RFC 9110, 10.2.3)."""
    try:
        seconds = float(said) if said.strip().isdigit() else parsedate_to_datetime(said).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST)
