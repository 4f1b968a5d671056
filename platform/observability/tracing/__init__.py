"""What a turn did, and how long each step took.

    with trace(turn=7, attempt=1, conversation=uuid, site=1, audience=2, accepted_at=…, claimed_at=…) as t:
        with span("embed", tokens=3) as s:   # anywhere below, in any task that was made here
            s.set(cached=True)
        t.event("parked", tier="…")
        t.about(model=3, rule=5)             # numbers of rows, for statistics and filters
        t.end("answered")

A trace is one attempt of a turn. Outside a trace a span does nothing. Attributes are numbers, booleans and short names;
never what somebody wrote: traces are kept for days and shown to whoever may see transcripts. Names that others read:
`provider`, `model` (both names), `input_tokens`, `cached_input_tokens`, `output_tokens`, `finish_reason`.

An exception marks its spans with its kind (its attribute `kind`, or else its class) and ends the trace as "failed".
One that is no failure says with an attribute `trace_state` what it ends the trace as: "parked", "lost".
"""

from observability.tracing.sinks import on_end
from observability.tracing.spans import NOTHING, Span, Trace, current, span, trace

__all__ = ["NOTHING", "Span", "Trace", "current", "install", "on_end", "span", "trace"]


def install() -> None:
    """Count the steps of ended traces, and keep the traces: called once, when the apps are ready."""
    from observability.statistics import flushing
    from observability.tracing import steps, store

    on_end(steps.count_all, late=steps.count)
    on_end(store.keep)
    flushing.also.append(store.flush)
