"""How half-written Markdown will probably look: what `parley.markdown` shows until the rest arrives.

Pure functions over text. They only have to be right nearly always: the finished text is parsed as it stands.
"""

import re

MARKS_ONLY = re.compile(r"[-=+*_#>`~|:\[! \t]+|\d{1,9}[.)]?")
OPEN_IMAGE = re.compile(r"!\[[^\]\n]*(?:\]\([^)\n]*)?\Z")
OPEN_LINK = re.compile(r"\[([^\[\]\n]*)(?:\]\([^)\n]*)?\Z")
LONGEST_LINK = 1000  # characters; thousands of openings would each be followed to the end
PIPE = re.compile(r"(?<!\\)\|")
OPENING = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|#{1,6}[ \t]+|\n|\|[^\n]*\||\|)")
CODE_LAST = re.compile(r"</code></pre>\n(?:</(?:li|ul|ol|blockquote)>\n)*\Z")
# It starts with a set of characters because Python then skips to one of them: three times as fast.
MARKUP = re.compile(r"[\\`*_~](?:(?<=\\).|(?<=`)`*|(?<=\*)\**|(?<=_)_*|(?<=~)~)", re.DOTALL)


def without_marker_line(text: str) -> str:
    """Hold back a last line of marks only: `-` may become a list, a rule or a heading, and would flicker."""
    before, newline, last = text.rpartition("\n")
    return before + newline if MARKS_ONLY.fullmatch(last.strip()) else text


def mended(text: str, html: str) -> str:
    """`text`, whose HTML is `html`, with what is open in its last paragraph, item, heading or cell closed, and the head
    of a table that has begun shown as one.
    """
    if text.endswith("\n\n") or CODE_LAST.search(html[-100:]):
        return text
    start = _last_words(text)
    words, better = text[start:], mend_inline(text[start:])
    if better != words.rstrip():
        text = text[:start] + better
    return mend_table(text) if html.endswith("</p>\n") else text


def _last_words(text: str) -> int:
    """Where the last paragraph, heading or table cell starts, behind the marks that make it one."""
    position = len(text.rstrip("\n"))
    while position > 0:
        start = text.rfind("\n", 0, position) + 1
        if found := OPENING.match(text, start):
            return found.end()
        position = start - 1
    return 0


def mend_table(paragraph: str) -> str:
    """Show a paragraph that ends with the head of a table as one before the line under it is there."""
    *before, header = paragraph.removesuffix("\n").split("\n")
    if not header.lstrip().startswith("|") or (before and before[-1].lstrip().startswith("|")):
        return paragraph
    columns = len(PIPE.findall(header.strip().removesuffix("|")))
    return "\n".join([*before, header, "|-" * columns + "|"])


def mend_inline(text: str) -> str:
    """Close what is open at the end of a paragraph: code, emphasis, strikethrough, a link (shown as its
    words).
    """
    if "[" in text:
        text = text[:-LONGEST_LINK] + OPEN_LINK.sub(r"\1", OPEN_IMAGE.sub("", text[-LONGEST_LINK:]))
    opened: list[str] = []
    position = 0
    while found := MARKUP.search(text, position):
        position, run = found.end(), found[0]
        if run[0] == "`":
            end = _end_of_code(text, run, position)
            if end is None:
                return _closed(text[: found.start()] + _code(text[position:], run), opened)
            position = end
        elif run[0] != "\\":
            left = _note(opened, run, text[: found.start()][-1:], text[position : position + 1])
            if position == len(text):
                text = text.removesuffix(left)  # it will open or close something
    return _closed(text, opened)


def _end_of_code(text: str, ticks: str, position: int) -> int | None:
    closing = re.compile(rf"(?<!`){ticks}(?!`)").search(text, position)
    return closing.end() if closing else None


def _code(content: str, ticks: str) -> str:
    content = content.rstrip("`").rstrip()
    return f"{ticks}{content}{ticks}" if content else ""


def _note(opened: list[str], run: str, before: str, after: str) -> str:
    """Take off the list of what is open whatever the run closes, or put it on. Returns the rest, which does
    neither.
    """
    if run[0] == "_" and before.isalnum() and after.isalnum():
        return run  # snake_case
    while run:
        if opened and opened[-1][0] == run[0] and len(opened[-1]) <= len(run) and before.strip():
            run = run[len(opened.pop()) :]
        elif after.strip() and not (before.isdigit() and after.isdigit()):
            opened.append(run[:2])
            run = run[2:]
        else:
            break
    return run


def _closed(text: str, opened: list[str]) -> str:
    return text.rstrip() + "".join(reversed(opened))
