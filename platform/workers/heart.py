"""The heart of a worker: it renews the leases, says that the worker lives, and fences it when it cannot."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from rq import worker_registration
from rq.worker import WorkerStatus

from parley.outage import Outage
from workers.connection import AWAY
from workers.runs import Run

if TYPE_CHECKING:
    from workers.worker import AsyncWorker

log = logging.getLogger(__name__)


class Heart:
    """Beats once a second, or four times in a lease where that is more often.

    The beats start from the loop, so a loop that is stuck loses its leases as a frozen process does. The fence is a
    timer of the loop: when a frozen process wakes up, it goes off before any job takes its next step.
    """

    def __init__(self, worker: "AsyncWorker", runs: dict[str, Run], lose: Callable[[Run], None]) -> None:
        self._worker, self._runs, self._lose = worker, runs, lose
        self._every = min(1.0, worker.lease_seconds / 4)
        self._pool = ThreadPoolExecutor(1, "heart")
        self._outage = Outage(log, "Renewing leases")
        self._timer: asyncio.TimerHandle | None = None
        self.fenced = False

    async def beat_forever(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        self._renewed(loop.time())
        while True:
            began = loop.time()
            await self._beat(began)
            await asyncio.sleep(max(began + self._every - loop.time(), 0.01))

    def close(self) -> None:
        """After the last beat: nothing of it may come after the worker's death was registered."""
        if self._timer:
            self._timer.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _beat(self, began: float) -> None:
        held = list(self._runs.values())
        try:
            lost = await asyncio.get_running_loop().run_in_executor(self._pool, self._renew, held)
        except AWAY as error:
            self._outage.failed(error)
            return
        self._outage.worked()
        self._renewed(began)
        for run in held:
            if run.id in lost:
                self._lose(run)

    def _renewed(self, began: float) -> None:
        if self._timer:
            self._timer.cancel()
        self.fenced = False
        self._timer = asyncio.get_running_loop().call_at(began + self._worker.lease_seconds, self._fence)

    def _fence(self) -> None:
        self.fenced = True
        if self._runs:
            log.error("The leases could not be renewed for %g s: jobs in hand are given up", self._worker.lease_seconds)
        for run in list(self._runs.values()):
            self._lose(run)

    def _renew(self, held: list[Run]) -> set[str]:
        worker = self._worker
        lost = worker.leases.renew((run.job.id, run.id) for run in held)
        if worker.get_state() != WorkerStatus.SUSPENDED:
            worker._state = WorkerStatus.BUSY if held else WorkerStatus.IDLE  # noqa: SLF001
        with worker.connection.pipeline(transaction=False) as pipeline:
            worker.heartbeat(pipeline=pipeline)
            worker.set_state(worker.get_state(), pipeline=pipeline)
            new = pipeline.execute()[0]
        if new:
            self._register_again()
        return lost

    def _register_again(self) -> None:
        """Redis lost its data: without this, no page would show the worker."""
        with self._worker.connection.pipeline() as pipeline:
            pipeline.hset(self._worker.key, mapping=self._worker.serialize())
            worker_registration.register(self._worker, pipeline)
            pipeline.execute()
