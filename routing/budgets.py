"""Budgets: what is spent of them, and what follows from that for a site. Days and months are those of UTC.

Read every two seconds for all sites at once. The sums are those of `Spend`, some five seconds behind, and a turn counts
when it is finished: spending can go beyond a budget by what is under way and what begins within ten seconds.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection

from parley.threads import in_database_thread

FRESH_SECONDS = 2.0
STATES = """
    WITH since AS (
        SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS day,
            date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month
    ), spent AS MATERIALIZED (
        SELECT site_id, coalesce(sum(cost) FILTER (WHERE hour >= since.day), 0) AS day, sum(cost) AS month,
            coalesce(sum(unpriced) FILTER (WHERE hour >= since.day), 0) AS day_unpriced, sum(unpriced) AS month_unpriced
        FROM routing_spend, since WHERE hour >= since.month GROUP BY site_id
    )
    SELECT b.id, b.site_id, b.period, b.amount, b.warn_percent, b.small_percent, b.stop_percent,
        coalesce((SELECT sum(CASE b.period WHEN 'day' THEN day ELSE month END) FROM spent
            WHERE b.site_id IS NULL OR b.site_id = spent.site_id), 0),
        coalesce((SELECT sum(CASE b.period WHEN 'day' THEN day_unpriced ELSE month_unpriced END) FROM spent
            WHERE b.site_id IS NULL OR b.site_id = spent.site_id), 0)
    FROM routing_budget b WHERE b.enabled ORDER BY b.id
"""


@dataclass(frozen=True)
class Standing:
    """How a site stands: `used` is the largest share of a budget of its that is spent (1.0: all); None without one.

    `warn`: the admin says so. `prefer_small`: small models are asked first. `stop_paid`: none that costs anything, or
    of which nobody knows what it costs, is asked (`routing.ready.RoutedModel.free`).
    """

    used: float | None = None
    warn: bool = False
    prefer_small: bool = False
    stop_paid: bool = False


@dataclass(frozen=True)
class BudgetState:
    """One budget as it stands now: dollars spent in its day or month, and turns in it whose cost is not known.

    `site_id` None: of all sites together. A threshold of None is never reached.
    """

    id: int
    site_id: int | None
    period: str
    amount: Decimal
    warn_percent: int | None
    small_percent: int | None
    stop_percent: int | None
    spent: Decimal
    unpriced: int = 0

    @property
    def used(self) -> float:
        """The share that is spent; may be above 1."""
        return float(self.spent / self.amount)

    def reached(self, percent: int | None) -> bool:
        """Whether so much of it is spent."""
        return percent is not None and self.spent * 100 >= self.amount * percent


@dataclass
class _Kept:
    until: float = 0.0
    standings: Mapping[int | None, Standing] = field(default_factory=dict)
    reading: "asyncio.Future[Mapping[int | None, Standing]] | None" = None


_kept = _Kept()


async def standing(site_id: int) -> Standing:
    """How this site stands, of at most two seconds ago. Raises OperationalError, PoolTimeout."""
    return of_site(await _standings(), site_id)


def of_site(standings: Mapping[int | None, Standing], site_id: int) -> Standing:
    """A site with budgets of its own has an entry; for any other, those of all sites count."""
    return standings.get(site_id) or standings.get(None) or Standing()


def standings_of(states: list[BudgetState]) -> dict[int | None, Standing]:
    """By site: its own budgets and those of all sites, the strictest of each threshold. None: a site without any."""
    everybody = [state for state in states if state.site_id is None]
    sites = {state.site_id for state in states} | {None}
    return {
        site: _together(everybody + [state for state in states if state.site_id == site and site is not None])
        for site in sites
    }


def _together(states: list[BudgetState]) -> Standing:
    if not states:
        return Standing()
    return Standing(
        used=max(state.used for state in states),
        warn=any(state.reached(state.warn_percent) for state in states),
        prefer_small=any(state.reached(state.small_percent) for state in states),
        stop_paid=any(state.reached(state.stop_percent) for state in states),
    )


def states_now() -> list[BudgetState]:
    """All budgets in force, read in one query; for code without a loop. Without any, spending is not even summed."""
    with connection.cursor() as cursor:
        cursor.execute(STATES)
        return [BudgetState(*row) for row in cursor.fetchall()]


def forget() -> None:
    """Read again when asked next: tests, and whoever changed a budget."""
    _kept.until = 0.0


async def _standings() -> Mapping[int | None, Standing]:
    if time.monotonic() < _kept.until:
        return _kept.standings
    reading = _kept.reading
    if reading is None or reading.done() or reading.get_loop() is not asyncio.get_running_loop():
        reading = _kept.reading = asyncio.ensure_future(_read())
    return await asyncio.shield(reading)


async def _read() -> Mapping[int | None, Standing]:
    _kept.standings = standings_of(await in_database_thread(states_now))
    _kept.until = time.monotonic() + FRESH_SECONDS
    return _kept.standings
