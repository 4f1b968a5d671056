"""A claim leaves what RQ's own workers would leave, and Redis may forget its script."""

import time

import pytest
from rq.executions import prepare_execution
from rq.serializers import JSONSerializer

from workers import AsyncWorker
from workers.claims import Claims
from workers.slots import Quotas

TIMES = {b"created_at", b"last_heartbeat", b"started_at", b"enqueued_at"}


@pytest.fixture
def worker(desk):
    return AsyncWorker([desk.queue], connection=desk.redis, serializer=JSONSerializer, name=f"w-{desk.queue.name}")


def records(redis, job, execution, worker):
    """Every key that names the job or the worker's executions: its value without times, and when it ends, in tens of
    seconds.
    """
    found = {}
    for key in [*redis.keys(f"rq:*{job.id}*"), f"rq:wip:{job.origin}".encode(), worker.executions_key.encode()]:
        name = key.decode().replace(job.id, "JOB").replace(execution, "EXECUTION")
        found[name] = (value(redis, key, job, execution), round(redis.ttl(key) / 10))
    return found


def value(redis, key, job, execution):
    def same(word):
        return word.replace(job.id.encode(), b"JOB").replace(execution.encode(), b"EXECUTION")

    match redis.type(key):
        case b"hash":
            fields = redis.hgetall(key)
            return {field: field if field in TIMES else same(text) for field, text in fields.items()}
        case b"zset":
            return {same(member): round(score / 10) for member, score in redis.zrange(key, 0, -1, withscores=True)}
        case b"set":
            return {same(member) for member in redis.smembers(key)}


@pytest.mark.parametrize("timeout", [77, -1, None])
def test_a_claimed_job_has_the_records_that_rq_itself_writes(desk, worker, timeout):
    job = desk.put("answer", 1, timeout=timeout, job_id=f"own-{desk.queue.name}")
    [run] = Claims(worker).claim(1, Quotas(1, 0, 0)).runs
    ours = records(desk.redis, job, run.id, worker)
    with desk.redis.pipeline() as pipeline:
        worker.cleanup_execution(run.job, pipeline, run.execution)
        pipeline.delete(job.key)
        pipeline.execute()

    job = desk.put("answer", 1, timeout=timeout, job_id=f"own-{desk.queue.name}")
    execution = prepare_execution(worker, job)
    with desk.redis.pipeline() as pipeline:
        job.prepare_for_execution(worker.name, pipeline)
        pipeline.execute()
    assert ours == records(desk.redis, job, execution.id, worker)


def test_a_redis_that_has_forgotten_the_scripts_is_told_them_again(shared):
    shared.done([shared.put("answer", 1)])
    shared.redis.script_flush()
    shared.done([shared.put("answer", 2)])


def test_a_worker_with_free_slots_does_not_ask_again_for_each_job_that_ends(desk):
    """A wait on the queue hears of the next job, so one claim a job is enough."""
    process = desk.worker(worker={"lease_seconds": 60.0})
    desk.ready(process)
    desk.done([desk.put("answer", 0)])
    began, before = time.monotonic(), pops(desk)
    for number in range(20):
        desk.done([desk.put("answer", number)])
    each_second = (
        4  # a claim that finds a job pops twice; idle workers, of which the run may have two, claim each second
    )
    assert pops(desk) - before < 20 * 2 + 5 + each_second * (time.monotonic() - began)


def pops(desk):
    return desk.redis.info("commandstats")["cmdstat_lpop"]["calls"]
