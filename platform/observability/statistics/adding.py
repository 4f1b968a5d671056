"""`add`: one value of a figure. Memory only, from any thread; nothing raises into the caller.

A turn adds some thirty values, so all that `add` does is to put each aside, in a microsecond. They are checked, sorted
by cell and counted together (`settle`) when somebody wants to see them: the thread that writes, or a scrape of metrics.
"""

import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic
from typing import Any, Protocol

from observability.statistics.figures import FIGURES, Figure, Kind
from observability.statistics.slices import OTHER, Name, Slice, Slices

log = logging.getLogger(__name__)
LONGEST_LABEL = 80
MOST_LABELS = 200  # of a figure whose labels are names of rows, in one process
MOST_WAITING = 5000  # values that wait to be counted: 1 MB; then whoever adds counts them
MOST_NAMES = 20_000  # that are remembered
Given = tuple[Any, ...]  # figure, label, site, model, rule, audience, as they were given


class Listener(Protocol):
    """Is told of the values that were added to a cell, the first of them `at` (monotonic). Must be quick."""

    def __call__(
        self,
        figure: Figure,
        values: Sequence[float],
        at: float,
        label: str,
        site: int,
        model: int,
        rule: int,
        audience: int,
    ) -> None:
        """0 stands for none."""


slices = Slices()
_waiting: deque[tuple[Given, Any, float]] = deque()
_settling = threading.RLock()
_names: dict[Given, tuple[Figure, Name]] = {}
_listeners: list[Listener] = []
_started: list[Callable[[], None]] = []  # what is called after the first value
_labels: dict[str, set[str]] = {}
_told: set[tuple[str, str]] = set()


def add(
    figure: str,
    value: float = 1.0,
    *,
    label: str = "",
    site: int | None = None,
    model: int | None = None,
    rule: int | None = None,
    audience: int | None = None,
) -> None:
    """Count `value` in its unit: once, in this minute. What cannot be counted is left out, and said in the log once.

    `label` is one of the figure's; for others, "other" is counted. Numbers are those of rows of ours.
    """
    _waiting.append(((figure, label, site, model, rule, audience), value, monotonic()))
    if _started or len(_waiting) >= MOST_WAITING:
        _begin()


def listen(listener: Listener) -> None:
    """Tell `listener` of everything that is added in this process from now on."""
    settle()
    _listeners.append(listener)


def on_first(start: Callable[[], None]) -> None:
    """Call `start` after the next value."""
    _started.append(start)


def settle() -> None:
    """Count what waits. Never raises."""
    with _settling:
        for (_, given), (values, at) in _by_cell().items():
            try:
                _count(given, values, at)
            except Exception as error:  # noqa: BLE001 - what cannot be counted must not keep the rest from it
                _not_counted(given, error)


def take() -> list[Slice]:
    """All that was added and not yet taken, oldest first; it is the caller's now."""
    settle()
    return slices.take()


def is_empty() -> bool:
    """Whether nothing waits to be written."""
    return not _waiting and slices.empty


def start_anew(start: Callable[[], None]) -> None:
    """In a process that was forked off: what the parent has added, the parent writes."""
    global slices, _settling
    slices, _settling = Slices(), threading.RLock()
    _waiting.clear()
    on_first(start)


def _begin() -> None:
    try:
        while _started:
            _started.pop()()
    except Exception:  # a turn must not fail because it could not be counted
        log.exception("Statistics are not written")
    if len(_waiting) >= MOST_WAITING:
        settle()


def _by_cell() -> dict[tuple[int, Given], tuple[list[Any], float]]:
    """What waits by minute and cell: its values, and when the first came."""
    offset = slices.offset
    found: dict[tuple[int, Given], tuple[list[Any], float]] = {}
    for _ in range(len(_waiting)):
        given, value, at = _waiting.popleft()
        try:
            key = int((at + offset) // 60), given
            if (known := found.get(key)) is None:
                found[key] = [value], at
            else:
                known[0].append(value)
        except TypeError as error:  # a label that has no hash
            _not_counted(given, error)
    return found


def _count(given: Given, values: Sequence[Any], at: float) -> None:
    figure, name = _names.get(given) or _named(given)
    finite = [value for value in values if type(value) is float and -math.inf < value < math.inf]
    if len(finite) < len(values):  # something that is no float, or no number
        finite = list(_finite(figure.name, values))
    if not finite:
        return
    slices.add(name, finite, at, figure.kind is not Kind.COUNT)
    for listener in _listeners:
        listener(figure, finite, at, *name[1:])


def _named(given: Given) -> tuple[Figure, Name]:
    """The figure, and the cell's name after its label was checked. Raises KeyError, TypeError, ValueError."""
    figure, label, *numbers = given
    known = FIGURES[figure]
    label = str(label)
    if label not in known.labels and (label or known.labels):
        label = _checked(known, label)
    site, model, rule, audience = (int(number or 0) for number in numbers)
    if len(_names) >= MOST_NAMES:
        _names.clear()
    _names[given] = found = known, (known.name, label, site, model, rule, audience)
    return found


def _finite(figure: str, values: Iterable[Any]) -> Iterator[float]:
    for value in values:
        try:
            number = float(value)
        except Exception as error:  # noqa: BLE001 - whatever was given
            _not_counted((figure,), error)
            continue
        if math.isfinite(number):
            yield number
        else:
            _tell(figure, "finite", "%s cannot be counted as %s", number, figure)


def _checked(figure: Figure, label: str) -> str:
    """A name is shortened and counted, as far as there is room; a word that is not the figure's is "other"."""
    if not figure.open_label:
        _tell(figure.name, label[:LONGEST_LABEL], "%r is no label of %s", label[:LONGEST_LABEL], figure.name)
        return OTHER
    label = label[:LONGEST_LABEL].replace("\0", "")
    known = _labels.setdefault(figure.name, set())
    if label not in known:
        if len(known) >= MOST_LABELS:
            return OTHER
        known.add(label)
    return label


def _not_counted(given: Given, error: Exception) -> None:
    _tell(str(given[0]), type(error).__name__, "%s was not counted: %s", given[0], error)


def _tell(figure: str, about: str, message: str, *values: object) -> None:
    if (figure, about) not in _told and len(_told) < 1000:
        _told.add((figure, about))
        log.warning(message, *values)
