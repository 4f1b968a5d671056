"""An answer without a language model: the sentences, steps, items or rows of the articles that fit the
question best.

Nothing is reworded and nothing is cut inside a sentence; the words around the quotation say that it is one.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memory.embedding import local_embedder
from memory.knowledge.followup import EMPTY, with_context
from memory.knowledge.passages import SEPARATOR, plain
from memory.knowledge.search import PassageHit, fits
from memory.knowledge.smalltalk import NO_MODEL, small_talk
from memory.knowledge.units import Block, Kind, blocks

PASSAGES = 4  # looked into
WHOLE, WHOLE_TABLE = 70, 150  # words: a passage, or one with a table or after a meagre one, that is quoted whole
MEAGRE = 24  # words: a quotation that the next passage of the same article is added to
SENTENCES, ITEMS, STEPS = 4, 4, 12  # at most quoted of a longer passage
UNIT_WEIGHT = 0.5
SUPPORT_WEIGHT = 0.1
NEAR = 0.85  # of the best score: the rows and items that are quoted beside the best
FAR = 0.65  # of the best score: the least of a passage that is quoted after a meagre one
LEAD = f"Here is what our help articles say (quoted, because {NO_MODEL}):"
UNKNOWN = (
    f"I could not find an answer to that in our help articles. {NO_MODEL[0].upper()}{NO_MODEL[1:]} here, so I can only "
    "quote what they say. You can ask in other words, or talk to a person."
)
ASKS_FOR_NUMBER = re.compile(
    r"\bhow (?:long|much|many|often|soon|fast|late|big|heavy)\b|\bwhen\b|\bcosts?\b|\bprice\b", re.IGNORECASE
)
ASKS_FOR_STEPS = re.compile(r"\bhow (?:do|can|should|to)\b|\bwhat (?:do|should|can) i do\b|\bwhat now\b", re.IGNORECASE)
WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Source:
    """An article that was quoted."""

    title: str
    url: str


@dataclass(frozen=True)
class ExtractedAnswer:
    """What to reply. `knows` is False when nothing fitted: then a person should be offered."""

    text_markdown: str
    sources: tuple[Source, ...]
    knows: bool


@dataclass(frozen=True)
class _Block:
    """A block of a passage with a score for each of its units."""

    content: Block
    scores: tuple[float, ...]

    @property
    def best(self) -> float:
        return max(self.scores)


@dataclass(frozen=True)
class _Passage:
    hit: PassageHit
    blocks: tuple[_Block, ...]

    @property
    def score(self) -> float:
        return self.hit.score + UNIT_WEIGHT * max(block.best for block in self.blocks)


async def extractive_answer(
    question: str, hits: Sequence[PassageHit], *, previous: str | None = None
) -> ExtractedAnswer:
    """Answer from `hits`, as `search` returned them. `previous` is the visitor's message before, for
    questions that lean on it. Embeds the passages' sentences (some 100 ms at first, later they are
    remembered).
    """
    if reply := small_talk(question):
        return ExtractedAnswer(reply, (), knows=True)
    if not fits(hits):
        return ExtractedAnswer(UNKNOWN, (), knows=False)
    asked = with_context(question, previous)
    quotable = [hit for hit in hits if blocks(hit.text)]
    passages = await _scored(asked, quotable[:PASSAGES])
    best = max(passages, key=lambda passage: passage.score + SUPPORT_WEIGHT * _support(passage.hit, quotable))
    quoted = [LEAD, _quotation(asked, best)]
    if len(plain(quoted[1]).split()) < MEAGRE and (more := _companion(best.hit, quotable)):
        quoted.append(_quotation(asked, (await _scored(asked, [more]))[0], whole=WHOLE_TABLE))
    return ExtractedAnswer("\n\n".join(quoted), (Source(best.hit.title, best.hit.url),), knows=True)


def _support(hit: PassageHit, hits: Sequence[PassageHit]) -> float:
    """The score of the best other passage of its article: an article that fits in two places is the likelier one."""
    return max((other.score for other in hits if other is not hit and other.article_id == hit.article_id), default=0.0)


def _companion(hit: PassageHit, hits: Sequence[PassageHit]) -> PassageHit | None:
    """The next best passage of the same article, if it is not far behind."""
    others = (other for other in hits if other is not hit and other.article_id == hit.article_id)
    return next((other for other in others if other.score >= hit.score * FAR), None)


async def _scored(asked: str, hits: Sequence[PassageHit]) -> list[_Passage]:
    units = [(hit, block.kind, words) for hit in hits for block in blocks(hit.text) for words in block.words]
    vectors = await local_embedder().aembed([asked, *(_in_context(hit, words) for hit, _, words in units)])
    overlaps = _overlaps(asked, [words for _, _, words in units])
    bonuses = [_bonus(asked, kind, words, overlap) for (_, kind, words), overlap in zip(units, overlaps, strict=True)]
    scores = iter((vectors[1:] @ vectors[0] + 0.4 * np.array(overlaps) + np.array(bonuses)).tolist())
    return [
        _Passage(hit, tuple(_Block(block, tuple(next(scores) for _ in block.units)) for block in blocks(hit.text)))
        for hit in hits
    ]


def _bonus(asked: str, kind: Kind, words: str, overlap: float) -> float:
    """How well the form answers: a number for "how long?", steps for "how do I?"; a row says little to the
    embedder.
    """
    number = 0.05 if ASKS_FOR_NUMBER.search(asked) and re.search(r"\d", words) else 0.0
    steps = 0.1 if kind is Kind.STEPS and ASKS_FOR_STEPS.search(asked) else 0.0
    row = 0.1 if kind is Kind.ROWS and overlap else 0.0
    return number + steps + row


def _in_context(hit: PassageHit, unit: str) -> str:
    """A unit alone says too little ("4–6 days"): its heading says of what."""
    return f"{hit.heading.rpartition(SEPARATOR)[2]}. {unit}"


def _overlaps(asked: str, units: Sequence[str]) -> list[float]:
    """For each unit the share of the question's words that it holds; rare words weigh more: France over
    delivery.
    """
    wanted, present = _stems(asked), [_stems(unit) for unit in units]
    weights = {word: math.log1p(len(units) / (1 + sum(word in stems for stems in present))) for word in wanted}
    total = sum(weights.values()) or 1.0
    return [sum(weights[word] for word in wanted & stems) / total for stems in present]


def _stems(text: str) -> set[str]:
    """The words that name something, their commonest endings cut: enough to match a question with a
    sentence.
    """
    return {re.sub(r"(?:ies|es|s|ed|ing|y)$", "", word) for word in WORD.findall(text.lower()) if word not in EMPTY}


def _quotation(asked: str, passage: _Passage, *, whole: int = WHOLE) -> str:
    """The heading, and of the passage: the rows that the question names, or all if it is short, or its best block."""
    heading = f"**{passage.hit.heading.replace(SEPARATOR, ' – ')}**"
    return f"{heading}\n\n{_rows(asked, passage) or _all_if_short(passage, whole) or _best_block(passage)}"


def _rows(asked: str, passage: _Passage) -> str:
    tables = [block.content for block in passage.blocks if block.content.kind is Kind.ROWS]
    return next((table.quote(rows) for table in tables if (rows := _named(asked, table))), "")


def _named(asked: str, table: Block) -> list[int]:
    """The rows that hold words of the question which most rows do not."""
    wanted, rows = _stems(asked), [_stems(words) for words in table.words]
    held = {word: sum(word in row for row in rows) for word in wanted}
    telling = {word: 1 / count for word, count in held.items() if 0 < count <= len(rows) / 2}
    weights = [sum(telling.get(word, 0) for word in row) for row in rows]
    best = max(weights, default=0)
    return [number for number, weight in enumerate(weights) if best and weight >= best * NEAR]


def _all_if_short(passage: _Passage, whole: int) -> str:
    tables = any(block.content.kind is Kind.ROWS for block in passage.blocks)
    short = len(plain(passage.hit.text).split()) <= (WHOLE_TABLE if tables else whole)
    return passage.hit.text if short else ""


def _best_block(passage: _Passage) -> str:
    block = max(passage.blocks, key=lambda block: block.best)
    return block.content.quote(_units(block))


def _units(block: _Block) -> list[int]:
    """Which units are quoted: the best sentence among its neighbours, all steps and rows, the items near the best."""
    count, best = len(block.scores), block.scores.index(block.best)
    match block.content.kind:
        case Kind.SENTENCES:
            first = max(0, min(best - 1, count - SENTENCES))
            return list(range(first, min(count, first + SENTENCES)))
        case Kind.ITEMS:
            near = [number for number in range(count) if block.scores[number] >= block.best * NEAR]
            return sorted(near, key=lambda number: -block.scores[number])[:ITEMS]
        case _:
            return list(range(min(count, STEPS)))
