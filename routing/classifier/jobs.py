"""Training as a job of a worker, one at a time, with its progress in Redis for the page that waits for it."""

import json
import logging
import time
from dataclasses import asdict, dataclass
from typing import Any

import django_rq
from redis.exceptions import RedisError

from parley.threads import in_database_thread
from routing.classifier import training
from routing.classifier.words import outcome

logger = logging.getLogger(__name__)
QUEUE = "default"
TOLD, HELD = "parley:classifier:training", "parley:classifier:training:held"
QUEUED_SECONDS = 900  # so long a training that no worker takes keeps others out
SILENT_SECONDS = 300  # and so long one that says nothing: its worker died
TOLD_SECONDS = 86_400
TIMEOUT = 1800


@dataclass(frozen=True)
class Progress:
    """What the newest training is at. `state`: queued, running, done or failed; `version` once it is done."""

    state: str
    text: str
    version: int | None = None
    at: float = 0.0

    @property
    def under_way(self) -> bool:
        """Whether there is more to come; a training that fell silent has ended."""
        limit = {"queued": QUEUED_SECONDS, "running": SILENT_SECONDS}.get(self.state, 0)
        return time.time() - self.at < limit


def start(allowed: float, user_id: int | None) -> bool:
    """Ask a worker to train; False when a training is under way. Raises RedisError, OSError."""
    redis = django_rq.get_connection(QUEUE)
    if not redis.set(HELD, "1", nx=True, ex=QUEUED_SECONDS):
        return False
    try:
        _tell(Progress("queued", "Waiting for a worker …"))
        django_rq.get_queue(QUEUE).enqueue(train, allowed, user_id, job_timeout=TIMEOUT)
    except (RedisError, OSError):
        redis.delete(HELD)
        raise
    return True


def progress() -> Progress | None:
    """Of the newest training, for a day; None without one, and while Redis is away."""
    try:
        kept = django_rq.get_connection(QUEUE).get(TOLD)
    except (RedisError, OSError):
        return None
    return Progress(**json.loads(kept)) if kept else None


async def train(allowed: float, user_id: int | None) -> None:
    """The job."""
    await in_database_thread(train_now, allowed, user_id)


def train_now(allowed: float, user_id: int | None) -> None:
    """Train and tell what comes of it; a failure is told, logged where it is ours, and not tried again."""
    try:
        version = training.train(allowed, user_id, lambda text: _tell(Progress("running", text)))
        done: Any = Progress("done", outcome(version.report), version.pk)
    except training.CannotTrain as error:
        done = Progress("failed", str(error))
    except Exception as error:
        logger.exception("Training the classifier failed.")
        done = Progress("failed", f"It broke off ({error}). The worker's log says more; try again.")
    finally:
        django_rq.get_connection(QUEUE).delete(HELD)
    _tell(done)


def _tell(progress: Progress) -> None:
    redis = django_rq.get_connection(QUEUE)
    redis.set(TOLD, json.dumps(asdict(progress) | {"at": time.time()}), ex=TOLD_SECONDS)
    if progress.state == "running":
        redis.expire(HELD, SILENT_SECONDS)
