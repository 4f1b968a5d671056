"""Try it: which rule would take a message, with the one on the page as it stands, and why."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from routing import breakers, budgets, classifier
from routing.admin.rules.asking import asked, complete
from routing.admin.rules.cached import cached_first
from routing.admin.rules.estimate import price_words, usual
from routing.admin.rules.unsaved import Standing, standing
from routing.admin.rules.words import ActionWords
from routing.breaking.script import Reply, State
from routing.decision import Decision, Way
from routing.question import Question
from routing.ready import Ready, ready_now
from routing.route import choose, settled
from routing.rules import Match, first_of, tree

VIEW = "routing.view_routingrule"


@never_cache
@require_POST
def view(request: HttpRequest) -> HttpResponse:
    """A fragment: the cached answer that comes before the rules, the rule, the figures, and every condition's outcome;
    or what is wrong with what was sent.
    """
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    try:
        context = tried(request, request.POST)
    except ValidationError as error:
        context = {"troubles": error.messages}
    return render(request, "admin/routing/routingrule/tried.html", context)


def tried(request: HttpRequest, sent: QueryDict) -> dict[str, Any]:
    """What the fragment shows. Raises ValidationError. Embeds the message; asks no model."""
    here = standing(sent)
    question = asked(request, sent)
    scored = complete(question)
    budget = budgets.of_site(budgets.standings_of(budgets.states_now()), question.site_id)
    question.budget_used = budget.used
    found = ready_now()
    match = first_of(here.rules, question, found)
    made = settled(match, scored, found.chosen(question.site_id), budget)
    decision = made if made.way is Way.MODELS else None
    return {
        "cached": cached_first(question),
        "verdict": _verdict(match, decision),
        "facts": _facts(question, scored, decision, found, budget),
        "notes": here.notes,
        "steps": steps(here, question, match, found),
    }


def _verdict(match: Match | None, decision: Decision | None) -> dict[str, Any]:
    if match is not None:
        return {"rule": True, "title": match.name, "does": ActionWords().of(match.action)}
    if decision is None or decision.small_first is None:
        return {"rule": False, "title": "Otherwise", "does": "The model that was chosen for the site answers."}
    size = "a small model" if decision.small_first else "a large model"
    return {"rule": False, "title": "Otherwise", "does": f"The classifier decides for {size}."}


def _facts(
    question: Question, scored: classifier.Scored, decision: Decision | None, found: Ready, budget: budgets.Standing
) -> list[tuple[str, str]]:
    sign = "≥" if scored.score >= scored.threshold else "<"
    facts = [
        ("Message", question.text if len(question.text) <= 200 else f"{question.text[:199]}…"),
        *_model_facts(question, decision, found),
        ("Classifier", f"{scored.score:.2f} {sign} {scored.threshold:.2f}: {'hard' if sign == '≥' else 'simple'}"),
        ("Language", question.language or "cannot be told"),
    ]
    if question.articles:
        facts.append(("Articles", ", ".join(f"{each.title} ({each.score:.2f})" for each in question.articles[:3])))
    if budget.used is not None:
        facts.append(("Budget used", f"{budget.used:.0%}"))
    return facts


def _model_facts(question: Question, decision: Decision | None, found: Ready) -> list[tuple[str, str]]:
    if decision is None:
        return [("Model", "none"), ("Price", "nothing")]
    replies = _replies(found)
    answers = {number: reply.state is State.CLOSED or reply.wait for number, reply in replies.items()}
    models = choose(decision, found, question.site_id, question.audience_id, answers)
    if not models:
        return [("Model", "none is ready: the articles answer"), ("Price", "nothing")]
    down = {model.id for model in models if answers.get(model.id, True) is not True}
    names = ", then ".join(f"{model.name} (down now)" if model.id in down else model.name for model in models)
    asked_first = next((model for model in models if model.id not in down), models[0])
    return [("Model", names), ("Price", price_words(asked_first, usual(question.site_id)))]


def _replies(found: Ready) -> Mapping[int, Reply]:
    """Of the models' breakers; nothing while Redis is away, when every model is tried."""
    try:
        return breakers.replies_now([model.id for model in found.models])
    except (RedisError, OSError):
        return {}


def steps(here: Standing, question: Question, match: Match | None, found: Ready) -> list[dict[str, Any]]:
    """Each rule of the question's site in its order, with every condition's outcome; those behind the taker too."""
    shown: list[dict[str, Any]] = []
    taken = False
    for rule in here.rules:
        if not rule.of_site(question.site_id):
            continue
        trace = tree.trace(rule.condition, question)
        takes = not taken and trace.held and match is not None and rule.usable(found, question.audience_id)
        shown.append(
            {
                "name": rule.name,
                "this": rule is here.this,
                "state": "taken" if takes else "later" if taken else "passed",
                "words": _state_words(held=trace.held, takes=takes, later=taken),
                "trace": trace,
            }
        )
        taken = taken or takes
    return shown


def _state_words(*, held: bool, takes: bool, later: bool) -> str:
    if takes:
        return "takes the message"
    if later:
        return "is not asked any more" + (" (would hold)" if held else "")
    return "holds, but none of its models is ready and open to this audience" if held else "does not hold"
