"""This process's metrics as text: figures, requests, the event loop, and what prometheus_client knows of a process."""

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.exposition import choose_encoder

from observability.prometheus.cells import Cells
from observability.prometheus.collector import FigureCollector
from observability.statistics import listen

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
cells = Cells()
loop_lag = Histogram(
    "parley_event_loop_lag_seconds",
    "How much later than asked for the event loop came back, looked at each second",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
request_seconds = Histogram(
    "parley_http_request_seconds", "From a request to the head of its response", ["view", "method"], buckets=_QUICK
)
responses = Counter("parley_http_responses", "Responses by view, method and status", ["view", "method", "status"])


def install() -> None:
    """Count from now on."""
    REGISTRY.register(FigureCollector(cells))
    listen(cells.hear)


def exposition(accept: str) -> tuple[bytes, str]:
    """Everything, in the format that the Accept header asks for, and its content type. May wait a second for names."""
    encode, content_type = choose_encoder(accept)
    return encode(REGISTRY), content_type
