"""System checks of where spans are sent. None of them stops anything: turns are answered without."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - so it is called

from observability.otlp import EXPORTER, installed


@register()
def check_otlp(**_: Any) -> Iterator[CheckMessage]:
    """W001 to W004: an endpoint is set, and no span will get there."""
    if not settings.OTLP_ENDPOINT:
        return
    if not installed():
        yield Warning(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set, but {EXPORTER} is not installed: no span is sent.",
            hint="pip install -r requirements-otlp.txt; or unset the variable.",
            id="observability.W001",
        )
    parts = urlsplit(settings.OTLP_ENDPOINT)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        yield Warning(
            "The address of the OpenTelemetry collector does not begin with http:// or https://.",
            hint="Write it like http://otel-collector:4318",
            id="observability.W002",
        )
    yield from _odd()


def _odd() -> Iterator[CheckMessage]:
    if settings.OTLP_PROTOCOL != "http/protobuf":
        yield Warning(
            f"OTEL_EXPORTER_OTLP_PROTOCOL={settings.OTLP_PROTOCOL!r} is not what Parley speaks.",
            hint="Unset it, and name the collector's port for OTLP over HTTP (usually 4318, where gRPC has 4317).",
            id="observability.W003",
        )
    if settings.OTLP_HEADERS and not all("=" in each for each in settings.OTLP_HEADERS.split(",")):
        yield Warning(
            "OTEL_EXPORTER_OTLP_HEADERS is not read as headers.",
            hint="Write name=value,name=value with percent-encoded values: authorization=Bearer%20…",
            id="observability.W004",
        )
