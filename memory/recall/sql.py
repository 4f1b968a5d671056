"""The statements beside this file, with what repeats for each word of a question written out."""

import re
from functools import cache
from pathlib import Path

MOST_WORDS = 16  # of a question, the longest first; a column each, which costs little where there are fewer
NAMED = re.compile(r"%\((\w+)\)s")
EACH = re.compile(r"\[\[(.*?);;(.*?)\]\]", re.DOTALL)


COSINE = "CASE WHEN embedder = %(embedder)s THEN 1 - (embedding <=> %(vector)s::halfvec) END AS cosine"
GIVEN = "(%(near)s::jsonb ->> id::text)::float8 AS cosine"


@cache
def statement(name: str) -> str:
    """The SQL of one file; searches begin with the question's words."""
    text = _read(name)
    return _written_out(_read("words") + text) if name in {"memories", "messages"} else text


@cache
def memories_given() -> str:
    """The search for memories whose cosines another store gave: JSON by id, in the parameter `near`."""
    text = statement("memories")
    if COSINE not in text:
        raise LookupError(f"memories.sql does not compute {COSINE!r}.")
    return text.replace(COSINE, GIVEN)


def _written_out(text: str) -> str:
    """`[[x#;;, ]]` becomes `x1, x2, …`; `[[#;;:]]`, with a colon, the number of columns."""

    def each(match: re.Match[str]) -> str:
        if match[2] == ":":
            return str(MOST_WORDS)
        return match[2].join(match[1].replace("#", str(number)) for number in range(1, MOST_WORDS + 1))

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
