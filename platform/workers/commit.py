"""Commit: write down how runs ended: plain successes together in one script, the rest by RQ's own bookkeeping."""

import asyncio
import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from rq.callbacks import execute_stopped_callback
from rq.job import Job, JobStatus, Retry
from rq.results import Result

from parley.outage import Outage
from workers import scripts
from workers.connection import AWAY
from workers.leases import DONE, NOT_NOW, NOT_OURS
from workers.runs import Fate, Run

if TYPE_CHECKING:
    from workers.worker import AsyncWorker

log = logging.getLogger(__name__)
T = TypeVar("T")
BATCH = 100  # runs in one script
MOST_TRIES = 5  # of writing a failure that Redis refuses although it is there
THREADS = 4  # for RQ's own bookkeeping: several round trips, and callbacks that may block


class Committer:
    """`settle` ended runs. What cannot be written because Redis is away is kept, and tried again until it can."""

    def __init__(self, worker: "AsyncWorker") -> None:
        self._worker = worker
        self._waiting: asyncio.Queue[tuple[Run, asyncio.Future[bool]]] = asyncio.Queue()
        self._simple = ThreadPoolExecutor(1, "commit")
        self._stock = ThreadPoolExecutor(THREADS, "finalize")
        self._outage = Outage(log, "Writing results")

    async def settle(self, run: Run) -> None:
        """Return when the run's end is written, or is not ours to write."""
        if plain(run):
            future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._waiting.put_nowait((run, future))
            if await future:
                return
        await self._persistently(self._stock, _finalize, self._worker, run)

    async def commit_forever(self) -> None:
        """Write successes in groups: whatever ended while the last group was written."""
        while True:
            group = [await self._waiting.get()]
            while not self._waiting.empty() and len(group) < BATCH:
                group.append(self._waiting.get_nowait())
            settled = await self._persistently(self._simple, _commit, self._worker, [run for run, _ in group])
            for (_, future), done in zip(group, settled, strict=True):
                if not future.done():
                    future.set_result(done)

    def close(self) -> None:
        """Let go of the threads; one that hangs in a callback is not waited for."""
        for pool in (self._simple, self._stock):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _persistently(self, pool: ThreadPoolExecutor, function: Callable[..., T], *args: Any) -> T:
        loop = asyncio.get_running_loop()
        while True:
            try:
                result = await loop.run_in_executor(pool, function, *args)
            except AWAY as error:
                await asyncio.sleep(self._outage.failed(error))
            else:
                self._outage.worked()
                return result


def plain(run: Run) -> bool:
    """Whether it ended well and nothing but its result has to be written."""
    job = run.job
    special = (
        run.error, run.fate, isinstance(run.value, Retry), job.has_rate_limit, job._success_callback_name,  # noqa: SLF001
        job.repeats_left, job.webhooks, job.group_id,
    )  # fmt: skip
    return not any(special)


def _commit(worker: "AsyncWorker", runs: list[Run]) -> list[bool]:
    """One round trip. False for each run that needs RQ's own bookkeeping after all."""
    items = [(run, run.job.dependents_key, words) for run in runs if (words := _success(worker, run)) is not None]
    answers = {item[0]: answer for item, answer in zip(items, worker.leases.guarded(items), strict=True)}
    return [_settled(worker, run, answers.get(run, NOT_NOW)) for run in runs]


def _settled(worker: "AsyncWorker", run: Run, answer: int | str) -> bool:
    if answer == NOT_NOW:  # somebody waits for it, or its result cannot be written
        return False
    worker.executions.pop(run.id, None)
    if answer == NOT_OURS:
        log.warning("Job %s ended, but its lease is not ours any more: nothing is written", run.job.id)
    elif answer != DONE:
        log.error("The end of job %s was written in part: %s", run.job.id, answer)
    return True


def _success(worker: "AsyncWorker", run: Run) -> scripts.Recorded | None:
    """What `BaseWorker.handle_job_success` writes; None when the result cannot be serialized."""
    job, execution = run.job, run.execution
    job._result, job._status = run.value, JobStatus.FINISHED  # noqa: SLF001
    ttl = job.get_result_ttl(worker.default_result_ttl)

    def write(pipeline: Any) -> None:
        if ttl == 0:
            _delete(job, pipeline)
        else:
            job._handle_success(  # noqa: SLF001
                ttl, pipeline=pipeline, worker_name=worker.name, execution_id=execution.id,
                execution_started_at=execution.created_at, execution_ended_at=job.ended_at,
            )  # fmt: skip
            job.cleanup(ttl, pipeline=pipeline, remove_from_queue=False)
        worker.increment_successful_job_count(pipeline=pipeline)
        worker.increment_total_working_time(run.duration, pipeline)
        worker.end_execution(job, pipeline, execution)

    try:
        return scripts.recorded(worker.connection, write)
    except Exception:  # noqa: BLE001 - RQ's own bookkeeping meets it again and makes it the job's failure
        return None


def _delete(job: Job, pipeline: Any) -> None:
    """`Job.delete` of a job in no registry: without its reads."""
    results: str = Result.get_key(job.id)  # type: ignore[no-untyped-call]
    pipeline.delete(job.key, job.dependents_key, job.dependencies_key, results, job.execution_registry.key)


def _finalize(worker: "AsyncWorker", run: Run) -> None:
    """RQ's own bookkeeping: retries, callbacks, dependents, repeats, failures."""
    if not worker.leases.owned(run):
        _settled(worker, run, NOT_OURS)
        return
    left = run.job.retries_left
    try:
        _conclude(worker, run)
        _require_written(worker, run)
    except AWAY:
        run.job.retries_left = left  # RQ has counted it down in memory
        raise


def _require_written(worker: "AsyncWorker", run: Run) -> None:
    """RQ only logs a failure's transaction that did not go through. Raises ConnectionError for another try."""
    if not worker.leases.owned(run):
        return
    run.tries += 1
    if run.tries >= MOST_TRIES:
        raise RuntimeError(f"The end of job {run.job.id} could not be written in {run.tries} tries")
    raise ConnectionError(f"The end of job {run.job.id} was not written")


def _conclude(worker: "AsyncWorker", run: Run) -> None:
    if run.fate is Fate.STOPPED:
        _stopped(worker, run)
    elif run.error is not None:
        _failed(worker, run, run.error)
    else:
        try:
            worker._finalize_success(run.job, run.queue, run.execution, run.value)  # noqa: SLF001
        except AWAY:
            raise
        except Exception:  # noqa: BLE001 - a callback's, or of a result that cannot be stored: it is the job's failure
            worker._finalize_failure(run.job, run.queue, run.execution, sys.exc_info())  # noqa: SLF001


def _failed(worker: "AsyncWorker", run: Run, error: BaseException) -> None:
    information = (type(error), error, error.__traceback__)
    worker._finalize_failure(run.job, run.queue, run.execution, information)  # noqa: SLF001


def _stopped(worker: "AsyncWorker", run: Run) -> None:
    log.warning("Job %s was stopped by a command", run.job.id)
    worker._stopped_job_id = run.job.id  # noqa: SLF001 - of this thread, see there
    try:
        execute_stopped_callback(run.job, worker.death_penalty_class)
    except Exception:
        log.exception("The stopped callback of job %s failed", run.job.id)
    worker.handle_job_failure(run.job, run.queue, exc_string="Job stopped by a command.", execution=run.execution)
