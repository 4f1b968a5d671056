"""The engine: one event loop that takes jobs while there are slots, runs them, and ends in good order."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rq.scheduler import RQScheduler
from rq.worker import WorkerStatus

from parley.outage import Outage
from workers.bells import Bells
from workers.claims import Claimed, Claims
from workers.commit import Committer
from workers.connection import AWAY
from workers.heart import Heart
from workers.runs import Fate, Run
from workers.slots import Quotas, quotas
from workers.stopping import Stopping
from workers.threads import DaemonThreads
from workers.upkeep import Upkeep

if TYPE_CHECKING:
    from workers.worker import AsyncWorker

log = logging.getLogger(__name__)
PATIENCE = 2.0  # seconds for cancelled jobs to end


@dataclass(frozen=True)
class Limits:
    """When to end without being told: queues empty (burst), so many jobs, so many idle seconds."""

    burst: bool = False
    max_jobs: int | None = None
    max_idle_time: float | None = None


class Engine:
    """Lives as long as one `AsyncWorker.work`. Everything but the constructor belongs to the loop's thread."""

    def __init__(self, worker: "AsyncWorker", limits: Limits, scheduler: RQScheduler | None) -> None:
        self.worker, self.limits, self._scheduler = worker, limits, scheduler
        self.runs: dict[str, Run] = {}
        self.started = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._first_waits = False
        self._outage = Outage(log, "Taking jobs")

    async def serve(self) -> None:
        """Until a signal, or a limit."""
        self.loop = asyncio.get_running_loop()
        self.news, self.stopping = asyncio.Event(), Stopping(self.worker)
        self.stopping.watch(self.news.set)
        self._claims, self._threads = Claims(self.worker), DaemonThreads(self.worker.threads)
        self._committer = Committer(self.worker)
        self._heart = Heart(self.worker, self.runs, lambda run: run.cancel(Fate.LOST))
        self._upkeep = Upkeep(self.worker, self._scheduler)
        self._bells = Bells(self.worker.connection, len(self.worker.queues), self.news.set)
        self._claiming = ThreadPoolExecutor(1, "claim")
        async with self.worker.around():
            await self._serve()

    async def _serve(self) -> None:
        helpers = [
            self.loop.create_task(_immortal(work))
            for work in (self._committer.commit_forever(), self._heart.beat_forever(), self._upkeep.work_forever())
        ]
        try:
            await self._take_jobs()
            await self._wind_up()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            self._claiming.shutdown(wait=False, cancel_futures=True)
            for part in (self._bells, self._committer, self._upkeep, self._heart):
                part.close()

    # --- taking jobs ----------------------------------------------------------------------------------------------

    async def _take_jobs(self) -> None:
        idle_since = self.loop.time()
        while not self.stopping.asked and not self._had_enough():
            self.news.clear()
            claimed = await self._claim()
            for run in claimed.runs:
                self._start(run)
            if self.runs:
                idle_since = self.loop.time()
            if claimed.runs and (claimed.full or self.limits != Limits()):
                continue
            if not claimed.runs and self._ends_idle(idle_since) and not claimed.away:
                return
            await self._pause(claimed, idle_since)

    def _had_enough(self) -> bool:
        return self.limits.max_jobs is not None and self.started >= self.limits.max_jobs

    def _ends_idle(self, idle_since: float) -> bool:
        if self.runs or self._heart.fenced:
            return False
        most = self.limits.max_idle_time
        return self.limits.burst or (most is not None and self.loop.time() - idle_since >= most)

    async def _claim(self) -> Claimed:
        """The next batch; empty without free slots, without jobs, when suspended, and without Redis."""
        free = self._quotas()
        wanted = self._free_slots()
        if self._heart.fenced or wanted <= 0 or not (free.first or free.later):
            return Claimed(full=True, first_waits=self._first_waits)
        self._bells.rang = False
        try:
            claimed = await self.loop.run_in_executor(self._claiming, self._claims.claim, wanted, free)
        except AWAY as error:
            self._outage.failed(error)
            return Claimed(away=True)
        self._outage.worked()
        self._first_waits = claimed.first_waits
        self._note_suspension(claimed.suspended)
        return claimed

    def _free_slots(self) -> int:
        free = self.worker.concurrency - len(self.runs)
        return free if self.limits.max_jobs is None else min(free, self.limits.max_jobs - self.started)

    def _quotas(self) -> Quotas:
        first = sum(run.queue is self.worker.queues[0] for run in self.runs.values())
        return quotas(self.worker.concurrency, first, len(self.runs) - first, len(self.worker.queues))

    def _note_suspension(self, suspended: bool) -> None:
        if suspended != (self.worker.get_state() == WorkerStatus.SUSPENDED):
            log.warning("Suspended, `rq resume` ends it" if suspended else "Resumed")
            self.worker._state = WorkerStatus.SUSPENDED if suspended else WorkerStatus.IDLE  # noqa: SLF001

    async def _pause(self, claimed: Claimed, idle_since: float) -> None:
        """Until there may be a job for us: a bell, or a free slot where none was; or a signal.

        Where slots were left over, the end of a job is no reason to ask: that would be a claim in vain for each.
        """
        if claimed.suspended or claimed.away or self._heart.fenced:
            await within(0.5, self.stopping.first)
            return
        left = None
        if self.limits.max_idle_time is not None and not self.runs:
            left = max(idle_since + self.limits.max_idle_time - self.loop.time(), 0.01)
        while True:
            if not self.limits.burst:
                self._listen()
            await within(left, self.news)
            self.news.clear()
            if claimed.full or self._bells.rang or self.stopping.asked or self.limits != Limits():
                return

    def _listen(self) -> None:
        free = self._quotas()
        later = free.later_while_first_waits if self._first_waits else free.later
        first, *others = self.worker.queues
        self._bells.listen(([first] if free.first else []) + (others if later else []))

    # --- running them ---------------------------------------------------------------------------------------------

    def _start(self, run: Run) -> None:
        self.started += 1
        self.runs[run.id] = run
        self.worker.executions[run.id] = run.execution
        task = self.loop.create_task(self._carry(run))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.news.set()

    async def _carry(self, run: Run) -> None:
        try:
            await run.perform(self._threads)
            if run.fate is Fate.HANDED_BACK and run.error is None:
                run.fate = None  # it ended well before the cancellation reached it
            if run.fate in {None, Fate.STOPPED}:
                await self._committer.settle(run)
        except Exception:
            log.exception("Job %s could not be concluded; it is tried again when its lease ends", run.job.id)
        finally:
            if run.fate is not Fate.HANDED_BACK:
                self._forget(run)

    def _forget(self, run: Run) -> None:
        self.runs.pop(run.id, None)
        self.worker.executions.pop(run.id, None)

    def stop(self, execution_id: str) -> None:
        """A command's wish."""
        if run := self.runs.get(execution_id):
            run.cancel(Fate.STOPPED)

    # --- ending ---------------------------------------------------------------------------------------------------

    async def _wind_up(self) -> None:
        """Let jobs end; after a signal only for so long, then hand the rest back."""
        if not self.stopping.asked:
            await self._until_done(self.stopping.first)
        if self._tasks:
            await self._until_done(self.stopping.second, self.worker.grace_seconds)
        if self._tasks:
            await self._hand_back()

    async def _until_done(self, interrupted: asyncio.Event, seconds: float | None = None) -> None:
        """Wait until no job runs, the event is set, or the time is over."""
        deadline = None if seconds is None else self.loop.time() + seconds
        while self._tasks and not interrupted.is_set():
            left = None if deadline is None else deadline - self.loop.time()
            if left is not None and left <= 0:
                return
            self.news.clear()
            await within(left, self.news)

    async def _hand_back(self) -> None:
        for run in list(self.runs.values()):
            run.cancel(Fate.HANDED_BACK)
        await asyncio.wait(set(self._tasks), timeout=PATIENCE)
        rest = [run for run in self.runs.values() if run.fate is Fate.HANDED_BACK]
        try:
            count = await asyncio.to_thread(self.worker.leases.hand_back, rest)
            log.warning("%s jobs are back at the front of their queues", count)
        except AWAY as error:
            log.error("%s jobs could not be handed back (%s); others take them when the leases end", len(rest), error)  # noqa: TRY400
        for run in rest:
            self._forget(run)


async def within(seconds: float | None, event: asyncio.Event) -> None:
    """Wait for the event, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _immortal(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("A part of the worker died: the process ends, and others take its jobs")
        signal.raise_signal(signal.SIGTERM)
