"""Worker processes, and a queue for each test. Redis is the run's, or where it is to be broken one of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from tests.plugin import REPOSITORY

SHARED = "shared"


class Process:
    """A worker in a process of its own."""

    def __init__(self, url, queues, folder, *, worker=None, work=None):
        self.name = f"w-{uuid.uuid4().hex[:8]}"
        self.log = folder / f"{self.name}.log"
        told = {"url": url, "queues": queues, "worker": {"name": self.name, **(worker or {})}, "work": work or {}}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.workers.program", json.dumps(told)],
                cwd=REPOSITORY, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": "platform"},
            )  # fmt: skip

    def send(self, number):
        self.process.send_signal(number)

    def end(self, patience=40):
        """Wait for it to end by itself; its exit code."""
        return self.process.wait(patience)

    def close(self):
        self.process.poll() is None and self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(10)


class Desk:
    """What a test sees: queues, jobs, files, processes."""

    def __init__(self, url, folder):
        self.url, self.folder = url, folder
        self.redis = Redis.from_url(url)
        self.queue = self.queue_named(f"q-{uuid.uuid4().hex[:8]}")
        self.path = str(folder / "marks")
        Path(self.path).touch()
        self.processes = []

    def queue_named(self, name):
        return Queue(name, connection=self.redis, serializer=JSONSerializer)

    def worker(self, *queues, **options):
        """Start a worker; it may take a while until it is there."""
        process = Process(self.url, list(queues) or [self.queue.name], self.folder, **options)
        self.processes.append(process)
        return process

    def ready(self, *processes):
        for process in processes:
            self.until(lambda key=f"rq:worker:{process.name}": self.redis.hget(key, "state") == b"idle", patience=30)

    def put(self, function, *args, queue=None, **options):
        return (queue or self.queue).enqueue_call(f"tests.workers.jobs.{function}", args=args, **options)

    def job(self, job_id):
        return Job.fetch(job_id, connection=self.redis, serializer=JSONSerializer)

    def naps(self, count, seconds, **options):
        return [self.put("nap", self.path, number, seconds, **options) for number in range(count)]

    def marks(self, word):
        return [line.split()[1] for line in Path(self.path).read_text().splitlines() if line.startswith(f"{word} ")]

    def pids(self, word):
        return {int(line.split()[-1]) for line in Path(self.path).read_text().splitlines() if line.startswith(word)}

    def until(self, condition, patience=40):
        """Wait until the condition holds, with Redis away or not."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                if found := condition():
                    return found
            except RedisError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"Not within {patience} s.\n{self.logs()}")

    def done(self, jobs, status="finished", patience=40):
        """Wait for the jobs to have this status; they are read again."""
        self.until(lambda: all(job.get_status() == status for job in jobs), patience)
        return jobs

    def ended(self, count, patience=40):
        self.until(lambda: len(set(self.marks("end"))) >= count, patience)

    def leases(self):
        return self.redis.zcard("rq:leases") + self.redis.hlen("rq:leases:owners")

    def logs(self):
        return "\n".join(process.log.read_text()[-3000:] for process in self.processes)

    def close(self):
        for process in self.processes:
            process.close()
        self.redis.close()


@pytest.fixture(scope="package")
def worker_redis():
    """The address of the run's Redis, empty before and after these tests."""
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield settings.REDIS_URL
        client.flushdb()


@pytest.fixture(scope="package")
def _shared(worker_redis, tmp_path_factory):
    process = Process(worker_redis, [SHARED], tmp_path_factory.mktemp("worker"), worker={"concurrency": 250})
    yield process
    process.close()


@pytest.fixture
def desk(worker_redis, tmp_path):
    desk = Desk(worker_redis, tmp_path)
    yield desk
    desk.close()


@pytest.fixture
def shared(desk, _shared):
    """A desk whose queue a worker with 250 slots already works on."""
    desk.queue = desk.queue_named(SHARED)
    desk.processes.append(_shared)
    desk.ready(_shared)
    yield desk
    desk.processes.remove(_shared)
