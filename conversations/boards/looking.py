"""The questions of a board's range: read and brought together once for all its listings. They have no words here."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from conversations.boards import asked
from conversations.boards.grouping import Question, questions
from observability.dashboards import Reader

KEPT_SECONDS = 15.0  # a page asks for its listings one after the other


@dataclass(frozen=True)
class Looked:
    """What was found, the most frequent first; `note` says what could not be looked at."""

    questions: Sequence[Question]
    note: str


_kept: tuple[object, float, Looked] | None = None


def looked(reader: Reader) -> Looked:
    """As it was some seconds ago at most."""
    global _kept  # noqa: PLW0603 - the last look, shared by the listings of a page
    range_ = reader.range
    of = (range_.start, range_.key if range_.live and range_.key else range_.end, reader.where)
    kept = _kept
    if kept is None or kept[0] != of or kept[1] < time.monotonic():
        sample = asked.read(reader)
        kept = _kept = of, time.monotonic() + KEPT_SECONDS, Looked(questions(sample.turns), sample.note)
    return kept[2]


def forget() -> None:
    """Look anew: for tests."""
    global _kept  # noqa: PLW0603 - see above
    _kept = None
