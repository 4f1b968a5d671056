"""Spans for an OpenTelemetry collector: every ended trace, over OTLP/HTTP in protobuf, where an endpoint is set.

A turn hands its trace to a bounded queue and goes on; a thread translates and sends. A collector that is away costs
spans, which are counted (parley_otlp_spans_total), and never a turn. Encoding and sending are OpenTelemetry's own
exporter's, which is optional (requirements-otlp.txt) and reads OTEL_EXPORTER_OTLP_… itself: headers, timeout,
compression, certificates. Its tracer is not used, nor set for the process: our spans are there already.
"""

from importlib.util import find_spec

from django.conf import settings

EXPORTER = "opentelemetry.exporter.otlp.proto.http"


def installed() -> bool:
    """Whether the exporter is there."""
    try:
        return find_spec(EXPORTER) is not None
    except ModuleNotFoundError:
        return False


def install() -> None:
    """Send what ends from now on, if there is where to and with what: called once, when the apps are ready."""
    if settings.OTLP_ENDPOINT and installed():
        from observability.otlp.sending import sender
        from observability.tracing import on_end

        on_end(sender.take, late=sender.take_late)


def warm_up() -> None:
    """Import what sending needs now, rather than beside the first turns."""
    if settings.OTLP_ENDPOINT and installed():
        from observability.otlp import collector, spans  # noqa: F401
