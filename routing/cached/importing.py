"""Answers from a spreadsheet: read, each row's fault named, the good ones written on a second word. Blocking."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from people.models import Site
from routing.cached.accepting import add_questions
from routing.cached.changes import changed
from routing.cached.conflicts import Scope, conflicts, with_questions
from routing.cached.normalise import normalised
from routing.cached.reviewing import NotApproved, approve
from routing.cached.sheet import Cells, SheetError, read_rows
from routing.cached.sheet_values import day, language, sources
from routing.models import CachedAnswer, CachedQuestion

MOST_ANSWERS_EMBEDDED = 200  # in the request; for more, a worker computes the vectors
MOST_QUESTIONS = 200
LONGEST_ANSWER = 20_000
LONGEST_QUESTION = 1000


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row of the file, and how to mend it."""

    row: int
    text: str


@dataclass
class Good:
    """One answer to be written. Times are ISO 8601; `rows` are the file's."""

    rows: list[int]
    questions: list[str]
    answer: str
    site_id: int | None = None
    site: str = ""
    language: str = ""
    valid_from: str = ""
    valid_until: str = ""
    sources: list[dict[str, str]] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """For conflicts."""
        return Scope(self.site_id, self.language, frozenset(), _moment(self.valid_from), _moment(self.valid_until))


@dataclass
class Parsed:
    """What a file holds. `faults` are in the order of its rows; `notes` say what was assumed."""

    good: list[Good]
    faults: list[Fault]
    notes: list[str] = field(default_factory=list)

    def stored(self) -> dict[str, Any]:
        """As JSON, to be kept until somebody says yes."""
        return asdict(self)


def restored(kept: dict[str, Any]) -> Parsed:
    """What `stored` made."""
    faults = [Fault(**fault) for fault in kept["faults"]]
    return Parsed([Good(**good) for good in kept["good"]], faults, list(kept["notes"]))


def parse(name: str, content: bytes) -> Parsed:
    """Read a .csv or .xlsx file. Raises SheetError for a file that cannot be read at all."""
    read = read_rows(name, content)
    sites = {key.casefold(): site for site in Site.objects.all() for key in (site.key, site.name)}
    if not read.rows:
        raise SheetError("The file has a heading but no rows below it.")
    gathered, faults = _Gathered(), list[Fault]()
    for cells in read.rows:
        try:
            gathered.add(_good(cells, sites))
        except ValueError as error:
            faults += [Fault(cells.row, line) for line in str(error).split("\n")]
    good = _without_known(gathered.good, faults)
    return Parsed(good, sorted(faults, key=lambda fault: fault.row), read.notes)


def write(good: Sequence[Good], user: Any, *, approved: bool) -> tuple[int, list[Fault]]:
    """Store them: (how many, those that another answer got in the way of meanwhile).

    For many, the vectors are left to a worker: ask for `jobs.embed`.
    """
    refused: list[Fault] = []
    embed = sum(len(each.questions) for each in good) <= MOST_ANSWERS_EMBEDDED
    written = 0
    for each in good:
        try:
            _write(each, user, approved=approved, embed=embed)
            written += 1
        except NotApproved as error:
            refused.append(Fault(each.rows[0], str(error)))
    return written, refused


def _write(good: Good, user: Any, *, approved: bool, embed: bool) -> None:
    with transaction.atomic():
        if found := conflicts({normalised(text): text for text in good.questions}, good.scope):
            raise NotApproved(f"“{found[0].question}” is asked for by another answer too.", found)
        answer = CachedAnswer.objects.create(
            site_id=good.site_id,
            text=good.answer,
            sources=good.sources,
            language=good.language,
            valid_from=_moment(good.valid_from),
            valid_until=_moment(good.valid_until),
            origin=CachedAnswer.Origin.IMPORT,
        )
        add_questions(answer, good.questions, CachedQuestion.Origin.IMPORT, embed=embed)
        if approved:
            approve(answer, user)
    changed([answer.pk])


def _good(cells: Cells, sites: dict[str, Site]) -> Good:
    """Raises ValueError with a line for each fault."""
    faults = list(cells.faults)
    good = Good([cells.row], _questions(cells, faults), cells.text("answer"))
    if not good.answer:
        faults.append("The answer is empty.")
    elif len(good.answer) > LONGEST_ANSWER:
        faults.append(f"The answer has {len(good.answer):,} characters, at most {LONGEST_ANSWER:,} are possible.")
    if named := cells.text("site"):
        if site := sites.get(named.casefold()):
            good.site_id, good.site = site.pk, site.name
        else:
            known = ", ".join(sorted({site.key for site in sites.values()}))
            faults.append(f"There is no site “{named}”. Known: {known}. Leave it empty for all sites.")
    good.language = language(cells.text("language"), faults)
    good.valid_from = day("valid from", cells.value("valid from"), faults)
    good.valid_until = day("valid until", cells.value("valid until"), faults, end=True)
    if good.valid_from and good.valid_until and good.valid_from >= good.valid_until:
        faults.append("Valid until is not after valid from.")
    good.sources = sources(cells.text("sources"), faults)
    if faults:
        raise ValueError("\n".join(faults))
    return good


def _questions(cells: Cells, faults: list[str]) -> list[str]:
    lines = [line.strip() for text in cells.questions() for line in text.splitlines()]
    asked = {normalised(line): line for line in reversed(lines) if normalised(line)}
    if not asked:
        faults.append("There is no question: each answer needs at least one, with words in it.")
    if len(asked) > MOST_QUESTIONS:
        faults.append(f"There are {len(asked)} questions, at most {MOST_QUESTIONS} are possible for an answer.")
    long = [text for text in asked.values() if len(text) > LONGEST_QUESTION]
    faults += [f"The question “{text[:40]}…” is longer than {LONGEST_QUESTION:,} characters." for text in long]
    return list(asked.values())[::-1]


class _Gathered:
    """The good ones so far, found by their questions and by their answers."""

    def __init__(self) -> None:
        self.good: list[Good] = []
        self._asking: dict[str, list[Good]] = {}
        self._saying: dict[tuple[str, Scope], Good] = {}

    def add(self, new: Good) -> None:
        """With a known answer for the same people it is one more way to ask. Raises ValueError for one asked twice."""
        for question in new.questions:
            for old in self._asking.get(normalised(question), ()):
                if old.scope.overlaps(new.scope):
                    raise ValueError(f"“{question}” is in row {old.rows[0]} already.")
        kept = self._saying.setdefault((new.answer, new.scope), new)
        if kept is new:
            self.good.append(new)
        else:
            kept.questions += new.questions
            kept.rows += new.rows
        for question in new.questions:
            self._asking.setdefault(normalised(question), []).append(kept)


def _without_known(good: Sequence[Good], faults: list[Fault]) -> list[Good]:
    """Those whose questions no stored answer has; the others become faults."""
    stored = with_questions([normalised(text) for each in good for text in each.questions])
    kept = []
    for each in good:
        others = (other for text in each.questions for other in stored.get(normalised(text), ()))
        other = next((other for other in others if each.scope.overlaps(other.scope)), None)
        if other:
            told = (
                f"“{other.question}” is asked for by the stored answer “{other.answer[:60]}”, number {other.answer_id}."
            )
            faults.append(Fault(each.rows[0], told))
        else:
            kept.append(each)
    return kept


def _moment(iso: str) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None
