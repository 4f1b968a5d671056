"""A circuit breaker for each model, shared by every process through Redis.

    found = await breakers.allowed([small.id, large.id])   # right before asking: True may be the one probe
    …
    await breakers.succeeded(small.id)      # at the first token; or failed(small.id, error), or untried(small.id)

Call these from one task, or from tasks that were begun after `allowed`: it notes in the context when the call was let
through, so that a call from before an outage cannot be taken for the probe after it. While Redis is away every model
is allowed and nothing is counted; nothing here raises.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from redis.exceptions import RedisError

from routing.breaking.known import Known, known
from routing.breaking.policy import Blame, blame, least_pause
from routing.breaking.script import CHANNEL, Reply, State, Word, say_now
from routing.providers import ProviderError

log = logging.getLogger(__name__)
_let_through: ContextVar[Mapping[int, int]] = ContextVar("let_through", default=MappingProxyType({}))


@dataclass(frozen=True)
class Standing:
    """A breaker as administrators see it.

    seconds   until a probe is let through; 0 when closed, or when the next call is the probe
    failures  in a row, or in the present window if that is more
    reason    what the model last said; empty when nothing is amiss
    since     its last opening or closing, by Redis's clock; None when it has not turned of late
    """

    state: State = State.CLOSED
    seconds: float = 0.0
    failures: int = 0
    reason: str = ""
    since: datetime | None = None


async def allowed(model_ids: Sequence[int]) -> dict[int, bool | float]:
    """For each model, best first: True, or the seconds until it may be tried.

    True for a half-open model makes the caller its probe, the only one in the installation. That is given for one
    model at a time, and only where no better one may be tried. 0.0: a probe is due, ask again when it is needed.
    """
    view = known()
    await view.refresh(model_ids)
    found: dict[int, bool | float] = {}
    for model in model_ids:
        answer = view.answer(model)
        if answer is not True and answer == 0.0 and not any(better is True for better in found.values()):
            answer = await _claim(view, model)
        if answer is True:
            _note(view, model)
        found[model] = answer
    return found


async def failed(model_id: int, error: ProviderError) -> None:
    """A call went wrong. What the model is not to blame for (a bad request, a rate limit) does not count."""
    match blame(error):
        case Blame.NOT_ASKED:
            await untried(model_id)
        case Blame.ANSWERED:
            await _tell_of_probe(model_id, "answered")
        case verdict:
            broken = verdict is Blame.BROKEN
            await _tell(model_id, "failed", reason=str(error), least=least_pause(error), at_once=broken)


async def succeeded(model_id: int) -> None:
    """The model answers. Best told once for each call, at its first token: told at the end, an outage is noticed later.

    A stream that breaks afterwards has failed all the same. Costs nothing while no failures of the model are known.
    """
    view = known()
    view.tally(model_id).add()
    reply = view.reply(model_id)
    if reply is not None and (reply.state is not State.CLOSED or (reply.failing and view.stale([model_id]))):
        await _tell(model_id, "passed")


async def untried(model_id: int) -> None:
    """A call that was allowed was not made, or was stopped: if it was the probe, the next caller is. Else nothing."""
    await _tell_of_probe(model_id, "untried")


async def states(model_ids: Sequence[int]) -> dict[int, Standing]:
    """How the breakers stand now, for people to look at. All closed while Redis is away."""
    words = [Word(model, "look") for model in model_ids]
    replies = await known().say(words) if words else {}
    return {model: _standing(replies.get(model)) for model in model_ids}


def replies_now(model_ids: Collection[int]) -> Mapping[int, Reply]:
    """What Redis says of each, for synchronous code. Raises RedisError, OSError."""
    from django_rq import get_connection

    return say_now(get_connection("turns"), [Word(model, "look") for model in model_ids]) if model_ids else {}


async def reset(model_ids: Sequence[int]) -> None:
    """Close them: somebody changed what may have been wrong."""
    if model_ids:
        await known().say([Word(model, "reset") for model in model_ids])


def reset_now(model_ids: Sequence[int]) -> None:
    """The same for synchronous code (the admin)."""
    from django_rq import get_connection

    if not model_ids:
        return
    try:
        say_now(get_connection("turns"), [Word(model, "reset") for model in model_ids])
    except (RedisError, OSError) as error:
        log.warning("Breakers could not be reset while Redis is away: %s", type(error).__name__)


async def _claim(view: Known, model_id: int) -> bool | float:
    """Ask for the probe, one caller of this loop after another: what the first hears is enough for the rest."""
    async with view.lock:
        answer = view.answer(model_id)
        if answer is True or answer > 0.0:
            return answer
        reply = (await view.say([Word(model_id, "claim")])).get(model_id)
        if reply is None or reply.wait > 0.0:
            return view.answer(model_id)
        view.probe_is_out(model_id)
        return True


def _note(view: Known, model_id: int) -> None:
    reply = view.reply(model_id)
    _let_through.set({**_let_through.get(), model_id: -1 if reply is None else reply.now})


async def _tell_of_probe(model_id: int, what: str) -> None:
    reply = known().reply(model_id)
    if reply is not None and reply.state is not State.CLOSED:
        await _tell(model_id, what)


async def _tell(model_id: int, what: str, *, reason: str = "", least: float = 0.0, at_once: bool = False) -> None:
    view, asked = known(), _let_through.get().get(model_id, -1)
    if not view.away:
        passed = view.tally(model_id).count
        await view.say([Word(model_id, what, asked, passed, reason, least, at_once)])


def _standing(reply: Reply | None) -> Standing:
    if reply is None:
        return Standing()
    since = datetime.fromtimestamp(reply.since / 1000, UTC) if reply.since else None
    return Standing(reply.state, reply.wait, reply.failures, reply.reason, since)


__all__ = [
    "CHANNEL",
    "Standing",
    "State",
    "allowed",
    "failed",
    "reset",
    "reset_now",
    "states",
    "succeeded",
    "untried",
]
