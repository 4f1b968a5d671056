"""What cached answers came to: how often they were given, and how often wrongly, with the interval of that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from routing.models import AnsweredBy, CachedAnswer, CacheMatch, Spend

DAYS = 30
Z = 1.96  # 95 %
WRONG, RIGHT = Q(verdict=CacheMatch.Verdict.WRONG), Q(verdict=CacheMatch.Verdict.RIGHT)
SAMPLE = Q(judge=CacheMatch.Judge.MODEL)


@dataclass(frozen=True)
class Rate:
    """`wrong` of `judged`; `low` and `high` are Wilson's 95 % interval of the share."""

    wrong: int
    judged: int

    @property
    def share(self) -> float | None:
        """Measured; None where nobody judged."""
        return self.wrong / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson (1927): holds for few cases and for shares near zero too."""
        if not self.judged:
            return 0.0, 1.0
        n, p = self.judged, self.wrong / self.judged
        middle, half = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n))

    def __str__(self) -> str:
        if not self.judged:
            return "none judged yet"
        low, high = self.interval
        return f"{self.share:.1%} wrong ({self.wrong:,} of {self.judged:,} judged; between {low:.1%} and {high:.1%})"


@dataclass(frozen=True)
class Figures:
    """Of an answer, or of all: `served` times given, `near` near misses that were kept."""

    served: int = 0
    near: int = 0
    rate: Rate = Rate(0, 0)
    sample: Rate = Rate(0, 0)

    @property
    def wrong_percent(self) -> str:
        """Of those judged."""
        return f"{100 * (self.rate.share or 0):.1f}"

    @property
    def sample_percent(self) -> str:
        """Of those that a model was given to judge."""
        return f"{100 * (self.sample.share or 0):.1f}"


def since() -> Any:
    """Where the time of all figures begins."""
    return timezone.now() - timedelta(days=DAYS)


def of_answers(ids: Iterable[int]) -> dict[int, Figures]:
    """The last 30 days of each; one query."""
    rows = CacheMatch.objects.filter(answer_id__in=list(ids), created_at__gte=since()).values("answer_id")
    return {row["answer_id"]: _figures(row) for row in _counted(rows.order_by())}


def overall() -> Figures:
    """The last 30 days of all."""
    return _figures(CacheMatch.objects.filter(created_at__gte=since()).aggregate(**_COUNTS))


def hit_rate() -> tuple[int, int]:
    """(turns answered from the cache, turns answered), in the last 30 days, as far as they are summed."""
    rows = Spend.objects.filter(hour__gte=since(), site__isnull=False).exclude(answered_by="")
    found = rows.aggregate(all=Sum("turns"), cached=Sum("turns", filter=Q(answered_by=AnsweredBy.CACHE)))
    return found["cached"] or 0, found["all"] or 0


def by_answer(most: int = 12) -> list[tuple[CachedAnswer, Figures]]:
    """Those most often wrong first, then those most often given."""
    rows = CacheMatch.objects.filter(created_at__gte=since()).values("answer_id").order_by()
    found = _counted(rows).order_by("-wrong", "-given")[:most]
    answers = CachedAnswer.objects.in_bulk([row["answer_id"] for row in found])
    return [(answers[row["answer_id"]], _figures(row)) for row in found if row["answer_id"] in answers]


_COUNTS = {
    "given": Count("pk", filter=Q(served=True)),
    "near": Count("pk", filter=Q(served=False)),
    "wrong": Count("pk", filter=WRONG & Q(served=True)),
    "right": Count("pk", filter=RIGHT & Q(served=True)),
    "sample_wrong": Count("pk", filter=WRONG & SAMPLE & Q(served=True)),
    "sample_right": Count("pk", filter=RIGHT & SAMPLE & Q(served=True)),
}


def _counted(rows: Any) -> Any:
    return rows.annotate(**_COUNTS)


def _figures(row: dict[str, Any]) -> Figures:
    rate = Rate(row["wrong"], row["wrong"] + row["right"])
    sample = Rate(row["sample_wrong"], row["sample_wrong"] + row["sample_right"])
    return Figures(row["given"], row["near"], rate, sample)
