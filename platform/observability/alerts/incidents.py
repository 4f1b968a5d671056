"""What fires and fired, for those who ask about a time: the banner, and the logs that keep "an alert in its time"."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from observability.models import AlertIncident
from parley.threads import in_database_thread

READ = ("id", "name", "group_name", "severity", "began_at", "resolved_at", "site_ids", "rule__window_minutes")


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert as others need to know it: the rule's name, and of what, where it watches several things one by one.

    `ended` is None while it lasts; no `sites`: it is about all of them. `seen_from` is where the window begins in which
    the figure was first bad: what went wrong there made it so.
    """

    id: int
    name: str
    of: str
    severity: str
    seen_from: datetime
    began: datetime
    ended: datetime | None
    sites: tuple[int, ...]


def firing(start: datetime, end: datetime, site: int | None = None) -> list[Firing]:
    """Those that were bad at some moment between the two, the oldest first. With `site`: that concern it.

    An alert's time begins when the figure became bad, which was the rule's hold time before it fired.
    """
    rows = AlertIncident.objects.filter(began_at__lte=end).filter(Q(resolved_at=None) | Q(resolved_at__gte=start))
    return _read(rows.filter(_of(site)))


async def afiring(start: datetime, end: datetime, site: int | None = None) -> list[Firing]:
    """The same without blocking the loop."""
    return await in_database_thread(firing, start, end, site)


def firing_now() -> list[Firing]:
    """Those that are not over."""
    return _read(AlertIncident.objects.filter(resolved_at=None))


def _of(site: int | None) -> Q:
    return Q() if site is None else Q(site_ids=[]) | Q(site_ids__contains=[site])


def _read(rows: QuerySet[AlertIncident]) -> list[Firing]:
    return [_firing(row) for row in rows.order_by("began_at", "id").select_related("rule").only(*READ)]


def _firing(row: AlertIncident) -> Firing:
    window = timedelta(minutes=row.rule.window_minutes if row.rule else 0)
    about = (row.began_at - window, row.began_at, row.resolved_at, tuple(row.site_ids))
    return Firing(row.id, row.name, row.group_name, row.severity, *about)
