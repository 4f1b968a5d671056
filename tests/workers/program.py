"""A worker process: python -m tests.workers.program '{"url": …, "queues": […], "worker": {}, "work": {}}'."""

import json
import sys

from redis import Redis
from rq.serializers import JSONSerializer

from workers import AsyncWorker


def main() -> None:
    told = json.loads(sys.argv[1])
    connection = Redis.from_url(told["url"])
    options = {"lease_seconds": 1.0, **told["worker"]}
    worker = AsyncWorker(told["queues"], connection=connection, serializer=JSONSerializer, **options)
    worker.work(logging_level="WARNING", **told["work"])


if __name__ == "__main__":
    main()
