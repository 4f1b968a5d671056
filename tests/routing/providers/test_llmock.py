"""Against llmock, a stand-in for the vendors that others wrote: so not only our own reading is tested."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from routing.providers import (
    ChatMessage,
    ChatRequest,
    ErrorKind,
    FinishReason,
    ProviderConfig,
    ProviderError,
    Vendor,
    provider_for,
)
from tests.routing.providers.speech import KEY, ask

MODELS = {Vendor.ANTHROPIC: "claude-sonnet-4-6", Vendor.OPENAI: "gpt-4o-mini"}
PATHS = {Vendor.ANTHROPIC: "/anthropic", Vendor.OPENAI: "/v1"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def llmock() -> Iterator[str]:
    port = _free_port()
    program = str(Path(sys.executable).with_name("llmock"))
    command = [program, "serve", "--port", str(port), "--log-level", "error", "--response-style", "echo"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield f"http://127.0.0.1:{port}"
        process.kill()


@pytest.fixture(params=list(Vendor))
async def config(request: pytest.FixtureRequest, llmock: str) -> ProviderConfig:
    config = ProviderConfig(request.param, KEY, llmock + PATHS[request.param], connect_timeout=1.0)
    async with asyncio.timeout(30):
        while True:
            try:
                await provider_for(config).list_models()
            except ProviderError:
                await asyncio.sleep(0.05)  # it is still starting
            else:
                return config


def _question(model: str) -> ChatRequest:
    return ChatRequest(model, "Be brief.", (ChatMessage("user", "Do you sell kites?"),), 60, temperature=0.2)


async def test_an_answer_streams_with_usage(config: ProviderConfig) -> None:
    text, finished = await ask(provider_for(config), _question(MODELS[config.vendor]))
    assert "kites" in text
    assert finished.reason is FinishReason.STOP
    assert finished.usage is not None
    assert finished.usage.input_tokens > 0
    assert finished.usage.output_tokens > 0


async def test_its_models_are_listed(config: ProviderConfig) -> None:
    assert MODELS[config.vendor] in await provider_for(config).list_models()


async def test_a_wrong_path_is_a_matter_of_the_base_url(config: ProviderConfig) -> None:
    wrong = ProviderConfig(config.vendor, KEY, f"{config.base_url}/nowhere")
    with pytest.raises(ProviderError, match="base URL") as caught:
        await ask(provider_for(wrong), _question("m"))
    assert caught.value.kind is ErrorKind.NOT_FOUND
