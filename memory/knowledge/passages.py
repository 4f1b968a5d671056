"""Cut an article's Markdown into passages along its headings and paragraphs. Pure functions.

A passage is made of whole blocks (paragraphs, lists, tables, code) under one heading, of some 80 to 200
words. A list or a table is cut only when it alone is over WHOLE words: between its items or rows, a table's
head repeated.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from memory.knowledge.sentences import split_sentences

ENOUGH, MOST, WHOLE = 80, 200, 320  # words
HEADING_LIMIT = 500
SEPARATOR = " › "
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
MARKS = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|\|?[-:| \t]{3,}$)|[*_`|]+", re.MULTILINE)


@dataclass(frozen=True)
class Piece:
    """One passage: where it stands (title and headings) and its Markdown."""

    heading: str
    text: str

    @property
    def embedded(self) -> str:
        """What is embedded: heading and text as plain words."""
        return f"{self.heading.replace(SEPARATOR, '. ')}. {plain(self.text)}"


@dataclass(frozen=True)
class _Block:
    path: tuple[str, ...]
    text: str

    @property
    def words(self) -> int:
        return len(self.text.split())


def cut(title: str, body: str) -> list[Piece]:
    """The passages of an article, in order. An empty body has none."""
    groups: list[list[_Block]] = []
    for block in _blocks(body):
        for part in _parts(block):
            if groups and _fits(groups[-1], part):
                groups[-1].append(part)
            else:
                groups.append([*_introduction(groups, part), part])
    return [_piece(title, group) for group in groups if group]


def plain(markdown: str) -> str:
    """The words without the marks: links as their words, table cells and list items apart."""
    return re.sub(r"\s+", " ", MARKS.sub(" ", LINK.sub(r"\1", markdown))).strip()


def _fits(group: Sequence[_Block], part: _Block) -> bool:
    words = sum(block.words for block in group)
    if group[-1].path != part.path:
        return False
    return words < ENOUGH or words + part.words <= MOST or (_introduces(group[-1]) and len(group) == 1)


def _introduction(groups: list[list[_Block]], part: _Block) -> list[_Block]:
    """A last line that ends in a colon moves along with the list or table that it introduces."""
    if groups and groups[-1] and groups[-1][-1].path == part.path and _introduces(groups[-1][-1]):
        return [groups[-1].pop()]
    return []


def _introduces(block: _Block) -> bool:
    return block.text.endswith(":") and block.words < MOST


def _piece(title: str, group: Sequence[_Block]) -> Piece:
    heading = SEPARATOR.join([title, *group[0].path])
    return Piece(heading[:HEADING_LIMIT], "\n\n".join(block.text for block in group))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _blocks(body: str) -> Iterator[_Block]:
    """The top-level blocks that are no headings, each with the headings above it."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    path: list[tuple[int, str]] = []
    tokens = _parser().parse("\n".join(lines))
    for number, token in enumerate(tokens):
        if token.level or token.map is None or token.type == "hr":
            continue
        if token.type == "heading_open":
            level = int(token.tag[1:])
            path = [*(step for step in path if step[0] < level), (level, plain(tokens[number + 1].content))]
        else:
            yield _Block(tuple(name for _, name in path if name), _source(lines, token))


def _source(lines: Sequence[str], token: Token) -> str:
    assert token.map is not None
    return "\n".join(lines[token.map[0] : token.map[1]]).strip("\n").rstrip()


def _parts(block: _Block) -> Iterator[_Block]:
    """The block itself, or if it is too long its items, rows, sentences or lines, put together again up to
    MOST.
    """
    is_prose = _is_prose(block.text)
    if block.words <= (MOST if is_prose else WHOLE):
        yield block
        return
    head, units = _units(block.text, is_prose=is_prose)
    joint = " " if is_prose else "\n"
    part: list[str] = []
    for unit in units:
        if part and sum(len(one.split()) for one in [*part, unit]) > MOST:
            yield _Block(block.path, joint.join([*head, *part]))
            part = []
        part.append(unit)
    yield _Block(block.path, joint.join([*head, *part]))


def _is_prose(text: str) -> bool:
    return not re.match(r"[ \t]*(?:[-*+][ \t]|\d+[.)][ \t]|\||>|```|~~~|    )", text)


def _units(text: str, *, is_prose: bool) -> tuple[list[str], list[str]]:
    """(what every part repeats, what may be taken apart)."""
    if is_prose:
        return [], split_sentences(text)
    lines = text.split("\n")
    if lines[0].lstrip().startswith("|"):
        return lines[:2], lines[2:]
    return [], re.split(r"\n(?=(?:[-*+]|\d+[.)])[ \t])", text) if len(lines) > 1 else lines
