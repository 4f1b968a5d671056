"""Numbers with their units, and codes. Digits are covered in every language, number words in English and six others."""

import re
from collections.abc import Sequence

from parley.words import words_cache
from routing.cached.checks.words import KEPT, Words

WORDS = {
    word: str(value)
    for value, names in {
        2: "two second twice zwei zweite deux deuxième dos segundo due twee tweede dois duas segunda",
        3: "three third drei dritte trois troisième tres tercero tre terzo drie três terceiro",
        4: "four fourth vier quatre cuatro quattro quatro",
        5: "five fifth fünf cinq cinco cinque vijf",
        6: "six sixth sechs seis sei zes",
        7: "seven seventh sieben sept siete sette zeven sete",
        8: "eight eighth acht huit ocho otto oito",
        9: "nine ninth neun neuf nueve nove negen",
        10: "ten tenth zehn dix diez dieci tien dez",
        11: "eleven elf onze once undici",
        12: "twelve zwölf douze doce dodici twaalf doze dozen",
        14: "fourteen fortnight vierzehn quatorze catorce",
        15: "fifteen fünfzehn quinze quince",
        20: "twenty zwanzig vingt veinte venti twintig vinte",
        30: "thirty dreißig trente treinta trenta dertig trinta",
        40: "forty vierzig quarante cuarenta quaranta veertig quarenta",
        50: "fifty fünfzig cinquante cincuenta cinquanta vijftig cinquenta",
        60: "sixty",
        90: "ninety",
        100: "hundred hundert cent cien cento honderd cem",
        1000: "thousand tausend mille mil duizend",
    }.items()
    for word in names.split()
}
UNITS = {
    "gigabyte": "gb", "gigabytes": "gb", "terabyte": "tb", "terabytes": "tb", "megabyte": "mb", "megabytes": "mb",
    "kilogram": "kg", "kilograms": "kg", "kilos": "kg", "kilo": "kg", "pound": "lb", "pounds": "lb", "lbs": "lb",
    "hours": "hour", "hrs": "hour", "hr": "hour", "h": "hour", "days": "day", "weeks": "week", "months": "month",
    "years": "year", "minutes": "minute", "mins": "minute", "min": "minute", "gb": "gb", "tb": "tb", "mb": "mb",
    "kg": "kg", "lb": "lb", "g": "g", "day": "day", "week": "week", "month": "month", "year": "year", "hour": "hour",
    "minute": "minute", "%": "%", "percent": "%", "dollars": "$", "dollar": "$", "euros": "€", "euro": "€", "eur": "€",
    "usd": "$", "km": "km", "miles": "mile", "mile": "mile", "tage": "day", "tagen": "day", "jours": "day",
    "días": "day", "giorni": "day", "dagen": "day", "dias": "day",
}  # fmt: skip
NUMBER = re.compile(r"([$€£]?)([-+]?\d[\d.,:/]*)(.*)")


def refusal(asked: Words, stored: Sequence[Words]) -> str:
    """Other numbers or codes than any stored question has, or none where all have one."""
    wanted = quantities(asked)
    known = [quantities(one) for one in stored]
    if any(_same(wanted, one) for one in known):
        return ""
    if not wanted:
        return "every stored question names a number"
    return f"other number: {', '.join(' '.join(filter(None, one)) for one in sorted(wanted))}"


@words_cache(maxsize=KEPT)
def quantities(words: Words) -> frozenset[tuple[str, str]]:
    """(number or code, unit) pairs; the unit is empty where none is written."""
    found = set()
    for place, word in enumerate(words.each):
        after = words.each[place + 1] if place + 1 < len(words.each) else ""
        if (number := WORDS.get(word)) is not None:
            found.add((number, UNITS.get(after, "")))
        elif match := NUMBER.fullmatch(word):
            sign, digits, rest = match.groups()
            unit = UNITS.get(rest, rest) or sign or UNITS.get(after, "")
            found.add((digits.rstrip(".,:/").replace(",", "").removeprefix("+"), unit))
        elif any(map(str.isdigit, word)):
            found.add((word, ""))
    return frozenset(found)


def _same(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    """The same numbers, with the same units where both name one."""
    if {number for number, _ in one} != {number for number, _ in other}:
        return False
    units = dict(other)
    return all(not unit or not units[number] or unit == units[number] for number, unit in one)
