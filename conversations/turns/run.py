"""A turn's steps, in order. Each is a function in a module of its own name."""

import asyncio
import logging

from django.conf import settings

from conversations.delivery.announce import announce
from conversations.delivery.eventlog import Event
from conversations.turns.accept import accepted_event
from conversations.turns.assemble import assemble
from conversations.turns.claim import ClaimedTurn, LostTurn, claim, recent_messages
from conversations.turns.deltas import DeltaWriter
from conversations.turns.extract import extract
from conversations.turns.finish import Answer, fail, finish, give_back
from conversations.turns.lease import held_lease
from conversations.turns.retrieve import embed, passages_found, retrieve
from conversations.turns.stream import stream
from parley.background import settled
from parley.pools import resources
from routing.providers import ProviderError
from routing.route import models_for

log = logging.getLogger(__name__)


async def run_turn_job(turn_id: int) -> None:
    """The job of a worker that gives each job a loop of its own: its connections end with it."""
    async with resources():
        await run_turn(turn_id)
        await settled()


async def run_turn(turn_id: int) -> None:
    """Carry one turn from queued to answered, failed, or back to queued. Never raises for what the turn met."""
    async with held_lease() as owner:
        turn = await claim(turn_id, owner)
        if turn is None:
            log.debug("Turn %s is not ours to run", turn_id)
            return
        try:
            await _carry(turn)
        except LostTurn:
            log.info("Turn %s went to another attempt", turn.id)


async def _carry(turn: ClaimedTurn) -> None:
    try:
        await think(turn)
        await finish(turn, await answer(turn))
    except ProviderError as error:
        await fail(turn, error.kind, str(error))
    except LostTurn:
        raise
    except Exception as error:
        log.exception("Turn %s, attempt %s", turn.id, turn.attempt)
        await _try_again(turn, f"{type(error).__name__}: {error}")


async def _try_again(turn: ClaimedTurn, detail: str) -> None:
    if turn.attempt >= settings.MAX_ATTEMPTS:
        await fail(turn, "internal", f"Given up after {turn.attempt} attempts. {detail}")
        return
    await asyncio.sleep(min(2.0 ** (turn.attempt - 2), 8))  # a fault that stays must not spin
    await give_back(turn, "internal", detail)


async def answer(turn: ClaimedTurn) -> Answer:
    """embed → retrieve → route → assemble → stream; without a model, extract. Raises ProviderError, LostTurn."""
    history = await recent_messages(turn)
    vector = await embed(turn, history)
    hits = await retrieve(turn, history, vector)
    models = await models_for(turn.site_id)
    if not models:
        return await extract(turn, history, hits)
    requests = [(model, assemble(turn, model, history, hits)) for model in models]
    writer = DeltaWriter(turn)
    try:
        found = await stream(turn, requests, hits, writer)
    finally:
        await writer.close()
    return passages_found(found, hits)


async def think(turn: ClaimedTurn) -> None:
    """Tell the clients that work has begun; first the message itself, in case that could not be told before."""
    said = accepted_event(turn.message, turn.client_id, turn.text, turn.said_at, turn.id, 0)
    thinking = Event("thinking", {"attempt": turn.attempt}, turn=turn.id, attempt=turn.attempt)
    await announce(turn.conversation, said, thinking)
