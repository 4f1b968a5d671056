"""Which limits are in force for a model, and how soon a change of them is."""

import time

import pytest

from people.models import Site
from routing.admission import all_tiers, tiers, tiers_for
from routing.models import Model, Provider, RateTier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def book(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the tiers are Postgres's."""


def vendor(name: str, kind: str = "anthropic") -> tuple[Provider, Model, Model]:
    provider = Provider.objects.create(name=name, vendor=kind)
    return provider, provider.models.create(name="small"), provider.models.create(name="large")


async def in_thread(function: object, *args: object, **kwargs: object) -> object:
    from parley.threads import in_database_thread

    return await in_database_thread(function, *args, **kwargs)  # type: ignore[arg-type]


async def test_a_models_own_tier_comes_before_its_providers_and_none_is_no_limit(site: Site) -> None:
    provider, small, large = await in_thread(vendor, "A")
    other, alone, _ = await in_thread(vendor, "B", "openai")
    own = await in_thread(RateTier.objects.create, provider=provider, model=small, requests_per_minute=50)
    shared = await in_thread(RateTier.objects.create, provider=provider, tokens_per_minute=9, reserve="most")
    pairs = [(small.pk, provider.pk), (large.pk, provider.pk), (alone.pk, other.pk)]
    found = await tiers_for(pairs)
    assert [found[pk].key for pk, _ in pairs] == [f"t{own.pk}", f"t{shared.pk}", f"m{alone.pk}"]
    assert (found[small.pk].requests, found[small.pk].cached_is_free) == (50, True)
    assert (found[large.pk].tokens, found[large.pk].reserve_most) == (9, True)
    assert found[alone.pk].limits == (None, None, None, None)
    keys = {tier.key for tier in await all_tiers()}
    assert {f"t{own.pk}", f"t{shared.pk}", f"m{alone.pk}"} <= keys
    assert not {f"m{small.pk}", f"m{large.pk}"} & keys


async def test_a_change_is_in_force_within_seconds(site: Site) -> None:
    provider, small, _ = await in_thread(vendor, "A")
    row = await in_thread(RateTier.objects.create, provider=provider, model=small, requests_per_minute=50)
    pair = [(small.pk, provider.pk)]
    assert (await tiers_for(pair))[small.pk].requests == 50
    await in_thread(RateTier.objects.filter(pk=row.pk).update, requests_per_minute=70)
    end = time.monotonic() + 3
    while (await tiers_for(pair))[small.pk].requests != 70:
        assert time.monotonic() < end


async def test_the_last_tiers_stay_in_force_while_postgres_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def away() -> None:
        raise OperationalError("away")

    provider, small, _ = await in_thread(vendor, "A")
    row = await in_thread(RateTier.objects.create, provider=provider, requests_per_minute=50)
    await all_tiers()
    monkeypatch.setattr(tiers, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(tiers, "read", away)
    assert (await tiers_for([(small.pk, provider.pk)]))[small.pk].key == f"t{row.pk}"
