"""Secrets in what people say: found, named, and masked. None of them is kept anywhere in memory. Pure functions.

Card numbers are checked by Luhn (ISO/IEC 7812-1), IBANs by their check digits (ISO 13616, modulo 97).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MASK = "•••"
DIGITS = re.compile(r"(?<![\w.])\d(?:[ \-–.]?\d){11,18}(?![\w])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
NAMED = re.compile(
    r"\b(?:pass ?(?:word|wort|code|phrase)|passwd|pwd|kennwort|mot de passe|contrase[ñn]a|pin(?: ?code)?|tan|cvv2?|cvc|"
    r"security code|one[- ]time code|2fa code|otp|api[ _-]?key|access[ _-]?key|secret(?:[ _-]?key)?|token|"
    r"private key|client[ _-]?secret|recovery code|seed phrase)\b"
    r"(?P<between>(?:\s+(?:for|to|of|für|de|del|pour)\s+(?:\w+\s+){0,3}?\w+)?"
    r"\s*(?:is|ist|lautet|est|es|was|=|:|→|->)+\s*[\"'“„«`]?|\s+(?=\S*\d))(?P<value>(?!(?:for|not|my|the|wrong|incorrect|invalid|too|required|needed|in|on|at|this|that|what|your|missing|expired|still|"
    r"never|always|nicht|falsch|pas|no)\b)[^\s,;\"'”“»`]{3,}(?:\s+\d+)*)",
    re.IGNORECASE,
)
KEYS = re.compile(
    r"\b(?:sk-[\w-]{16,}|sk_(?:live|test)_\w{10,}|pk_live_\w{10,}|rk_live_\w{10,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|"
    r"glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[\w-]{30,}|"
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|hf_\w{20,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
)
TOKEN = re.compile(r"(?<!\S)(?=\S*\d)(?=\S*[a-z])(?=\S*[A-Z])[\w+/=-]{28,}(?!\S)")
NATIONAL = re.compile(
    r"\b(?:\d{3}-\d{2}-\d{4}"  # US social security
    r"|(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"  # UK national insurance
    r"|[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}"  # FR sécurité sociale
    r"|\d{8}-?[A-HJ-NP-TV-Z]|[XYZ]-?\d{7}-?[A-Z])\b"  # ES DNI and NIE
)
NATIONAL_NAMED = re.compile(
    r"\b(?:passport|reisepass|pasaporte|passeport|social security|ssn|national id|id card|identity card|"
    r"personalausweis|ausweis|steuer-?id|tax id|dni|nie|nif|driver'?s? licen[cs]e|sozialversicherung\w*)"
    r"(?:\s*(?:number|no\.?|nr\.?|nummer|numéro|número))?\s*(?:is|ist|lautet|est|es|:|=|#)*\s*"
    r"(?P<value>(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{5,14})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Secret:
    """Where in a text a secret stands, and what it is."""

    start: int
    end: int
    what: str


def secrets_in(text: str) -> list[Secret]:
    """The secrets of a text, in no order; they may overlap."""
    return [Secret(*place, what) for what, find in FINDERS.items() for place in find(text)]


def masked(text: str) -> str:
    """The text with each secret replaced by a mark."""
    end, parts = 0, []
    for secret in sorted(secrets_in(text), key=lambda each: each.start):
        if secret.start >= end:
            parts += [text[end : secret.start], MASK]
        end = max(end, secret.end)
    return "".join([*parts, text[end:]])


def luhn(digits: str) -> bool:
    """Whether the digits' checksum is that of a payment card."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Whether these are the check digits of an IBAN."""
    bare = re.sub(r"[ -]", "", text).upper()
    if not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])) % 97 == 1


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for found in DIGITS.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if 12 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn(digits):
            yield found.span()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """The longest part of what looks like one whose check digits fit: words may follow it."""
    for found in IBAN.finditer(text):
        ends = range(found.end(), found.start() + 14, -1)
        fitting = (end for end in ends if text[end - 1].isalnum() and iban(text[found.start() : end]))
        if end := next(fitting, None):
            yield found.start(), end


def _matches(pattern: re.Pattern[str], group: str | int = 0) -> Callable[[str], Iterator[tuple[int, int]]]:
    return lambda text: (found.span(group) for found in pattern.finditer(text))


FINDERS: dict[str, Callable[[str], Iterator[tuple[int, int]]]] = {
    "a payment card": _cards,
    "a bank account": _ibans,
    "a key": _matches(KEYS),
    "a password": _matches(NAMED, "value"),
    "a national id": _matches(NATIONAL),
    "a number of an identity document": _matches(NATIONAL_NAMED, "value"),
    "something like a key": _matches(TOKEN),
}
