"""One job in one execution of it: its body, and what became of it."""

import asyncio
import inspect
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from rq.executions import Execution
from rq.job import Job, _current_job  # private, but what `rq.get_current_job` reads
from rq.queue import Queue
from rq.timeouts import JobTimeoutException
from rq.utils import now

from workers.threads import DaemonThreads


class Fate(Enum):
    """Why a body was cancelled."""

    STOPPED = auto()  # somebody sent `stop-job`
    LOST = auto()  # its lease is, or may be, somebody else's: nothing may be written
    HANDED_BACK = auto()  # we end; another worker shall have it


@dataclass(eq=False)
class Run:
    """A claimed job. `value` or `error` is set when its body has ended."""

    job: Job
    queue: Queue
    execution: Execution
    value: Any = None
    error: BaseException | None = None
    fate: Fate | None = None
    body: "asyncio.Task[Any] | None" = None
    tries: int = 0
    duration: timedelta = timedelta()

    @property
    def id(self) -> str:
        """The execution's id."""
        return str(self.execution.id)

    def cancel(self, fate: Fate) -> None:
        """End the body. What has ended already stays as it is, and so does the first fate."""
        if self.body is not None and not self.body.done() and self.fate is None:
            self.fate = fate
            self.body.cancel()

    async def perform(self, threads: DaemonThreads) -> None:
        """Run the body to its end, whatever that is. Never raises."""
        began = self.job.started_at = now()
        self.body = asyncio.create_task(self._body(threads))
        await asyncio.wait([self.body])
        self.job.ended_at = now()
        self.duration = self.job.ended_at - began

    async def _body(self, threads: DaemonThreads) -> None:
        _current_job.set(self.job)  # a task has a context of its own
        try:
            self.value = await _within_its_time(self.job, threads)
        except BaseException as error:  # noqa: BLE001 - SystemExit of a job must not end the others
            self.error = error


async def _within_its_time(job: Job, threads: DaemonThreads) -> Any:
    seconds = job.timeout if job.timeout and job.timeout > 0 else None
    try:
        async with asyncio.timeout(seconds) as limit:
            return await _call(job, threads)
    except TimeoutError:
        if not limit.expired():
            raise
        raise JobTimeoutException(f"Task exceeded maximum timeout value ({seconds} seconds)") from None


async def _call(job: Job, threads: DaemonThreads) -> Any:
    function = job.func
    if function is None:
        raise ValueError("The job names no function")
    if inspect.iscoroutinefunction(function):
        return await function(*job.args, **job.kwargs)
    result = await threads.call(function, *job.args, **job.kwargs)
    return await result if inspect.isawaitable(result) else result
