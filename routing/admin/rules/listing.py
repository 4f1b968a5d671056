"""The list of rules: each with its condition and action in words, its findings, and what its last week came to."""

from collections import defaultdict
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from people.models import Site
from routing.admin.rules import figures
from routing.admin.rules.words import ActionWords, condition_words, money, percent, seconds
from routing.models import RoutingRule
from routing.ready import Ready, ready_now
from routing.rules.findings import findings


class RuleChangeList(ChangeList):
    """The rows with their figures, words and findings: two more queries, however many rows there are."""

    def get_results(self, request: HttpRequest) -> None:
        """`row.week`, `row.share`, `row.action_words`, `row.findings`."""
        super().get_results(request)
        rows = list(self.result_list)  # read once: the query set keeps these very rows
        self.week = figures.week()
        found, words = findings_of(rows), ActionWords()
        for row in rows:
            row.action_words = words(row.action)
            row.week = self.week.rules.get(row.pk, figures.Figures())
            row.share = self.week.share(row.week)
            row.findings = found.get(row.pk, [])


def findings_of(rows: list[RoutingRule]) -> dict[int, list[str]]:
    """By rule, what is wrong with it."""
    told: dict[int, list[str]] = defaultdict(list)
    for finding in findings(rows):
        told[finding.rule_id].append(finding.text)
    return told


def name_cell(row: Any) -> SafeString:
    """The name, with the number that the list's script knows it by; the site, and the note's beginning."""
    site = format_html("<small>{} only</small>", row.site) if row.site_id else ""
    note = row.note if len(row.note) <= 80 else f"{row.note[:79]}…"
    return format_html(
        '<span class="rule-name" data-rule="{}" data-name="{}">{}{}{}</span>',
        row.pk,
        row.name,
        row.name,
        site,
        format_html("<small>{}</small>", note) if note else "",
    )


def condition_cell(row: Any) -> SafeString:
    """When it holds, and what was found about it."""
    findings = format_html_join("", "<li>{}</li>", ((each,) for each in row.findings))
    listed = format_html('<ul class="rule-findings" aria-label="Warnings">{}</ul>', findings) if findings else ""
    return format_html('<div class="rule-words">{}{}</div>', condition_words(row.condition), listed)


def action_cell(row: Any) -> SafeString:
    """What it does."""
    return format_html('<div class="rule-words">{}</div>', row.action_words)


def week_cell(row: Any) -> SafeString | str:
    """What its week came to; a dash for nothing."""
    week = row.week
    if not week.turns:
        return "–"
    lines = [("turns", f"{week.turns:,} ({percent(row.share)})"), ("cost", money(week.cost))]
    lines += [("median", seconds(week.seconds))] if week.seconds is not None else []
    lines += [("rated down", f"{week.down:,}"), ("escalated", f"{week.escalated:,}")]
    return format_html('<dl class="rule-week">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", lines))


def otherwise(changes: RuleChangeList) -> dict[str, Any]:
    """What the last line of the list says: what happens to turns that no rule takes."""
    week = changes.week
    return {
        "otherwise": week.otherwise,
        "otherwise_share": percent(week.share(week.otherwise)),
        "otherwise_cost": money(week.otherwise.cost),
        "otherwise_seconds": "" if week.otherwise.seconds is None else seconds(week.otherwise.seconds),
        "cached": week.cached,
        "cached_share": percent(week.share(week.cached)),
        "otherwise_words": " ".join(otherwise_words(ready_now())),
    }


def otherwise_words(found: Ready) -> list[str]:
    """Sentences."""
    if not found.models:
        return ["No model is ready: the articles answer."]
    names = {model.id: model.name for model in found.models}
    own = {site: names[model] for site, model in found.of_site.items() if model in names}
    sites = Site.objects.filter(pk__in=own).values_list("pk", "name") if own else []
    told = [f"{own[pk]} answers for {name}." for pk, name in sites]
    everywhere = found.chosen(0)
    if everywhere is not None:
        return [*told, f"{names[everywhere]} answers{' for the other sites' if told else ''} (PARLEY_MODEL)."]
    return [*told, _classifier_words(found, others=bool(told))]


def _classifier_words(found: Ready, *, others: bool) -> str:
    sized = {size: [model.name for model in found.models if model.size == size] for size in ("small", "large")}
    if not sized["small"] or not sized["large"]:
        missing = " nor ".join(size for size, names in sized.items() if not names)
        return (
            f"{found.models[0].name} answers{' for the other sites' if others else ''}: no ready model is marked as "
            f"{missing}, so the classifier has nothing to choose between. Give your models a size."
        )
    return (
        f"{'Elsewhere the' if others else 'The'} classifier decides: a simple message goes to {sized['small'][0]}, "
        f"any other to {sized['large'][0]}."
    )
