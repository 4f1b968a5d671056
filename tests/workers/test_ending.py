"""How a worker ends: by its limits, by signals, and how it pauses."""

import signal
import subprocess
import sys
import time

import pytest
from rq import Retry
from rq.command import send_shutdown_command
from rq.suspension import resume, suspend

from tests.plugin import REPOSITORY


def test_it_is_a_worker_class_for_django_rqs_own_command(desk):
    desk.queue = desk.queue_named("default")
    jobs = desk.naps(5, 0.2)
    options = ["--burst", "--worker-class", "workers.AsyncWorker", "--serializer", "rq.serializers.JSONSerializer"]
    command = [sys.executable, "manage.py", "rqworker", *options, "default"]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=60)
    desk.done(jobs)


def test_burst_ends_when_the_queue_is_empty(desk):
    jobs = desk.naps(5, 0.3)
    assert desk.worker(work={"burst": True}).end(30) == 0
    desk.done(jobs)
    assert desk.redis.scard("rq:workers:" + desk.queue.name) == 0


def test_max_jobs_are_run_and_not_one_more(desk):
    jobs = desk.naps(8, 0.1)
    assert desk.worker(work={"max_jobs": 5}).end(30) == 0
    assert sorted(job.get_status() for job in jobs) == ["finished"] * 5 + ["queued"] * 3


def test_max_idle_time_ends_an_idle_worker_and_not_a_busy_one(desk):
    jobs = desk.naps(1, 1.5)
    assert desk.worker(work={"max_idle_time": 1}).end(30) == 0
    desk.done(jobs)


def test_suspended_workers_finish_what_they_have_and_take_nothing_more_until_resumed(shared):
    [running] = shared.naps(1, 0.5)
    shared.until(lambda: shared.marks("begin"))
    suspend(shared.redis)
    try:
        waiting = shared.put("answer", 1)
        shared.done([running])
        [process] = shared.processes
        shared.until(lambda: shared.redis.hget(f"rq:worker:{process.name}", "state") == b"suspended")
        assert waiting.get_status() == "queued"
    finally:
        resume(shared.redis)
    shared.done([waiting])


def test_a_signal_lets_jobs_end_and_hands_the_rest_back_to_the_front_without_costing_a_retry(desk):
    process = desk.worker(worker={"grace_seconds": 1.5, "concurrency": 3})
    desk.ready(process)
    short = desk.put("nap", desk.path, "short", 1)
    long = [desk.put("nap", desk.path, f"long{number}", 60, retry=Retry(max=1)) for number in range(2)]
    desk.until(lambda: len(desk.marks("begin")) == 3)
    behind = desk.put("answer", 1)
    process.send(signal.SIGTERM)
    assert process.end() == 0
    assert short.get_status() == "finished"
    assert desk.queue.get_job_ids() == [long[0].id, long[1].id, behind.id]
    assert [(job.get_status(), desk.job(job.id).retries_left) for job in long] == [("queued", 1)] * 2
    assert desk.leases() == 0
    assert desk.queue.started_job_registry.count == 0
    assert not desk.redis.keys("rq:execution*:" + long[0].id + "*")


def test_a_second_signal_hands_back_at_once(desk):
    process = desk.worker(worker={"grace_seconds": 60})
    desk.ready(process)
    job, thread = desk.put("nap", desk.path, "long", 60), desk.put("in_a_thread", 60)
    desk.until(lambda: desk.marks("begin") and thread.get_status() == "started")
    process.send(signal.SIGINT)
    with pytest.raises(Exception, match="timed out"):
        process.end(1.2)
    process.send(signal.SIGINT)
    began = time.monotonic()
    assert process.end() == 0
    assert time.monotonic() - began < 25
    assert set(desk.queue.get_job_ids()) == {job.id, thread.id}


def test_the_shutdown_command_of_rq_ends_it_in_good_order(desk):
    process = desk.worker()
    desk.ready(process)
    [job] = desk.naps(1, 1)
    desk.until(lambda: desk.marks("begin"))
    send_shutdown_command(desk.redis, process.name)
    assert process.end() == 0
    assert job.get_status() == "finished"
