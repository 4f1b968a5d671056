"""Route: what is to be done with a message, and which models may answer it, best first."""

import dataclasses
from collections.abc import Mapping

from routing import budgets, classifier, rules
from routing.breaking.known import known
from routing.decision import Decision, Way
from routing.question import Question
from routing.ready import Ready, RoutedModel, ready
from routing.rules.actions import AnswerText, AskModels, HandOver

MOST_MODELS = 3
SMALL, LARGE = "small", "large"


async def decide(question: Question) -> Decision:
    """The first rule that holds, within the budget; else the classifier's choice. Fills `question`'s score.

    Raises OperationalError, PoolTimeout.
    """
    standing = await budgets.standing(question.site_id)
    question.budget_used = standing.used
    scored = await _scored(question)
    matched = await rules.first_rule(question)
    return settled(matched, scored, (await ready()).chosen(question.site_id), standing)


def settled(
    matched: rules.Match | None, scored: "classifier.Scored | None", chosen: int | None, standing: budgets.Standing
) -> Decision:
    """What follows from the rule that held, if any, the classifier, the site's own model and the budget."""
    made = _of_rule(matched) if matched else _by_itself(scored, chosen)
    if scored is not None:
        made = dataclasses.replace(
            made, score=round(scored.score, 4), threshold=round(scored.threshold, 4), classifier=scored.version
        )
    return _within_budget(made, standing)


async def _scored(question: Question) -> "classifier.Scored | None":
    if question.vector is None:
        return None
    await classifier.refresh()
    scored = classifier.scored(question.text, question.vector)
    question.score = scored.score
    return scored


def _of_rule(matched: rules.Match) -> Decision:
    base = Decision(rule_id=matched.rule_id, rule=matched.name, why=tuple(matched.why))
    match matched.action:
        case AskModels() as use:
            return dataclasses.replace(
                base,
                models=tuple(use.models),
                temperature=use.temperature,
                max_output_tokens=use.max_output_tokens,
                instructions=use.instructions,
            )
        case AnswerText(text=text):
            return dataclasses.replace(base, way=Way.TEXT, text=text)
        case HandOver(text=text):
            return dataclasses.replace(base, way=Way.HANDOVER, text=text)
    raise TypeError(f"Routing does not know what to do with {type(matched.action).__name__}.")


def _by_itself(scored: "classifier.Scored | None", chosen: int | None) -> Decision:
    """No rule held."""
    if chosen is not None:
        return Decision(why=("No rule held: the model that was chosen for the site.",))
    if scored is None:
        return Decision(why=("No rule held: the models in their order.",))
    hard = scored.score >= scored.threshold
    size, sign = (LARGE, "≥") if hard else (SMALL, "<")
    why = f"No rule held: {size} models first, score {scored.score:.2f} {sign} {scored.threshold:.2f}."
    return Decision(small_first=not hard, why=(why,))


def _within_budget(made: Decision, standing: budgets.Standing) -> Decision:
    if made.way is not Way.MODELS:
        return made
    if standing.stop_paid:
        return dataclasses.replace(made, free_only=True, why=(*made.why, "The budget is used up: no paid model."))
    if standing.prefer_small:
        why = (*made.why, "The budget is nearly used up: small models first.")
        return dataclasses.replace(made, small_first=True, why=why)
    return made


async def models_for(decision: Decision, site_id: int, audience_id: int) -> list[RoutedModel]:
    """The models that may take a turn for which this was decided, best first.

    At most MOST_MODELS whose breakers let a call through. Better ones whose breakers do not are among them, at most as
    many, but take the place of none that works. Empty when no provider is configured, none is open to this audience,
    or the budget allows none.
    """
    ordered = _in_order(decision, await ready(), site_id, audience_id)
    return [_as_decided(model, decision) for model in await _worth_trying(ordered)]


def choose(
    decision: Decision, found: Ready, site_id: int, audience_id: int, answers: Mapping[int, bool | float] | None = None
) -> list[RoutedModel]:
    """`models_for` of models that are known already. `answers` of their breakers, as of `breakers.allowed`, if they are
    known as well; what has none is closed.
    """
    ordered, kept = _in_order(decision, found, site_id, audience_id), _Kept()
    for model in ordered:
        kept.take(model, (answers or {}).get(model.id, True))
    return [_as_decided(model, decision) for model in kept.models]


async def _worth_trying(ordered: list[RoutedModel]) -> list[RoutedModel]:
    """Looks at the breakers of the first few, which admission needs next in any case; at more while some are open."""
    if len(ordered) <= MOST_MODELS:
        return ordered
    view, kept = known(), _Kept()
    for first in range(0, len(ordered), MOST_MODELS):
        few = ordered[first : first + MOST_MODELS]
        await view.refresh([model.id for model in few])
        for model in few:
            kept.take(model, view.answer(model.id))
        if kept.full:
            break
    return kept.models


class _Kept:
    """Models kept for a turn. Of those whose probe is due it tries one: to it, the others are open."""

    def __init__(self) -> None:
        self.models: list[RoutedModel] = []
        self._free, self._probing = 0, False

    @property
    def full(self) -> bool:
        """Whether a turn tries no more."""
        return self._free == MOST_MODELS

    def take(self, model: RoutedModel, answer: bool | float) -> None:
        """Keep the model if there is room for it; `answer` is its breaker's, as of `breakers.allowed`."""
        due = answer is not True and answer == 0.0
        free = answer is True or (due and not self._probing)
        self._probing = self._probing or due
        taken = self._free if free else len(self.models) - self._free
        if taken < MOST_MODELS and not self.full:
            self.models.append(model)
            self._free += free


def _in_order(decision: Decision, found: Ready, site_id: int, audience_id: int) -> list[RoutedModel]:
    """All that may answer. A rule whose models are all away leaves the choice to the rest."""
    open_ = [model for model in found.models if not model.audiences or audience_id in model.audiences]
    if decision.free_only:
        open_ = [model for model in open_ if model.free]
    named = [model for wanted in decision.models for model in open_ if model.id == wanted]
    chosen = found.chosen(site_id)
    if named:
        return sorted(named, key=lambda model: _size_order(model, decision))
    return sorted(open_, key=lambda model: (_size_order(model, decision), model.id != chosen))


def _size_order(model: RoutedModel, decision: Decision) -> int:
    """The wanted size first, then those without a size, then the other; all alike where none is wanted."""
    if decision.small_first is None:
        return 0
    wanted, other = (SMALL, LARGE) if decision.small_first else (LARGE, SMALL)
    return {wanted: 0, other: 2}.get(model.size, 1)


def _as_decided(model: RoutedModel, decision: Decision) -> RoutedModel:
    """With the rule's parameters in place of the model's own. More output than the model gives is not asked for."""
    changes: dict[str, object] = {}
    if decision.temperature is not None:
        changes["temperature"] = decision.temperature
    if decision.max_output_tokens is not None:
        changes["max_output_tokens"] = min(decision.max_output_tokens, model.max_output_tokens)
    return dataclasses.replace(model, **changes) if changes else model  # type: ignore[arg-type]
