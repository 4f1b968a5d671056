"""Questions that only make sense after the one before: "and how long does that take?"."""

import re

SHORT = 9  # words
CONNECTIVE = re.compile(
    r"(?:and|but|so|then|or|also|ok(?:ay)?|what about|how about|what if|in that case|why)\b", re.IGNORECASE
)
EXPLETIVE = re.compile(
    r"\b(?:is|are|was|will|would)(?:n't)? (?:there|it (?:possible|ok(?:ay)?|allowed|true|safe|free))\b"
)
POINTING = frozenset(["it", "its", "that", "this", "they", "them", "their", "those", "these", "there", "one", "same"])
NOTHING_NAMED = (
    "a an and any are as at be been by can could did do does doing for from get go had has have how i if in is let "
    "long many may me more much my need not of on or our please possible send should so take takes than the then to "
    "too until up us want was we well were what when where which who why will with would yes you your also but okay ok "
    "cost costs work works happen happens mean means exactly anyway still really about"
)
EMPTY = POINTING | frozenset(NOTHING_NAMED.split())


def with_context(question: str, previous: str | None) -> str:
    """The question to search for: with the visitor's previous message before it, if it leans on that one."""
    if previous and previous.strip() and leans_on_previous(question):
        return f"{previous.strip()} {question.strip()}"
    return question


def leans_on_previous(question: str) -> bool:
    """Whether a question is short and points back ("it", "that", "and …?") or names hardly anything by
    itself.
    """
    words = re.findall(r"[\w'-]+", EXPLETIVE.sub("is", question.lower()))
    if not words or len(words) > SHORT:
        return False
    naming = [word for word in words if word not in EMPTY]
    points = bool(CONNECTIVE.match(question.strip())) or any(word in POINTING for word in words)
    return not naming or (points and len(naming) <= 2)
