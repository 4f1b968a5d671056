"""A simulator in this process for each test, and the two vendors' own clients pointed at it."""

import ssl
from collections.abc import AsyncIterator

# At the top, because reading the SDKs' generated types takes seconds that must not count as a test's.
import anthropic
import httpx2
import openai
import pytest

from simulator import Simulator
from tests.simulator.asking import KEY

# Clients read the machine's certificates anew each, which takes longer than a test; loopback needs none.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(time_to_first_token=0.01, tokens_per_second=None) as running:
        yield running


@pytest.fixture
async def claude(sim: Simulator) -> AsyncIterator[anthropic.AsyncAnthropic]:
    http = anthropic.DefaultAsyncHttpxClient(verify=NO_AUTHORITIES, trust_env=False)
    async with anthropic.AsyncAnthropic(
        base_url=sim.anthropic_url, api_key=KEY, max_retries=0, http_client=http
    ) as client:
        yield client


@pytest.fixture
async def gpt(sim: Simulator) -> AsyncIterator[openai.AsyncOpenAI]:
    http = openai.DefaultAsyncHttpxClient(verify=NO_AUTHORITIES, trust_env=False)
    async with openai.AsyncOpenAI(base_url=sim.openai_url, api_key=KEY, max_retries=0, http_client=http) as client:
        yield client


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    """A plain client, for what the SDKs would not send or would not show."""
    async with httpx2.AsyncClient(verify=NO_AUTHORITIES, trust_env=False, timeout=10) as client:
        yield client
