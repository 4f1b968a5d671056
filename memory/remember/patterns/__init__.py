"""A conservative extractor of our own: what people commonly say about themselves, without any model.

English well; of German, French and Spanish the commonest forms. Made for precision: what it is not sure of it leaves.
"""

import re
from collections.abc import Iterator

from memory.models import Kind
from memory.models.remembered import TEXT_LIMIT
from memory.remember.candidates import Candidate, Said
from memory.remember.patterns import english, french, german, spanish
from memory.remember.patterns.dates import Resolved, moment, resolve
from memory.remember.patterns.rules import Language, Rule, statements

LANGUAGES = (english.LANGUAGE, german.LANGUAGE, french.LANGUAGE, spanish.LANGUAGE)
READ, MOST = 4000, 12  # characters of a message, and memories of it: more is a pasted text


def extract(said: Said) -> list[Candidate]:
    """What a message of the contact states, each thing once. Nothing for messages of the bot."""
    if not said.by_contact:
        return []
    found = (each for language in LANGUAGES for each in _in_language(said, language))
    return list({(each.subject, each.text): each for each in found}.values())[:MOST]


def _in_language(said: Said, language: Language) -> Iterator[Candidate]:
    for sentence in statements(said.text[:READ], language):
        past = bool(language.past.search(sentence))
        dated = resolve(sentence, said.said_at, language.calendar, past=past)
        taken: list[range] = []
        for rule in language.rules:
            for match in rule.pattern.finditer(sentence if rule.yearly else dated.text):
                place = range(*match.span())
                if not any(max(place.start, other.start) < min(place.stop, other.stop) for other in taken):
                    candidate = _candidate(rule, match, dated, said, language)
                    if candidate is not None:
                        taken.append(place)
                        yield candidate


def _candidate(rule: Rule, match: re.Match[str], dated: Resolved, said: Said, language: Language) -> Candidate | None:
    groups = {name: " ".join((value or "").split()).strip(" .") for name, value in match.groupdict().items()}
    refused = rule.refuse is not None and any(value and rule.refuse.match(value) for value in groups.values())
    if refused or not rule.fits(match):
        return None
    first = last = None
    if rule.dated:
        groups["what"] = language.asides.split(groups["what"])[0].strip(" .,")
        span = dated.first_in(groups["what"])
        if span is None:
            return None
        groups["what"] = language.third_person(groups["what"])
        first, last = map(moment, span)
    text = rule.text.format(**groups)
    kind = rule.kind
    if kind is Kind.PLAN and last is not None and last <= said.said_at:
        kind = Kind.EVENT
    return Candidate(
        text=text[:TEXT_LIMIT],
        said=said,
        kind=kind,
        subject=rule.subject.format(**groups).lower()[:100],
        exclusive=rule.exclusive,
        importance=rule.importance,
        holds_from=first,
        holds_until=last if kind is Kind.PLAN else None,
    )
