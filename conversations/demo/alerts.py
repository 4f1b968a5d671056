"""Alerts that the administrator's rules would have given in the invented month, in their history."""

from datetime import UTC, datetime

from django.utils import timezone

from observability.alerts import words
from observability.alerts.condition import Point
from observability.alerts.firings import Fired
from observability.alerts.trying import Past, tried
from observability.models import AlertIncident, AlertRule

MARK = " (Invented by demo_traffic.)"
MOST, POINTS = 12, 60  # of a rule; before and after it fired


def write_alerts(days: int) -> int:
    """Those that are over, the newest of each rule; how many."""
    found = []
    for rule in AlertRule.objects.filter(enabled=True):
        for past in tried(rule, timezone.now(), min(days, 30)).groups:
            over = [fired for fired, _ in past.firings if fired.ended is not None]
            found += [_incident(rule, past, fired) for fired in over[-MOST:]]
    AlertIncident.objects.bulk_create(found)
    return len(found)


def remove_alerts() -> None:
    """Take them away."""
    AlertIncident.objects.filter(reason__endswith=MARK).delete()


def _incident(rule: AlertRule, past: Past, fired: Fired) -> AlertIncident:
    trail = [point for point in past.points if point.at <= fired.opened][-POINTS:]
    last = trail[-1] if trail else Point(fired.opened, fired.worst, 0)
    value = fired.worst if last.value is None else last.value
    return AlertIncident(
        rule=rule, name=rule.name, severity=rule.severity, group_name=past.group[:200], figure=rule.figure,
        measure=rule.measure, direction=rule.direction, threshold=rule.threshold, site_ids=rule.site_ids,
        began_at=_moment(fired.began), opened_at=_moment(fired.opened),
        resolved_at=_moment(fired.ended or fired.opened),
        ending=AlertIncident.Ending.RECOVERED, worst=fired.worst, worst_at=_moment(fired.worst_at),
        reason=words.reason(rule, past.group, value, last.observations) + MARK,
        points=[[point.at, point.value, point.observations] for point in trail],
    )  # fmt: skip


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
