"""What it is about: a word that every stored question has, and another one in its place in the question asked."""

from collections.abc import Collection, Sequence

from routing.cached.checks.numbers import WORDS as NUMBERS
from routing.cached.checks.words import EMPTY, Words, stem

SYNONYMS = (
    "item product article goods thing",
    "return send ship",
    "order purchase",
    "delivery shipping shipment ship deliver",
    "parcel package order",
    "cancel cancellation",
    "booking reservation book reserve",
    "cost price charge fee pay rate",
    "plan subscription package",
    "money funds cash",
    "come bring take",
    "part include contain come",
    "machine device display screen",
    "new reset",
    "phone mobile cell smartphone",
    "invoice bill",
    "close delete remove cancel",
    "change switch modify update edit move",
    "move transfer send",
    "buy purchase get",
    "fix solve repair mend",
    "store shop",
    "reply answer response respond",
    "vacation holiday time",
    "flat apartment",
    "bag suitcase luggage baggage",
    "notification alert notify",
    "activate enable turn switch set",
    "share stock",
    "document file",
    "photo picture image",
    "pupil student",
    "child kid children",
    "person people user",
    "see view look visible",
    "invite add",
    "restart reboot",
    "limit maximum deadline time day long hour until",
    "fast quick soon",
    "convert change exchange",
    "sound volume loud",
    "raise increase turn",
    "private hide",
    "friend someone somebody",
    "ask request apply",
    "favourite favorite star",
    "extra additional second more",
    "smaller below under less",
    "fly flight travel",
    "work run function",
    "stop end pause",
    "login log sign",
    "help support assistance",
    "battery device",
    "payment repayment pay",
    "error problem fault issue",
    "breakfast meal",
    "account profile",
    "receipt invoice",
    "forgot forget remember",
    "lock block freeze",
    "internet connection online offline",
    "mail email",
    "credit card",
    "fee cost",
    "card bank",
    "car vehicle",
    "job work",
    "start begin",
    "talk speak chat",
    "hotel accommodation room",
)
GROUPS: dict[str, set[str]] = {}
for _line in SYNONYMS:
    for _word in _line.split():
        GROUPS.setdefault(stem(_word), set()).update(map(stem, _line.split()))
ARTICLES = frozenset(["a", "an", "the", "my", "your", "our", "any", "some", "of"])
SAME_AROUND, LONGEST_PLACE = 3, 3  # words
FEWEST = 3  # stored questions; of fewer a word that all have is chance


def refusal(asked: Words, stored: Sequence[Words]) -> str:
    """A new word stands for one that all stored questions have, or all but that one word is the same."""
    known = set().union(*(one.content for one in stored)) if stored else set()
    new = [word for word in asked.content if not meant(word, known)]
    if not new:
        return ""
    if len(stored) >= FEWEST:
        everywhere = set.intersection(*(set(one.content) for one in stored))
        if missing := [word for word in everywhere if not meant(word, set(asked.content))]:
            return f"{new[0]} instead of {min(missing)}"
    apart = (_one_word_apart(asked, one, new) or _one_place_apart(asked, one, known) for one in stored)
    return next(filter(None, apart), "")


def _one_place_apart(asked: Words, stored: Words, known: set[str]) -> str:
    """The same words in the same order, but for one place: "ask for vacation", "ask for sick leave"."""
    mine, theirs = _bare(asked), _bare(stored)
    first = next((n for n, pair in enumerate(zip(mine, theirs, strict=False)) if pair[0] != pair[1]), len(mine))
    last = 0
    while last < min(len(mine), len(theirs)) - first and mine[-1 - last] == theirs[-1 - last]:
        last += 1
    here, there = mine[first : len(mine) - last], theirs[first : len(theirs) - last]
    if first + last < SAME_AROUND or not (1 <= len(here) <= LONGEST_PLACE and 1 <= len(there) <= LONGEST_PLACE):
        return ""
    named = [stem(word) for word in here if word not in EMPTY]
    if named and any(word not in EMPTY for word in there) and not any(meant(word, known) for word in named):
        return f"{' '.join(here)} instead of {' '.join(there)}"
    return ""


def _bare(words: Words) -> list[str]:
    return [word for word in words.each if word not in ARTICLES]


def _one_word_apart(asked: Words, stored: Words, new: Sequence[str]) -> str:
    mine, theirs = set(asked.content), set(stored.content)
    gone = theirs - mine
    if mine - theirs == set(new) and len(new) == len(gone) == 1 and len(mine & theirs) >= 1:
        return f"{new[0]} instead of {min(gone)}"
    return ""


def meant(word: str, others: Collection[str]) -> bool:
    """Whether the word is among the others, itself or by a synonym. Numbers have a check of their own."""
    return (
        word in others
        or word in NUMBERS
        or any(map(str.isdigit, word))
        or bool(GROUPS.get(word, set()).intersection(others))
        or any(_akin(word, other) for other in others)
    )


def _akin(one: str, other: str) -> bool:
    return len(one) > 4 and len(other) > 4 and one[:5] == other[:5]
