"""The method of the savings report: plain arithmetic over sums of what was stored.

For each turn there is what it cost, and what it would have cost if the large model had been sent everything that was
said before. The difference belongs to what made it: a cached answer, the articles, a smaller model, a shorter history.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from parley.tokens import CHARACTERS
from routing.pricing import Prices, price

SANE = (2.0, 8.0)
FIXED_TOKENS = 700.0  # a system prompt with its passages, where no turn's real counts are known


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation's turns of one kind, summed: `kind` is "model", "cache" (rules' texts too) or "articles".

    Characters: `asked`, `answered`; `before_…` were said before the question, `left_out_…` the part of that which a
    model was not sent, `in_its_place` what it was sent instead (a summary, memories). Warm: a vendor would have had
    what was sent before in its cache. Tokens are the vendor's counts. `unpriced` turns are no part of `cost`.
    """

    conversation: object
    kind: str
    turns: int
    unpriced: int = 0
    cost: Decimal = Decimal(0)
    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    asked: int = 0
    before_cold: int = 0
    before_warm: int = 0
    left_out_cold: int = 0
    left_out_warm: int = 0
    in_its_place: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns with real counts tell: characters of a token, tokens of a system prompt with passages.

    `cached_share` is how much of that prompt vendors read from their cache. `turns` is from how many it is known.
    """

    characters_per_token: float = CHARACTERS
    fixed_tokens: float = FIXED_TOKENS
    cached_share: float = 0.0
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Dollars, of all conversations of the range; `error` is half of the 95 % interval of what was saved in all.

    `baseline` = `spent` + cache + routing + memory + articles.
    """

    turns: int
    baseline: float
    spent: float
    cache: float
    routing: float
    memory: float
    articles: float
    error: float
    unpriced: int
    calibration: Calibration

    @property
    def saved(self) -> float:
        """What was saved in all."""
        return self.baseline - self.spent


@dataclass(frozen=True, slots=True)
class _Saved:
    baseline: float
    spent: float
    cache: float = 0.0
    routing: float = 0.0
    memory: float = 0.0
    articles: float = 0.0


def calibrate(talks: Iterable[Talk]) -> Calibration:
    """From the turns that a model answered."""
    models = [talk for talk in talks if talk.kind == "model" and talk.output_tokens]
    turns = sum(talk.turns for talk in models)
    if not turns:
        return Calibration()
    ratio = sum(talk.answered for talk in models) / sum(talk.output_tokens for talk in models)
    ratio = min(max(ratio, SANE[0]), SANE[1])  # hidden reasoning, or stopped answers, are not the text's length
    sent = sum(talk.input_tokens for talk in models)
    words = sum(_sent(talk) for talk in models) / ratio
    cached = sum(talk.cached_input_tokens for talk in models)
    return Calibration(ratio, max((sent - words) / turns, 0.0), cached / sent if sent else 0.0, turns)


def _sent(talk: Talk) -> int:
    """Characters of the conversation that a model was sent."""
    before = talk.before_cold + talk.before_warm - talk.left_out_cold - talk.left_out_warm
    return talk.asked + max(before, 0) + talk.in_its_place


def report(talks: Sequence[Talk], large: Prices, sampled: int, conversations: int) -> Report:
    """Of so many conversations, of which these were sampled; some may have no turn here. `large` must be known."""
    factor = conversations / sampled if sampled else 1.0
    known = calibrate(talks)
    priced = [talk for talk in talks if not talk.unpriced]  # one that nobody can compare is left out, and counted
    saved = [(talk, _saved(talk, large, known)) for talk in priced]

    def summed(name: str) -> float:
        return factor * sum(float(getattr(each, name)) for _, each in saved)

    return Report(
        turns=round(factor * sum(talk.turns for talk in priced)),
        baseline=summed("baseline"),
        spent=summed("spent"),
        cache=summed("cache"),
        routing=summed("routing"),
        memory=summed("memory"),
        articles=summed("articles"),
        error=_error([(talk.conversation, each.baseline - each.spent) for talk, each in saved], sampled, factor),
        unpriced=round(factor * sum(talk.turns for talk in talks if talk.unpriced)),
        calibration=known,
    )


def _saved(talk: Talk, large: Prices, known: Calibration) -> _Saved:
    if talk.kind == "model":
        return _of_model(talk, large, known)
    ratio, spent = known.characters_per_token, float(talk.cost)
    fixed = talk.turns * known.fixed_tokens
    cached = fixed * known.cached_share + talk.before_warm / ratio
    whole = fixed + (talk.asked + talk.before_cold + talk.before_warm) / ratio
    baseline = _dollars(large, whole, cached, talk.answered / ratio)
    difference = baseline - spent
    return _Saved(baseline, spent, **{talk.kind: difference})


def _of_model(talk: Talk, large: Prices, known: Calibration) -> _Saved:
    """What was sent, at the large model's price, is the middle: below it is routing's part, above it memory's."""
    ratio, spent = known.characters_per_token, float(talk.cost)
    as_sent = _dollars(
        large, talk.input_tokens, talk.cached_input_tokens, talk.output_tokens, written=talk.cache_write_tokens
    )
    instead = talk.in_its_place / ratio
    whole = max(talk.input_tokens + (talk.left_out_cold + talk.left_out_warm) / ratio - instead, 0.0)
    cached = min(talk.cached_input_tokens + talk.left_out_warm / ratio, whole)
    baseline = _dollars(large, whole, cached, talk.output_tokens, written=talk.cache_write_tokens)
    return _Saved(baseline, spent, routing=as_sent - spent, memory=baseline - as_sent)


def _dollars(large: Prices, whole: float, cached: float, output: float, written: int = 0) -> float:
    found = price(large, round(whole), round(cached), round(output), written)
    if found is None:
        raise ValueError("The model to compare with has no price.")
    return float(found)


def _error(saved: Iterable[tuple[object, float]], sampled: int, factor: float) -> float:
    """Half of the 95 % interval of a sum over all conversations, from those of the sample. 0: all were read."""
    if factor <= 1 or sampled < 2:
        return 0.0
    sums: dict[object, float] = {}
    for conversation, each in saved:
        sums[conversation] = sums.get(conversation, 0.0) + each
    mean = sum(sums.values()) / sampled  # those without a turn here saved nothing
    variance = (sum(each**2 for each in sums.values()) - sampled * mean**2) / (sampled - 1)
    left = 1 - 1 / factor  # a sample without replacement knows its own part exactly
    return 1.96 * factor * sqrt(sampled * left * max(variance, 0.0))
