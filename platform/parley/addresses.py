"""Bare addresses in HTML as links: https, http and e-mail. No guesses: "readme.md" is a file, not a host in Moldova."""

import re

TAG = re.compile(r"(<[^>]*>)")
CLOSED = ("<a ", "<code"), ("</a>", "</code>")  # nothing in here becomes a link
LETTER = r"""(?:[^\s<>"&|\[\]\u2018-\u201f\u3000-\u303f\uff01-\uff65]|&amp;)"""
ADDRESS = re.compile(
    rf"(?<![^\W_])https?://\w{LETTER}*|(?<![\w.+-])(?P<mail>[\w.+-]{{1,64}}@[\w-]+(?:\.[\w-]+)+)", re.IGNORECASE
)
AFTER = re.compile(r"(?:[?!.,:;*_~'\"]|&amp;)+\Z")  # marks that end a sentence rather than an address


def linkified(html: str) -> str:
    """`html`, which a Markdown parser wrote, with its bare addresses as links."""
    if "://" not in html and "@" not in html:
        return html
    parts, inside = TAG.split(html), 0
    for number, part in enumerate(parts):
        if part.startswith(CLOSED[0]):
            inside += 1
        elif part.startswith(CLOSED[1]):
            inside -= 1
        elif not inside and not part.startswith("<"):
            parts[number] = ADDRESS.sub(_link, part)
    return "".join(parts)


def _link(found: re.Match[str]) -> str:
    if found["mail"]:
        return f'<a href="mailto:{found[0]}">{found[0]}</a>'
    address = _trimmed(found[0])
    return f'<a href="{address}">{address}</a>{found[0][len(address) :]}'


def _trimmed(address: str) -> str:
    """Without the marks after it; a closing bracket belongs to an address that opened one."""
    while True:
        shorter = AFTER.sub("", address)
        if shorter.endswith(")") and shorter.count("(") < shorter.count(")"):
            shorter = shorter[:-1]
        if shorter == address:
            return address
        address = shorter
