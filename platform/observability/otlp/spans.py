"""Ended traces as OpenTelemetry's spans.

All attempts of a turn are one trace, whose number follows from conversation and turn; each attempt is a root of it,
because one whose worker died is never told, and its children would hang in the air. Attempts that ran on different
machines lie rightly to each other: times are told by the database's clock, as far as it is known.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from observability.otlp.naming import attributes_of, called, error_of, is_chat, own
from observability.tracing.spans import Span, Trace

Ended = tuple[Trace, Span | None]
"""A trace; or one step of it that ended after it."""

SCOPE = InstrumentationScope("parley")
FAILED, WELL = Status(StatusCode.ERROR), Status()
Clock = Callable[[float], int]


def as_spans(ended: Iterable[Ended], resource: Resource) -> list[ReadableSpan]:
    """All of their spans. Steps that had not ended with their trace come later, by themselves."""
    now = time.time() - time.monotonic()
    return [_span(made, trace, clock, resource) for trace, clock, made in _each(ended, now)]


def _each(ended: Iterable[Ended], now: float) -> Iterator[tuple[Trace, Clock, Span]]:
    for trace, late in ended:
        clock = _clock(trace, now)
        if late is not None:
            yield trace, clock, late
            continue
        last = trace.ended or 0.0
        for made in trace.spans:
            if made.ended is not None and made.ended <= last:
                yield trace, clock, made


def _clock(trace: Trace, now: float) -> Clock:
    """Gives nanoseconds since 1970 for this process's monotonic seconds."""
    if trace.accepted_at is not None and trace.offset is not None:
        now = trace.accepted_at.timestamp() + trace.offset - trace.began
    return lambda moment: int((moment + now) * 1e9)


def _span(made: Span, trace: Trace, clock: Clock, resource: Resource) -> ReadableSpan:
    """Meant to be made by a tracer alone, which chooses numbers of its own; the package is pinned, and this tested."""
    return ReadableSpan(
        called(made),
        context=_context(made, trace),
        parent=_context(made.parent, trace) if made.parent else None,
        resource=resource,
        attributes=attributes_of(made, trace),
        events=[Event(name, own(more), clock(at)) for name, at, more in made.events],
        kind=SpanKind.CLIENT if is_chat(made) else SpanKind.CONSUMER if made is trace else SpanKind.INTERNAL,
        status=FAILED if error_of(made) else WELL,
        start_time=clock(made.began),
        end_time=clock(made.ended if made.ended is not None else made.began),
        instrumentation_scope=SCOPE,
    )


def _context(made: Span, trace: Trace) -> SpanContext:
    turn = f"{trace.conversation} {trace.turn}"
    # Steps that began after their trace had ended have no number of their own.
    step = f"{turn} {trace.attempt} {made.number} {made.began}"
    return SpanContext(_hash(turn, 16), _hash(step, 8), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _hash(text: str, size: int) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=size).digest(), "big")
