"""Redacting what is logged: each piece of personal data becomes a name that is the same throughout a conversation.

    redacted({"text": "Write to a@b.example"}, rules, conversation)  →  {"text": "Write to [e-mail ~3f9a01]"}

The name is drawn from the value with a key that only this installation has, for each conversation another: processes
need not agree on numbers, and nobody can tell whether two conversations are of the same person. `numbered` turns names
into numbers ([e-mail 1]) once the whole conversation is at hand.
"""

import functools
import logging
import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.conf import settings

from observability.redaction.copying import LONGEST, Copied, texts_of
from observability.redaction.rules import Rules
from observability.redaction.scanning import Finding

log = logging.getLogger(__name__)
UNREADABLE = "[unreadable]"
NAME = re.compile(r"\[([^\[\]~\n]{1,40}) ~([0-9a-f]{6})\]")
_BLANK = re.compile(r"[\s.\-–/()]")
Names = dict[str, dict[str, int]]


def redacted(data: Any, rules: Rules, conversation: UUID) -> Any:
    """The same, fit for JSON, without what the rules find: itself where there is nothing, else a copy. Whatever is no
    JSON becomes its text.
    """
    return all_redacted([(data, conversation)], rules)[0]


def all_redacted(given: Sequence[tuple[Any, UUID]], rules: Rules) -> list[Any]:
    """The same for many records, which are looked through at once; one in which nothing is found comes back as it is.
    What cannot be copied is an error's name instead.
    """
    copies: dict[int, Copied] = {}
    texts, whose = list[str](), list[int]()
    for number, (data, conversation) in enumerate(given):
        if (of_it := texts_of(data, rules)) is None:
            copies[number] = _copied(data, rules, conversation)
            of_it = copies[number].texts
        texts += of_it
        whose += [number] * len(of_it)
    found = _found_in(texts, rules)
    first = {number: place for place, number in reversed(list(enumerate(whose)))}
    for place, findings in found.items():
        number = whose[place]
        data, conversation = given[number]
        copy = copies.get(number) or copies.setdefault(number, _copied(data, rules, conversation))
        within, at = copy.places[place - first[number]]
        within[at] = _replaced(texts[place], findings, _key(conversation)) if findings else UNREADABLE
    for copy in copies.values():
        for (within, at), left in copy.cut:
            within[at] = f"{within[at][:-100]}… ({left + 100:,} characters more)"
    return [copies[number].top[0] if number in copies else data for number, (data, _) in enumerate(given)]


def _found_in(texts: Sequence[str], rules: Rules) -> dict[int, Sequence[Finding]]:
    """Findings by the texts' places; none for a text that cannot be looked through, and must not be shown."""
    try:
        return dict(rules.scanner.findings_in(texts))
    except Exception:  # a fault of ours: one text must not take the others with it
        log.exception("A text could not be looked through")
    found: dict[int, Sequence[Finding]] = {}
    for number, text in enumerate(texts):
        try:
            if findings := rules.scanner.findings(text):
                found[number] = findings
        except Exception:  # noqa: BLE001 - said above
            found[number] = ()
    return found


def _copied(data: Any, rules: Rules, conversation: UUID) -> Copied:
    def named(text: str) -> str:
        return redacted_text(text, rules, conversation)

    try:
        return Copied(data, rules, named)
    except Exception as error:  # noqa: BLE001 - whatever was given: what else was recorded must not be lost
        return Copied({"unreadable": f"{type(error).__name__} while it was copied"}, rules, named)


def redacted_text(text: str, rules: Rules, conversation: UUID) -> str:
    """One text, of LONGEST characters at most: what is beyond is left out."""
    found = rules.scanner.findings(text[:LONGEST])
    return _replaced(text[:LONGEST], found, _key(conversation)) if found else text[:LONGEST]


def numbered(text: str, names: Names) -> str:
    """The text with [e-mail ~3f9a01] as [e-mail 1]. `names` keeps the numbers and gets the new ones."""
    return NAME.sub(lambda found: _number(found[1], found[2], names), text) if " ~" in text else text


def _number(name: str, mark: str, names: Names) -> str:
    known = names.setdefault(name, {})
    return f"[{name} {known.setdefault(mark, len(known) + 1)}]"


@functools.lru_cache(maxsize=256)
def _key(conversation: UUID) -> bytes:
    return blake2b(conversation.bytes, key=settings.SECRET_KEY.encode()[:64], digest_size=32).digest()


def _replaced(text: str, found: Sequence[Finding], key: bytes) -> str:
    end, parts = 0, []
    for finding in found:
        parts += [text[end : finding.start], _name(text, finding, key)]
        end = finding.end
    return "".join([*parts, text[end:]])


def _name(text: str, finding: Finding, key: bytes) -> str:
    value = _BLANK.sub("", text[finding.start : finding.end]).casefold()
    mark = blake2b(value.encode(errors="replace"), key=key, digest_size=3).hexdigest()
    return f"[{finding.name} ~{mark}]"
