"""Not, never, without: a question and its contrary are near each other for every embedder.

Covered: English, German, French, Spanish, Italian, Dutch, Portuguese.
"""

import re
from collections.abc import Sequence

from parley.words import words_cache
from routing.cached.checks.words import KEPT, Words

ENGLISH = (
    r"not|never|no|none|nobody|nothing|nowhere|neither|nor|without|except|cannot|\w+n't|cant|dont|doesnt"
    r"|didnt|wont|isnt|arent|couldnt|unable|fail(?:s|ed|ing)?|refus(?:e|es|ed|ing)|stop(?:s|ped|ping)?"
    r"|prevent(?:s|ed|ing)?|avoid(?:s|ing)?|keep \S+(?: \S+){0,3} from|instead of|rather than|excluded?"
    r"|excluding"
)
OTHERS = {
    "de": r"nicht|nichts|nie|niemals|kein\w*|ohne|außer|weder|statt",
    "fr": r"ne|n'\w+|pas|jamais|sans|aucune?|rien|sauf|ni",
    "es": r"no|nunca|jamás|sin|ningun[oa]?|ningún|nada|excepto|tampoco|ni",
    "it": r"non|mai|senza|nessun[oa]?|niente|nulla|tranne|né",
    "nl": r"niet|nooit|geen|zonder|niets|behalve",
    "pt": r"não|nunca|jamais|sem|nenhuma?|nada|exceto|nem",
}
# What asks politely or whether it is so, and no more: "why not", "is it not possible to", "isn't there".
POLITE = re.compile(
    r"\bno matter\b|\bor not\b|\b(?:no|not) problem\b|\bif not\b|\bnot only\b|\bno\.? ?(?=\d)"
    r"|\bhave no idea\b|\b(?:i )?(?:don't|do not) know\b|\bcan't remember|\bcannot remember"
)
PATTERNS = {code: re.compile(rf"(?<!\S)(?:{words})(?!\S)") for code, words in (("en", ENGLISH), *OTHERS.items())}


WITHOUT = re.compile(
    r"(?<!\S)(?:without|except|excluding|excluded?|ohne|außer|sans|sauf|sin|senza|tranne|zonder|behalve|sem)(?!\S)"
)


def refusal(asked: Words, stored: Sequence[Words]) -> str:
    """Negated, and no stored question is in the same way; or the other way round."""
    wanted = marks(asked)
    if any(marks(one) == wanted for one in stored):
        return ""
    return "negated, and no stored question is" if any(wanted) else "every stored question is negated"


@words_cache(maxsize=KEPT)
def marks(words: Words) -> tuple[bool, bool]:
    """Whether it says no, and whether it says without. In languages that are not covered English is taken."""
    plain = POLITE.sub(" ", words.plain)
    without = bool(WITHOUT.search(plain))
    return bool(PATTERNS.get(words.language, PATTERNS["en"]).search(WITHOUT.sub(" ", plain))), without
