"""Workers that are killed, freeze or are poisoned, and a Redis that goes away: no job is lost, none is told twice."""

import signal
import time

import pytest

from embedded.valkey import EmbeddedValkey
from tests.workers.conftest import Desk


@pytest.fixture
def own(tmp_path):
    """A desk on a Valkey of its own, which may be stopped."""
    folder = tmp_path / "valkey"
    with EmbeddedValkey(folder) as valkey:
        desk = Desk(valkey.url, tmp_path)
        desk.valkey = valkey
        yield desk
        desk.close()


def kill(valkey):
    valkey._process.kill()
    valkey._process.wait(10)


def test_the_jobs_of_a_killed_worker_are_all_done_by_another_within_seconds(desk):
    first = desk.worker()
    desk.ready(first)
    jobs = desk.naps(50, 1.5)
    desk.until(lambda: len(desk.marks("begin")) == 50)
    second = desk.worker()
    desk.ready(second)
    first.send(signal.SIGKILL)
    killed = time.monotonic()
    desk.done(jobs)
    assert time.monotonic() - killed < 15
    assert desk.leases() == 0
    assert desk.queue.started_job_registry.count == 0


def test_a_frozen_worker_that_wakes_up_writes_nothing_about_jobs_that_others_have(desk):
    frozen = desk.worker()
    desk.ready(frozen)
    jobs = desk.naps(20, 2.5)
    desk.until(lambda: len(desk.marks("begin")) == 20)
    frozen.send(signal.SIGSTOP)
    other = desk.worker()
    desk.until(lambda: len(desk.marks("begin")) == 40)
    frozen.send(signal.SIGCONT)
    desk.done(jobs)
    assert desk.pids("end") == {other.process.pid}, "the thawed bodies took no step more"
    assert len(desk.marks("end")) == 20
    assert [len(job.results()) for job in jobs] == [1] * 20
    assert {job.latest_result().worker_name for job in jobs} == {other.name}
    frozen.send(signal.SIGTERM)
    assert frozen.end() == 0


def test_a_job_that_kills_its_workers_is_failed_in_the_end(own):
    job = own.put("kill_worker")
    helper = own.worker("elsewhere", worker={"most_losses": 1})  # it only returns the job
    for _ in range(2):
        assert own.worker().end(30) == -signal.SIGKILL
    own.done([job], "failed", patience=30)
    assert "its worker died 2 times" in job.latest_result().exc_string
    assert helper.process.poll() is None


@pytest.mark.parametrize("away", [0.1, 2.0])
def test_redis_killed_and_restarted_in_the_middle_costs_no_job(own, away):
    process = own.worker()
    own.ready(process)
    jobs = own.naps(30, 1.5)
    own.until(lambda: len(own.marks("begin")) == 30)
    kill(own.valkey)
    time.sleep(away)
    own.valkey.start_again()
    own.done(jobs, patience=20)
    later = own.put("answer", "after")
    own.done([later])
    assert own.leases() == 0
    process.send(signal.SIGTERM)
    assert process.end() == 0


def test_what_finished_while_redis_was_away_is_written_when_it_is_back(own):
    process = own.worker(worker={"lease_seconds": 8.0})
    own.ready(process)
    jobs = own.naps(20, 1)
    own.until(lambda: len(own.marks("begin")) == 20)
    kill(own.valkey)
    own.ended(20)
    own.valkey.start_again()
    own.done(jobs)
    assert len(own.marks("begin")) == 20, "none was run again"
    assert [job.return_value() for job in jobs] == list(range(20))


def test_commands_are_heard_again_after_redis_was_away(own):
    from rq.command import send_shutdown_command

    process = own.worker()
    own.ready(process)
    kill(own.valkey)
    own.valkey.start_again()
    own.done([own.put("answer", 1)])
    own.until(lambda: own.redis.pubsub_numsub(f"rq:pubsub:{process.name}")[0][1])
    send_shutdown_command(own.redis, process.name)
    assert process.end() == 0


def test_while_redis_is_away_an_idle_worker_uses_hardly_any_processor(own):
    import psutil

    process = own.worker()
    own.ready(process)
    kill(own.valkey)
    time.sleep(0.5)
    before = sum(psutil.Process(process.process.pid).cpu_times()[:2])
    time.sleep(1.5)
    assert sum(psutil.Process(process.process.pid).cpu_times()[:2]) - before < 0.3
