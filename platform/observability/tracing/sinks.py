"""Who is told of each trace that has ended: statistics, storage, export."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from observability.tracing.spans import Span, Trace

log = logging.getLogger(__name__)
Sink = Callable[["Trace"], None]
LateSink = Callable[["Trace", "Span"], None]
_sinks: list[Sink] = []
_late: list[LateSink] = []


def on_end(sink: Sink, *, late: LateSink | None = None) -> None:
    """Call `sink` with each ended trace, in the turn's own task: it takes microseconds and waits for nothing.

    `late` gets each step that ended after its trace had.
    """
    if sink not in _sinks:
        _sinks.append(sink)
    if late is not None and late not in _late:
        _late.append(late)


def tell(trace: "Trace") -> None:
    """Tell every sink. Never raises: what is wrong with telling must not become wrong with the turn."""
    for sink in _sinks:
        try:
            sink(trace)
        except Exception:
            log.exception("A trace could not be passed on")


def tell_late(trace: "Trace", made: "Span") -> None:
    """Tell of a step that outlived its trace. Never raises."""
    for sink in _late:
        try:
            sink(trace, made)
        except Exception:
            log.exception("A step could not be passed on")
