"""Upkeep: return what dead workers held, RQ's own maintenance, and its scheduler."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from rq.scheduler import RQScheduler

from parley.outage import Outage
from workers.connection import AWAY

if TYPE_CHECKING:
    from workers.worker import AsyncWorker

log = logging.getLogger(__name__)
SCHEDULER_LOCKS = 30.0  # seconds between two tries to get, or renew, the scheduler's locks (they last 61 s)


class Upkeep:
    """Every worker does it; each dead worker's job is returned by exactly one (`give_back.lua`)."""

    def __init__(self, worker: "AsyncWorker", scheduler: RQScheduler | None) -> None:
        self._worker, self._scheduler = worker, scheduler
        self._every = min(1.0, worker.lease_seconds / 2)
        self._pool = ThreadPoolExecutor(1, "upkeep")
        self._outage = Outage(log, "Upkeep")
        self._locked = float("-inf")

    async def work_forever(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.run_in_executor(self._pool, self._once, loop.time())
                self._outage.worked()
            except AWAY as error:
                self._outage.failed(error)
            except Exception:
                log.exception("Upkeep failed; it is tried again")
            await asyncio.sleep(self._every)

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _once(self, now: float) -> None:
        self._reap()
        self._enqueue_ready()
        if self._worker.should_run_maintenance_tasks:
            self._worker.clean_registries()  # type: ignore[no-untyped-call]
            self._worker.clean_group_registries()  # type: ignore[no-untyped-call]
        if self._scheduler:
            self._schedule(self._scheduler, now)

    def _reap(self) -> None:
        returned, hopeless = self._worker.leases.reap()
        if returned:
            log.warning("%s jobs of workers that died are back in their queues", returned)
        for job_id in hopeless:
            self._give_up(job_id)

    def _enqueue_ready(self) -> None:
        """Two jobs that end at once contend for their dependents, and RQ leaves the loser's to its maintenance, which
        comes every ten minutes. Its workers run one job at a time, so there that is rare; here it is not.
        """
        for queue in self._worker.queues:
            queue.ready_job_registry.cleanup()

    def _give_up(self, job_id: str) -> None:
        worker = self._worker
        job = worker.job_class.fetch(job_id, connection=worker.connection, serializer=worker.serializer)
        queue = worker.queue_class(
            job.origin, connection=worker.connection, job_class=worker.job_class, serializer=worker.serializer
        )
        job.retries_left = 0
        reason = f"Given up: its worker died {worker.most_losses + 1} times while it ran. See the workers' logs."
        log.error("Job %s: %s", job_id, reason)
        worker.handle_job_failure(job, queue, exc_string=reason)

    def _schedule(self, scheduler: RQScheduler, now: float) -> None:
        """RQ forks a process for this; a process with threads should not, and it is little work."""
        if now - self._locked > SCHEDULER_LOCKS:
            scheduler.acquire_locks()  # type: ignore[no-untyped-call]
            self._locked = now
        if scheduler.acquired_locks:
            scheduler.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]
