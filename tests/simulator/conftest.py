"""A simulator in this process for each test, and the two vendors' own clients pointed at it."""

import os
from collections.abc import AsyncIterator

import pytest

# Reading the SDKs' generated types takes seconds; it must not be part of a test's time.
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from simulator import Simulator

KEY = "sk-a-key-that-must-never-be-shown"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients heed proxy variables of the machine, which know nothing of its loopback."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(time_to_first_token=0.01, tokens_per_second=None) as running:
        yield running


@pytest.fixture
async def claude(sim: Simulator) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(base_url=sim.anthropic_url, api_key=KEY, max_retries=0) as client:
        yield client


@pytest.fixture
async def gpt(sim: Simulator) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=sim.openai_url, api_key=KEY, max_retries=0) as client:
        yield client
