"""Every test gets and gives back its own clients: they belong to its loop."""

import os
from collections.abc import AsyncIterator

import pytest

from routing.providers import close_clients, warm_up
from tests.routing.providers.speech import ANTHROPIC, OPENAI, Speech

warm_up()  # seconds that must not be part of a test's time


@pytest.fixture(autouse=True)
async def _close_clients() -> AsyncIterator[None]:
    yield
    await close_clients()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDKs read keys, addresses and headers from the environment, and tests must not."""
    for name in [name for name in os.environ if name.startswith(("ANTHROPIC_", "OPENAI_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(params=[ANTHROPIC, OPENAI], ids=["anthropic", "openai"])
def speech(request: pytest.FixtureRequest) -> Speech:
    """Each test that takes it runs once for each vendor."""
    return request.param
