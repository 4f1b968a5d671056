"""The statements beside this file, with what repeats for each word of a question written out."""

import re
from functools import cache
from pathlib import Path

MOST_WORDS = 16  # of a question, the longest first; a column each
FEW_WORDS = 8  # a statement of its own, as half of a short search is making ready the columns
WORD = re.compile(r"\w+")
SMALL = frozenset(
    re.findall(
        r"\w+",
        "a about am an and any are at be been but by can could did do does for from had has have he her him his how i "
        "if in is it its just me my no not of on or our she should so that the their them there they this to us was we "
        "were what when where which who why will with would you your",
    )
)  # which Postgres leaves out; a word that is missing here only makes the statement longer
NAMED = re.compile(r"%\((\w+)\)s")
EACH = re.compile(r"\[\[(.*?);;(.*?)\]\]", re.DOTALL)


COSINE = "CASE WHEN embedder = %(embedder)s THEN 1 - (embedding <=> %(vector)s::halfvec) END AS cosine"
ROUGHLY = "CASE WHEN embedder = %(embedder)s THEN cos(%(angle)s * (sketch <~> %(signs)s::varbit)) END AS roughly"
GIVEN = "(%(near)s::jsonb ->> id::text)::float8"
EXACT_IN = "1 - (embedding <=> %(vector{0})s::halfvec)"
ROUGH_IN = "cos(%(angle{0})s * (sketch <~> %(signs{0})s::varbit))"


def compared(cosine: str, spaces: int) -> str:
    """EXACT_IN or ROUGH_IN in several spaces, each row in its own, and all on one scale (memory.embedding.scale)."""
    when = f"WHEN %(embedder{{0}})s THEN least(%(slope{{0}})s * ({cosine}) + %(shift{{0}})s, 1)"
    each = " ".join(when.format(number) for number in range(spaces))
    return f"CASE embedder {each} END"


def columns(question: str) -> int:
    """For how many words of this question a statement needs columns: FEW_WORDS or MOST_WORDS."""
    return FEW_WORDS if len(set(WORD.findall(question.lower())) - SMALL) <= FEW_WORDS else MOST_WORDS


@cache
def statement(name: str, words: int = MOST_WORDS) -> str:
    """The SQL of one file; searches begin with the question's words."""
    text = _read(name)
    return _written_out(_read("words") + text, words) if name in {"memories", "messages"} else text


@cache
def memories_given(words: int = MOST_WORDS) -> str:
    """The search for memories whose cosines another store gave: JSON by id, in the parameter `near`."""
    return _with_cosines(statement("memories", words), GIVEN, GIVEN)


@cache
def in_spaces(name: str, words: int, spaces: int) -> str:
    """The search in as many spaces, for the time after the embedder was changed, or for one with another scale."""
    return _with_cosines(statement(name, words), compared(EXACT_IN, spaces), compared(ROUGH_IN, spaces))


def _with_cosines(text: str, exact: str, rough: str) -> str:
    """Only the search for memories has a rough one."""
    if COSINE not in text or ("roughly" in text and ROUGHLY not in text):
        raise LookupError("A search does not compute its cosines as they are written here.")
    return text.replace(COSINE, f"{exact} AS cosine").replace(ROUGHLY, f"{rough} AS roughly")


def _written_out(text: str, words: int) -> str:
    """`[[x#;;, ]]` becomes `x1, x2, …`; `[[#;;:]]`, with a colon, the number of columns."""

    def each(match: re.Match[str]) -> str:
        if match[2] == ":":
            return str(words)
        return match[2].join(match[1].replace("#", str(number)) for number in range(1, words + 1))

    return EACH.sub(each, text)


def _read(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


@cache
def numbered(text: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$1` for its first named parameter and so on, and their names in that order.

    psycopg would read statements of this length anew each time, which cost the caller more than the search.
    """
    names = tuple(dict.fromkeys(NAMED.findall(text)))
    return NAMED.sub(lambda match: f"${names.index(match[1]) + 1}", text), names
