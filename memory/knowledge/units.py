"""What can be quoted of a passage: sentences, steps, list items and table rows, never a part of one. Pure
functions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from memory.knowledge.passages import plain
from memory.knowledge.sentences import split_sentences


class Kind(StrEnum):
    """What a block's units are."""

    SENTENCES = "sentences"
    STEPS = "steps"
    ITEMS = "items"
    ROWS = "rows"
    CODE = "code"


@dataclass(frozen=True)
class Block:
    """One block of a passage. `units` are the Markdown of its sentences, items or rows, in order; `head` is
    what must stand before any of them: a table's head, or the sentence with a colon that introduces a list.
    """

    kind: Kind
    units: tuple[str, ...]
    head: str = ""
    words: tuple[str, ...] = field(default=(), compare=False)

    def quote(self, chosen: Sequence[int]) -> str:
        """The Markdown of these units, in their order, after the head."""
        units = [self.units[number] for number in sorted(chosen)]
        if self.kind is Kind.SENTENCES:
            return " ".join(units)
        body = "\n".join(units)
        if not self.head:
            return body
        return f"{self.head}\n{body}" if self.kind is Kind.ROWS else f"{self.head}\n\n{body}"


@lru_cache(maxsize=1024)
def blocks(markdown: str) -> tuple[Block, ...]:
    """The blocks of a passage, in order. Kept for later: the same passages are quoted again and again."""
    lines = markdown.split("\n")
    found: list[Block] = []
    for token in _parser().parse(markdown):
        if token.level or token.map is None:
            continue
        source = "\n".join(lines[token.map[0] : token.map[1]]).rstrip()
        if source:
            found.append(_block(token, source, found))
    return tuple(block for block in found if block.units)


def _block(token: Token, source: str, before: list[Block]) -> Block:
    match token.type:
        case "paragraph_open":
            return _made(Kind.SENTENCES, split_sentences(source))
        case "ordered_list_open":
            return _made(Kind.STEPS, _items(source), _introduction(before))
        case "bullet_list_open":
            return _made(Kind.ITEMS, _items(source), _introduction(before))
        case "table_open":
            head, rule, *rows = source.split("\n")
            return _made(Kind.ROWS, rows, f"{head}\n{rule}")
        case _:
            return _made(Kind.CODE, [source])


def _made(kind: Kind, units: Sequence[str], head: str = "") -> Block:
    return Block(kind, tuple(units), head, tuple(plain(unit) for unit in units))


def _items(source: str) -> list[str]:
    return re.split(r"\n(?=(?:[-*+]|\d+[.)])[ \t])", source)


def _introduction(before: list[Block]) -> str:
    """The sentence with a colon just before a list, taken out of its paragraph: it says nothing without the
    list.
    """
    if not before or before[-1].kind is not Kind.SENTENCES or not before[-1].units[-1].endswith(":"):
        return ""
    last = before.pop()
    if last.units[1:]:
        before.append(_made(last.kind, last.units[:-1]))
    return last.units[-1]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")
