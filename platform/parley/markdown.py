"""Markdown to safe HTML, whole (`render`) or while it is being written (`MarkdownStream`).

CommonMark with tables, strikethrough and bare addresses as links; raw HTML stays visible text. Two fences, so that
one mistake harms nobody: the parser sees no HTML of the author's (`parley.blocks`), and the cleaner lets nothing
through that it does not know (`parley.safe_html`). Every top-level block is rendered and cleaned alone: `render(text)`
is the blocks of `text`, joined.
"""

import re

from parley.blocks import Block, reader
from parley.safe_html import safe
from parley.unfinished import mended, without_marker_line

BARE_RETURN = re.compile(r"\r\n|\r(?=[^\n])")
RULER = re.compile(r"[|:\- \t>]+\n")  # the line under a table's head makes a block of the line above


def render(text: str, *, images: bool = False) -> str:
    """Safe HTML of `text`. Without `images` a picture becomes a link to it: a picture that loads by itself
    tells its server that the reader is there, and lets an answer carry what it knows to any address. With
    `images`, pictures from https and from this site are shown: for texts of our own staff.
    """
    text = BARE_RETURN.sub("\n", text)
    return "".join(safe(block.html, images=images) for block in reader().knowing(text).blocks(text))


class MarkdownStream:
    """Markdown that arrives in pieces, as HTML blocks of which only the last still change.

    A block is finished when the first line of a later one is complete; only what follows the finished
    blocks is parsed again, so a piece costs time in proportion to the unfinished block. Until `finish`, an
    unclosed `**`, link, code or table is shown as it will probably look. After `finish`, the joined
    `blocks` equal `render` of the whole text, with one exception: a link by reference that was used in an
    earlier block than its definition stays as it was typed.
    """

    def __init__(self, *, images: bool = False) -> None:
        self.blocks: list[str] = []
        self._images = images
        self._reader = reader()
        self._finished = 0  # how many of `blocks` will not change again
        self._rest = ""  # the text from the first block that may still change
        self._complete = ""  # the parser's HTML of the complete lines in the rest: of one block, or none
        self._lines = 0  # how many they are
        self._shown: dict[str, str] = {}  # of the blocks that still change: the parser's HTML, and what became of it

    def feed(self, text: str) -> tuple[int, list[str]]:
        """Add `text`. Returns (k, blocks): replace the blocks from number k on by these."""
        self._rest += text
        if "\r" in self._rest:
            self._rest = BARE_RETURN.sub("\n", self._rest)
        new_lines = self._rest.count("\n") - self._lines
        settled = self._settle(new_lines) if new_lines else []
        return self._replace(settled, self._draft())

    def finish(self) -> tuple[int, list[str]]:
        """No more text comes, so what is unclosed was meant literally. Returns the same as `feed`."""
        blocks = self._reader.knowing(self._rest).blocks(self._rest)
        return self._replace([], [block.html for block in blocks])

    def _settle(self, new_lines: int) -> list[str]:
        """The HTML of the blocks that have become final; their text leaves the rest."""
        self._lines += new_lines
        lines = self._rest[: self._rest.rfind("\n") + 1]
        before, self._complete = self._complete, self._reader.html(lines)
        if new_lines == 1 and not self._begins_a_block(before, lines):
            return []
        *settled, last = self._reader.knowing(lines).blocks(lines) or [Block(0, "")]
        self._reader = self._reader.knowing("\n".join(lines.split("\n")[: last.line]))
        self._rest, self._complete = self._rest.split("\n", last.line)[-1], last.html
        self._lines -= last.line
        return [block.html for block in settled]

    def _begins_a_block(self, before: str, lines: str) -> bool:
        """Whether the last line does: then what was there before is left as it was. Cheaper than to look for blocks."""
        last = lines[lines.rfind("\n", 0, -1) + 1 :]
        return _follows(before, self._complete) or RULER.fullmatch(last) is not None

    def _draft(self) -> list[str]:
        """The HTML of the blocks that still change, as they will probably look: at most one has a complete line."""
        text = without_marker_line(self._rest)
        html = self._reader.html(text)
        if (better := mended(text, html)) != text:
            html = self._reader.html(better)
        if _follows(self._complete, html):
            return [self._complete, html[len(self._complete) :]]
        return [html] if html else []

    def _replace(self, settled: list[str], draft: list[str]) -> tuple[int, list[str]]:
        shown = {html: self._shown.get(html) or safe(html, images=self._images) for html in [*settled, *draft]}
        self._shown = {html: shown[html] for html in draft}
        first, new = self._finished, [shown[html] for html in [*settled, *draft]]
        self._finished += len(settled)
        old = self.blocks[first:]
        same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        self.blocks[first:] = new
        return first + same, new[same:]


def _follows(block: str, html: str) -> bool:
    """Whether `html` is that of the block and something after it: a block that went on would not be closed there."""
    return bool(block) and len(html) > len(block) and html.startswith(block)
