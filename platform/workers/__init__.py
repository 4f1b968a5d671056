"""An RQ 3 worker that runs hundreds of jobs at once on one event loop.

    from workers import AsyncWorker
    AsyncWorker(["turns", "default"], connection=connection, serializer=JSONSerializer, concurrency=500).work()

Stock RQ runs one job at a time, in a fork or in an `asyncio.run` of its own, so nothing is shared and a process that
only waits for the network does a few jobs a second. Upstream discusses a worker like this one (rq#2445). Until there is
one, this is ours, and it is replaceable: jobs, queues, registries, results, retries, callbacks and commands are RQ's
own, in RQ's own keys; functions that are jobs know nothing of it. All that it adds to Redis is two keys (`leases.py`).

What it promises:
- Coroutine functions run as tasks of one loop (uvloop) and share what lives there; other functions run in threads.
- A job leaves its queue and gets a lease in one script, so it is always in one of the two. Leases are renewed each
  second by Redis's clock. Those of a worker that died run out, and any other worker puts the jobs back.
- A worker that could not renew for as long as a lease lasts cancels its jobs, and nothing is written about a job
  whose lease it no longer holds: the scripts that write check it.
- What finished while Redis was away is kept and written when it is back.

A job can still run twice (its worker froze, was cut off or died): what it does must bear that, as with any queue.
"""

from workers.worker import AsyncWorker

__all__ = ["AsyncWorker"]
