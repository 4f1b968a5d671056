"""Traces and spans: objects in memory, nested through a context variable, about 2 µs each."""

import asyncio
import time
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from observability.tracing import sinks
from parley import log_context

MOST_SPANS = 200
"""Of one trace; what comes after them is only counted."""

_AS_THEY_ARE = {bool, int, float}

_current: ContextVar["Span | None"] = ContextVar("observability_span", default=None)


class Span:
    """One step. `began` and `ended` are monotonic seconds; `ended` is None while it runs.

    `error` is the kind of what went wrong, or empty. `number` is its place in its trace's list, 0 being the trace.
    """

    __slots__ = ("_before", "attributes", "began", "ended", "error", "events", "name", "number", "parent", "trace")

    def __init__(self, name: str, trace: "Trace | None", parent: "Span | None", attributes: dict[str, Any]) -> None:
        self.name, self.trace, self.parent, self.attributes = name, trace, parent, attributes
        self.began, self.error, self.number = 0.0, "", 0
        self.ended: float | None = None
        self.events: list[tuple[str, float, dict[str, Any]]] = []

    def set(self, **attributes: Any) -> None:
        """Say more about the step."""
        self.attributes.update(attributes)

    def event(self, name: str, **attributes: Any) -> None:
        """A moment in it: the first words came, a model was left for another."""
        if len(self.events) < MOST_SPANS:
            self.events.append((name, time.monotonic(), attributes))

    def fail(self, kind: str) -> None:
        """Mark it as failed without an exception."""
        self.error = kind

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return None if self.ended is None else self.ended - self.began

    def __enter__(self) -> Self:
        self._before = _current.get()
        _current.set(self)
        self.began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.ended = time.monotonic()
        _current.set(self._before)  # and not by its token, which is no good in the context of another task
        if error is not None and not self.error and not hasattr(error, "trace_state"):
            self.error = kind_of(error)
        if self.trace is not None and self.trace.ended is not None:
            self.trace.late(self)


class Trace(Span):
    """One attempt of a turn, itself the outermost span.

    `offset` is how many seconds after the message was accepted it began, by the database's clock; None: not known.
    """

    __slots__ = (
        "_logged", "accepted_at", "attempt", "audience", "conversation", "left_out", "model", "offset", "rule", "site",
        "spans", "state", "turn",
    )  # fmt: skip

    def __init__(self, turn: int, attempt: int, conversation: UUID | str, attributes: dict[str, Any]) -> None:
        super().__init__("turn", None, None, attributes)
        self.trace = self
        self.turn, self.attempt, self.conversation = turn, attempt, conversation
        self.site: int | None = None
        self.model: int | None = None
        self.rule: int | None = None
        self.audience: int | None = None
        self.accepted_at: datetime | None = None
        self.offset: float | None = None
        self.state, self.left_out = "", 0
        self.spans: list[Span] = [self]

    def about(
        self,
        *,
        site: int | None = None,
        model: int | None = None,
        rule: int | None = None,
        audience: int | None = None,
    ) -> None:
        """Numbers of the rows that it concerns, as far as they are known by now."""
        self.site, self.model = site or self.site, model or self.model
        self.rule, self.audience = rule or self.rule, audience or self.audience

    def end(self, state: str) -> None:
        """What the attempt comes to: "answered", "failed", "parked", "cancelled"… The last word holds."""
        self.state = state

    def past(self, name: str, began: float, ended: float, **attributes: Any) -> None:
        """A step that was over before it could be known whose it is; in monotonic seconds."""
        made = Span(name, self, self, attributes)
        made.began, made.ended = began, ended
        self.add(made)

    def add(self, made: Span) -> bool:
        """Take in a span; False when there are too many."""
        if len(self.spans) >= MOST_SPANS:
            self.left_out += 1
            return False
        made.number = len(self.spans)
        self.spans.append(made)
        return True

    def late(self, made: Span) -> None:
        """A step that ended after its trace had."""
        if made is not self:
            sinks.tell_late(self, made)

    def __enter__(self) -> Self:
        began = self.began
        self._logged = log_context.bind(turn=self.turn, attempt=self.attempt, conversation=str(self.conversation))
        super().__enter__()
        self.began = began or self.began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, traceback)
        if not self.state:
            failed = "failed" if self.error else "ended"
            self.state = failed if error is None else getattr(error, "trace_state", "failed")
        if self.left_out:
            self.set(left_out=self.left_out)
        sinks.tell(self)
        log_context.restore(self._logged)


class _Nothing(Span):
    """What a span is outside every trace."""

    def set(self, **attributes: Any) -> None:
        pass

    def event(self, name: str, **attributes: Any) -> None:
        pass

    def fail(self, kind: str) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


NOTHING = _Nothing("", None, None, {})


def trace(
    *,
    turn: int,
    attempt: int,
    conversation: UUID | str,
    site: int | None = None,
    audience: int | None = None,
    accepted_at: datetime | None = None,
    claimed_at: datetime | None = None,
    began: float | None = None,
    **attributes: Any,
) -> Trace:
    """A context manager around one attempt of a turn.

    `accepted_at` and `claimed_at` are by the database's clock, whoever reads its own; `began` is the monotonic time
    that belongs to `claimed_at`, when it is not now.
    """
    made = Trace(turn, attempt, conversation, attributes)
    made.site, made.audience, made.accepted_at, made.began = site, audience, accepted_at, began or 0.0
    if accepted_at is not None and claimed_at is not None:
        made.offset = max((claimed_at - accepted_at).total_seconds(), 0.0)
    return made


def span(name: str, **attributes: Any) -> Span:
    """A context manager around one step, below the one that runs here; nothing outside a trace."""
    parent = _current.get()
    if parent is None or parent.trace is None:
        return NOTHING
    made = Span(name, parent.trace, parent, attributes)
    if parent.trace.ended is None and not parent.trace.add(made):
        return NOTHING
    return made


def current() -> Span:
    """The span that runs here, to say more about it; one that does nothing outside a trace."""
    return _current.get() or NOTHING


def kind_of(error: BaseException) -> str:
    """A word for it: what the error calls its own kind, or its class."""
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    kind = getattr(error, "kind", None)
    return str(kind) if isinstance(kind, str) and kind else type(error).__name__


def clean(attributes: Mapping[str, Any]) -> dict[str, bool | int | float | str]:
    """Attributes as they are kept: at most 20, numbers and booleans as they are, all else as text of 200 characters."""
    if not attributes:
        return {}
    return {
        name: value if type(value) in _AS_THEY_ARE else str(value)[:200]
        for name, value in islice(attributes.items(), 20)
        if value is not None
    }
