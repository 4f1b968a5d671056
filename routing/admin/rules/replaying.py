"""Replay: what would change if last week's questions were decided once more, with the rule on the page as it stands."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from routing import classifier
from routing.admin.rules.asking import LOOK_BACK
from routing.admin.rules.trying import VIEW
from routing.admin.rules.unsaved import saved, standing
from routing.admin.rules.words import money, percent
from routing.ready import ready_now
from routing.rules import Rule
from routing.rules.past import past_turns
from routing.rules.replay import Change, Choice, Replayed, Sum, replay

MOST_CHANGES = 50
NO_RULE = "Otherwise"


@never_cache
@require_POST
def view(request: HttpRequest) -> HttpResponse:
    """A fragment: turns and cost before and after, by rule and by model, and the turns that change."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    try:
        context = replayed(request.POST, with_messages=request.user.has_perm(LOOK_BACK))
    except ValidationError as error:
        context = {"troubles": error.messages}
    return render(request, "admin/routing/routingrule/replayed.html", context)


def replayed(sent: QueryDict, *, with_messages: bool) -> dict[str, Any]:
    """What the fragment shows. Raises ValidationError. Messages are left out for those who may not read them."""
    before, after = saved(), standing(sent)
    found = replay(before, after.rules, past_turns(), ready_now(), classifier.in_use().threshold)
    changes = [_change(each, with_messages=with_messages) for each in found.changes[-MOST_CHANGES:][::-1]]
    return {
        "found": found,
        "notes": after.notes,
        "scaled": found.scale > 1,
        "total": _row("All", found.before.total, found.after.total, found),
        "by_rule": _by_rule(before, after.rules, found),
        "by_answer": _by_answer(found),
        "really": money(found.really.cost),
        "changed": len(found.changes),
        "changes": changes,
        "unpriced": max(found.before.total.unpriced, found.after.total.unpriced),
    }


def _by_rule(before: Sequence[Rule], after: Sequence[Rule], found: Replayed) -> list[dict[str, Any]]:
    """In the order of the rules after; those without an id are the new one, which there was not before."""
    old = {rule.id: found.before.rules.get(place, Sum()) for place, rule in enumerate(before)}
    rows = [
        _row(rule.name, old.get(rule.id, Sum()), found.after.rules.get(place, Sum()), found)
        for place, rule in enumerate(after)
    ]
    return [*rows, _row(NO_RULE, found.before.rules.get(None, Sum()), found.after.rules.get(None, Sum()), found)]


def _by_answer(found: Replayed) -> list[dict[str, Any]]:
    old, new = found.before.answers, found.after.answers
    return [_row(name, old.get(name, Sum()), new.get(name, Sum()), found) for name in sorted({*old, *new})]


def _row(name: str, before: Sum, after: Sum, found: Replayed) -> dict[str, Any]:
    turns = max(found.before.total.turns, 1)
    return {
        "name": name,
        "cells": [
            f"{before.turns:,} ({percent(before.turns / turns)})",
            f"{after.turns:,} ({percent(after.turns / turns)})",
            money(before.cost),
            money(after.cost),
        ],
        "change": _difference(before, after),
        "dearer": after.cost > before.cost,
        "cheaper": after.cost < before.cost,
    }


def _difference(before: Sum, after: Sum) -> str:
    change = after.cost - before.cost
    return f"{'+' if change > 0 else '−'}{money(abs(change))}" if change else "none"


def _change(change: Change, *, with_messages: bool) -> dict[str, Any]:
    question = change.turn.question
    text = question.text if len(question.text) <= 90 else f"{question.text[:89]}…"
    link = reverse("admin:conversations_conversation_change", args=[question.conversation]) if with_messages else ""
    return {
        "text": text if with_messages else f"Turn {change.turn.id}",
        "link": link,
        "before": _choice(change.before),
        "after": _choice(change.after),
    }


def _choice(choice: Choice) -> str:
    return f"{choice.rule.name if choice.rule else NO_RULE}: {choice.answers}, {money(choice.cost)}"
