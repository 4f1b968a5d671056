"""A day of turns, drawn: one array entry for each turn."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from conversations.demo.cast import HARD, LARGE, ORDERS, OTHER_LARGE, OTHER_SMALL, PREMIUM, SIMPLE, SMALL, Cast
from conversations.demo.incidents import Incidents
from conversations.demo.rhythm import load, moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

CACHE, MODEL, RULE, ARTICLES, HANDOVER = range(5)  # places in figures.ANSWERED_BY
ANSWERED, FAILED, CANCELLED = range(3)  # in figures.STATES
PROVIDER, TIMEOUT, CONTEXT, INTERNAL, LOST = range(5)  # in figures.CAUSES
CONFIRMED, ASSUMED, UNSOLVED, ABANDONED, ESCALATED = range(1, 6)  # in the labels of "conversations"
NOBODY = -1
LENGTHS = np.array([0.36, 0.25, 0.16, 0.1, 0.06, 0.04, 0.03])  # turns of a conversation, from one


@dataclass
class Turns:
    """Places in the cast, in words' tuples, or −1; seconds; NaN for what was not done."""

    at: "Array"  # accepted, seconds since 1970
    talk: "Array"  # number of the conversation within the day
    place: "Array"  # of the turn within it, from 0
    last: "Array"  # whether it is the last one of it
    site: "Array"
    audience: "Array"
    rule: "Array"
    model: "Array"
    by: "Array"
    state: "Array"
    cause: "Array"
    exact: "Array"  # found by its words, of those answered from the cache
    steps: "dict[str, Array]"
    first_token: "Array"  # from the message on
    seconds: "Array"  # to the answer
    input_tokens: "Array"
    cached_tokens: "Array"
    output_tokens: "Array"
    cost: "Array"
    memories: "Array"  # recalled
    rating: "Array"  # 1, −1, or 0 for none
    outcome: "Array"  # of the conversation, at its last turn; else 0

    def __len__(self) -> int:
        return len(self.at)

    def chosen(self, which: "Array") -> "Turns":
        """Some of them."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        steps = {name: array[which] for name, array in values.pop("steps").items()}
        return Turns(**{name: array[which] for name, array in values.items()}, steps=steps)


def draw(cast: Cast, incidents: Incidents, day: int, count: int, random: np.random.Generator) -> Turns:
    """About `count` turns of the day that begins at `day`."""
    at, talk, place, last = _talks(random, day, count)
    talks = int(talk[-1]) + 1
    site = random.choice(3, talks, p=(0.55, 0.3, 0.15))[talk]
    audience = random.choice(3, talks, p=(0.58, 0.32, 0.1))[talk]
    turns = Turns(
        at, talk, place, last, site, audience,
        rule=_rules(random, audience), model=np.full(len(at), NOBODY), by=_answered_by(random, site, place),
        state=np.zeros(len(at), dtype=int), cause=np.full(len(at), NOBODY), exact=random.random(len(at)) < 0.35,
        steps={}, first_token=np.full(len(at), np.nan), seconds=np.full(len(at), np.nan),
        input_tokens=np.zeros(len(at), dtype=int), cached_tokens=np.zeros(len(at), dtype=int),
        output_tokens=np.zeros(len(at), dtype=int), cost=np.zeros(len(at)),
        memories=np.where(audience > 0, random.poisson(2.4, len(at)), random.poisson(0.2, len(at))),
        rating=np.zeros(len(at), dtype=int), outcome=np.zeros(len(at), dtype=int),
    )  # fmt: skip
    _choose_models(turns, incidents, random)
    _fail(turns, incidents, random)
    _time(turns, cast, incidents, random)
    _count_tokens(turns, cast, random)
    _judge(turns, random)
    return turns


def _talks(random: np.random.Generator, day: int, count: int) -> "tuple[Array, Array, Array, Array]":
    """Conversations begin in the day's rhythm; their next turns come within minutes. In order of conversation."""
    mean = float((LENGTHS * np.arange(1, len(LENGTHS) + 1)).sum())
    begins = moments(random, day, max(1, round(count / mean)))
    lengths = random.choice(np.arange(1, len(LENGTHS) + 1), len(begins), p=LENGTHS)
    talk = np.repeat(np.arange(len(begins)), lengths)
    first = np.r_[0, np.cumsum(lengths)[:-1]]
    place = np.arange(len(talk)) - first[talk]
    gaps = np.where(place == 0, 0.0, random.lognormal(3.9, 0.7, len(talk)))
    passed = np.cumsum(gaps)
    at = begins[talk] + passed - passed[first][talk]
    return at, talk, place, np.r_[np.diff(talk) > 0, True]


def _rules(random: np.random.Generator, audience: "Array") -> "Array":
    rules = random.choice((SIMPLE, HARD, ORDERS), len(audience), p=(0.62, 0.24, 0.14))
    return np.where((audience == 2) & (random.random(len(audience)) < 0.7), PREMIUM, rules)


def _answered_by(random: np.random.Generator, site: "Array", place: "Array") -> "Array":
    """First questions are asked by many, so the cache has them more often; a site has more of them than another."""
    hit = np.array((0.34, 0.24, 0.12))[site] * np.where(place == 0, 1.25, 0.8)
    drawn = random.random(len(site))
    rest = random.choice((MODEL, RULE, ARTICLES, HANDOVER), len(site), p=(0.93, 0.025, 0.035, 0.01))
    return np.where(drawn < hit, CACHE, rest)


def _choose_models(turns: Turns, incidents: Incidents, random: np.random.Generator) -> None:
    large = (turns.rule == HARD) | (turns.rule == PREMIUM)
    other = random.random(len(turns)) < 0.12
    chosen = np.where(large, np.where(other, OTHER_LARGE, LARGE), np.where(other, OTHER_SMALL, SMALL))
    # While the small model is out its turns go to the other provider's; of the slow one, some do.
    chosen = np.where(incidents.open(turns.at) & (chosen == SMALL), OTHER_SMALL, chosen)
    slow = incidents.slowness(turns.at) > 3
    chosen = np.where(slow & (chosen == LARGE) & (random.random(len(turns)) < 0.22), OTHER_LARGE, chosen)
    turns.model = np.where(turns.by == MODEL, chosen, NOBODY)


def _fail(turns: Turns, incidents: Incidents, random: np.random.Generator) -> None:
    count = len(turns)
    usual = random.random(count) < 0.0045
    turns.cause = np.where(usual, random.choice(5, count, p=(0.48, 0.26, 0.08, 0.1, 0.08)), NOBODY)
    asked = turns.model != NOBODY
    down = incidents.out(turns.at) & ~incidents.open(turns.at) & (turns.model == SMALL) & (random.random(count) < 0.62)
    late = (incidents.slowness(turns.at) > 3) & (turns.model == LARGE) & (random.random(count) < 0.06)
    probes = incidents.open(turns.at) & (turns.rule == SIMPLE) & asked & (random.random(count) < 0.04)
    turns.cause = np.where(asked & (down | probes), PROVIDER, np.where(asked & late, TIMEOUT, turns.cause))
    stopped = asked & (random.random(count) < 0.012)
    turns.state = np.where(turns.cause != NOBODY, FAILED, np.where(stopped, CANCELLED, ANSWERED))


def _time(turns: Turns, cast: Cast, incidents: Incidents, random: np.random.Generator) -> None:
    count, busy, asked = len(turns), load(turns.at), turns.model != NOBODY

    def around(median: float, spread: float, when: "Array | None" = None) -> "Array":
        drawn = random.lognormal(np.log(median), spread, count)
        return drawn if when is None else np.where(when, drawn, np.nan)

    looked = ~((turns.by == CACHE) & turns.exact)
    first = np.array([model.first_token for model in cast.models])[turns.model] * _slowness(turns, incidents)
    speed = np.array([model.speed for model in cast.models])[turns.model] / _slowness(turns, incidents) ** 0.6
    turns.output_tokens = np.where(asked, random.lognormal(4.9, 0.55, count), 0).astype(int)
    waits = (random.random(count) < np.clip(busy - 0.72, 0, 1) * 0.35) & asked
    turns.steps = {
        "queue": around(0.007, 0.5) * (1 + 3 * busy**4),
        "exact": around(0.0004, 0.4),
        "embed": around(0.009, 0.35, looked) * (1 + busy),
        "lookup": around(0.0019, 0.4, looked),
        "retrieve": around(0.006, 0.5, looked & (turns.by != CACHE)),
        "recall": around(0.016, 0.55, looked & (turns.by != CACHE)) * (1 + 0.8 * busy),
        "decide": around(0.0012, 0.4, looked & (turns.by != CACHE)),
        "assemble": around(0.002, 0.4, asked),
        "admit": np.where(waits, random.exponential(1.6, count), around(0.0012, 0.4, asked)),
        "begin": first * random.lognormal(0, 0.32, count),
        "stream": np.where(asked, turns.output_tokens / (speed * random.lognormal(0, 0.2, count)), np.nan),
        "finish": around(0.005, 0.4),
        "remember": around(0.003, 0.5, asked),
    }
    before = _sum(turns, "queue", "exact", "embed", "lookup", "retrieve", "recall", "decide", "assemble", "admit")
    turns.first_token = np.where(asked, before + turns.steps["begin"], before)
    turns.seconds = turns.first_token + np.nan_to_num(turns.steps["stream"]) + turns.steps["finish"]
    turns.steps["stream"] = turns.steps["begin"] + turns.steps["stream"]


def _slowness(turns: Turns, incidents: Incidents) -> "Array":
    """How many times slower a turn's model was."""
    return np.where(turns.model == LARGE, incidents.slowness(turns.at), 1.0)


def _sum(turns: Turns, *names: str) -> "Array":
    total = np.zeros(len(turns))
    for name in names:
        total = total + np.nan_to_num(turns.steps[name])
    return total


def _count_tokens(turns: Turns, cast: Cast, random: np.random.Generator) -> None:
    asked = turns.model != NOBODY
    count = len(turns)
    given = 640 + 190 * np.minimum(turns.place, 8) + 22 * turns.memories + random.lognormal(4.5, 0.7, count)
    turns.input_tokens = np.where(asked, given, 0).astype(int)
    share = np.where(turns.place > 0, 0.62, 0.35) * random.random(count) ** 0.4
    turns.cached_tokens = (turns.input_tokens * share).astype(int)
    prices = np.array([(model.input_price, model.cached_price, model.output_price) for model in cast.models])
    fresh, cached, output = (prices[turns.model, column] for column in range(3))
    dollars = (turns.input_tokens - turns.cached_tokens) * fresh + turns.cached_tokens * cached
    turns.cost = np.where(asked & (turns.state != FAILED), (dollars + turns.output_tokens * output) / 1e6, 0.0)


def _judge(turns: Turns, random: np.random.Generator) -> None:
    """Thumbs, and how each conversation went: slow and failed ones are left, and rated badly."""
    count, bad = len(turns), (turns.state == FAILED) | (np.nan_to_num(turns.seconds) > 9)
    drawn = random.random(count)
    up = drawn < np.where(bad, 0.005, 0.06)
    down = drawn > np.where(bad, 0.8, 0.985)
    turns.rating = np.where(up, 1, np.where(down, -1, 0))
    good = np.array((0.24, 0.5, 0.05, 0.16, 0.05))
    poor = np.array((0.04, 0.2, 0.2, 0.36, 0.2))
    outcomes = np.where(
        bad, random.choice(np.arange(1, 6), count, p=poor), random.choice(np.arange(1, 6), count, p=good)
    )
    outcomes = np.where(turns.by == HANDOVER, ESCALATED, outcomes)
    turns.outcome = np.where(turns.last, outcomes, 0)
