"""The exact stage: two questions are the same when they differ in nothing but dress.

Case, punctuation, spaces, Unicode's compatible forms and polite filler go. Words that carry meaning stay, and so do
signs between and before digits ("3.5", "-5", "50%", "c++").
"""

import re
import unicodedata

from parley.words import words_cache

HELD = 64  # texts: a turn asks for the same one several times
MOST = 1000  # characters; CachedQuestion.normalised holds no more
APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u00b4`]")
SIGNS = re.compile(
    r"(?<=\d)[.,:/-](?=\d)|(?<![\w.])[-+](?=[\d.])|(?<=\d)\s?%|[$€£¥°]|(?<=\w)[+#]+(?![\w+#])|(?<=\w)'(?=\w)|&"
)
NOT_WORD = re.compile(r"[^\w\ue000]+")
KEPT = "\ue000"  # of the private use area: marks where a sign was kept
OPENING = (
    "hi", "hello", "hey", "hi there", "hello there", "good morning", "good afternoon", "good evening", "dear team",
    "please", "excuse me", "sorry", "quick question", "i have a question", "i was wondering", "just wondering",
    "hallo", "guten tag", "guten morgen", "bitte", "bonjour", "s'il vous plaît", "hola", "buenos días", "por favor",
    "ciao", "buongiorno", "per favore", "olá", "bom dia", "goedendag", "alsjeblieft",
)  # fmt: skip
CLOSING = (
    "please", "thanks", "thank you", "thanks a lot", "thank you very much", "many thanks", "thanks in advance",
    "thank you in advance", "thx", "pls", "plz", "cheers", "bitte", "danke", "vielen dank", "danke schön", "merci",
    "s'il vous plaît", "svp", "gracias", "por favor", "grazie", "per favore", "obrigado", "obrigada", "dank je",
    "bedankt",
)  # fmt: skip
FRAMES = (
    r"(?:could|can|would|will) you (?:please |kindly )?(?:tell me|explain|let me know)(?: please)?",
    r"(?:please |kindly )?(?:tell me|let me know)",
    r"(?:can|could|may) i (?:please )?ask",
    r"i (?:would|'d) like to (?:know|ask)",
    r"i want to know",
    r"do you (?:happen to )?know",
)
BEFORE = re.compile(rf"(?:{'|'.join(sorted(map(re.escape, OPENING), key=len, reverse=True))}) (?=\S)")
AFTER = re.compile(rf"(?<=\S) (?:{'|'.join(sorted(map(re.escape, CLOSING), key=len, reverse=True))})$")
ASKING = re.compile(rf"(?:{'|'.join(FRAMES)}) (?=(?:how|what|when|where|which|who|why|if|whether)\b)")


@words_cache(maxsize=HELD)
def normalised(text: str) -> str:
    """The question without its dress; empty when nothing of it is a word. At most 1000 characters."""
    plain = plain_words(text)
    before = None
    while plain != before:
        before = plain
        plain = AFTER.sub("", ASKING.sub("", BEFORE.sub("", plain, count=1) if BEFORE.match(plain) else plain, count=1))
    return plain[:MOST]


@words_cache(maxsize=HELD)
def plain_words(text: str) -> str:
    """Lower-case words with one space between them; nothing is left out but punctuation."""
    folded = APOSTROPHES.sub("'", unicodedata.normalize("NFKC", text[: 4 * MOST])).casefold()
    signs: list[str] = []

    def keep(match: re.Match[str]) -> str:
        signs.append(match.group())
        return KEPT

    bare = NOT_WORD.sub(" ", SIGNS.sub(keep, folded.replace(KEPT, " ")))
    rest = iter(signs)
    return " ".join(re.sub(KEPT, lambda _: next(rest).strip(), bare).split())
