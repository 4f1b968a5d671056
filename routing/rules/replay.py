"""Replay: past turns, decided once more by two lists of rules. What would change in shares and in cost?

    replayed = replay(before, after, past_turns(site_id), ready_now(), threshold)

What an answer would have cost is estimated: the tokens that the turn took, at the prices of the model that it would
get; where it took none, those that turns with a model took on average. So it leaves out that another model writes
longer or shorter answers, and reads less from the vendor's cache when messages are spread over models. Budgets of then
are not known: conditions that ask for them fail. Turns that a cached answer took are no rule's.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

from routing.budgets import Standing
from routing.classifier import Scored
from routing.decision import Decision, Way
from routing.models import AnsweredBy
from routing.question import Question
from routing.ready import Ready, RoutedModel
from routing.route import choose, settled
from routing.rules import tree
from routing.rules.past import Past, PastTurn
from routing.rules.rule import Match, Rule

ARTICLES = "the articles"
WITHOUT_MODEL = {Way.TEXT: "a text", Way.HANDOVER: "a person"}


@dataclass(frozen=True)
class Choice:
    """What a turn gets. `rule` None: no rule takes it. `cost`: dollars, None where a price was left out.

    `answers` is the model's name, or what answers without one.
    """

    rule: Rule | None
    answers: str
    cost: Decimal | None


@dataclass
class Sum:
    """Turns and dollars. `unpriced` turns are in no cost."""

    turns: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0

    def add(self, cost: Decimal | None) -> None:
        """One more turn."""
        self.turns += 1
        self.cost += cost or 0
        self.unpriced += cost is None


@dataclass
class Side:
    """All turns by one list of rules. `rules`: by their place in the list, None for no rule."""

    total: Sum = field(default_factory=Sum)
    rules: dict[int | None, Sum] = field(default_factory=dict)
    answers: dict[str, Sum] = field(default_factory=dict)

    def add(self, choice: Choice, place: int | None) -> None:
        """One more turn."""
        for each in (
            self.total,
            self.rules.setdefault(place, Sum()),
            self.answers.setdefault(choice.answers, Sum()),
        ):
            each.add(choice.cost)


@dataclass(frozen=True)
class Change:
    """A turn that would get another rule, or something else to answer it."""

    turn: PastTurn
    before: Choice
    after: Choice


@dataclass
class Replayed:
    """What came out for the turns that no cached answer took; `sampled` of `total` were looked at, `cached` included.

    `really`: dollars of these turns as they were stored. `together`: pairs of places in the list after, in how many
    turns both rules held though they do different things.
    """

    sampled: int
    total: int
    cached: int = 0
    really: Sum = field(default_factory=Sum)
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    changes: list[Change] = field(default_factory=list)
    together: Counter[tuple[int, int]] = field(default_factory=Counter)

    @property
    def scale(self) -> float:
        """Times so much for all turns of that time."""
        return self.total / self.sampled if self.sampled else 1.0


def replay(before: Sequence[Rule], after: Sequence[Rule], past: Past, ready: Ready, threshold: float) -> Replayed:
    """Decide every turn by both lists. `threshold` is the classifier's (`routing.classifier`)."""
    routed = [turn for turn in past.turns if turn.answered_by != AnsweredBy.CACHE]
    found = Replayed(len(past.turns), past.total, len(past.turns) - len(routed))
    prices = _Prices(routed, ready, threshold)
    for turn in routed:
        held = _holding([*before, *after], turn.question)
        found.really.add(turn.cost)
        first, then = (_first(rules, held, ready, turn.question) for rules in (before, after))
        old, new = (prices.choice(turn, place, rules) for place, rules in ((first, before), (then, after)))
        found.before.add(old, first)
        found.after.add(new, then)
        if (old.rule, old.answers) != (new.rule, new.answers):
            found.changes.append(Change(turn, old, new))
        holding = [place for place, rule in enumerate(after) if held[rule]]
        found.together.update(pair for pair in combinations(holding, 2) if _differ(after, pair))
    return found


def _differ(rules: Sequence[Rule], pair: tuple[int, int]) -> bool:
    return rules[pair[0]].action != rules[pair[1]].action


def _holding(rules: Sequence[Rule], question: Question) -> dict[Rule, bool]:
    """Of each rule, whether it holds; those in both lists are asked once."""
    held: dict[Rule, bool] = {}
    for rule in rules:
        if rule not in held:
            held[rule] = rule.of_site(question.site_id) and tree.ask(rule.condition, question).held
    return held


def _first(rules: Sequence[Rule], held: dict[Rule, bool], ready: Ready, question: Question) -> int | None:
    places = (place for place, rule in enumerate(rules) if held[rule] and rule.usable(ready, question.audience_id))
    return next(places, None)


class _Prices:
    """What each turn gets and what that costs."""

    def __init__(self, turns: Sequence[PastTurn], ready: Ready, threshold: float) -> None:
        self.ready, self.threshold = ready, threshold
        asked = [tokens for turn in turns if (tokens := _tokens(turn)) is not None]
        count = max(len(asked), 1)
        means = [round(sum(each[index] for each in asked) / count) for index in range(4)]
        self.usual = (means[0], means[1], means[2], means[3])

    def choice(self, turn: PastTurn, place: int | None, rules: Sequence[Rule]) -> Choice:
        """By the rule at this place of the list."""
        rule = None if place is None else rules[place]
        if rule is not None and rule.action.kind in WITHOUT_MODEL:
            return Choice(rule, WITHOUT_MODEL[rule.action.kind], Decimal(0))
        decision = self._decision(turn.question, rule)
        models = choose(decision, self.ready, turn.question.site_id, turn.question.audience_id)
        if not models:
            return Choice(rule, ARTICLES, Decimal(0))
        return Choice(rule, models[0].name, self._cost(turn, models[0], decision.max_output_tokens))

    def _decision(self, question: Question, rule: Rule | None) -> Decision:
        """As a turn of today gets it, but for the budget, which was another then."""
        match = Match(rule.id, rule.name, rule.action, ()) if rule else None
        scored = None if question.score is None else Scored(question.score, self.threshold, None)
        return settled(match, scored, self.ready.chosen(question.site_id), Standing())

    def _cost(self, turn: PastTurn, model: RoutedModel, most_output: int | None) -> Decimal | None:
        into, cached, output, written = _tokens(turn) or self.usual
        return model.cost(into, cached, min(output, most_output or output), written)


def _tokens(turn: PastTurn) -> tuple[int, int, int, int] | None:
    """Input, read from the vendor's cache, output, written to it."""
    if not turn.input_tokens:
        return None
    return turn.input_tokens, turn.cached_input_tokens or 0, turn.output_tokens or 0, turn.cache_write_tokens or 0
