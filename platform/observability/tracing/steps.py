"""Steps of traces, as statistics: every step that has a name among STEPS."""

from typing import TYPE_CHECKING

from observability.statistics import add
from observability.statistics.figures import STEPS

if TYPE_CHECKING:
    from observability.tracing.spans import Span, Trace

_STEPS = frozenset(STEPS)


def count_all(trace: "Trace") -> None:
    """Those that have ended; the others are counted when they end."""
    for made in trace.spans[1:]:
        if made.ended is not None:
            count(trace, made)


def count(trace: "Trace", made: "Span") -> None:
    """Add one step's time."""
    if made.name in _STEPS and made.ended is not None:
        add(
            "step_seconds",
            made.ended - made.began,
            label=made.name,
            site=trace.site,
            model=trace.model,
            rule=trace.rule,
            audience=trace.audience,
        )
