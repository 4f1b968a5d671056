"""A day of 10,000 conversations of 8 turns: what it costs to ask the large model everything with the full history, and
with cached answers, routing and a short history switched on one after the other; each alone beside that.

Lengths are those of the Azure trace: a row's context is taken as system prompt with passages, its generated tokens as
the answer. Questions are the router's mix: 35 % hard ones (MT-Bench, GSM8K, MMLU), 65 % CLINC150's test questions.
Whether an approved answer fits is decided by the cached answers' code with its safe default gate (an answer for each
intent, five questions each, nothing confirmed yet), the size of the model by the shipped classifier. Until there is a
memory it is taken as a budget of tokens in place of the full history. Prices are the list prices of the demo's models.
Input is fresh: passages differ from turn to turn and stand before the history, so vendors' prefix caches stop there;
`large_full_history_vendor_cache_usd` is the day if they did not, every earlier message at the cached price.
"""

import argparse
import csv
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from bench import trace
from bench.report import Figures

if TYPE_CHECKING:
    from routing.pricing import Prices
    from routing.question import Vector

CONVERSATIONS, TURNS = 10_000, 8
HARD_SHARE = 0.35
MEMORY_TOKENS = 500
CHARACTERS_PER_TOKEN = 4.0
LARGE, SMALL = "claude-sonnet-4-5", "claude-haiku-4-5"


@dataclass(frozen=True, slots=True)
class Message:
    """A question, and what was decided: `cached` is answered without a model, `wrong` should not have been."""

    tokens: int
    hard: bool
    small: bool
    cached: bool
    wrong: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the day, in tokens; `history` is everything that was said before."""

    message: Message
    prompt: int
    history: int
    answer: int


@dataclass
class Use:
    """Tokens that one model was sent and wrote in the day."""

    input: int = 0
    cached_input: int = 0
    output: int = 0


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The benchmark's own options."""
    command.add_argument("--data", type=Path, help="folder of the public data")
    command.add_argument("--seed", type=int, default=0, help="draws the day")
    command.add_argument("--conversations", type=int, default=CONVERSATIONS)


def run(options: argparse.Namespace) -> Figures:
    """Dollars of the day for each way, and the shares that they stand on."""
    import django

    os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "0123456789abcdef" * 3)
    django.setup()
    data, chance = trace.folder(options.data), random.Random(options.seed)
    hard, simple = messages(data, options.seed)
    day = drawn(hard, simple, lengths(data), options.conversations, chance)
    return shares(day) | spending(day)


def lengths(data: Path) -> list[tuple[int, int]]:
    """(context, generated) tokens of each row of the trace."""
    with (data / trace.FILE).open(newline="") as file:
        return [(int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in csv.DictReader(file)]


def messages(data: Path, seed: int) -> tuple[list[Message], list[Message]]:
    """Hard ones and simple ones, each decided once."""
    from bench import cache_clinc, router_data
    from routing.cached.deciding import decide
    from routing.cached.gate import Gate
    from routing.cached.reading import Policy
    from routing.classifier import scored
    from routing.question import Question

    clinc, mix = cache_clinc.load(data / "clinc150.jsonl", seed), router_data.mixed(data)
    index, policy, gate = cache_clinc.index_of(clinc, clinc.examples), Policy(), Gate()

    def made(text: str, vector: "Vector", hard: bool, right: int) -> Message:
        question = Question(text=text, site_id=0, audience_key="", vector=vector, searched=text)
        hit, found = decide(question, index, policy, gate).hit, scored(text, vector)
        small = found.score < found.threshold
        return Message(_tokens(text), hard, small, hit is not None, hit is not None and hit.answer_id != right)

    asked = [*clinc.judged, *clinc.reported]
    hard = [made(mix.texts[n], mix.vectors[n], True, -1) for n in range(len(mix)) if mix.hard[n]]
    return hard, [made(clinc.texts[n], clinc.vectors[n], False, int(clinc.intents[n])) for n in asked]


def _tokens(text: str) -> int:
    return max(1, round(len(text) / CHARACTERS_PER_TOKEN))


def drawn(
    hard: Sequence[Message],
    simple: Sequence[Message],
    rows: Sequence[tuple[int, int]],
    conversations: int,
    chance: random.Random,
) -> list[Turn]:
    """Every turn of the day."""
    day = []
    for _ in range(conversations):
        history = 0
        for _ in range(TURNS):
            message = chance.choice(hard if chance.random() < HARD_SHARE else simple)
            prompt, answer = chance.choice(rows)
            day.append(Turn(message, prompt, history, answer))
            history += message.tokens + answer
    return day


def shares(day: Sequence[Turn]) -> Figures:
    """What was decided, as shares of the turns; `_of_hard` of the hard ones."""
    cached = [turn for turn in day if turn.message.cached]
    hard = [turn for turn in day if turn.message.hard]
    return {
        "turns": float(len(day)),
        "cached_share": len(cached) / len(day),
        "cached_wrong_share": sum(turn.message.wrong for turn in cached) / max(1, len(cached)),
        "small_share": sum(turn.message.small for turn in day) / len(day),
        "small_share_of_hard": sum(turn.message.small for turn in hard) / max(1, len(hard)),
        "mean_history_tokens": sum(turn.history for turn in day) / len(day),
    }


def spending(day: Sequence[Turn]) -> Figures:
    """Dollars of the day, with what is switched on."""
    ways = {
        "large_full_history_usd": dollars(day),
        "with_cache_usd": dollars(day, cache=True),
        "with_cache_routing_usd": dollars(day, cache=True, routing=True),
        "with_cache_routing_memory_usd": dollars(day, cache=True, routing=True, memory=True),
        "only_routing_usd": dollars(day, routing=True),
        "only_memory_usd": dollars(day, memory=True),
        "large_full_history_vendor_cache_usd": dollars(day, vendor_cache=True),
    }
    whole = ways["large_full_history_usd"]
    return ways | {"saved_share": 1 - ways["with_cache_routing_memory_usd"] / whole}


def dollars(
    day: Sequence[Turn], *, cache: bool = False, routing: bool = False, memory: bool = False, vendor_cache: bool = False
) -> float:
    """The day's spending by `routing.pricing.price`."""
    from routing.pricing import price

    used = {LARGE: Use(), SMALL: Use()}
    for turn in day:
        if cache and turn.message.cached:
            continue
        use = used[SMALL if routing and turn.message.small else LARGE]
        history = min(turn.history, MEMORY_TOKENS) if memory else turn.history
        use.input += turn.prompt + history + turn.message.tokens
        use.cached_input += history if vendor_cache else 0
        use.output += turn.answer
    listed = prices()
    costs = [price(listed[name], use.input, use.cached_input, use.output) for name, use in used.items()]
    return float(sum((cost for cost in costs if cost is not None), Decimal(0)))


def prices() -> "dict[str, Prices]":
    """The demo's list prices by model."""
    from routing.demo import MODELS
    from routing.pricing import Prices

    found = {}
    for models in MODELS.values():
        for name, _, _, fresh, cached, written, output in models:
            found[name] = Prices(
                Decimal(fresh), Decimal(cached), Decimal(output), Decimal(written) if written else None
            )
    return found
