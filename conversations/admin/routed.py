"""How a turn was routed, in words for its transcript: cached answer, rule, classifier, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from conversations.models import Turn
from routing.models import AnsweredBy


@dataclass(frozen=True, slots=True)
class Routed:
    """A line that says who answered, the reasons, and a link to the rule or the cached answer."""

    summary: str = ""
    lines: list[str] = field(default_factory=list)
    link: str = ""
    link_text: str = ""


def routed(turn: Turn) -> Routed:
    """Empty for a turn that was not routed (yet). Costs no query."""
    route, cache = mapping(turn.route), mapping(turn.cache)
    lines = [*cache_lines(cache), *route_lines(route), *summary_lines(route), *memory_lines(mapping(turn.recalled))]
    link, text = _link(turn)
    return Routed(_summary(turn, route), lines, link, text)


def _summary(turn: Turn, route: dict[str, Any]) -> str:
    if turn.answered_by == AnsweredBy.CACHE:
        return "Answered from the cached answers"
    if rule := route.get("rule"):
        return f"Rule “{rule}”"
    size = {True: "small", False: "large"}.get(route.get("small_first"))  # type: ignore[arg-type]
    return f"No rule: a {size} model first" if size else "How it was routed"


def cache_lines(cache: dict[str, Any]) -> Iterator[str]:
    """The nearest approved answers, and what kept them back."""
    if cache.get("answer"):
        yield "The same question, word for word." if cache.get("exact") else "A question of the same meaning."
    elif refused := cache.get("refused_by"):
        yield f"No cached answer: {refused}"
    for near in cache.get("near") or []:
        if isinstance(near, dict):
            figures = f"similarity {near.get('similarity')}, confidence {near.get('confidence')}"
            yield f"Near: “{near.get('question')}” ({figures} of {near.get('threshold')})"


def route_lines(route: dict[str, Any]) -> Iterator[str]:
    """The rule or the classifier, and why."""
    yield from (str(line) for line in route.get("why") or [])
    if (score := route.get("score")) is not None:
        version = route.get("classifier")
        by = f"version {version}" if version else "the starter weights"
        yield f"Classifier ({by}): {score}, large from {route.get('threshold')}"


def summary_lines(route: dict[str, Any]) -> Iterator[str]:
    """How much of the conversation was not sent as it was said. The summary itself stands where its messages end."""
    summary, left_out = mapping(route.get("summary")), route.get("left_out")
    if summary:
        yield f"Summary: {summary.get('characters')} characters in place of {left_out} that were said before"
    elif left_out:
        yield f"Left out: {left_out} characters that were said before, without a summary"


def memory_lines(recalled: dict[str, Any]) -> Iterator[str]:
    """How much was recalled, or why nothing was. The texts stay with the memories, so that erasing them is enough."""
    yield from (f"By words only: {recalled[part]}" for part in ("embedder", "store") if recalled.get(part))
    if reason := recalled.get("away") or recalled.get("off"):
        yield f"Memory: {reason}"
    elif entries := recalled.get("recalled"):
        memories = sum("memory" in entry for entry in entries)
        took = recalled.get("milliseconds")
        found = f"{memories} memories, {len(entries) - memories} messages"
        yield f"Memory: {found}, {recalled.get('tokens')} tokens, {took} ms"


def _link(turn: Turn) -> tuple[str, str]:
    if turn.cached_answer_id:
        return reverse("admin:routing_cachedanswer_change", args=[turn.cached_answer_id]), "The cached answer"
    if turn.rule_id:
        return reverse("admin:routing_routingrule_change", args=[turn.rule_id]), "The rule"
    return "", ""


def mapping(stored: object) -> dict[str, Any]:
    """What was stored, when it is a mapping; else an empty one."""
    return stored if isinstance(stored, dict) else {}
