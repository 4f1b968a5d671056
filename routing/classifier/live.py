"""The classifier in use: the live version, kept in each process and looked at again every two seconds.

Without a live version, or where its weights do not fit (another embedder's, another format), the starter decides, and
`in_use().trouble` says why.
"""

import asyncio
import time
from dataclasses import dataclass

from routing.classifier.starter import Starter, starter
from routing.classifier.weights import UnusableWeights, Vector, Weights
from routing.models import ClassifierVersion
from routing.vectors import local_embedder

FRESH_SECONDS = 2.0


@dataclass(frozen=True)
class Scored:
    """`score` from 0 (simple) to 1; from `threshold` on a large model is wanted. `version` None: the starter's."""

    score: float
    threshold: float
    version: int | None


@dataclass(frozen=True)
class InUse:
    """What decides now. `trouble`: why it is not what was wanted; empty when all is well."""

    weights: Weights
    threshold: float
    version: int | None = None
    trouble: str = ""


class _Kept:
    def __init__(self) -> None:
        self.until = 0.0
        self.found: InUse | None = None
        self.reading: asyncio.Future[None] | None = None


_kept = _Kept()


def scored(text: str, vector: Vector | None) -> Scored:
    """The score of one message with what is in use. `vector` by the local embedder, L2-normalised; without one, or with
    one of another size, the surface alone decides. Reads no row: who may await calls `refresh` before."""
    found = _kept.found or _starting()
    if len(found.weights.of_vector) and (vector is None or len(vector) != len(found.weights.of_vector)):
        alone = starter().alone
        return Scored(alone.weights.score(text, None), alone.threshold, None)
    return Scored(found.weights.score(text, vector), found.threshold, found.version)


async def refresh() -> None:
    """See that what is in use is at most two seconds old. Many who ask at once wait for one reading.

    Raises OperationalError, PoolTimeout.
    """
    from parley.threads import in_database_thread

    if time.monotonic() < _kept.until:
        return
    reading = _kept.reading
    if reading is None or reading.done() or reading.get_loop() is not asyncio.get_running_loop():
        reading = _kept.reading = asyncio.ensure_future(in_database_thread(refresh_now))
    await asyncio.shield(reading)


def refresh_now() -> None:
    """`refresh` for code without a loop; always reads. Weights are loaded only when another version went live."""
    row = ClassifierVersion.objects.filter(live=True).values("pk", "threshold").first()
    before = _kept.found
    same = before is not None and row is not None and row["pk"] == before.version
    if row is None:
        _kept.found = _of_starter("")
    elif same and before is not None:
        _kept.found = InUse(before.weights, row["threshold"], before.version)
    else:
        _kept.found = _loaded(row["pk"])
    _kept.until = time.monotonic() + FRESH_SECONDS


def in_use() -> InUse:
    """What decides now in this process, read again. Blocks."""
    refresh_now()
    return _kept.found or _starting()


def forget() -> None:
    """Read again when asked next, everything: tests, and who changed something."""
    _kept.until, _kept.found = 0.0, None


def usable(version: ClassifierVersion) -> Weights:
    """The weights of a version. Raises UnusableWeights when they are damaged or of another embedder than ours."""
    found = Weights.from_json(version.weights)
    if found.embedder != (ours := local_embedder().name):
        raise UnusableWeights(
            f"Version {version.pk} was trained for the embedder {found.embedder}, this installation uses {ours}. "
            "Train again."
        )
    return found


def _loaded(pk: int) -> InUse:
    version = ClassifierVersion.objects.filter(pk=pk).first()
    if version is None:
        return _of_starter("")
    try:
        return InUse(usable(version), version.threshold, version.pk)
    except UnusableWeights as error:
        return _of_starter(f"{error} Until then the starter weights decide.")


def _starting() -> InUse:
    _kept.found = _of_starter("")
    return _kept.found


def _of_starter(trouble: str) -> InUse:
    """The starter; its surface weights where it was made for another embedder."""
    found: Starter = starter()
    ours = local_embedder().name
    if found.full.weights.embedder == ours:
        return InUse(found.full.weights, found.full.threshold, None, trouble)
    why = f"The starter weights are for {found.full.weights.embedder}, not {ours}: they see the message's surface only."
    return InUse(found.alone.weights, found.alone.threshold, None, f"{trouble} {why} Label messages and train.".strip())
