"""What becomes of jobs: many at once, results, retries, limits, stops, and those that nobody can read."""

import time

from rq import Callback, Retry
from rq.command import send_stop_execution_command, send_stop_job_command
from rq.results import Result
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker


def test_two_hundred_sleeping_jobs_run_at_once(shared):
    jobs = [shared.put("crowd", 200, 30) for _ in range(200)]
    shared.done(jobs)
    assert max(job.return_value() for job in jobs) == 200
    shared.until(lambda: shared.leases() == 0)


def test_results_are_stored_as_stock_workers_store_them(shared):
    job = shared.put("answer", {"text": "yes"}, result_ttl=60)
    shared.done([job])
    job.refresh()
    assert job.return_value() == {"text": "yes"}
    assert job.latest_result().type == Result.Type.SUCCESSFUL
    assert job.id in shared.queue.finished_job_registry
    assert job.started_at <= job.ended_at
    assert 0 < shared.redis.ttl(job.key) <= 60


def test_a_job_whose_result_nobody_wants_leaves_nothing_behind(shared):
    job = shared.put("answer", 1, result_ttl=0)
    shared.until(lambda: not shared.redis.exists(job.key))
    shared.until(lambda: not shared.redis.keys(f"*{job.id}*"))


def test_the_current_job_is_each_ones_own(shared):
    jobs = shared.done([shared.put("who_am_i") for _ in range(20)])
    assert [job.return_value() for job in jobs] == [[job.id, job.id] for job in jobs]


def test_functions_that_are_not_coroutines_run_in_threads_at_once(shared):
    began = time.monotonic()
    jobs = shared.done([shared.put("in_a_thread", 1) for _ in range(10)])
    assert time.monotonic() - began < 9
    assert [job.return_value() for job in jobs] == [[False, job.id] for job in jobs]


def test_a_failing_job_is_tried_again_and_then_ends_well(shared):
    job = shared.put("fail_at_first", shared.path, 2, retry=Retry(max=3))
    shared.done([job])
    assert job.return_value() == "at last"


def test_a_job_without_retries_left_is_in_the_failed_registry_with_its_error(shared):
    job = shared.put("fail_at_first", shared.path, 9, retry=Retry(max=1))
    shared.done([job], "failed")
    assert job.id in shared.queue.failed_job_registry
    assert "not yet" in job.latest_result().exc_string


def test_a_job_that_takes_too_long_fails_with_rqs_timeout(shared):
    slow = shared.put("nap", shared.path, "slow", 30, timeout=1)
    thread = shared.put("in_a_thread", 3, timeout=1)
    shared.done([slow, thread], "failed")
    assert "JobTimeoutException: Task exceeded maximum timeout value (1 seconds)" in slow.latest_result().exc_string
    assert "JobTimeoutException" in thread.latest_result().exc_string


def test_a_command_stops_the_right_job(shared):
    jobs = [shared.put("nap", shared.path, number, 20, retry=Retry(max=2)) for number in range(3)]
    shared.until(lambda: len(shared.marks("begin")) == 3)
    send_stop_job_command(shared.redis, jobs[1].id, serializer=JSONSerializer)
    shared.done([jobs[1]], "stopped")
    assert jobs[1].id in shared.queue.failed_job_registry
    assert [job.get_status() for job in jobs] == ["started", "stopped", "started"]
    for job in (jobs[0], jobs[2]):
        [execution] = job.get_executions()
        send_stop_execution_command(shared.redis, job.id, execution.id)
    shared.done(jobs, "stopped")
    assert len(shared.marks("begin")) == 3


def test_callbacks_and_dependents_are_served(shared):
    callback = "tests.workers.jobs.noted"
    good = shared.put("nap", shared.path, "good", 0.5, on_success=Callback(callback))
    bad = shared.put("fail_at_first", shared.path, 9, on_failure=Callback(callback))
    after = shared.put("answer", "after", depends_on=good)
    plain = shared.put("nap", shared.path, "plain", 0.5)
    after_plain = shared.put("answer", "after", depends_on=plain)
    shared.done([good, after, plain, after_plain])
    shared.done([bad], "failed")
    assert shared.redis.lrange(f"noted:{good.id}", 0, -1) == [b"success"]
    assert shared.redis.lrange(f"noted:{bad.id}", 0, -1) == [b"failure"]


def test_dependents_of_jobs_that_end_at_once_all_begin(shared):
    first = shared.naps(12, 0.5, on_success=Callback("tests.workers.jobs.noted"))
    shared.done([shared.put("answer", 1, depends_on=job) for job in first])


def test_a_result_that_cannot_be_stored_is_marked_as_such_and_the_others_are_kept(shared):
    bad, good = shared.put("unserializable"), shared.put("answer", 1)
    shared.done([good, bad])
    assert (good.return_value(), bad.return_value()) == (1, "Unserializable return value")


def test_a_job_that_asks_the_process_to_exit_fails_alone(shared):
    bad, good = shared.put("exit_process"), shared.put("nap", shared.path, 1, 0.5)
    shared.done([bad], "failed")
    shared.done([good])


def test_malformed_jobs_do_not_hold_up_the_rest_of_their_batch(desk):
    good = [desk.put("answer", number) for number in range(2)]
    undecodable, unreadable, unknown, missing, wrong_type = [desk.put("answer", 0) for _ in range(5)]
    desk.redis.hset(undecodable.key, "data", b"\xff\xfe no JSON")
    desk.redis.hdel(unreadable.key, "data")
    desk.redis.delete(missing.key, wrong_type.key)
    desk.redis.set(wrong_type.key, "a string")
    desk.redis.hset(unknown.key, "data", JSONSerializer.dumps(["tests.workers.jobs.gone", None, [], {}]))
    good += [desk.put("answer", number) for number in range(2)]
    process = desk.worker(work={"burst": True})
    assert process.end(30) == 0
    desk.done(good)
    assert [job.get_status() for job in (undecodable, unknown)] == ["failed", "failed"]
    assert set(desk.queue.failed_job_registry.get_job_ids()) == {undecodable.id, unknown.id}
    assert not desk.redis.exists(unreadable.key)
    assert (desk.queue.count, desk.leases()) == (0, 0)


def test_a_job_id_that_is_queued_twice_runs_once_at_a_time(desk):
    processes = [desk.worker(), desk.worker()]
    desk.ready(*processes)
    job = desk.put("nap", desk.path, "twin", 1.5)
    for _ in range(3):
        desk.redis.rpush(desk.queue.key, job.id)
    desk.until(lambda: desk.marks("begin"))
    desk.put("nap", desk.path, "twin", 1.5, job_id=job.id)  # saved again, as queued
    desk.done([job])
    desk.until(lambda: desk.queue.count == 0)
    assert desk.marks("begin") == ["twin"]


def test_rqs_pages_see_the_worker_its_jobs_and_its_counts(shared):
    [worker] = [each for each in BaseWorker.all(shared.redis) if each.queue_names() == ["shared"]]
    before = worker.successful_job_count
    jobs = shared.naps(3, 1.0)
    shared.until(lambda: len(worker.get_current_executions(refresh=True)) == 3)
    assert {each.job_id for each in worker.get_current_executions()} == {job.id for job in jobs}
    assert set(shared.queue.started_job_registry.get_job_ids()) >= {job.id for job in jobs}
    shared.until(lambda: shared.redis.hget(worker.key, "state") == b"busy")
    shared.done(jobs)
    worker.refresh()
    assert worker.successful_job_count == before + 3
    assert shared.queue.started_job_registry.count == 0
