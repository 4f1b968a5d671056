"""Markdown to safe HTML, whole (`render`) or while it is being written (`MarkdownStream`).

CommonMark with tables, strikethrough and bare addresses as links; raw HTML stays visible text. Two fences,
so that one mistake harms nobody: the parser passes no HTML of the author's, and nh3 lets nothing through
that is not listed here. Every top-level block is rendered and cleaned alone: `render(text)` is the blocks
of `text`, joined.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from parley.unfinished import mend_inline, mend_table, without_marker_line

TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p",
    "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}")
OWN_OR_SECURE = re.compile(r"https://|/(?!/)")
BARE_RETURN = re.compile(r"\r\n|\r(?=[^\n])")

Block = Sequence[Token]


def render(text: str, *, images: bool = False) -> str:
    """Safe HTML of `text`. Without `images` a picture becomes a link to it: a picture that loads by itself
    tells its server that the reader is there, and lets an answer carry what it knows to any address. With
    `images`, pictures from https and from this site are shown: for texts of our own staff.
    """
    parser, env = _parser(images), _env({})
    return "".join(_html(parser, block, env) for block in _blocks(parser.parse(text, env)))


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
        self._parser = _parser(images)
        self._finished = 0  # how many of `blocks` will not change again
        self._rest = ""  # the text from the first block that may still change
        self._references: dict[str, Any] = {}

    def feed(self, text: str) -> tuple[int, list[str]]:
        """Add `text`. Returns (k, blocks): replace the blocks from number k on by these."""
        self._rest = BARE_RETURN.sub("\n", self._rest + text)
        settled = self._settle() if "\n" in text else []
        return self._replace(settled, self._draft())

    def finish(self) -> tuple[int, list[str]]:
        """No more text comes, so what is unclosed was meant literally. Returns the same as `feed`."""
        blocks, env = self._parse(self._rest)
        return self._replace([], [_html(self._parser, block, env) for block in blocks])

    def _settle(self) -> list[str]:
        """The blocks that have become final, as HTML; their text leaves the rest."""
        blocks, env = self._parse(self._rest)
        complete_lines = self._rest.count("\n")
        starts = [start for block in blocks[1:] if (start := _start(block)) < complete_lines]
        if not starts:
            return []
        self._remember_references(env, before=starts[-1])
        self._rest = self._rest.split("\n", starts[-1])[-1]
        return [_html(self._parser, block, env) for block in blocks[: len(starts)]]

    def _draft(self) -> list[str]:
        """The blocks that still change, as they will probably look."""
        text = without_marker_line(self._rest)
        blocks, env = self._parse(text)
        if blocks and blocks[-1][0].type == "paragraph_open" and (mended := mend_table(text)) != text:
            blocks, env = self._parse(mended)
        if blocks and not text.endswith("\n\n"):
            self._mend(blocks[-1], env)
        return [_html(self._parser, block, env) for block in blocks]

    def _mend(self, block: Block, env: dict[str, Any]) -> None:
        last = next((token for token in reversed(block) if token.content), None)
        if last is not None and last.type == "inline":
            last.children = self._parser.parseInline(mend_inline(last.content), env)[0].children

    def _parse(self, text: str) -> tuple[list[Block], dict[str, Any]]:
        env = _env(self._references)
        return list(_blocks(self._parser.parse(text, env))), env

    def _remember_references(self, env: dict[str, Any], *, before: int) -> None:
        """Keep the definitions in the lines that leave the rest; later ones may be half typed."""
        for label, found in env["references"].items():
            if label not in self._references and found["map"][1] <= before:
                self._references[label] = found

    def _replace(self, settled: list[str], draft: list[str]) -> tuple[int, list[str]]:
        first, new = self._finished, settled + draft
        self._finished += len(settled)
        old = self.blocks[first:]
        same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        self.blocks[first:] = new
        return first + same, new[same:]


@cache
def _parser(images: bool) -> MarkdownIt:
    """One for each kind and process: parsing keeps its state elsewhere, so threads may share it."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable(["table", "strikethrough", "linkify"])
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False})  # "readme.md" is a file, not a host in Moldova
    parser.add_render_rule("image", _picture if images else _picture_as_link)
    return parser


def _env(references: dict[str, Any]) -> dict[str, Any]:
    return {"references": dict(references)}


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    """The tokens of each top-level block."""
    first = 0
    for position, token in enumerate(tokens):
        if token.level == 0 and token.nesting <= 0:
            yield tokens[first : position + 1]
            first = position + 1


def _start(block: Block) -> int:
    lines = block[0].map
    assert lines is not None  # every top-level block knows its lines
    return lines[0]


def _html(parser: MarkdownIt, block: Block, env: dict[str, Any]) -> str:
    for token in block:
        if "style" in token.attrs:  # a style attribute would be refused by a strict content security policy
            token.attrs["align"] = str(token.attrs.pop("style")).removeprefix("text-align:")
    return _cleaner().clean(str(parser.renderer.render(block, parser.options, env)))


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes=SCHEMES,
        link_rel="noopener nofollow ugc",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    if tag == "code" and attribute == "class":
        return value if LANGUAGE.fullmatch(value) else None
    if tag == "img" and attribute == "src":
        return value if OWN_OR_SECURE.match(value) else None
    return value


def _picture(renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    """The picture if it is from https or this site, else the words that stand for it."""
    if OWN_OR_SECURE.match(str(tokens[idx].attrs["src"])):
        return renderer.image(tokens, idx, options, env)
    return _words(renderer, tokens[idx], options, env)


def _picture_as_link(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    address = escapeHtml(str(tokens[idx].attrs["src"]))
    return f'<a href="{address}">{_words(renderer, tokens[idx], options, env) or address}</a>'


def _words(renderer: RendererHTML, token: Token, options: OptionsDict, env: EnvType) -> str:
    return escapeHtml(renderer.renderInlineAsText(token.children or [], options, env))
