"""A provider of each vendor at the simulator, and somebody who takes results."""

import pytest

from routing.batches import handlers, sending
from routing.models import Model, Provider
from routing.providers import Vendor, warm_up
from tests.routing.batches.helpers import PURPOSE, db


@pytest.fixture(scope="session", autouse=True)
def _imported():
    """The SDKs: seconds that must not be part of a test's time, nor of a run without these tests."""
    warm_up()


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    """No server is known to have no batches, and nothing was forgotten yet."""
    monkeypatch.setattr(sending, "_without", {})


@pytest.fixture
def vendor(request):
    """OpenAI, unless a test says otherwise."""
    return getattr(request, "param", Vendor.OPENAI)


@pytest.fixture
async def model(sim, transactional_db, redis_clean, vendor):
    """A model of a provider whose batches are sent at once."""
    sim.set(batch_seconds=0, reply="Said: {message}")
    url = sim.anthropic_url if vendor == Vendor.ANTHROPIC else sim.openai_url
    return await db(_model, vendor, url)


def _model(vendor, url):
    provider = Provider(name=f"Simulated {vendor}", vendor=vendor, base_url=url, batch_seconds=0)
    provider.api_key = "sk-secret-of-batches"
    provider.save()
    return Model.objects.create(provider=provider, name="m-1", input_price=10, cached_input_price=1, output_price=20)


@pytest.fixture
def taken(monkeypatch):
    """The results that were delivered, in order."""
    results = []

    async def take(result):
        results.append(result)

    monkeypatch.setitem(handlers._handlers, PURPOSE, take)
    return results
