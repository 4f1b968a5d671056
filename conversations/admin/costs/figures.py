"""What the costs page shows, from the sums of each hour."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Max, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncHour

from conversations.admin.costs.ranges import Range
from conversations.models import Conversation
from people.models import Site
from routing.admin.money import dollars
from routing.models import AnsweredBy, RoutingRule, Spend

COUNT_MILLISECONDS = 3000
BACKGROUND = "Background work"
SUMS = {
    name: Sum(name) for name in ("turns", "unpriced", "input_tokens", "cached_input_tokens", "output_tokens", "cost")
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table. `share` is of all cost, from 0 to 1."""

    name: str
    turns: int = 0
    unpriced: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = field(default_factory=Decimal)
    share: float = 0.0

    @property
    def money(self) -> str:
        """The cost; what has no price is never told as zero."""
        if self.unpriced and not self.cost:
            return "not priced"
        return dollars(self.cost)

    @property
    def per_turn(self) -> str:
        """The mean cost of those whose cost is known."""
        known = self.turns - self.unpriced
        return dollars(self.cost / known) if known > 0 else "not priced" if self.turns else ""

    @property
    def percent(self) -> str:
        """The share, as text."""
        return f"{self.share:.1%}" if self.cost else ""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of the chart; `height` and `left` are hundredths of the chart's, `width` of its."""

    label: str
    line: Line
    left: float
    width: float
    height: float

    @property
    def top(self) -> float:
        """Where it begins, from above."""
        return 100 - self.height


def spent(chosen: Range, site: Site | None) -> QuerySet[Spend]:
    """The rows of the range."""
    rows = Spend.objects.filter(hour__gte=chosen.start, hour__lt=chosen.end).order_by()
    return rows.filter(site=site) if site else rows


def total(rows: QuerySet[Spend]) -> Line:
    """All of them."""
    return Line("All", **_known(rows.aggregate(**SUMS)), share=1.0)


def turns_only(rows: QuerySet[Spend]) -> Line:
    """Without background work: what visitors' questions came to."""
    return Line("Turns", **_known(rows.filter(site__isnull=False).aggregate(**SUMS)))


def _known(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value or (Decimal(0) if name == "cost" else 0) for name, value in found.items()}


def tables(rows: QuerySet[Spend], whole: Line) -> list[tuple[str, list[Line]]]:
    """(title, lines) by model, rule, site and what answered, the dearest first."""
    rules = dict(RoutingRule.objects.values_list("id", "name"))
    sites = dict(Site.objects.values_list("id", "name"))
    labels = dict(AnsweredBy.choices)

    def answered(row: dict[str, Any]) -> str:
        if row["site_id"] is None:
            return BACKGROUND
        return str(labels.get(row["answered_by"], "Nothing: failed or stopped"))

    return [
        ("By model", _lines(rows, whole, ["model_name"], lambda row: row["model_name"] or "No model")),
        ("By rule", _lines(rows, whole, ["rule_id"], lambda row: _rule(row["rule_id"], rules))),
        ("By site", _lines(rows, whole, ["site_id"], lambda row: sites.get(row["site_id"], BACKGROUND))),
        ("By what answered", _lines(rows, whole, ["answered_by", "site_id"], answered)),
    ]


def _rule(rule_id: int | None, names: dict[int, str]) -> str:
    if rule_id is None:
        return "No rule"
    return names.get(rule_id, f"Rule {rule_id}, deleted")


def _lines(rows: QuerySet[Spend], whole: Line, fields: list[str], name: Callable[[dict[str, Any]], str]) -> list[Line]:
    summed: dict[str, dict[str, Any]] = {}
    for row in rows.values(*fields).annotate(**SUMS):
        sums = summed.setdefault(name(row), dict.fromkeys(SUMS, 0))
        for each in SUMS:
            sums[each] += row[each]
    lines = [
        Line(each, **sums, share=float(sums["cost"] / whole.cost) if whole.cost else 0.0)
        for each, sums in summed.items()
    ]
    return sorted(lines, key=lambda line: (-line.cost, -line.turns, line.name))


def columns(rows: QuerySet[Spend], chosen: Range) -> list[Column]:
    """One for each day of the range, or each hour where it has one or two days; the highest fills the chart."""
    hourly = chosen.days <= 2
    trunc, step = (TruncHour, timedelta(hours=1)) if hourly else (TruncDay, timedelta(days=1))
    found: dict[datetime, Any] = {
        row["at"]: row for row in rows.annotate(at=trunc("hour")).values("at").annotate(**SUMS)
    }
    moments = _moments(chosen, step)
    label = "%-d %b, %H:00" if hourly else "%a %-d %b"
    lines = [Line(f"{at:{label}}", **{name: found[at][name] for name in SUMS} if at in found else {}) for at in moments]
    most = max((line.cost for line in lines), default=Decimal(0)) or Decimal(1)
    width = 100 / max(len(lines), 1)
    return [
        Column(line.name, line, round(n * width, 3), round(width * 0.8, 3), round(float(100 * line.cost / most), 2))
        for n, line in enumerate(lines)
    ]


def _moments(chosen: Range, step: timedelta) -> list[datetime]:
    return [chosen.start + n * step for n in range(int((chosen.end - chosen.start) / step))]


def conversations(chosen: Range, site: Site | None) -> int | None:
    """How many conversations had their last message in the range; None where they are too many to count at once."""
    found = Conversation.objects.filter(last_message_at__gte=chosen.start, last_message_at__lt=chosen.end)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [COUNT_MILLISECONDS])
            return (found.filter(site=site) if site else found).count()
    except OperationalError:
        return None


def counted_until() -> datetime | None:
    """The newest hour that there are sums of."""
    newest: datetime | None = Spend.objects.aggregate(newest=Max("hour"))["newest"]
    return newest
