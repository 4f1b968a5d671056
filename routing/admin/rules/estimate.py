"""What an answer would cost, from what answers took lately."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from routing.admin.rules.words import money
from routing.models import AnsweredBy, Spend
from routing.ready import RoutedModel

DAYS = 7
USUAL = (1800, 250)  # tokens of a question with its articles and history, and of its answer, before any were counted


@dataclass(frozen=True)
class Usual:
    """Tokens in, those of them read from the vendor's cache, and out, of an answer; and whose mean that is."""

    input: float
    cached_input: float
    output: float
    basis: str


def usual(site_id: int) -> Usual:
    """The mean of the site's answers by models of the last DAYS days, else of all sites', else a usual one."""
    answers = Spend.objects.filter(hour__gte=timezone.now() - timedelta(days=DAYS), answered_by=AnsweredBy.MODEL)
    for rows, whose in ((answers.filter(site=site_id), "this site's"), (answers, "all sites'")):
        found = rows.aggregate(
            turns=Sum("turns"), into=Sum("input_tokens"), cached=Sum("cached_input_tokens"), out=Sum("output_tokens")
        )
        if found["turns"] and found["into"]:
            into, cached, out = (found[name] / found["turns"] for name in ("into", "cached", "out"))
            return Usual(into, cached, out, f"{whose} answers of the last {DAYS} days")
    return Usual(USUAL[0], 0, USUAL[1], "no answers were counted yet, so of a usual one")


def price_words(model: RoutedModel, took: Usual) -> str:
    """About how many dollars; why it cannot be told where a price is missing."""
    output = min(took.output, model.max_output_tokens)
    cost = model.cost(round(took.input), round(took.cached_input), round(output))
    if cost is None:
        return f"unknown: {model.name} has no price"
    tokens = f"{took.input:,.0f} tokens in, {output:,.0f} out: {took.basis}"
    return f"nothing ({model.name} is free)" if not cost else f"about {money(cost)} ({tokens})"
