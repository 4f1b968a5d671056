"""The level that dashboards and alerts see of open breakers."""

import pytest

from conversations.measuring import breakers_open
from parley.threads import in_database_thread
from routing import breakers
from routing.breakers import State
from routing.models import Model, Provider
from tests.routing.breakers.calls import fail, until


@pytest.mark.django_db(transaction=True)
async def test_a_breaker_counts_as_open_only_while_it_lets_no_call_through(process, policy) -> None:
    provider = await in_database_thread(Provider.objects.create, name="Main", vendor="openai")
    model = await in_database_thread(Model.objects.create, provider=provider, name="m")

    async def level() -> dict[str, float]:
        return await in_database_thread(breakers_open)

    assert await level() == {"m": 0.0}
    policy(pause_ms=30_000, longest_ms=30_000)
    await fail(5, model=model.pk)
    assert await level() == {"m": 1.0}
    await breakers.reset([model.pk])
    policy(pause_ms=100, probe_ms=30_000)
    await fail(5, model=model.pk)
    await until(State.HALF_OPEN, model.pk)
    assert await level() == {"m": 0.0}, "the next turn would be its probe, but nobody asks"
    assert (await process()(breakers.allowed([model.pk])))[model.pk] is True
    assert await level() == {"m": 1.0}, "the probe is out, and no other turn is sent there"
    await Model.objects.filter(pk=model.pk).aupdate(enabled=False)
    assert await level() == {}, "which counts as nought"
