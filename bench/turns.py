"""What Parley adds to a turn: from the ack to the provider's request, and from its first token to the client.

Clients on websockets ask one question after another; the simulator says when each request reached it and when its
first token left. Both clocks are the machine's monotonic one.
"""

import argparse
import asyncio
import json
import time
import uuid
from typing import Any

from bench.report import Figures, percentile

HELP = "overhead of a turn, before and after the provider"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Sizes; the defaults suit two cores."""
    command.add_argument("--clients", type=int, default=4, help="websocket clients, each asking one after another")
    command.add_argument("--turns", type=int, default=10, help="questions of each client")
    command.add_argument("--workers", type=int, default=4, help="worker processes")


def run(options: argparse.Namespace) -> Figures:
    """Start the platform, measure, stop it."""
    from bench.harness import running_stack

    with running_stack(webs=1, workers=options.workers, time_to_first_token=0.2, tokens_per_second=100) as stack:
        return asyncio.run(_measure(stack, options.clients, options.turns))


async def _measure(stack: Any, clients: int, turns: int) -> Figures:
    await _client(stack, 2)  # warms every process that will answer
    stack.simulator.reset()
    stack.simulator.set(time_to_first_token=0.2, tokens_per_second=100)
    started = time.monotonic()
    measured = [
        turn for many in await asyncio.gather(*(_client(stack, turns) for _ in range(clients))) for turn in many
    ]
    seconds = time.monotonic() - started
    served = _served(stack.simulator.stats())
    before = [1000 * (served[turn["mark"]]["arrived_monotonic"] - turn["acknowledged"]) for turn in measured]
    after = [1000 * (turn["first_delta"] - served[turn["mark"]]["first_chunk_monotonic"]) for turn in measured]
    both = [a + b for a, b in zip(before, after, strict=True)]
    return {
        "clients": clients,
        "turns": len(measured),
        "turns_per_s": len(measured) / seconds,
        "ack_ms_p50": percentile([1000 * turn["ack"] for turn in measured], 0.5),
        "ack_ms_p95": percentile([1000 * turn["ack"] for turn in measured], 0.95),
        "accepted_to_provider_ms_p50": percentile(before, 0.5),
        "accepted_to_provider_ms_p95": percentile(before, 0.95),
        "first_token_to_delta_ms_p50": percentile(after, 0.5),
        "first_token_to_delta_ms_p95": percentile(after, 0.95),
        "overhead_ms_p50": percentile(both, 0.5),
        "overhead_ms_p95": percentile(both, 0.95),
    }


def _served(stats: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The simulator's record of each question, by the mark in its text (the newest, where one was asked again)."""
    found: dict[str, dict[str, Any]] = {}
    for record in stats["recent"]:
        said = json.dumps(record["body"]).rpartition("mark-")[2][:12]
        found[said] = record
    return found


async def _client(stack: Any, turns: int) -> list[dict[str, Any]]:
    from tests.chat import Chat

    measured: list[dict[str, Any]] = []
    async with Chat(stack.web[0].url) as chat:
        await chat.open()
        await chat.connect("socket")
        measured += [await _turn(chat) for _ in range(turns)]
    return measured


async def _turn(chat: Any) -> dict[str, Any]:
    mark = uuid.uuid4().hex[:12]
    sent = time.monotonic()
    ack = await chat.say(f"How long does delivery to Norway take? mark-{mark}")
    acknowledged = time.monotonic()
    await chat.wait_for("delta", turn=ack["turn"])
    first_delta = time.monotonic()
    await chat.wait_for("answer", turn=ack["turn"])
    return {"mark": mark, "ack": acknowledged - sent, "acknowledged": acknowledged, "first_delta": first_delta}
