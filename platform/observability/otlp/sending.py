"""A queue between turns and the collector: bounded, emptied by a thread every two seconds, and at the process's end.

While the collector is away what waits is kept as far as there is room, and tried again at longer intervals; what comes
then is dropped. The log says once that it is away and why, and once that it is back.
"""

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from prometheus_client import Counter

from observability.tracing.spans import Span, Trace

if TYPE_CHECKING:
    from observability.otlp.collector import Collector, Outcome
    from observability.otlp.spans import Ended

    Deliver = Callable[[list[Ended]], Outcome]

log = logging.getLogger(__name__)
SECONDS, LONGEST_PAUSE = 2.0, 60.0  # from one round to the next
MOST = 2000  # traces that wait: some 12 MB, most of it shared with those that wait for Postgres
AT_ONCE = 100  # traces in a request: some 1,300 spans
LAST_SECONDS = 2.0  # that a process which ends waits for the collector
OUTCOMES = ("sent", "refused", "dropped")
counted = Counter("parley_otlp_spans", "Spans for OpenTelemetry, by what became of them", ["outcome"])
for _outcome in OUTCOMES:
    counted.labels(_outcome)  # a counter that appears with its first loss shows no increase


class Sender:
    """Of one process. It begins with the first trace; in a process that was forked off, it begins anew."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """As if nothing had been: what the parent had taken, the parent sends."""
        self.waiting: deque[Ended] = deque()
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._collector: Collector | None = None
        self._broken = False
        self._away, self._lost = "", 0
        self._pause = SECONDS

    def take(self, trace: Trace) -> None:
        """Send it soon. Takes a microsecond."""
        self._take(trace, None)

    def take_late(self, trace: Trace, made: Span) -> None:
        """Send this step soon, which ended after its trace had."""
        self._take(trace, made)

    def _take(self, trace: Trace, late: Span | None) -> None:
        if len(self.waiting) >= MOST or self._broken:
            self._lose("dropped", [(trace, late)])
            return
        self.waiting.append((trace, late))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="otlp", daemon=True)
            self._thread.start()
            atexit.register(self.end)

    def end(self) -> None:
        """Send what waits, within LAST_SECONDS."""
        self._ending.set()
        if self._thread is None:
            return
        self._thread.join(LAST_SECONDS)
        if self._thread.is_alive() and self._collector:
            self._collector.hurry()
        if self.waiting:
            log.warning("The last %s traces were not sent to the OpenTelemetry collector", len(self.waiting))

    def _work(self) -> None:
        try:
            from observability.otlp.collector import Collector

            self._collector = Collector()
        except Exception:
            self._broken = True
            log.exception("This process sends no spans to the OpenTelemetry collector")
            return
        while not self._ending.wait(self._pause):
            self.send_all(self._collector.deliver)
        self.send_all(self._collector.deliver)

    def send_all(self, deliver: "Deliver") -> None:
        """What waits, until it is sent or the collector is away; sets the pause until the next time."""
        while batch := [self.waiting.popleft() for _ in range(min(len(self.waiting), AT_ONCE))]:
            try:
                outcome = deliver(batch)
            except Exception:
                log.exception("Spans could not be told to the OpenTelemetry collector")
                self._lose("refused", batch)
                continue
            if outcome.again:
                self.waiting.extendleft(reversed(batch))
                self._pause = max(outcome.pause, min(2 * self._pause, LONGEST_PAUSE))
                self._tell_away(outcome)
                return
            self._done(batch, outcome)
        self._pause = SECONDS

    def _done(self, batch: "list[Ended]", outcome: "Outcome") -> None:
        if not outcome.sent:
            self._lose("refused", batch)
            self._tell_away(outcome)
            return
        counted.labels("sent").inc(_size(batch))
        if self._away:
            log.info("The OpenTelemetry collector takes spans again; %s were lost", self._lost)
            self._away, self._lost = "", 0

    def _lose(self, outcome: str, batch: "list[Ended]") -> None:
        size = _size(batch)
        self._lost += size
        counted.labels(outcome).inc(size)

    def _tell_away(self, outcome: "Outcome") -> None:
        if self._away != outcome.reason:
            follows = "they wait, as far as there is room" if outcome.again else "they are lost"
            log.warning("The OpenTelemetry collector takes no spans (%s); %s", outcome.reason, follows)
            self._away = outcome.reason


def _size(batch: "list[Ended]") -> int:
    return sum(len(trace.spans) if late is None else 1 for trace, late in batch)


sender = Sender()
os.register_at_fork(after_in_child=sender.renew)
