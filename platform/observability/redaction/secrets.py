"""Secrets in what people say: payment cards, bank accounts, keys, passwords, national ids. Pure functions.

Card numbers are checked by Luhn (ISO/IEC 7812-1), IBANs by their check digits (ISO 13616, modulo 97).
"""

import re
from collections.abc import Iterator

from observability.redaction.finder import Finder, Sort, matches

DIGITS = re.compile(r"(?<![\w.])\d(?:[ \-–.]?\d){11,18}(?![\w])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
# Its value does not end in a full stop: that is the sentence's.
NAMED = re.compile(
    r"\b(?:pass ?(?:word|wort|code|phrase)|passwd|pwd|kennwort|mot de passe|contrase[ñn]a|pin(?: ?code)?|tan|cvv2?|cvc|"
    r"security code|one[- ]time code|2fa code|otp|api[ _-]?key|access[ _-]?key|secret(?:[ _-]?key)?|token|"
    r"private key|client[ _-]?secret|recovery code|seed phrase)\b"
    r"(?P<between>(?:\s+(?:for|to|of|für|de|del|pour)\s+(?:\w+\s+){0,3}?\w+)?"
    r"\s*(?:is|ist|lautet|est|es|was|=|:|→|->)+\s*[\"'“„«`]?|\s+(?=\S*\d))(?P<value>(?!(?:for|not|my|the|wrong|incorrect|invalid|too|required|needed|in|on|at|this|that|what|your|missing|expired|still|"
    r"never|always|nicht|falsch|pas|no)\b)[^\s,;\"'”“»`]{2,}[^\s,;\"'”“»`.](?:\s+\d+)*)",
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


def _cards(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in DIGITS.finditer(text, start, end):
        digits = re.sub(r"\D", "", found[0])
        if 12 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn(digits):
            yield found.span()


def _ibans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The longest part of what looks like one whose check digits fit: words may follow it."""
    for found in IBAN.finditer(text, start, end):
        ends = range(found.end(), found.start() + 14, -1)
        fitting = (last for last in ends if text[last - 1].isalnum() and iban(text[found.start() : last]))
        if last := next(fitting, None):
            yield found.start(), last


SECRETS = (
    Finder(Sort.CARD, "a payment card", _cards, r"\d(?:[ \-–.]?\d){11}"),
    Finder(Sort.BANK, "a bank account", _ibans, r"(?i:\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11})"),
    Finder(
        Sort.KEY,
        "a key",
        matches(KEYS),
        r"\b(?:sk-|[spr]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|A[KS]IA[0-9A-Z]|AIza|eyJ|hf_)"
        r"|-----BEGIN ",
    ),
    Finder(
        Sort.PASSWORD,
        "a password",
        matches(NAMED, "value"),
        r"(?i:\b(?:pass ?(?:word|wort|code|phrase)|passwd|pwd|kennwort|mot de passe|contrase[ñn]a|pin|tan|cvv|cvc|"
        r"security code|one[- ]time code|2fa code|otp|api[ _-]?key|access[ _-]?key|secret|token|private key|"
        r"client[ _-]?secret|recovery code|seed phrase))",
        word=NAMED,
    ),
    Finder(
        Sort.IDENTITY,
        "a national id",
        matches(NATIONAL),
        r"\d{3}-\d{2}-\d{4}|\d{2} ?\d{2} ?\d{2} ?[A-D]\b"
        r"|[12] ?\d{2} ?[01]\d ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}|\d{7}-?[A-Z]\b",
    ),
    Finder(
        Sort.IDENTITY,
        "a number of an identity document",
        matches(NATIONAL_NAMED, "value"),
        r"(?i:\b(?:passport|reisepass|pasaporte|passeport|social security|ssn|national id|id card|identity card|"
        r"personalausweis|ausweis|steuer-?id|tax id|dni|nie|nif|driver'?s? licen[cs]e|sozialversicherung))",
        word=NATIONAL_NAMED,
    ),
    Finder(Sort.KEY, "something like a key", matches(TOKEN), r"[A-Za-z0-9_+/=-]{28}"),
)
