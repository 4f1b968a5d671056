"""Alerts are opened, made worse and closed, and messages about them are written down to be sent."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from observability.alerts import words
from observability.alerts.condition import Point
from observability.alerts.firings import Change, Standing
from observability.alerts.notices import notice
from observability.models import AlertDelivery, AlertIncident, AlertRule
from observability.models.alerts import By

Ending, Event = AlertIncident.Ending, AlertDelivery.Event
ENDINGS = {Change.RECOVERED: Ending.RECOVERED, Change.SILENT: Ending.SILENT}
MOST_POINTS = 120


def opened(rule: AlertRule, group: str, standing: Standing, trail: Sequence[Point]) -> None:
    """A new alert, with the points that led to it, the last of which is the moment. In the caller's transaction.

    One that is open for the group goes on instead. Raises IntegrityError where another leader was first.
    """
    last = trail[-1]
    assert last.value is not None
    if _open(rule, group).exists():
        return
    name = words.group_name(rule.by, group)
    incident = AlertIncident.objects.create(
        rule=rule, name=rule.name, severity=rule.severity, group=group, group_name=name[:200],
        figure=rule.figure, measure=rule.measure, direction=rule.direction, threshold=rule.threshold,
        where=_where(rule, group), site_ids=_sites(rule, group),
        began_at=moment(standing.since), opened_at=moment(last.at),
        worst=standing.worst, worst_at=moment(standing.worst_at),
        reason=words.reason(rule, name, last.value, last.observations),
        points=[[point.at, point.value, point.observations] for point in trail[-MOST_POINTS:]],
    )  # fmt: skip
    _tell(incident, Event.OPENED, list(rule.channels.filter(enabled=True).values_list("pk", flat=True)))


def worsened(rule: AlertRule, group: str, standing: Standing) -> None:
    """Keep the worst value of the open alert."""
    _open(rule, group).update(worst=standing.worst, worst_at=moment(standing.worst_at))


def closed(incidents: Q, ending: AlertIncident.Ending, at: datetime) -> int:
    """Close the open ones among these, and tell those who were told of the beginning. Returns how many.

    In the caller's transaction. What somebody else closed meanwhile is left alone.
    """
    found = list(_locked().filter(incidents, resolved_at=None))
    for incident in found:
        incident.resolved_at, incident.ending = max(at, incident.opened_at), ending
    AlertIncident.objects.bulk_update(found, ["resolved_at", "ending"])
    told: dict[int, list[int]] = {}
    rows = AlertDelivery.objects.filter(incident__in=found, event=Event.OPENED, channel__tell_resolved=True)
    for incident_id, channel_id in rows.values_list("incident_id", "channel_id"):
        told.setdefault(incident_id or 0, []).append(channel_id)
    for incident in found:
        _tell(incident, Event.RESOLVED, told.get(incident.pk, []))
    return len(found)


def of_group(rule: AlertRule, group: str) -> Q:
    """The alerts of a rule for a group."""
    return Q(rule=rule, group=group)


def _locked() -> QuerySet[AlertIncident]:
    return AlertIncident.objects.select_related("rule").select_for_update(of=("self",))


def _open(rule: AlertRule, group: str) -> QuerySet[AlertIncident]:
    return AlertIncident.objects.filter(of_group(rule, group), resolved_at=None)


def _tell(incident: AlertIncident, event: AlertDelivery.Event, channels: Sequence[int]) -> None:
    payload = notice(incident, event) if channels else {}
    AlertDelivery.objects.bulk_create(
        AlertDelivery(incident=incident, channel_id=channel, event=event, payload=payload) for channel in channels
    )


def _where(rule: AlertRule, group: str) -> dict[str, list[int] | list[str]]:
    """The filters that the alert is about, its group among them."""
    where: dict[str, list[int] | list[str]] = {
        "site": rule.site_ids, "model": rule.model_ids, "rule": rule.rule_ids, "audience": rule.audience_ids,
        "label": rule.labels,
    }  # fmt: skip
    if rule.by == By.LABEL:
        where["label"] = [group]
    elif rule.by:
        where[rule.by] = [int(group)]
    return {kind: values for kind, values in where.items() if values}


def _sites(rule: AlertRule, group: str) -> list[int]:
    return [int(group)] if rule.by == By.SITE else rule.site_ids


def moment(seconds: int) -> datetime:
    """Unix seconds as a datetime."""
    return datetime.fromtimestamp(seconds, UTC)
