"""Claim: take a batch of jobs from the queues, in one round trip."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rq.defaults import RQ_KEY_PREFIX
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE, Execution
from rq.queue import Queue
from rq.suspension import WORKERS_SUSPENDED
from rq.utils import as_text, now, utcformat

from workers import scripts
from workers.leases import BACKSTOP, KEYS, UNLIMITED
from workers.runs import Run
from workers.slots import Quotas, order

if TYPE_CHECKING:
    from workers.worker import AsyncWorker

log = logging.getLogger(__name__)
BATCH = 100  # jobs; more would make a second worker wait for its share


@dataclass
class Claimed:
    """A batch. `first_waits`: the first queue holds more. `full`: there may be more for whoever has a slot, which an
    end of a job gives. `away`: Redis did not answer.
    """

    runs: list[Run] = field(default_factory=list)
    full: bool = False
    first_waits: bool = False
    suspended: bool = False
    away: bool = False


class Claims:
    """Blocking; raises redis-py's errors. A batch that is lost on the way is returned when its leases run out."""

    def __init__(self, worker: "AsyncWorker") -> None:
        self._worker = worker
        self._count = 0

    def claim(self, wanted: int, quotas: Quotas) -> Claimed:
        """Lease up to `wanted` jobs, and write down that they run."""
        began = now()
        answer, queues = self._take(min(wanted, BATCH), quotas, began)
        if answer == -1:
            return Claimed(suspended=True)
        first_waits, *taken = answer
        found = [self._read(queues[number], as_text(job), as_text(ex), raw, began) for number, job, ex, raw in taken]
        full = bool(first_waits) or len(taken) >= min(wanted, BATCH)
        return Claimed([run for run in found if run], full, bool(first_waits))

    def _take(self, wanted: int, quotas: Quotas, began: datetime) -> tuple[Any, list[Queue]]:
        worker = self._worker
        numbers = order(len(worker.queues), worker.concurrency, self._count)
        self._count += 1
        queues = [worker.queues[number] for number in numbers]
        executions = WORKER_EXECUTIONS_KEY_TEMPLATE.format(worker.name)
        keys = [*KEYS, WORKERS_SUSPENDED, executions, *(queue.key for queue in queues)]
        limits = [quotas.first, quotas.later_while_first_waits, quotas.later, wanted]
        times = [utcformat(began), began.timestamp(), BACKSTOP, UNLIMITED]
        words = [RQ_KEY_PREFIX, worker.lease_seconds, worker.name, *limits, f"{uuid4().hex}-", *times]
        return scripts.run(worker.connection, "claim", keys, [*words, *(queue.name for queue in queues)]), queues

    def _read(self, queue: Queue, job_id: str, execution_id: str, raw: list[bytes], began: datetime) -> Run | None:
        """The run, or None when not even RQ could read the job's hash: it is deleted, or it would break every page."""
        worker = self._worker
        job = worker.job_class(job_id, connection=worker.connection, serializer=worker.serializer)
        run = Run(job, queue, Execution(execution_id, job_id, worker.connection, worker.name))
        run.execution.created_at = run.execution.last_heartbeat = began
        run.execution._job = job  # noqa: SLF001 - as Execution.create does
        try:
            job.restore(dict(zip(raw[::2], raw[1::2], strict=True)))
        except Exception:
            log.exception("Job %s of queue %s cannot be read and is deleted", job_id, queue.name)
            self._delete(run)
            return None
        job.origin = job.origin or queue.name
        return run

    def _delete(self, run: Run) -> None:
        def write(pipeline: Any) -> None:
            pipeline.delete(run.job.key)
            self._worker.end_execution(run.job, pipeline, run.execution)

        run.job.origin = run.job.origin or run.queue.name
        self._worker.leases.guarded([(run, "", scripts.recorded(self._worker.connection, write))])
