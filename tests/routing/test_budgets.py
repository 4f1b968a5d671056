"""Budgets: the strictest counts, thresholds are reached exactly, and a change is seen within seconds."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async

from routing import budgets
from routing.budgets import BudgetState, Standing, of_site, standings_of
from routing.models import Budget, Model, Spend
from routing.pricing import Prices, price

NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def _forget() -> None:
    budgets.forget()


def state(site: int | None, spent: str, *steps: int | None, amount: str = "100") -> BudgetState:
    return BudgetState(1, site, "day", Decimal(amount), *(*steps, None, None, None)[:3], Decimal(spent))


def test_cache_writes_cost_what_they_cost_and_are_no_fresh_input() -> None:
    model = Model(input_price=Decimal(3), cached_input_price=Decimal("0.3"), cache_write_price=Decimal("3.75"))
    model.output_price = Decimal(15)
    assert model.cost(1_000_000, 200_000, 100_000, 300_000) == Decimal("1.5") + Decimal("0.06") + Decimal(
        "1.125"
    ) + Decimal("1.5")


def test_what_is_cached_costs_as_other_input_where_no_price_is_given() -> None:
    assert price(Prices(Decimal(2), None, Decimal(0)), 1_000_000, 400_000, 5, 100_000) == 2


@pytest.mark.parametrize("prices", [Prices(), Prices(Decimal(1)), Prices(output=Decimal(1))])
def test_a_price_left_out_is_no_price_of_nothing(prices: Prices) -> None:
    assert price(prices, 10, 0, 10) is None
    assert not prices.free


def test_a_model_is_free_when_somebody_said_so() -> None:
    assert Prices(Decimal(0), None, Decimal(0)).free
    assert not Prices(Decimal(0), None, Decimal("0.1")).free


@pytest.mark.parametrize(
    ("spent", "expected"),
    [
        ("79.99", ()),
        ("80", ("warn",)),
        ("90", ("warn", "prefer_small")),
        ("100", ("warn", "prefer_small", "stop_paid")),
    ],
)
def test_a_threshold_is_reached_exactly_there(spent: str, expected: tuple[str, ...]) -> None:
    found = of_site(standings_of([state(1, spent, 80, 90, 100)]), 1)
    assert {name for name in ("warn", "prefer_small", "stop_paid") if getattr(found, name)} == set(expected)
    assert found.used == pytest.approx(float(spent) / 100)


def test_the_strictest_budget_counts_for_each_threshold() -> None:
    everybody, own = state(None, "95", 80, None, None), state(7, "60", None, 50, None)
    standings = standings_of([everybody, own])
    assert of_site(standings, 7) == Standing(0.95, warn=True, prefer_small=True)
    assert of_site(standings, 8) == Standing(0.95, warn=True), "another site's budget is not its own"
    assert of_site(standings_of([own]), 8) == Standing()


@pytest.mark.django_db
def test_days_and_months_and_sites_are_summed_apart(site, other_site) -> None:
    midnight, month = HOUR.replace(hour=0), HOUR.replace(hour=0, day=1)
    rows = [(site, HOUR, "1"), (site, midnight, "2"), (other_site, HOUR, "4"), (None, HOUR, "8")]
    for each, hour, cost in rows:
        Spend.objects.create(hour=hour, site=each, model_name=cost, cost=cost, turns=1, unpriced=int(cost == "8"))
    Spend.objects.create(hour=month - timedelta(hours=1), site=site, cost=1000)
    for each, period in ((site, "day"), (site, "month"), (None, "day"), (None, "month")):
        Budget.objects.create(site=each, period=period, amount=100)
    Budget.objects.create(site=other_site, period="day", amount=1, enabled=False)
    found = {(state.site_id, state.period): (state.spent, state.unpriced) for state in budgets.states_now()}
    assert found == {
        (site.pk, "day"): (3, 0),
        (site.pk, "month"): (3, 0),
        (None, "day"): (15, 1),
        (None, "month"): (15, 1),
    }


@pytest.mark.django_db(transaction=True)
async def test_a_site_learns_of_new_spending_when_it_is_read_again(site, monkeypatch) -> None:
    assert await budgets.standing(site.pk) == Standing()
    await sync_to_async(Budget.objects.create)(site=site, period="day", amount=10)
    await sync_to_async(Spend.objects.create)(hour=HOUR, site=site, cost=11, turns=1)
    assert await budgets.standing(site.pk) == Standing(), "not asked for each turn"
    clock = budgets.time.monotonic() + budgets.FRESH_SECONDS
    monkeypatch.setattr(budgets, "time", SimpleNamespace(monotonic=lambda: clock))
    assert await budgets.standing(site.pk) == Standing(1.1, warn=True, prefer_small=True, stop_paid=True)
