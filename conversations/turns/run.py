"""A turn's steps, in order. Each is a function in a module of its own name."""

import asyncio
import logging

from django.conf import settings
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from conversations.delivery.announce import announce
from conversations.delivery.eventlog import Event
from conversations.turns import observing
from conversations.turns.accept import accepted_event
from conversations.turns.admit import Choice
from conversations.turns.again import again_event
from conversations.turns.assemble import assemble
from conversations.turns.claim import ClaimedTurn, LostTurn, claim
from conversations.turns.counting import estimated, factors
from conversations.turns.deltas import DeltaWriter
from conversations.turns.extract import extract
from conversations.turns.finish import Answer, fail, finish, give_back
from conversations.turns.lease import worker_lease
from conversations.turns.park import Parked
from conversations.turns.plan import Plan
from conversations.turns.prepare import prepare
from conversations.turns.ready_made import ready_made
from conversations.turns.remembering import note
from conversations.turns.stream import stream
from observability.tracing import span
from parley.background import spawn
from people.audiences import audience_for, audiences
from routing.cached import record
from routing.providers import ProviderError
from routing.ready import RoutedModel
from routing.route import models_for

log = logging.getLogger(__name__)


async def run_turn(turn_id: int) -> None:
    """The job: carry one turn from queued to answered, failed, or back to queued, whatever it meets.

    When it is cancelled (its worker ends, or may have lost its lease), the turn goes back to the queue all the same.
    """
    async with worker_lease().turn(turn_id) as owner:
        claiming = asyncio.create_task(claim(turn_id, owner))
        try:
            turn = await asyncio.shield(claiming)  # half a claim would leave the turn with nobody
            if turn is not None:
                with await observing.observed(turn):
                    await _carry(turn)
        except Parked:
            pass
        except LostTurn:
            log.info("Turn %s went to another attempt", turn_id)
        except asyncio.CancelledError:
            spawn(_interrupted(claiming))
            raise


async def _interrupted(claiming: "asyncio.Task[ClaimedTurn | None]") -> None:
    if (turn := await claiming) is None:
        return
    while True:
        try:
            await _once_more(turn, "worker_lost", f"Attempt {turn.attempt} was interrupted.")
        except LostTurn:
            return
        except (OperationalError, PoolTimeout) as error:
            log.warning("Turn %s waits to go back to the queue (%s)", turn.id, type(error).__name__)
            await asyncio.sleep(1)
        else:
            return


async def _carry(turn: ClaimedTurn) -> None:
    plan = Plan([])
    try:
        plan, _ = await asyncio.gather(prepare(turn), think(turn))
        observing.prepared(turn, plan)
        found = await answer(turn, plan)
        with span("finish"):
            stored = await finish(turn, found, plan)
    except ProviderError as error:
        await fail(turn, error.kind, str(error), plan)
        observing.failed(turn, error.kind, str(error), plan)
    except (LostTurn, Parked):
        raise
    except Exception as error:
        log.exception("Turn %s, attempt %s", turn.id, turn.attempt)
        await _try_again(turn, f"{type(error).__name__}: {error}")
    else:
        observing.ended(turn, found, plan)
        note(turn, (stored[0], found.text, stored[1]) if stored else None, plan)
        if plan.looked_up:
            question, lookup = plan.looked_up
            record(lookup, question, turn.id, stored[0] if stored else None)


async def _try_again(turn: ClaimedTurn, detail: str) -> None:
    if turn.failures < settings.MAX_ATTEMPTS:
        await asyncio.sleep(min(2.0 ** (turn.failures - 2), 8))  # a fault that stays must not spin
    await _once_more(turn, "internal", detail)


async def _once_more(turn: ClaimedTurn, error: str, detail: str) -> None:
    if turn.failures >= settings.MAX_ATTEMPTS:
        await fail(turn, error, f"Given up after {turn.failures} attempts. {detail}")
        observing.failed(turn, error, detail, Plan([]))
    else:
        await give_back(turn, error, detail)
        observing.again(turn, error, detail)


async def answer(turn: ClaimedTurn, plan: Plan) -> Answer:
    """What is ready-made; else assemble → admit → stream; without a model, extract.

    Raises ProviderError, LostTurn, Parked.
    """
    if made := await ready_made(turn, plan):
        return made
    audience = audience_for(turn.contact_key, turn.audience_id, await audiences())
    models = await models_for(plan.decision, turn.site_id, audience.id)
    if not models:
        return await extract(turn, turn.history, plan.hits)
    known = await factors()
    with span("assemble"):
        choices = [choice(turn, model, plan, known.get(model.id, 1.0)) for model in models]
    writer = DeltaWriter(turn)
    try:
        found = await stream(turn, choices, plan, writer)
    finally:
        await writer.close()
    plan.estimated = next((estimated(each.request) for each in choices if each.model.id == found.model), 0)
    return found


def choice(turn: ClaimedTurn, model: RoutedModel, plan: Plan, factor: float) -> Choice:
    """What this model would be asked."""
    more, memories = plan.decision.instructions, plan.memories
    return Choice(model, assemble(turn, model, turn.history, plan.hits, more, memories, factor), factor)


async def think(turn: ClaimedTurn) -> None:
    """Tell the clients that work has begun; first the message itself, in case that could not be told before."""
    said = accepted_event(turn.message, turn.client_id, turn.text, turn.said_at, turn.id, 0)
    thinking = Event("thinking", {"attempt": turn.attempt}, turn=turn.id, attempt=turn.attempt)
    again = [again_event(turn.id, turn.replaces, turn.replaced_answer, turn.message, 0)] if turn.replaces else []
    await announce(turn.conversation, said, *again, thinking)
