"""The board of questions: the most frequent ones, those without an answer, those whose answers were called bad.

It shows contacts' own words, so it needs the permission to read transcripts: nobody sees here what he could not read
there. Questions that are about one contact lead to no cached answer and no article.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from conversations.boards.asked import Asked
from conversations.boards.grouping import Question, find_answers
from conversations.boards.looking import looked
from conversations.boards.words import Said, said
from conversations.suggestions import PERSONAL
from observability.dashboards import Board, Column, Entry, Link, Listing, Part, Reader, Tile, Unit
from observability.dashboards.boards import parts
from observability.dashboards.units import Better
from routing.cached.standing_alone import is_personal

SHOWN = 30
CUT = 200  # characters of a question in a row
ANSWERS, ARTICLES = "routing.add_cachedanswer", "memory.add_article"
Rows = Sequence[Sequence[Entry]]
Reason = tuple[str, Callable[[Asked], bool]]
NO_ANSWER: tuple[Reason, ...] = (
    ("failed", lambda turn: turn.failed),
    ("not known", lambda turn: turn.unknown),
    ("no sources", lambda turn: turn.sourceless and not turn.unknown and not turn.mark.small_talk),
    ("asked again", lambda turn: turn.again),
)
BAD: tuple[Reason, ...] = (
    ("thumbs down", lambda turn: turn.disliked),
    ("reported", lambda turn: turn.reported),
    ("did not solve it", lambda turn: turn.unsolved),
)


@dataclass(frozen=True)
class Shown:
    """A question with its words. `turns`: those that it is shown for; `newest`: the first of them."""

    question: Question
    turns: Sequence[Asked]
    text: str
    newest: Said


def frequent(reader: Reader) -> Rows:
    """What several asked."""
    found = looked(reader).questions
    whole = sum(len(question.turns) for question in found)
    several = [each for each in found if len(each.turns) > 1 and not each.turns[0].mark.small_talk][:SHOWN]
    return [
        [
            *_what(shown),
            Entry(len(shown.turns) / whole),
            *_when(shown.turns),
            Entry(shown.question.cost),
            *_next(shown),
        ]
        for shown in _with_words([(each, each.turns) for each in several])
    ]


def without_answer(reader: Reader) -> Rows:
    """What was asked and not answered, the most often first."""
    return _troubled(reader, NO_ANSWER)


def badly_rated(reader: Reader) -> Rows:
    """What was answered, and not well as those who asked say."""
    return _troubled(reader, BAD)


def note(reader: Reader) -> str:
    """What was not looked at."""
    return looked(reader).note


def _troubled(reader: Reader, reasons: Sequence[Reason]) -> Rows:
    tests = [holds for _, holds in reasons]
    found = [
        (question, bad)
        for question in looked(reader).questions
        if (bad := [turn for turn in question.turns if any(holds(turn) for holds in tests)])
    ]
    worst = sorted(found, key=lambda each: (-len(each[1]), -each[1][0].at))[:SHOWN]
    return [
        [
            *_what(shown),
            Entry(len(shown.turns) / len(shown.question.turns)),
            Entry(_why(shown.turns, reasons)),
            *_when(shown.turns),
            Entry(shown.question.cost),
            *_next(shown),
        ]
        for shown in _with_words(worst)
    ]


def _with_words(chosen: Sequence[tuple[Question, Sequence[Asked]]]) -> list[Shown]:
    """Read now; a question that was erased meanwhile is left out."""
    newest = [turns[0].message for _, turns in chosen]
    typical = [question.typical.message for question, _ in chosen]
    words = said({*newest, *typical})
    shown = [
        Shown(question, turns, words[one].text.strip(), words[last])
        for (question, turns), one, last in zip(chosen, typical, newest, strict=True)
        if one in words and last in words
    ]
    find_answers({each.question: each.text for each in shown})
    return shown


def _why(turns: Sequence[Asked], reasons: Sequence[Reason]) -> str:
    counted = Counter(word for word, holds in reasons for turn in turns if holds(turn))
    return ", ".join(f"{count} {word}" for word, count in counted.most_common())


def _what(shown: Shown) -> list[Entry]:
    text = shown.text
    page = reverse("admin:conversations_conversation_change", args=[shown.newest.conversation])
    transcript = f"{page}#message-{shown.turns[0].message}"
    return [Entry(text if len(text) <= CUT else f"{text[: CUT - 1]}…", transcript), Entry(len(shown.turns))]


def _when(turns: Sequence[Asked]) -> list[Entry]:
    return [Entry(turns[0].at)]


def _next(shown: Shown) -> list[Entry]:
    """A cached answer and an article: those that there are, or forms with the question filled in."""
    question, text = shown.question, shown.text
    if question.cached:
        return [Entry("Open", reverse("admin:routing_cachedanswer_change", args=[question.cached])), Entry("")]
    if question.suggestion:
        return [
            Entry("Suggested", reverse("admin:routing_answersuggestion_change", args=[question.suggestion])),
            Entry(""),
        ]
    if is_personal(text) or PERSONAL.search(text):
        return [Entry("Personal"), Entry("")]
    site = {"site": question.site} if question.site else {}
    answer = urlencode({"questions_text": text[:1000], **site})
    article = urlencode({"title": text[:200], **site})
    return [
        Entry("Write", f"{reverse('admin:routing_cachedanswer_add')}?{answer}"),
        Entry("Write", f"{reverse('admin:memory_article_add')}?{article}"),
    ]


NEXT = (Column("Cached answer", permission=ANSWERS), Column("Article", permission=ARTICLES))
WITH_REASON = (
    Column("Question, with its newest transcript"),
    Column("Times", Unit.COUNT),
    Column("Of times asked", Unit.SHARE),
    Column("Why"),
    Column("Last asked", Unit.MOMENT),
    Column("Cost", Unit.DOLLARS),
    *NEXT,
)

BOARD = Board(
    "questions",
    "Questions",
    "What is asked most, what nobody could answer, and which answers were called bad.",
    order=35,
    permissions=("conversations.view_conversation",),
    links=(
        Link("Suggested answers", "admin:routing_answersuggestion_changelist", "routing.view_answersuggestion"),
        Link("Articles", "admin:memory_article_changelist", "memory.view_article"),
    ),
    tiles=(
        Tile("Messages", Part("messages")),
        parts.FAILED,
        Tile("Satisfied", parts.SATISFIED, Unit.SHARE, Better.MORE, "Thumbs up, of all ratings."),
        Tile("Problem reports", Part("reports")),
    ),
    charts=(
        Listing(
            slug="frequent",
            title="Frequent questions",
            about="In the same words but for their dress, or with the same cached or suggested answer.",
            columns=(
                Column("Question, with its newest transcript"),
                Column("Times", Unit.COUNT),
                Column("Of all questions", Unit.SHARE),
                Column("Last asked", Unit.MOMENT),
                Column("Cost", Unit.DOLLARS),
                *NEXT,
            ),
            rows=frequent,
            note=note,
            empty="Nothing was asked twice in this range.",
        ),
        Listing(
            slug="unanswered",
            title="Questions without an answer",
            about="The turn failed, the bot did not know, nothing was found to draw on, or it was asked again.",
            columns=WITH_REASON,
            rows=without_answer,
            note=note,
            empty="Every question of this range was answered.",
        ),
        Listing(
            slug="badly-rated",
            title="Questions whose answers were called bad",
            about="Thumbs down, a problem report, or the contact said that it did not solve it.",
            columns=WITH_REASON,
            rows=badly_rated,
            note=note,
            empty="Nobody complained in this range.",
        ),
    ),
)
