"""The simulator as a process of its own, used by code that is not asynchronous."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from anthropic import Anthropic
from openai import OpenAI

from simulator import SettingsError, process

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def handle() -> Iterator[process.Handle]:
    with process.start(
        reply="a reply, with 'quotes' and spaces", time_to_first_token=0, tokens_per_second=None
    ) as started:
        yield started


def test_both_sdks_are_answered_by_the_process(handle: process.Handle) -> None:
    with Anthropic(base_url=handle.anthropic_url, api_key="k") as claude:
        message = claude.messages.create(model="m", max_tokens=99, messages=[{"role": "user", "content": "x"}])
        assert message.content[0].text == "a reply, with 'quotes' and spaces"  # type: ignore[union-attr]
    with OpenAI(base_url=handle.openai_url, api_key="k") as gpt:
        stream = gpt.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
        assert text == "a reply, with 'quotes' and spaces"


def test_the_handle_sets_faults_counts_and_resets(handle: process.Handle) -> None:
    handle.reset()
    handle.set(output_tokens=3)
    handle.fault("status", status=529)
    assert handle.settings()["output_tokens"] == 3
    url, headers = f"{handle.openai_url}/chat/completions", {"authorization": "Bearer k"}
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    assert [httpx2.post(url, json=body, headers=headers).status_code for _ in range(2)] == [529, 200]
    assert handle.stats(0)["by_model"] == {"m": {"529": 1, "200": 1}}
    assert handle.stats(0)["recent"] == []
    assert handle.stats(bodies=False)["recent"][-1]["output_tokens"] == 3
    handle.reset()
    assert handle.stats()["requests"] == 0


def test_the_handle_raises_what_the_simulator_refuses(handle: process.Handle) -> None:
    with pytest.raises(SettingsError, match="chunk_tokens must be a whole number"):
        handle.set(chunk_tokens="many")
    with pytest.raises(SettingsError, match="kind must be one of"):
        handle.fault("explode")


def test_wrong_options_are_named_and_nothing_starts() -> None:
    with pytest.raises(RuntimeError, match=r"--jitter must be a number from 0 to 1, not 3"):
        process.start(jitter=3)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=rf"Cannot listen on 127.0.0.1 port {port}.*Give another --port"):
            process.start(port=port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_streams_open(number: signal.Signals) -> None:
    started = process.start(tokens_per_second=1, output_tokens=1000)
    with httpx2.stream(
        "POST",
        f"{started.openai_url}/chat/completions",
        json={"model": "m", "stream": True, "messages": [{"role": "user", "content": "x"}]},
        headers={"authorization": "Bearer k"},
    ) as response:
        next(response.iter_bytes())
        started.process.send_signal(number)
        assert started.process.wait(10) == 0
    started.stop()


def test_it_ends_with_the_process_that_started_it() -> None:
    code = "import os; from simulator import process; h = process.start(); print(h.process.pid); os._exit(1)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    status = Path(f"/proc/{int(ended.stdout)}/status")
    deadline = time.monotonic() + 10
    while status.exists() and "State:\tZ" not in status.read_text():
        assert time.monotonic() < deadline, "the simulator outlives its starter"
        time.sleep(0.02)


def test_help_lists_every_setting() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "simulator", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--time-to-first-token" in shown.stdout
    assert "--per-model" in shown.stdout


def test_a_cut_is_a_reset_in_the_process_too(handle: process.Handle) -> None:
    handle.reset()
    handle.fault("cut", after=2)
    with Anthropic(base_url=handle.anthropic_url, api_key="k", max_retries=0) as claude:
        stream = claude.messages.create(
            model="m", max_tokens=99, messages=[{"role": "user", "content": "x"}], stream=True
        )
        with pytest.raises(httpx2.ReadError, match="reset"):
            list(stream)


def test_a_body_beyond_the_limit_is_refused(handle: process.Handle) -> None:
    headers = {"x-api-key": "k", "anthropic-version": "1"}
    body = b'{"model": "' + b"m" * (33 * 2**20) + b'"}'
    response = httpx2.post(f"{handle.anthropic_url}/v1/messages", content=body, headers=headers)
    assert response.status_code == 413
    assert response.json()["error"]["type"] == "request_too_large"
