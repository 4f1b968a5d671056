"""Markdown into its top-level blocks, each as the parser's HTML: not safe before `parley.safe_html` had it.

The parser is pulldown-cmark (by pyromark): native, some hundred times faster than one in Python, and linear on
hostile input. It would let raw HTML through, so what it could take for a tag is hidden from it: one of two marks of
punctuation that nobody types (an old Chinese hook, a Duployan full stop) stands for `<` until the parser is done.
The other stands for a single `~`, which is "about", not half a strikethrough.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyromark import Markdown, Options

OPTIONS = Options.ENABLE_TABLES | Options.ENABLE_STRIKETHROUGH
TAG_MARK, TILDE_MARK = "\U0001bc9f", "\U00016fe2"
ESCAPED = r"\\[\\<~]"
ADDRESS = r"\]\(<[^<>\n]*>|<(?:https?://|mailto:|tel:)[^\s<>]*>|<[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+>"
HIDDEN = re.compile(rf"{ESCAPED}|{ADDRESS}|(?P<tag><)(?=[a-z/!?])|(?<!~)(?P<tilde>~)(?!~)", re.IGNORECASE)
SHOWN = {
    TAG_MARK: "&lt;",
    TILDE_MARK: "~",
    "%F0%9B%B2%9F": "%3C",  # the marks in an address
    "%F0%96%BF%A2": "~",
}

References = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Block:
    """A top-level block: the number of its first line, and its HTML."""

    line: int
    html: str


class Reader:
    """Reads Markdown in which some links by reference are known already: label to (address, title)."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._parser = Markdown(options=OPTIONS, broken_link_callback=self._target if references else None)

    def html(self, text: str) -> str:
        """The HTML of all blocks."""
        return _shown(self._parser.html(_hidden(text)))

    def blocks(self, text: str) -> list[Block]:
        """The blocks, each read as if it stood alone: so they can be had one by one."""
        source = _hidden(text).encode()
        return [
            Block(source.count(b"\n", 0, start), _shown(self._parser.html(source[start:end].decode())))
            for start, end in self._spans(source)
        ]

    def knowing(self, text: str) -> "Reader":
        """A reader that knows the definitions in `text` as well; what was known before stays as it was."""
        if "]:" not in text:
            return self
        found = self._parser.reference_definitions(_hidden(text))
        new = {_label(label): (link["dest"], link["title"] or "") for label, link in found.items()}
        return Reader({**new, **self._references}) if new else self

    def _spans(self, source: bytes) -> Iterator[tuple[int, int]]:
        """Where each block starts (with its line) and ends, in bytes."""
        end = 0
        for _, span in self._parser.events_with_range(source.decode(), merge_text=True):
            if end <= span["start"] < span["end"]:  # an empty one is a cell that a table's last row lacks
                end = span["end"]
                yield source.rfind(b"\n", 0, span["start"]) + 1, end

    def _target(self, link: Any) -> tuple[str, str] | None:
        return self._references.get(_label(link["reference"]))


@cache
def reader() -> Reader:
    """The one that knows nothing yet. Threads may share readers: they never change."""
    return Reader({})


def _label(typed: str) -> str:
    return " ".join(typed.split()).casefold()


def _hidden(text: str) -> str:
    return HIDDEN.sub(_mark, text) if "<" in text or "~" in text else text


def _mark(found: re.Match[str]) -> str:
    if found["tag"]:
        return TAG_MARK
    return TILDE_MARK if found["tilde"] else found[0]


def _shown(html: str) -> str:
    if html.isascii() and "%F0" not in html:
        return html
    for mark, meant in SHOWN.items():
        html = html.replace(mark, meant)
    return html
