"""What kind of thing is asked for: a reason, a time, an amount, a person, or a way."""

from collections.abc import Sequence

from parley.words import words_cache
from routing.cached.checks.words import KEPT, Words, any_of

KINDS = {
    "a reason": any_of(
        "why, how come, for what reason, warum, wieso, weshalb, pourquoi, por qué, perché, waarom, por que"
    ),
    "a time": any_of(
        "what time, how long, how soon, how fast, how quickly, how quick, how many days, how many hours, how "
        "many weeks, how many months, how many years, what day, which day, until when, how late, how early, "
        "how much time, at what hour, deadline, time limit, response time, delivery time, delivery times, "
        "time, times, timetable, period, duration, wann, wie lange, quand, combien de temps, cuándo, cuánto "
        "tiempo, quando, wanneer, hoe lang"
    ),
    "an amount": any_of(
        "how much, cost, costs, price, prices, rent, fee, fees, charge, what would i pay, wie viel, combien, "
        "cuánto, quanto, hoeveel, rate, limit, amount, maximum, minimum, how many, number of, size, balance, "
        "storage"
    ),
    "a person": any_of("who, whom, whose, wer, qui, quién, chi, wie is, quem"),
}
WAY = any_of("how do, how can, how should, how to, how does, how would, where can, where do")


def refusal(asked: Words, stored: Sequence[Words]) -> str:
    """Another kind of answer than any stored question wants."""
    wanted = kinds(asked)
    known = set().union(*map(kinds, stored)) if stored else set()
    if wanted and not wanted & known:
        return f"asks for {min(wanted)}"
    if not wanted and asked.has(WAY) and all(map(kinds, stored)):
        return f"asks for a way, not for {min(known)}"
    return ""


@words_cache(maxsize=KEPT)
def kinds(words: Words) -> frozenset[str]:
    """What is asked for, as far as words tell; empty for a way, a place, or yes and no."""
    found = {kind for kind, pattern in KINDS.items() if words.has(pattern)}
    return frozenset(found | {"a time"} if "when" in words.each[:2] else found)
