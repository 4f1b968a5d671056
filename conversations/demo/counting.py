"""Drawn turns as statistics: what the product itself would have added for them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from conversations.demo.cast import Cast
from conversations.demo.drawing import ANSWERED, CACHE, ESCALATED, FAILED, NOBODY, PROVIDER, TIMEOUT, Turns
from observability.statistics.figures import ANSWERED_BY, CAUSES, FIGURES, STATES, STEPS
from observability.statistics.past import write_past
from observability.statistics.slices import Dimensions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

ALL = ("site", "model", "rule", "audience")
SITE, NOTHING = ("site",), ("",)
RADIX = 16  # more than there is of anything in the cast
Counting = tuple[str, tuple[str, ...], "Array", "Array", tuple[str, ...]]  # figure, labels, place of each's, value, of


class Counted:
    """The figures of a day's turns, each with its label, its values and whom they are of."""

    def __init__(self, cast: Cast, turns: Turns) -> None:
        self._turns = turns
        models = tuple(model.id for model in cast.models)
        ids = {"site": cast.sites, "model": models, "rule": cast.rules, "audience": cast.audiences}
        self._ids = {kind: (*numbers, 0) for kind, numbers in ids.items()}  # the last is what −1 means: none

    def write(self, source: str) -> None:
        """All of them."""
        for figure, labels, label, values, of in self._all():
            counted = ~np.isnan(values) & (label >= 0)
            if counted.any():
                self._write(figure, labels, label[counted], values[counted], of, counted, source)

    def _write(
        self, figure: str, labels: tuple[str, ...], label: "Array", values: "Array", of: tuple[str, ...],
        counted: "Array", source: str,
    ) -> None:  # fmt: skip
        places = [getattr(self._turns, kind)[counted] + 1 if kind in of else np.zeros(len(label), int) for kind in ALL]
        code = label.astype(np.int64)
        for place in places:
            code = code * RADIX + place
        codes, which = np.unique(code, return_inverse=True)
        at = self._turns.at[counted] + np.nan_to_num(self._turns.seconds[counted])
        write_past(figure, [self._cell(int(each), labels) for each in codes], which, at, values, source)

    def _cell(self, code: int, labels: tuple[str, ...]) -> Dimensions:
        places = []
        for _ in ALL:
            code, place = divmod(code, RADIX)
            places.append(place - 1)
        site, model, rule, audience = (
            self._ids[kind][place] for kind, place in zip(ALL, reversed(places), strict=True)
        )
        return labels[code], site, model, rule, audience

    def _all(self) -> Iterator[Counting]:
        yield from self._times()
        yield from self._counts()
        yield from self._money()
        yield from self._talks()

    def _times(self) -> Iterator[Counting]:
        turns, answered, none = self._turns, self._turns.state == ANSWERED, np.zeros(len(self._turns), int)
        yield "answer_seconds", ANSWERED_BY, np.where(answered, turns.by, NOBODY), turns.seconds, ALL
        yield "first_token_seconds", ANSWERED_BY, np.where(answered, turns.by, NOBODY), turns.first_token, ALL
        yield (
            "model_seconds",
            ("began",),
            np.where(turns.model == NOBODY, NOBODY, 0),
            turns.steps["begin"],
            ("site", "model"),
        )
        yield "recall_seconds", NOTHING, none, turns.steps["recall"], ALL
        yield "queue_seconds", NOTHING, none, turns.steps["queue"], ("site", "audience")
        yield "admission_seconds", NOTHING, none, turns.steps["admit"], ALL
        for place, step in enumerate(STEPS):
            yield "step_seconds", STEPS, none + place, turns.steps[step], SITE

    def _counts(self) -> Iterator[Counting]:
        turns = self._turns
        one, none = np.ones(len(turns)), np.zeros(len(turns), int)
        cached = np.where(turns.exact, 0, 1)
        yield "messages", NOTHING, none, one, SITE
        yield "turns", STATES, turns.state, one, ALL
        yield "errors", CAUSES, turns.cause, one, ALL
        yield "answers", ANSWERED_BY, np.where(turns.state == ANSWERED, turns.by, NOBODY), one, ALL
        yield "cache_lookups", ("exact", "hit", "miss"), np.where(turns.by == CACHE, cached, 2), one, ALL
        asked = turns.model != NOBODY
        kinds = np.select([asked & (turns.cause == PROVIDER), asked & (turns.cause == TIMEOUT)], [0, 1], NOBODY)
        yield "model_errors", ("server", "timeout"), kinds, one, ("site", "model")
        judged = (turns.by == CACHE) & (turns.place % 3 == 0) & (turns.talk % 11 == 0)
        yield "cache_verdicts", ("right", "wrong"), np.where(judged, turns.talk % 781 == 0, NOBODY), one, ()
        yield "recalled", ("memories",), np.where(turns.memories > 0, 0, NOBODY), turns.memories.astype(float), ALL
        kept = (turns.model != NOBODY) & (turns.audience > 0) & (turns.talk % 3 == 0)
        kind = np.array([0, 0, 0, 1, 1, 2, 3, 3])[turns.talk % 8]
        yield "memories", FIGURES["memories"].labels, np.where(kept, kind, NOBODY), one, SITE

    def _money(self) -> Iterator[Counting]:
        turns = self._turns
        paid = np.where((turns.model != NOBODY) & (turns.state != FAILED), 0, NOBODY)
        yield "input_tokens", NOTHING, paid, turns.input_tokens.astype(float), ALL
        yield "cached_input_tokens", NOTHING, paid, turns.cached_tokens.astype(float), ALL
        yield "output_tokens", NOTHING, paid, turns.output_tokens.astype(float), ALL
        yield "cost", NOTHING, paid, turns.cost, ALL

    def _talks(self) -> Iterator[Counting]:
        turns = self._turns
        one, labels = np.ones(len(turns)), FIGURES["conversations"].labels
        yield "conversations", labels, np.where(turns.place == 0, 0, NOBODY), one, SITE
        yield "conversations", labels, np.where(turns.last, turns.outcome, NOBODY), one, SITE
        yield "escalations", NOTHING, np.where(turns.outcome == ESCALATED, 0, NOBODY), one, SITE
        yield "ratings", ("up", "down"), np.select([turns.rating > 0, turns.rating < 0], [0, 1], NOBODY), one, SITE
        reported = (turns.rating < 0) & (turns.talk % 9 == 0)
        yield "reports", NOTHING, np.where(reported, 0, NOBODY), one, SITE
        troubled = (turns.rating < 0) | (turns.state == FAILED) | (turns.outcome == ESCALATED)
        fate = np.where(troubled, 1, np.where(turns.talk % 20 < 3, 0, 2))
        size = 900.0 + 2.1 * turns.input_tokens
        yield "logs", ("sampled", "troubled", "dropped"), np.where(turns.last, fate, NOBODY), size, SITE
