"""Who does what to whom, and from where to where: "from A to B" against "from B to A"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parley.words import words_cache
from routing.cached.checks.subject import meant
from routing.cached.checks.words import EMPTY, KEPT, Words, set_of, stem, stems

TO = set_of("to into onto towards nach zu vers à hacia verso naar para")
FROM = frozenset(["from", "out", "von", "aus", "depuis", "desde", "dal", "da", "van", "vanaf"])
OTHER = set_of("with for in on at by of and or if before after when without than")
PEOPLE = stems(
    "user manager employee teacher student buyer seller customer friend admin administrator parent child "
    "guest host driver passenger owner tenant landlord sender recipient doctor patient agent member "
    "company bank shop store team colleague boss client partner borrower lender bot visitor supplier "
    "vendor contractor pupil kid"
)
PASSIVE = re.compile(
    r"(?<!\S)(?:be|been|being|is|are|was|were|get|gets|got) (?:\S+ )?\S+(?:ed|en|paid|sent|made|by)(?!\S)"
)
ACTIVE = re.compile(
    r"(?<!\S)(?:can|could|do|does|did|may|must|should|will|would|shall|might)(?: the| a| an| my| our| other| any)? "
    r"([\w'-]+) (?:have to |need to |want to |also |still |usually )?([\w'-]+)"
)
VERBS = set_of(
    "see pay get use do make buy sell send add ask be book bring call cancel change charge check choose "
    "come cook create delete do eat enable find fix fly give go have help hear install keep know leave "
    "let log look open order play put read receive remove reset return say set show sign speak start stop "
    "switch take talk tell transfer travel try turn update upgrade upload visit wait want work write "
    "apply request join learn move pick print save schedule translate convert exchange"
)
ME, YOU = frozenset(["i", "we"]), frozenset(["you"])


@dataclass(frozen=True)
class Way:
    """Stems of what is named as the beginning and as the end of a way."""

    begins: frozenset[str]
    ends: frozenset[str]


def refusal(asked: Words, stored: Sequence[Words]) -> str:
    """Turned round against the nearest stored question that has a direction, or with other roles than any."""
    wanted = way(asked)
    for one in stored:
        known = way(one)
        if wanted.begins & known.ends or wanted.ends & known.begins:
            return "the other direction"
        if known.begins & wanted.begins or known.ends & wanted.ends:
            break
    return _other_order(asked, stored) or _other_roles(asked, stored)


def _other_order(asked: Words, stored: Sequence[Words]) -> str:
    """What comes first: "charge it before use" against "use it before charging"."""
    earlier, later = order(asked)
    known = [order(one) for one in stored]
    turned = any(later & first or earlier & second for first, second in known)
    same = any(later & second or (earlier & first and not later & first) for first, second in known)
    return "the other order" if turned and not same else ""


@words_cache(maxsize=KEPT)
def order(words: Words) -> tuple[frozenset[str], frozenset[str]]:
    """Stems of what comes first and of what comes later, by "before" or "after"; both empty without them."""
    for word, first in (("before", True), ("after", False)):
        if word in words.each:
            place = words.each.index(word)
            left, right = (
                frozenset(stem(other) for other in part if other not in EMPTY)
                for part in (words.each[:place], words.each[place + 1 :])
            )
            return (left - right, right - left) if first else (right - left, left - right)
    return frozenset(), frozenset()


@words_cache(maxsize=KEPT)
def way(words: Words) -> Way:
    """What follows from and to. Without a from, the last thing named before "to" is where it begins."""
    begins: set[str] = set()
    ends: set[str] = set()
    part = last = ""
    for word, after in zip(words.each, (*words.each[1:], ""), strict=True):
        if word in FROM or (word in TO and after not in VERBS):
            if word in TO and not begins and last:
                begins.add(last)
            part = "from" if word in FROM else "to"
        elif word in OTHER:
            part = ""
        elif word not in EMPTY:
            last = stem(word)
            if part:
                (begins if part == "from" else ends).add(last)
    return (
        Way(frozenset(begins - ends), frozenset(ends - begins)) if ends or part else Way(frozenset(begins), frozenset())
    )


def _other_roles(asked: Words, stored: Sequence[Words]) -> str:
    if (found := subject(asked)) is None:
        return ""
    who, what = found
    known = [one for one in map(subject, stored) if one]
    another = stem(who) in PEOPLE and not any(meant(stem(who), [stem(other)]) for other, _ in known)
    if another and any(stem(who) in one.content for one in stored):
        return f"other roles: {who}"
    turned = ME if who in YOU else YOU if who in ME else frozenset()
    same_deed = [other for other, deed in known if stem(deed) == stem(what)]
    return f"other roles: {who} {what}" if same_deed and all(other in turned for other in same_deed) else ""


@words_cache(maxsize=KEPT)
def subject(words: Words) -> tuple[str, str] | None:
    """Who does it, and the verb, of an active English question."""
    match = ACTIVE.search(words.plain)
    if match is None or PASSIVE.search(words.plain) or match.group(2) in EMPTY:
        return None
    return match.group(1), match.group(2)
