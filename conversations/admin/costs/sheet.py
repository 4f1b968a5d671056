"""Costs as a CSV file, for spreadsheets: they take what begins like a formula for one, so that is marked as text."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import TruncDay
from django.http import StreamingHttpResponse

from conversations.admin.costs.figures import SUMS
from conversations.admin.costs.ranges import Range
from people.models import Site
from routing.models import RoutingRule, Spend

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
HEAD = (
    "day", "site", "model", "rule", "answered_by", "turns", "not_priced", "input_tokens", "cached_input_tokens",
    "output_tokens", "dollars",
)  # fmt: skip


class _Echo:
    def write(self, line: str) -> str:
        return line


def sheet(rows: QuerySet[Spend], chosen: Range) -> StreamingHttpResponse:
    """A row for each day, site, model, rule and what answered. Background work has no site."""
    writer = csv.writer(_Echo())
    lines = (writer.writerow(line) for line in _rows(rows))
    name = f"costs-{chosen.start:%Y-%m-%d}-{chosen.end:%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _rows(rows: QuerySet[Spend]) -> Iterator[list[Any]]:
    rules = dict(RoutingRule.objects.values_list("id", "name"))
    sites = dict(Site.objects.values_list("id", "name"))
    yield list(HEAD)
    keys = ("day", "site_id", "model_name", "rule_id", "answered_by")
    for row in rows.annotate(day=TruncDay("hour")).values(*keys).annotate(**SUMS).order_by(*keys):
        rule = rules.get(row["rule_id"], row["rule_id"] or "")
        words = [sites.get(row["site_id"], ""), row["model_name"], rule, row["answered_by"]]
        yield [f"{row['day']:%Y-%m-%d}", *map(harmless, words), *(row[name] for name in SUMS)]


def harmless(value: object) -> str:
    """The text, with an apostrophe before what a spreadsheet would compute."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
