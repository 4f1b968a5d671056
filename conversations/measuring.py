"""Measuring: the levels that can be seen from here. The leader looks at them every ten seconds, in a thread.

Every label is told at nought as well, so that a mean over time is of all the time.
"""

from django.conf import settings
from django.db import connection

from observability.statistics import level_of_all
from routing import breakers, budgets
from routing.admission.standing import standing_now
from routing.admission.tiers import tier_of
from routing.admission.types import Standing
from routing.models import Budget, Model, RateTier

TURNS = """
    SELECT count(*) FILTER (WHERE state = 'queued' AND parked_at IS NULL),
        count(*) FILTER (WHERE state = 'queued' AND parked_at IS NOT NULL),
        count(*) FILTER (WHERE state = 'running')
    FROM conversations_turn WHERE state IN ('queued', 'running')
"""


def register() -> None:
    """Tell the statistics whom to ask."""
    level_of_all("turns_in", turns_in)
    level_of_all("queue_depth", queue_depth)
    level_of_all("tier_use", tier_use)
    level_of_all("breakers_open", breakers_open)
    level_of_all("budget_used", budget_used)


def turns_in() -> dict[str, float]:
    """Turns that are not ended, by where they are."""
    with connection.cursor() as cursor:
        cursor.execute(TURNS)
        return dict(zip(("queued", "parked", "running"), map(float, cursor.fetchone()), strict=True))


def queue_depth() -> dict[str, float]:
    """Jobs that no worker has taken, by queue. Raises RedisError."""
    from django_rq import get_queue

    return {name: float(get_queue(name).count) for name in settings.RQ_QUEUES}


def tier_use() -> dict[str, float]:
    """The fullest limit of each rate tier in the last minute: 1 is all that it allows. Raises RedisError."""
    rows = list(RateTier.objects.select_related("provider", "model"))
    return {str(row): use(each) for row, each in zip(rows, standing_now([tier_of(row) for row in rows]), strict=True)}


def use(standing: Standing) -> float:
    """The largest share of a limit that is used."""
    shares = [use.used / use.limit for use in standing.uses.values() if use.limit]
    if standing.tier.concurrency:
        shares.append((standing.running + standing.granted) / standing.tier.concurrency)
    return max(shares, default=0.0)


def breakers_open() -> dict[str, float]:
    """1 for each model in use that is not asked because it failed, 0 for the others. Raises RedisError.

    One whose pause is over is none of them, though nobody may ask it for hours: the next turn is its probe.
    """
    models = dict(Model.objects.filter(enabled=True, provider__enabled=True).values_list("id", "name"))
    found = breakers.replies_now(models)
    return {name: float(found[number].wait > 0) for number, name in models.items()}


def budget_used() -> dict[str, float]:
    """The share of each budget that is spent."""
    names = {row.pk: str(row) for row in Budget.objects.filter(enabled=True).select_related("site")}
    return {names[state.id]: state.used for state in budgets.states_now() if state.id in names}
