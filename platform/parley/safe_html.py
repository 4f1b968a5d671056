"""From the parser's HTML to ours, and the fence around it: nh3 lets nothing through that is not listed here."""

import re
from functools import cache

import nh3

from parley.addresses import linkified

TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
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
CELL = re.compile(r'<(t[dh]) style="text-align: (\w+)">')
PICTURE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"(?: title="[^"]*")? />')


def safe(html: str, *, images: bool) -> str:
    """HTML that nobody can abuse. Without `images` a picture becomes a link to it."""
    return _cleaner(images).clean(linkified(_in_our_form(html, images)))


def _in_our_form(html: str, images: bool) -> str:
    """No style attributes, which a strict content security policy refuses; `s`, since what is struck was not deleted.

    In what the parser writes, a `<` is always that of a tag.
    """
    if "<table" in html:
        html = CELL.sub(r'<\1 align="\2">', html).replace("<tbody>\n</tbody>", "")
    if "<img" in html:
        html = PICTURE.sub(_picture if images else _picture_as_link, html)
    return html.replace("<del>", "<s>").replace("</del>", "</s>")


def _picture(found: re.Match[str]) -> str:
    """The picture if it is from https or this site, else the words that stand for it."""
    return found[0] if OWN_OR_SECURE.match(found[1]) else found[2]


def _picture_as_link(found: re.Match[str]) -> str:
    return f'<a href="{found[1]}">{found[2] or found[1]}</a>'


@cache
def _cleaner(images: bool) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS | {"img"} if images else TAGS,
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
