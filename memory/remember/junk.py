"""What is not remembered, and why: the gate before everything that is kept. Pure functions.

Only what the contact says of himself counts. Instructions to the bot are not facts, whoever wraps them as such.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from memory.knowledge.sentences import split_sentences
from memory.knowledge.smalltalk import small_talk
from memory.remember.candidates import Candidate, Passed, Said
from memory.remember.masking import MASK, masked, secrets_in

SMALL_TALK = "small talk"
INSTRUCTION = "an instruction to the assistant"
NOT_SAID = "the assistant's own words"
OTHERS = "somebody else's data"
NOTHING = "it says nothing"
HOLDS = "a secret: {what}"
READ = 20_000  # characters of a message

_RULES = r"(?:instructions?|rules?|prompts?|guidelines?|restrictions?|policies|policy|safety|context|messages?)"
TO_THE_BOT = re.compile(
    rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.!?\n]{{0,40}}\b{_RULES}\b"
    r"|\b(?:remember|note|memori[sz]e|keep in mind|store)\b[^.!?\n]{0,30}\b(?:that\s+)?"
    r"you(?:'re|\s+are|\s+must|\s+should|\s+have\s+to"
    r"|\s+can|\s+may|\s+will|\s+need\s+to|\s+always|\s+never)\b"
    r"|\bfrom\s+now\s+on\b[^.!?\n]{0,20}\byou\b|\byou\s+(?:must|shall|have\s+to)\s+(?:always|never|now|only|obey)\b"
    r"|\byou\s+are\s+now\b|\b(?:act|behave|respond)\s+as\s+(?:if|an?|the|my)\b|\bpretend\s+(?:to\s+be|that|you)\b"
    r"|\b(?:system|developer)\s+(?:prompt|message|instructions?|override)\b|^\s*(?:system|assistant|developer)\s*:"
    r"|\b(?:reveal|print|repeat|show|output|leak)\b[^.!?\n]{0,30}\b(?:your|the)\s+(?:\w+\s+)?(?:prompt|instructions|memor(?:y|ies))\b"
    r"|\b(?:jailbreak|DAN\s+mode|developer\s+mode|god\s+mode|prompt\s+injection)\b"
    r"|\b(?:user|customer|contact|I)(?:'m|\s+am|\s+is)\s+(?:an?\s+|the\s+)?(?:admin(?:istrator)?|superuser|root|your\s+(?:developer|creator|owner))\b"
    r"|\b(?:entitled\s+to|authori[sz]ed\s+(?:for|to)|approved\s+for|must\s+be\s+given|always\s+gets?)\b[^.!?\n]{0,40}"
    r"\b(?:discounts?|refunds?|free|credits?|access|vouchers?)\b"
    r"|<\s*/?\s*(?:system|instructions?|memory|memories|tool)\b|\[/?INST\]|<\|"
    # German, French, Spanish
    r"|\b(?:ignorier\w*|vergiss)\b[^.!?\n]{0,40}\b(?:anweisung\w*|regeln|vorgaben|prompt)\b|\b(?:merk\w*\s+dir|denk\s+daran)\b[^.!?\n]{0,20}\bdass\s+du\b"
    r"|\bab\s+(?:jetzt|sofort)\b[^.!?\n]{0,20}\b(?:du|musst)\b|\bdu\s+bist\s+(?:jetzt|ab)\b"
    r"|\b(?:ignore[zr]?|oublie[zr]?)\b[^.!?\n]{0,40}\b(?:instructions|règles|consignes)\b|\bsouviens-toi\b[^.!?\n]{0,20}\bque\s+tu\b|\btu\s+dois\s+(?:toujours|désormais)\b"
    r"|\b(?:ignora|olvida)\w*\b[^.!?\n]{0,40}\b(?:instrucciones|reglas)\b|\brecuerda\b[^.!?\n]{0,20}\bque\s+(?:debes|tienes|eres)\b",
    re.IGNORECASE | re.MULTILINE,
)
_PRIVATE = (
    r"(?:(?:home|postal|e-?mail|phone|telephone|mobile|bank|order|account|card|credit\s+card|customer)\s+)*"
    r"(?:address|phone|telephone|number|e-?mail|salary|password|diagnosis|account|card|iban|orders?|birthday)"
)
OF_OTHERS = re.compile(
    rf"\b(?:(?:his|her|another\s+\w+'s|other\s+\w+'s?|(?:my|the|a)\s+(?:neighbou?r|friend|colleague|boss|ex|flatmate|customer|"
    rf"landlord|tenant|employee|patient|client)(?:'s)?)\s+(?:\w+'s\s+)?{_PRIVATE}\b"
    rf"|(?-i:(?!User|Customer)[A-ZÄÖÜ][a-zäöüß]+)'s\s+{_PRIVATE}\b"
    r"|(?:customer|user|contact)\s+(?-i:[A-Z][a-z]+\s+[A-Z][a-z]+)\b)",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]{2,}")


def usable(said: Said) -> tuple[Said | None, list[Passed]]:
    """The message without its secrets and its instructions, or None when nothing is left to read; and what was left
    out, with the reasons. Messages of the bot give (None, []).
    """
    if not said.by_contact:
        return None, []
    text = masked(said.text[:READ])
    if small_talk(text):
        return None, [Passed(text, SMALL_TALK, said.message)]
    passed = [Passed(text[:500], HOLDS.format(what=what), said.message) for what in _kinds(said.text[:READ])]
    kept: list[str] = []
    refused: list[str] = []
    for line in text.splitlines():
        for sentence in split_sentences(line):
            (refused if TO_THE_BOT.search(sentence) else kept).append(sentence)
    passed += [Passed(sentence[:500], INSTRUCTION, said.message) for sentence in refused[:3]]
    left = "\n".join(sentence for sentence in kept if MASK not in sentence) if refused or passed else text
    return (replace(said, text=left) if WORD.search(left) else None), passed


def hidden(said: Said) -> Said:
    """A message without its secrets; what the bot said may repeat some."""
    return replace(said, text=masked(said.text[:READ]))


def reason_against(candidate: Candidate) -> str:
    """Why this must not be remembered; empty when it may."""
    return next((reason for holds, reason in _reasons(candidate) if holds), "")


def _reasons(candidate: Candidate) -> Iterator[tuple[object, str]]:
    text = candidate.text
    yield not candidate.said.by_contact, NOT_SAID
    what = next(iter(_kinds(text)), "masked" if MASK in text else "")
    yield what, HOLDS.format(what=what)
    yield TO_THE_BOT.search(text) or TO_THE_BOT.search(candidate.subject), INSTRUCTION
    yield OF_OTHERS.search(text), OTHERS
    yield len(WORD.findall(text)) < 2 or text.rstrip().endswith("?"), NOTHING
    yield small_talk(text), SMALL_TALK


def passed(candidate: Candidate, reason: str) -> Passed:
    """A refused candidate as a row about it, without secrets."""
    return Passed(masked(candidate.text)[:500], reason[:100], candidate.said.message)


def _kinds(text: str) -> list[str]:
    return list(dict.fromkeys(secret.what for secret in secrets_in(text)))
