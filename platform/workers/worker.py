"""AsyncWorker: RQ's worker interface over the engine."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import uvloop
from redis import Redis
from rq.command import handle_command, parse_payload
from rq.defaults import DEFAULT_LOGGING_DATE_FORMAT, DEFAULT_LOGGING_FORMAT
from rq.executions import Execution
from rq.job import Job
from rq.scheduler import RQScheduler
from rq.worker import BaseWorker, DequeueStrategy

from parley import pools
from workers.connection import AWAY, impatient
from workers.engine import Engine, Limits
from workers.leases import BACKSTOP, UNLIMITED, Leases, forget
from workers.penalty import ThreadDeathPenalty

if TYPE_CHECKING:
    from redis.client import Pipeline, PubSub

log = logging.getLogger(__name__)
Around = Callable[[], AbstractAsyncContextManager[Any]]


class AsyncWorker(BaseWorker):
    """Runs up to `concurrency` jobs at once. See the package for what it promises.

    Beside BaseWorker's arguments: `concurrency`; `lease_seconds` without renewal after which others take its jobs;
    `grace_seconds` that running jobs get after a signal; `threads` for jobs that are not coroutines; `most_losses`, how
    many workers a job may lose before it is failed; `around()`, an asynchronous context manager that is entered in the
    worker's loop before the first job and left after the last (default: closes `parley.pools`).
    """

    death_penalty_class = ThreadDeathPenalty
    concurrency = 500
    lease_seconds = 5.0
    grace_seconds = 20.0
    threads = 32
    most_losses = 5

    def __init__(
        self,
        *args: Any,
        concurrency: int | None = None,
        lease_seconds: float | None = None,
        grace_seconds: float | None = None,
        threads: int | None = None,
        most_losses: int | None = None,
        around: Around = pools.resources,
        **kwargs: Any,
    ) -> None:
        self._of_thread = threading.local()
        self.concurrency = max(1, concurrency or self.concurrency)
        self.lease_seconds = lease_seconds or self.lease_seconds
        self.grace_seconds = self.grace_seconds if grace_seconds is None else grace_seconds
        self.threads = max(1, threads or self.threads)
        self.most_losses = self.most_losses if most_losses is None else most_losses
        self.around = around
        self._engine: Engine | None = None
        super().__init__(*args, **kwargs)
        self.leases = Leases(self.connection, self.name, self.lease_seconds, self.most_losses)

    def work(
        self,
        burst: bool = False,
        logging_level: str | None = None,
        date_format: str = DEFAULT_LOGGING_DATE_FORMAT,
        log_format: str = DEFAULT_LOGGING_FORMAT,
        max_jobs: int | None = None,
        max_idle_time: int | None = None,
        with_scheduler: bool = False,
        dequeue_strategy: DequeueStrategy = DequeueStrategy.DEFAULT,  # noqa: ARG002 - slots.py says how
    ) -> bool:
        """Run until a signal or a limit; whether any job was run."""
        self.bootstrap(logging_level, date_format, log_format)
        scheduler = None
        if with_scheduler:
            scheduler = RQScheduler(self.queues, connection=self.connection, serializer=self.serializer)
        engine = self._engine = Engine(self, Limits(burst, max_jobs, max_idle_time), scheduler)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(engine.serve())
        finally:
            self.teardown()
        return engine.started > 0

    def teardown(self) -> None:
        """Say that the worker is gone; without Redis it is known by the missing heartbeat."""
        try:
            super().teardown()  # type: ignore[no-untyped-call]
        except AWAY as error:
            log.warning("The worker's end could not be told (%s)", type(error).__name__)

    # --- Redis ----------------------------------------------------------------------------------------------------

    def _set_connection(self, connection: "Redis") -> "Redis":
        return impatient(connection, max(self.lease_seconds, 1.0))

    def _pubsub_exception_handler(self, exc: Exception, pubsub: "PubSub", pubsub_thread: Any) -> None:  # noqa: ARG002
        """Commands are heard again as soon as Redis is back; the stock thread ends at a TimeoutError."""
        if not isinstance(exc, AWAY):
            log.error("A command could not be carried out", exc_info=exc)
            return
        log.info("Listening for commands waits for Redis (%s)", type(exc).__name__)
        threading.Event().wait(1)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002
        """Far off: RQ's own, unlocked cleanup must not take jobs whose leases are renewed."""
        limit = job.timeout if job.timeout and job.timeout > 0 else UNLIMITED
        return int(limit) + BACKSTOP

    # --- ends of executions ---------------------------------------------------------------------------------------

    @property
    def _stopped_job_id(self) -> str | None:
        """The job whose stop the calling thread is writing down: RQ has one such field, we have several threads."""
        return getattr(self._of_thread, "stopped", None)

    @_stopped_job_id.setter
    def _stopped_job_id(self, job_id: str | None) -> None:
        self._of_thread.stopped = job_id

    def cleanup_execution(self, job: Job, pipeline: "Pipeline", execution: Execution | None = None) -> None:
        """RQ calls this in every transaction that ends an execution: the lease ends with it."""
        super().cleanup_execution(job, pipeline, execution)
        forget(pipeline, job.id)

    def end_execution(self, job: Job, pipeline: "Pipeline", execution: Execution) -> None:
        """The same for commands that are only recorded: the execution stays known until they are run."""
        execution.delete(job=job, pipeline=pipeline)
        forget(pipeline, job.id)

    # --- commands -------------------------------------------------------------------------------------------------

    def handle_payload(self, message: dict[str, Any]) -> None:
        """A command, on the pubsub thread. `stop-job` finds the job's execution; stock RQ knows one job only."""
        payload = parse_payload(message)
        if payload.get("command") != "stop-job":
            handle_command(self, payload)
            return
        for execution in list(self.executions.values()):
            if execution.job_id == payload.get("job_id"):
                self.request_stop_execution(execution.id)

    def request_stop_execution(self, execution_id: str) -> None:
        """Stop one execution: its task is cancelled and the job becomes `stopped`, without a retry."""
        if self._engine:
            self._engine.loop.call_soon_threadsafe(self._engine.stop, execution_id)
