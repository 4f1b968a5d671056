"""Claim: take a batch of jobs from the queues, in two round trips."""

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rq.defaults import RQ_KEY_PREFIX
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.queue import Queue
from rq.suspension import WORKERS_SUSPENDED
from rq.utils import as_text

from workers import scripts
from workers.leases import DONE, KEYS, forget
from workers.runs import Run
from workers.slots import Quotas, order

if TYPE_CHECKING:
    from workers.worker import AsyncWorker

log = logging.getLogger(__name__)
BATCH = 100  # jobs; more would make a second worker wait for its share


@dataclass
class Claimed:
    """A batch. `first_waits`: the first queue holds more. `away`: Redis did not answer."""

    runs: list[Run] = field(default_factory=list)
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
        answer, queues = self._take(min(wanted, BATCH), quotas)
        if answer == -1:
            return Claimed(suspended=True)
        first_waits, *taken = answer
        found = [self._read(queues[number], as_text(job), as_text(ex), raw) for number, job, ex, raw in taken]
        return Claimed(self._started([run for run in found if run]), bool(first_waits))

    def _take(self, wanted: int, quotas: Quotas) -> tuple[Any, list[Queue]]:
        worker = self._worker
        numbers = order(len(worker.queues), worker.concurrency, self._count)
        self._count += 1
        queues = [worker.queues[number] for number in numbers]
        keys = [*KEYS, WORKERS_SUSPENDED, *(queue.key for queue in queues)]
        settings = [RQ_KEY_PREFIX, worker.lease_seconds, worker.name]
        settings += [quotas.first, quotas.later_while_first_waits, quotas.later]
        ids = [uuid4().hex for _ in range(wanted)]
        return scripts.run(worker.connection, "claim", keys, [*settings, *ids]), queues

    def _read(self, queue: Queue, job_id: str, execution_id: str, raw: list[bytes]) -> Run | None:
        """The run, or None when not even RQ could read the job's hash: it is deleted, or it would break every page."""
        worker = self._worker
        job = worker.job_class(job_id, connection=worker.connection, serializer=worker.serializer)
        run = Run(job, queue, Execution(execution_id, job_id, worker.connection, worker.name))
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
            forget(pipeline, run.job.id)

        self._worker.leases.guarded([(run, "", scripts.recorded(self._worker.connection, write))])

    def _started(self, runs: list[Run]) -> list[Run]:
        """Write RQ's records of the executions; the runs that are still ours."""
        answers = self._worker.leases.guarded([(run, "", self._records(run)) for run in runs])
        ours = [run for run, answer in zip(runs, answers, strict=True) if answer == DONE]
        for run, answer in zip(runs, answers, strict=True):
            if answer != DONE:
                log.error("Job %s was taken away before it began (%s)", run.job.id, answer)
        return ours

    def _records(self, run: Run) -> scripts.Recorded:
        """What `rq.executions.prepare_execution` and `prepare_job_execution` write."""
        job, execution, worker = run.job, run.execution, self._worker
        ttl = worker.get_heartbeat_ttl(job)

        def write(pipeline: Any) -> None:
            register(execution, job, ttl, pipeline)
            job.prepare_for_execution(worker.name, pipeline=pipeline)
            pipeline.persist(job.key)

        return scripts.recorded(worker.connection, write)


def register(execution: Execution, job: Job, ttl: int, pipeline: Any) -> None:
    """`Execution.create` for an execution that has an id already."""
    execution.save(ttl=ttl, pipeline=pipeline)
    ExecutionRegistry(job.id, pipeline).add(execution, ttl=ttl, pipeline=pipeline)
    job.started_job_registry.add_execution(execution, pipeline=pipeline, ttl=ttl, xx=False)
    pipeline.sadd(execution.worker_executions_key, execution.composite_key)
    pipeline.expire(execution.worker_executions_key, ttl + 60)
