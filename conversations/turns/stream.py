"""Stream: ask the model that let the turn in, and send on what it says as it says it; when it fails, ask the next."""

import asyncio
import dataclasses
import logging
import random
import time
from collections.abc import Sequence
from typing import Any

from conversations.turns import observing
from conversations.turns.admit import Choice, Seat, take_seat, wait_for_recovery
from conversations.turns.claim import ClaimedTurn
from conversations.turns.deltas import DeltaWriter
from conversations.turns.failures import Failures
from conversations.turns.finish import Answer
from conversations.turns.plan import Plan
from conversations.turns.reply import Timing, partial_reply, reply
from conversations.turns.stop import Stopped, watched
from observability.tracing import span
from parley.background import spawn
from routing import breakers
from routing.admission import abandon, refused, settle, told
from routing.outcomes import note_failure, note_success
from routing.providers import (
    ErrorKind,
    Finished,
    FinishReason,
    Opened,
    ProviderConfig,
    ProviderError,
    TextDelta,
    provider_for,
)
from routing.ready import RoutedModel

log = logging.getLogger(__name__)
RECOVERY_SECONDS = 3.0  # until a turn whose models all failed looks again


async def stream(turn: ClaimedTurn, choices: Sequence[Choice], plan: Plan, writer: DeltaWriter) -> Answer:
    """The answer of the first model that gives one. Raises Parked, ProviderError of the best model, LostTurn."""
    failures = Failures(choices)
    seat: Seat | None = None
    while left := failures.left:
        with span("admit"):
            seat = await take_seat(turn, left, plan)
        try:
            with span("stream", model=seat.choice.model.name, provider=seat.choice.model.config.vendor) as step:
                answer = await _ask(turn, seat, plan, writer, standby=len(left) > 1)
                step.set(**_usage(answer))
        except ProviderError as error:
            await _failed(turn, seat, error, failures, writer)
        else:
            if answer.first_token and (seat.choice.model.failing or failures.includes(seat.choice.model)):
                spawn(note_success(seat.choice.model))
            return answer
    if seat and failures.may_pass:
        pause = RECOVERY_SECONDS * random.uniform(0.7, 1.3)  # noqa: S311 - jitter
        await wait_for_recovery(turn, plan, seat.tier, pause, failures.first)
    raise failures.first


async def _ask(turn: ClaimedTurn, seat: Seat, plan: Plan, writer: DeltaWriter, *, standby: bool) -> Answer:
    """One model's answer. Whatever happens, the seat is given back."""
    model, began, first_token = seat.choice.model, time.monotonic(), None
    observing.asked(model, seat.choice.request)
    finished = Finished(FinishReason.OTHER, None)
    try:
        provider = provider_for(_patience(model, standby=standby))
        async with watched(turn), provider.stream(seat.choice.request) as events:
            async for event in events:
                match event:
                    case TextDelta(text):
                        if first_token is None:
                            first_token = time.monotonic()
                            observing.model_began(model, first_token - began)
                            spawn(breakers.succeeded(model.id))
                        writer.add(text)
                    case Finished():
                        finished = event
                    case Opened(limits):
                        spawn(told(seat.tier, limits))
    except ProviderError:
        if first_token is None:
            observing.model_gave_up(model, time.monotonic() - began)
        raise  # _failed gives the seat back, before another is taken
    except Stopped:
        spawn(_give_up(turn, seat))
        return partial_reply(model, writer.text, plan.hits, Timing(began, first_token))
    except BaseException:
        spawn(_give_up(turn, seat))
        raise
    usage = finished.usage
    counts = (usage.input_tokens, usage.cached_input_tokens, usage.output_tokens) if usage else None
    spawn(settle(seat.tier, turn.id, usage=counts, seconds=time.monotonic() - began))
    return reply(model, writer.text, finished, plan.hits, Timing(began, first_token))


def _usage(answer: Answer) -> dict[str, Any]:
    counts = {name: getattr(answer, name) for name in ("input_tokens", "cached_input_tokens", "output_tokens")}
    return {"finish_reason": str(answer.finish_reason)} | {name: count for name, count in counts.items() if count}


async def _give_up(turn: ClaimedTurn, seat: Seat) -> None:
    await asyncio.gather(abandon(seat.tier, turn.id), breakers.untried(seat.choice.model.id))


def _patience(model: RoutedModel, *, standby: bool) -> ProviderConfig:
    """With another model standing by, a slow beginning is not waited for as long."""
    config = model.config
    if not standby or model.first_token_seconds >= config.first_token_timeout:
        return config
    return dataclasses.replace(config, first_token_timeout=model.first_token_seconds)


async def _failed(turn: ClaimedTurn, seat: Seat, error: ProviderError, failures: Failures, writer: DeltaWriter) -> None:
    model = seat.choice.model
    log.warning("Turn %s: %s: %s", turn.id, model.name, error)
    failures.note(model, error)
    observing.model_failed(model, error)
    limited = error.kind == ErrorKind.RATE_LIMITED
    ended = refused(seat.tier, turn.id, error.retry_after) if limited else abandon(seat.tier, turn.id)
    await asyncio.gather(ended, breakers.failed(model.id, error))
    if error.limits:
        spawn(told(seat.tier, error.limits))
    spawn(note_failure(model, error))
    if writer.text:
        await writer.clear()
    if not limited and failures.may_ask_again(model):
        pause = random.uniform(0.2, 1.0) if error.retry_after is None else error.retry_after  # noqa: S311 - jitter
        await asyncio.sleep(pause + random.uniform(0, 0.25))  # noqa: S311
