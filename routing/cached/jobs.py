"""What workers do for cached answers, on the RQ queue `default`, and what came of it. Arguments are plain values."""

import json
import logging
from collections.abc import Callable
from typing import Any

import django_rq
from django.utils import timezone
from redis.exceptions import RedisError

from parley.threads import in_database_thread
from routing.cached.embedding import embed_missing
from routing.cached.gate.learning import TooFewVerdicts, learn_gate
from routing.cached.suggestions import suggest

log = logging.getLogger(__name__)
QUEUE = "default"
KEPT_SECONDS = 7 * 86_400


class Unreachable(RuntimeError):
    """Redis is away, so no worker can be asked."""


async def learn() -> None:
    """The job: learn the gate from the verdicts."""
    await in_database_thread(_noted, "learn", _learn)


async def look_for_suggestions() -> None:
    """The job: gather suggestions."""
    await in_database_thread(_noted, "suggest", _suggest)


async def embed() -> None:
    """The job: vectors that an import left out."""
    await in_database_thread(embed_missing)


def ask(job: Callable[[], Any]) -> None:
    """Have a worker do it. Raises Unreachable."""
    try:
        django_rq.get_queue(QUEUE).enqueue(job, job_timeout=600)
    except (RedisError, OSError) as error:
        raise Unreachable("The workers cannot be asked now, as Redis is away: try again in a moment.") from error
    if name := {learn: "learn", look_for_suggestions: "suggest"}.get(job):
        _note(name, "asked", "A worker was asked and has not finished yet.")


def outcome(name: str) -> dict[str, str]:
    """What the last `learn` or `suggest` came to: state (asked, done, refused, failed), text, at. Empty: none known."""
    try:
        kept = django_rq.get_connection(QUEUE).get(_key(name))
    except (RedisError, OSError):
        return {}
    return dict(json.loads(kept)) if kept else {}


def _learn() -> tuple[str, str]:
    try:
        learned = learn_gate()
    except TooFewVerdicts as error:
        return "refused", str(error)
    report = learned.report
    told = (
        f"From {report['verdicts']:,} verdicts: it would answer {report['answered_share']:.1%} of them, "
        f"{report['false_share']:.1%} of those wrongly; the running gate answers "
        f"{report['running_answered_share']:.1%}, {report['running_false_share']:.1%} wrongly."
    )
    return ("done" if learned.live else "refused"), f"{learned.why} {told}"


def _suggest() -> tuple[str, str]:
    new = suggest()
    return "done", f"{new} new suggestion{'' if new == 1 else 's'}." if new else "Nothing new is asked often enough."


def _noted(name: str, work: Callable[[], tuple[str, str]]) -> None:
    try:
        state, text = work()
    except Exception:
        _note(name, "failed", "It failed; the worker's log says why.")
        raise
    _note(name, state, text)


def _note(name: str, state: str, text: str) -> None:
    said = {"state": state, "text": text, "at": timezone.now().isoformat()}
    try:
        django_rq.get_connection(QUEUE).set(_key(name), json.dumps(said), ex=KEPT_SECONDS)
    except (RedisError, OSError) as error:
        log.warning("What became of %s cannot be shown: %s", name, type(error).__name__)


def _key(name: str) -> str:
    return f"parley:cached:job:{name}"
