"""Leases: who runs a job, and until when, by Redis's clock.

`rq:leases` is a sorted set of job ids by expiry, `rq:leases:owners` a hash of job id to execution id. A job id is
leased at most once. The scripts `claim`, `renew`, `guarded` and `give_back` touch them, and `forget`, with which every
execution ends.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from redis import Redis
from rq.defaults import RQ_KEY_PREFIX
from rq.utils import as_text

from workers import scripts
from workers.runs import Run

BATCH = 500  # jobs returned in one script
KEYS = (f"{RQ_KEY_PREFIX}:leases", f"{RQ_KEY_PREFIX}:leases:owners")
BACKSTOP = 600  # seconds after a job's own limit when RQ's maintenance may take it for abandoned
UNLIMITED = 30 * 86400  # seconds; the limit of a job without one, for that purpose
DONE, NOT_OURS, NOT_NOW = 1, 0, 2  # answers of guarded.lua


class Leases:
    """Blocking calls; each is one round trip. All raise redis-py's errors."""

    def __init__(self, connection: "Redis", worker_name: str, seconds: float, most_losses: int) -> None:
        self.seconds = seconds
        self._connection, self._worker_name, self._most_losses = connection, worker_name, most_losses

    def renew(self, pairs: Iterable[tuple[str, str]]) -> set[str]:
        """Renew the leases of (job id, execution id); the execution ids whose lease is somebody else's or gone."""
        flat = [word for pair in pairs for word in pair]
        if not flat:
            return set()
        return set(map(as_text, scripts.run(self._connection, "renew", KEYS, [self.seconds, *flat])))

    def owned(self, run: Run) -> bool:
        """Whether the lease is still ours; it is renewed, so there is time to write."""
        return not self.renew([(run.job.id, run.id)])

    def guarded(self, items: Sequence[tuple[Run, str, scripts.Recorded]]) -> list[int | str]:
        """For each run: its commands were run (DONE), it is NOT_OURS, the key exists (NOT_NOW), or an error's text."""
        words: list[Any] = []
        for run, unless, commands in items:
            words += [run.job.id, run.id, unless, len(commands)]
            for command in commands:
                words += [len(command), *command]
        answers = scripts.run(self._connection, "guarded", KEYS, words) if items else []
        return [answer if isinstance(answer, int) else as_text(answer) for answer in answers]

    def hand_back(self, runs: Sequence[Run]) -> int:
        """Return our jobs to the front of their queues; how many were still ours."""
        pairs = [word for run in runs for word in (run.job.id, run.id)]
        return self._give_back(pairs)[0] if pairs else 0

    def reap(self) -> tuple[int, list[str]]:
        """Return jobs whose lease ran out: how many, and the ids of those that lost their worker too often.

        The latter are leased to us for 10 s and have to be failed.
        """
        return self._give_back([])

    def _give_back(self, pairs: Sequence[str]) -> tuple[int, list[str]]:
        arguments = [RQ_KEY_PREFIX, BATCH, self._most_losses, f"reaper-{self._worker_name}", *pairs]
        count, *hopeless = scripts.run(self._connection, "give_back", KEYS, arguments)
        return int(count), [as_text(job_id) for job_id in hopeless]


def forget(pipeline: Any, job_id: str) -> None:
    """Put the end of a job's lease into a pipeline."""
    pipeline.zrem(KEYS[0], job_id)
    pipeline.hdel(KEYS[1], job_id)
