"""RQ's time limit for callbacks, for threads other than the main one."""

from typing import Any

from rq.timeouts import BaseTimeoutException, JobTimeoutException, TimerDeathPenalty


class ThreadDeathPenalty(TimerDeathPenalty):
    """Like the stock one, which however rewrites the exception class's constructor for the whole process."""

    def __init__(
        self, timeout: float, exception: type[BaseTimeoutException] = JobTimeoutException, **kwargs: Any
    ) -> None:
        # An exception can only be raised in another thread by its class: one that knows its message.
        class Exceeded(exception):  # type: ignore[misc, valid-type]
            pass

        Exceeded.__name__ = Exceeded.__qualname__ = exception.__name__
        super().__init__(timeout, Exceeded, **kwargs)  # type: ignore[no-untyped-call]
