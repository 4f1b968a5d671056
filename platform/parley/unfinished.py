"""How half-written Markdown will probably look: what `parley.markdown` shows until the rest arrives.

Pure functions over text. They only have to be right nearly always: the finished text is parsed as it stands.
"""

import re

MARKS_ONLY = re.compile(r"[-=+*_#>`~|:\[! \t]+|\d{1,9}[.)]?")
OPEN_IMAGE = re.compile(r"!\[[^\]\n]*(?:\]\([^)\n]*)?\Z")
OPEN_LINK = re.compile(r"\[([^\[\]\n]*)(?:\]\([^)\n]*)?\Z")
PIPE = re.compile(r"(?<!\\)\|")
MARKUP = re.compile(r"\\.|(?P<code>`+)|(?P<run>\*+|_+|~~)", re.DOTALL)


def without_marker_line(text: str) -> str:
    """Hold back a last line of marks only: `-` may become a list, a rule or a heading, and would flicker."""
    before, newline, last = text.rpartition("\n")
    return before + newline if MARKS_ONLY.fullmatch(last.strip()) else text


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
    text = OPEN_LINK.sub(r"\1", OPEN_IMAGE.sub("", text))
    opened: list[str] = []
    position = 0
    while found := MARKUP.search(text, position):
        position = found.end()
        if ticks := found["code"]:
            end = _end_of_code(text, ticks, position)
            if end is None:
                return _closed(text[: found.start()] + _code(text[position:], ticks), opened)
            position = end
        elif run := found["run"]:
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
