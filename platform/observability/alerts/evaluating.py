"""Rules held against the newest minutes, by the leader.

A rule is evaluated at each whole minute, once, some seconds after its end, when every process has written what it
counted: the same windows, the same fold as "try it" over the past. How far that went and what is remembered of each
group is a row; it moves by compare-and-set in the transaction that opens and closes alerts, so of two leaders one wins
and the other has done nothing, and who starts anew goes on where the last one was.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q

from observability.alerts import opening
from observability.alerts.condition import MINUTE, Condition, Point
from observability.alerts.firings import Change, Standing, follow
from observability.alerts.opening import moment
from observability.alerts.reading import Stretch, condition_of, points
from observability.models import AlertIncident, AlertProgress, AlertRule
from observability.statistics import FIGURES

log = logging.getLogger(__name__)
CATCH_UP = 60  # minutes that are looked at afterwards, when no process led
AHEAD = 5  # minutes that a row may be ahead of the clock before it is taken for an error of the clock
MOST_GROUPS = 500  # of a rule, those with the most observations
DEFINITION = (
    "figure", "measure", "labels", "among", "site_ids", "model_ids", "rule_ids", "audience_ids", "by", "direction",
    "threshold", "window_minutes", "hold_minutes", "resolve_minutes", "least",
)  # fmt: skip


@dataclass(frozen=True)
class Happened:
    """What changed for a group at a point."""

    group: str
    change: Change
    standing: Standing
    trail: list[Point]


def evaluate(now: datetime | None = None) -> int:
    """Evaluate what is due; how many alerts were opened or closed. Also closes those whose rule is gone or off.

    One rule's failure is logged and does not keep the others from being looked at.
    """
    upto = int((now or _now()).timestamp() - settled_seconds()) // MINUTE * MINUTE
    changes = _orphans(moment(upto))
    for rule in AlertRule.objects.filter(enabled=True, figure__in=FIGURES).select_related("progress"):
        try:
            changes += evaluate_rule(rule, upto)
        except OperationalError:
            raise  # Postgres is away: for the other rules as well
        except IntegrityError:
            log.info("Another leader was first with the rule %s", rule.pk)
        except Exception:
            log.exception("The alert rule %s (%s) could not be evaluated", rule.pk, rule.name)
    return changes


def settled_seconds() -> float:
    """After so long a minute's statistics are complete: processes write every few seconds."""
    return 5 + 2 * float(settings.STATISTICS_SECONDS)


def evaluate_rule(rule: AlertRule, upto: int) -> int:
    """Evaluate one rule up to a whole minute (unix seconds). Returns how many alerts were opened or closed."""
    progress = _progress(rule, upto)
    first = int(progress.until.timestamp()) + MINUTE
    if progress.groups.get("of") != definition(rule):
        return _begin_anew(rule, progress, upto)
    if first > upto:
        return 0 if first <= upto + AHEAD * MINUTE else _set_back(progress, upto)
    stretch = Stretch(max(first, upto - (CATCH_UP - 1) * MINUTE), upto, rule.window_minutes)
    remembered = {group: Standing.read(stored) for group, stored in progress.groups.get("standings", {}).items()}
    standings, happened = _followed(points(rule, stretch, remembered), remembered, condition_of(rule))
    with transaction.atomic():
        if not _moved(progress, upto, definition(rule), standings):
            return 0
        return sum(_applied(rule, each) for each in happened)


def definition(rule: AlertRule) -> str:
    """What changes with everything that decides when the rule fires."""
    values = json.dumps([getattr(rule, name) for name in DEFINITION])
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def _followed(
    found: Mapping[str, list[Point]], remembered: Mapping[str, Standing], condition: Condition
) -> tuple[dict[str, Standing], list[Happened]]:
    """The standings after all points, without those that remember nothing, and what happened on the way."""
    standings: dict[str, Standing] = {}
    happened: list[Happened] = []
    for group in [*remembered, *[each for each in found if each not in remembered][:MOST_GROUPS]]:
        standing, trail = remembered.get(group, Standing()), found[group]
        for place, point in enumerate(trail, 1):
            standing, change = follow(standing, point, condition)
            if change:
                happened.append(Happened(group, change, standing, trail[:place]))
        if not standing.idle:
            standings[group] = standing
    return standings, happened


def _applied(rule: AlertRule, happened: Happened) -> int:
    match happened.change:
        case Change.FIRED:
            opening.opened(rule, happened.group, happened.standing, _trail(rule, happened))
        case Change.WORSENED:
            opening.worsened(rule, happened.group, happened.standing)
            return 0
        case change:
            at = moment(happened.standing.at)
            opening.closed(opening.of_group(rule, happened.group), opening.ENDINGS[change], at)
    return 1


def _trail(rule: AlertRule, happened: Happened) -> list[Point]:
    """The points from before it became bad to its firing: what was evaluated earlier is read again."""
    last = happened.standing.at
    first = max(happened.standing.since - max(rule.window_minutes, 5) * MINUTE, last - opening.MOST_POINTS * MINUTE)
    before = points(rule, Stretch(first, last, rule.window_minutes), [happened.group])[happened.group]
    known = {point.at for point in happened.trail}
    return [point for point in before if point.at not in known] + happened.trail


def _progress(rule: AlertRule, upto: int) -> AlertProgress:
    """The rule's row. A new one begins with the next minute, and knows alerts that are open."""
    try:
        return rule.progress
    except AlertProgress.DoesNotExist:
        groups = {"of": definition(rule), "standings": _of_open_alerts(rule)}
        values = {"until": moment(upto - MINUTE), "groups": groups}
        return AlertProgress.objects.get_or_create(rule=rule, defaults=values)[0]


def _of_open_alerts(rule: AlertRule) -> dict[str, Any]:
    rows = AlertIncident.objects.filter(rule=rule, resolved_at=None)
    return {
        row.group: Standing(
            since=int(row.began_at.timestamp()), firing=True, worst=row.worst, worst_at=int(row.worst_at.timestamp())
        ).stored()
        for row in rows
    }


def _moved(progress: AlertProgress, upto: int, of: str, standings: Mapping[str, Standing]) -> bool:
    """Whether we were first."""
    groups = {"of": of, "standings": {group: standing.stored() for group, standing in standings.items()}}
    rows = AlertProgress.objects.filter(pk=progress.pk, until=progress.until, groups__of=progress.groups.get("of"))
    return rows.update(until=moment(upto), groups=groups) == 1


def _begin_anew(rule: AlertRule, progress: AlertProgress, upto: int) -> int:
    """The rule was changed: what was remembered was about another one."""
    with transaction.atomic():
        if not _moved(progress, upto, definition(rule), {}):
            return 0
        return opening.closed(Q(rule=rule), AlertIncident.Ending.CHANGED, moment(upto))


def _set_back(progress: AlertProgress, upto: int) -> int:
    """The clock was ahead when the row was written; without this it would stand still until then."""
    standings = {
        group: Standing.read({**stored, "at": min(stored["at"], upto)})
        for group, stored in progress.groups.get("standings", {}).items()
    }
    _moved(progress, upto, progress.groups["of"], standings)
    return 0


def _orphans(at: datetime) -> int:
    """Close the alerts whose rule was deleted or switched off."""
    gone = Q(rule=None) | Q(rule__enabled=False)
    if not AlertIncident.objects.filter(gone, resolved_at=None).exists():
        return 0
    with transaction.atomic():
        return opening.closed(gone, AlertIncident.Ending.CHANGED, at)


def _now() -> datetime:
    """The database's clock, whose minutes the statistics are in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
