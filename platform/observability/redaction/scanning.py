"""Finding personal data and secrets in long texts, quickly.

RE2 passes over the text and says where anything could be; the exact finders, which are Python's and a hundred times
slower, look only there. Twenty thousand characters take about 0.3 ms when little is found, and nothing the second time.
Many short texts are passed over in one go: calling RE2 takes longer than looking through five hundred characters.
"""

import functools
import itertools
import re
import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import re2

from observability.redaction.finder import Finder, Sort, Span
from observability.redaction.personal import PERSONAL
from observability.redaction.secrets import SECRETS
from parley.words import forget_in_time, keeps_words

FINDERS = (*SECRETS, *PERSONAL)  # where two begin at the same place, the first names it
BEFORE, AFTER = 80, 300  # characters around a hint
SPACE = re.compile(r"\s")
MEMORY = 32 << 20  # bytes at most that RE2 may use for what it learns of a pattern
SHORTEST = 5  # characters that anything has
WORTH_REMEMBERING = 200  # characters
REMEMBERED = 2_000_000  # characters of texts whose findings are remembered


Hinted = tuple[list[Span], list[Span]]  # of finders of words, and of the others
NOTHING: Hinted = ([], [])


class Finding(NamedTuple):
    """A part of a text, and what it is: a sort's value, or the name of a pattern of the administrator's."""

    start: int
    end: int
    name: str
    words: str


@dataclass(frozen=True)
class Custom:
    """An administrator's pattern, compiled for bytes in UTF-8."""

    name: str
    search: Any


@dataclass(eq=False)
class Scanner:
    """What is looked for. Texts that come again (system prompts, earlier messages) are not scanned again."""

    off: frozenset[Sort] = frozenset()
    custom: Sequence[Custom] = ()
    _known: OrderedDict[str, tuple[Finding, ...]] = field(default_factory=OrderedDict)
    _size: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        keeps_words(self)

    def findings(self, text: str) -> tuple[Finding, ...]:
        """What is found, in order and without overlaps."""
        if (known := self._recalled(text)) is not None:
            return known
        found = tuple(_apart(self._all(text)))
        self._remember(text, found)
        return found

    def findings_in(self, texts: Sequence[str]) -> dict[int, tuple[Finding, ...]]:
        """The same for many texts: of those in which there is something, by their place."""
        found: dict[int, tuple[Finding, ...]] = {}
        new, long = list[int](), list[int]()
        for place, text in enumerate(texts):
            if (length := len(text)) < WORTH_REMEMBERING:
                if length >= SHORTEST:
                    new.append(place)
            elif (known := self._recalled(text)) is None:
                new.append(place)
                long.append(place)
            elif known:
                found[place] = known
        hints = _hinted([texts[place] for place in new], self.off)
        for number in range(len(new)) if self.custom else hints:
            place = new[number]
            if findings := tuple(_apart(self._all(texts[place], hints.get(number, NOTHING)))):
                found[place] = findings
        for place in long:
            self._remember(texts[place], found.get(place, ()))
        return found

    def forget(self, text: str) -> None:
        """Do not remember this text."""
        with self._lock:
            if self._known.pop(text, None) is not None:
                self._size -= len(text)

    def forget_words(self) -> None:
        """Remember no text any more (parley.words)."""
        with self._lock:
            self._known.clear()
            self._size = 0

    def _all(self, text: str, hinted: Hinted | None = None) -> Iterator[Finding]:
        data = text.encode(errors="replace")  # half a character (a lone surrogate) becomes a question mark
        for finder, span in _built_in(text, data, self.off, hinted):
            yield Finding(*span, finder.sort.value, finder.words)
        for pattern in self.custom:
            spans = (found.span() for found in pattern.search.finditer(data))
            for span in _in_characters(text, data, spans):
                yield Finding(*span, pattern.name, f"the pattern “{pattern.name}”")

    def _recalled(self, text: str) -> tuple[Finding, ...] | None:
        """What was found in it before; None when it is not known."""
        if len(text) < SHORTEST:
            return ()
        if len(text) < WORTH_REMEMBERING:
            return None
        with self._lock:
            if (known := self._known.get(text)) is not None:
                self._known.move_to_end(text)
        return known

    def _remember(self, text: str, found: tuple[Finding, ...]) -> None:
        if not WORTH_REMEMBERING <= len(text) <= REMEMBERED // 10:
            return
        with self._lock:
            self._size += 0 if text in self._known else len(text)
            self._known[text] = found
            forget_in_time()
            while self._size > REMEMBERED:
                self._size -= len(self._known.popitem(last=False)[0])


def _hinted(texts: Sequence[str], off: frozenset[Sort]) -> dict[int, Hinted | None]:
    """The hints in those texts that have any, by their place. A line's end parts two texts, so no hint can miss what
    one alone has; None where one goes across it, which it would not do in the text alone.
    """
    hints, data = _hints(off), "\n".join(texts).encode(errors="replace")
    lengths = [len(text) if text.isascii() else len(text.encode(errors="replace")) for text in texts]
    ends = list(itertools.accumulate(length + 1 for length in lengths))
    found = dict[int, Hinted]()
    across = set[int]()
    for number, pattern in enumerate((hints.words, hints.places)):
        for start, end in _spans(pattern, data):
            first = bisect_right(ends, start)
            if end >= ends[first]:
                across.update(range(first, bisect_left(ends, end) + 1))
            begin = ends[first] - lengths[first] - 1
            found.setdefault(first, ([], []))[number].append((start - begin, end - begin))
    return {**found, **dict.fromkeys(across)}


def _built_in(
    text: str, data: bytes, off: frozenset[Sort], hinted: Hinted | None = None
) -> Iterator[tuple[Finder, Span]]:
    """`hinted`: where RE2 saw anything, in bytes, if it was asked before."""
    hints = _hints(off)
    words, places = hinted or (_spans(hints.words, data), _spans(hints.places, data))
    for start, end in _in_characters(text, data, words):
        last = _word_end(text, end + AFTER)
        for finder in hints.of_words:
            if found := finder.word and finder.word.match(text, start, last):
                yield finder, found.span("value")
    for start, end in _windows(text, _in_characters(text, data, places)):
        for number in hints.which.Match(text[start:end].encode(errors="replace")) or ():
            finder = hints.of_places[number]
            for span in finder.find(text, start, end):
                yield finder, span


@dataclass(frozen=True)
class _Hints:
    """`words` and `places` match where any finder could; `which` says, of a piece, which of `of_places` could."""

    words: Any
    places: Any
    which: Any
    of_words: tuple[Finder, ...]
    of_places: tuple[Finder, ...]


@functools.lru_cache(maxsize=32)
def _hints(off: frozenset[Sort]) -> _Hints:
    of_words = tuple(each for each in FINDERS if each.word and each.sort not in off)
    of_places = tuple(each for each in FINDERS if not each.word and each.sort not in off)
    which = re2.Set.SearchSet()
    for finder in of_places:
        which.Add(finder.hint)
    which.Compile()
    return _Hints(_any(of_words), _any(of_places), which, of_words, of_places)


def _any(finders: Sequence[Finder]) -> Any:
    options = re2.Options()
    options.never_capture, options.max_mem, options.log_errors = True, MEMORY, False
    return re2.compile("|".join(f"(?:{each.hint})" for each in finders).encode(), options) if finders else None


def _spans(pattern: Any, data: bytes) -> Iterator[Span]:
    return (found.span() for found in pattern.finditer(data)) if pattern is not None else iter(())


def _in_characters(text: str, data: bytes, spans: Iterable[Span]) -> Iterator[Span]:
    """Places in the bytes as places in the text; they come in order."""
    if len(data) == len(text):
        yield from spans
        return
    at = characters = 0
    for start, end in spans:
        first = characters + len(data[at:start].decode(errors="replace"))
        last = first + len(data[start:end].decode(errors="replace"))
        at, characters = end, last
        yield first, last


def _windows(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The surroundings of places in order, those that touch made one."""
    window: Span | None = None
    for start, end in spans:
        first, last = max(0, start - BEFORE), _word_end(text, end + AFTER)
        if "-----BEGIN" in text[start:end]:
            last = len(text)
        if window and first <= window[1]:
            window = window[0], max(window[1], last)
            continue
        if window:
            yield window
        window = first, last
    if window:
        yield window


def _word_end(text: str, at: int) -> int:
    if at >= len(text):
        return len(text)
    found = SPACE.search(text, at)
    return found.start() if found else len(text)


def _apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """In order, those that overlap made one under the name of the first."""
    current: Finding | None = None
    for finding in sorted(findings, key=lambda each: each.start):
        if current and finding.start < current.end:
            current = current._replace(end=max(current.end, finding.end))
            continue
        if current:
            yield current
        current = finding
    if current:
        yield current
