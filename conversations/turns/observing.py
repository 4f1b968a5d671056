"""Observing: what a turn tells of itself, for statistics, its trace and its log. Memory only; nothing here can fail it.

Times are told from the moment at which the message was accepted, by the database's clock up to the claim and by this
process's monotonic clock from there on: no two clocks are compared.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from conversations.turns.claim import ClaimedTurn
from conversations.turns.finish import Answer
from conversations.turns.plan import Plan
from observability.logs import Kind, Reason, record, troubled
from observability.statistics import add
from observability.tracing import Trace, current, trace
from parley.log_json import masked
from people.audiences import audience_for, audiences
from routing.providers import ChatRequest, ErrorKind, ProviderError
from routing.ready import RoutedModel

log = logging.getLogger(__name__)


class About(TypedDict):
    """Whose figures they are."""

    site: int | None
    model: int | None
    rule: int | None
    audience: int | None


MOST_DETAIL = 400  # characters: a vendor is quoted with up to 300, and what to do stands behind that
WORDS = {"failed": "given up", "given_back": "given back"}
CAUSES = {ErrorKind.TIMEOUT: "timeout", ErrorKind.STALLED: "timeout", ErrorKind.CONTEXT_LENGTH: "context"}


async def observed(turn: ClaimedTurn) -> Trace:
    """The trace of this attempt, to be entered; it begins at the claim. Never raises for Postgres being away."""
    try:
        audience: int | None = audience_for(turn.contact_key, turn.audience_id, await audiences()).id
    except (OperationalError, PoolTimeout):
        audience = turn.audience_id
    made = trace(
        turn=turn.id,
        attempt=turn.attempt,
        conversation=turn.conversation,
        site=turn.site_id,
        audience=audience,
        accepted_at=turn.accepted_at,
        claimed_at=turn.claimed_at,
    )
    if turn.attempt == 1 and made.offset is not None:
        add("queue_seconds", made.offset, site=turn.site_id, audience=audience)
    return made


def note(kind: Kind, data: Mapping[str, Any]) -> None:
    """A record of the turn that runs here."""
    if found := current().trace:
        conversation = found.conversation
        record(
            conversation if isinstance(conversation, UUID) else UUID(conversation),
            kind,
            data,
            turn=found.turn,
            site=found.site,
            audience=found.audience,
            rule=found.rule,
        )


def prepared(turn: ClaimedTurn, plan: Plan) -> None:
    """What was found and decided."""
    if found := current().trace:
        found.about(rule=plan.decision.rule_id)
    if turn.plan:
        return  # told by the attempt that prepared it
    note(
        Kind.PREPARED,
        {
            "cache": plan.cache,
            "recalled": plan.recalled,
            "route": {} if plan.cached else plan.decision.as_json(),
            "passages": [f"{hit.title} / {hit.heading}" if hit.heading else hit.title for hit in plan.hits],
        },
    )


def asked(model: RoutedModel, request: ChatRequest) -> None:
    """The exact request, before it is sent."""
    if found := current().trace:
        found.about(model=model.id)
    said = [{"role": message.role, "content": message.content} for message in request.messages]
    limits = {"max_output_tokens": request.max_output_tokens, "temperature": request.temperature}
    note(Kind.PROMPT, {"model": model.name, "system": request.system, "messages": said, **limits})


def model_began(model: RoutedModel, seconds: float) -> None:
    """Its first words came, so long after it was asked."""
    found = current().trace
    add("model_seconds", seconds, label="began", site=found.site if found else None, model=model.id)
    current().event("first_token")


def model_gave_up(model: RoutedModel, seconds: float) -> None:
    """It failed without a word, or was too slow, after so long."""
    found = current().trace
    add("model_seconds", seconds, label="gave_up", site=found.site if found else None, model=model.id)


def model_failed(model: RoutedModel, error: ProviderError) -> None:
    """One model could not answer; another one may."""
    found = current().trace
    add("model_errors", label=error.kind, site=found.site if found else None, model=model.id)
    note(Kind.ATTEMPT_FAILED, {"model": model.name, "kind": error.kind, "error": str(error)})
    current().event("model_failed", model=model.name, kind=error.kind)


def passed_over(turn: ClaimedTurn, model: RoutedModel) -> None:
    """A model was not asked, because its breaker is open: that is trouble enough to keep the conversation's log."""
    troubled(turn.conversation, Reason.BREAKER)
    current().event("breaker_open", model=model.name)


def parked(tier: str, waited: float) -> None:
    """The turn waits, and this attempt is over."""
    note(Kind.PARKED, {"tier": tier, "waited": round(waited, 3)})


def ended(turn: ClaimedTurn, answer: Answer, plan: Plan) -> None:
    """It was answered, or stopped with what there was."""
    about = _about(turn, plan, answer.model)
    state = "cancelled" if answer.stopped else "answered"
    add("turns", label=state, **about)
    if not answer.stopped:
        _timed(answer, about)
        add("answers", label=answer.answered_by, **about)
    _counted(answer, plan, about)
    _end(state)
    note(
        Kind.FINISHED,
        {
            "state": state,
            "answered_by": answer.answered_by,
            "text": answer.text,
            "model": answer.model_name,
            "finish_reason": answer.finish_reason,
            "input_tokens": answer.input_tokens,
            "cached_input_tokens": answer.cached_input_tokens,
            "output_tokens": answer.output_tokens,
            "cost": None if answer.cost is None else str(answer.cost),
        },
    )


def failed(turn: ClaimedTurn, error: str, detail: str, plan: Plan) -> None:
    """It was given up."""
    about = _about(turn, plan, None)
    add("turns", label="failed", **about)
    add("errors", label=cause(error), **about)
    _recalled(plan, about)
    _end("failed", _why(error, detail))
    note(Kind.ERROR, {"error": error, "detail": detail})
    troubled(turn.conversation, Reason.ERROR)


def again(turn: ClaimedTurn, error: str, detail: str) -> None:
    """This attempt failed; another one follows."""
    _end("given_back", _why(error, detail))
    note(Kind.ATTEMPT_FAILED, {"error": error, "detail": detail})
    troubled(turn.conversation, Reason.WORKER_LOST if error == "worker_lost" else Reason.ERROR)


def worker_lost(turn: int, attempt: int, conversation: UUID, state: str) -> None:
    """A dead worker's turn was taken from it, and is in `state` now."""
    record(conversation, Kind.WORKER_LOST, {"attempt": attempt, "state": state}, turn=turn)
    troubled(conversation, Reason.WORKER_LOST)
    if state in {"failed", "cancelled"}:
        add("turns", label=state)
    if state == "failed":
        add("errors", label="worker_lost")


def cause(error: str) -> str:
    """The statistics' word for a turn's error."""
    if error in {"worker_lost", "attempts"}:
        return "worker_lost"
    try:
        return CAUSES.get(ErrorKind(error), "provider")
    except ValueError:
        return "internal"


def _about(turn: ClaimedTurn, plan: Plan, model: int | None) -> About:
    found = current().trace
    audience = found.audience if found else turn.audience_id
    return {"site": turn.site_id, "model": model, "rule": plan.decision.rule_id, "audience": audience}


def _timed(answer: Answer, about: About) -> None:
    found = current().trace
    if found is None or found.offset is None:
        return
    add("answer_seconds", found.offset + time.monotonic() - found.began, label=answer.answered_by, **about)
    if answer.first_token is not None:
        seconds = found.offset + answer.first_token - found.began
        add("first_token_seconds", max(seconds, 0.0), label=answer.answered_by, **about)


def _counted(answer: Answer, plan: Plan, about: About) -> None:
    if answer.model is not None:
        add("admission_seconds", plan.waited, **about)
    for figure in ("input_tokens", "cached_input_tokens", "output_tokens"):
        if count := getattr(answer, figure):
            add(figure, count, **about)
    if answer.cost:
        add("cost", float(answer.cost), **about)
    if plan.cache:
        add("cache_lookups", label=_looked_up(plan), **about)
    _recalled(plan, about)


def _looked_up(plan: Plan) -> str:
    if plan.cached is None:
        return "miss"
    return "exact" if plan.cache.get("exact") else "hit"


def _recalled(plan: Plan, about: About) -> None:
    found = plan.recalled
    for word in ("away", "off"):
        if word in found:
            add("recalled", label=word, **about)
    if "milliseconds" in found:
        add("recall_seconds", found["milliseconds"] / 1000, **about)
    entries = found.get("recalled", ())
    for label, key in (("memories", "memory"), ("messages", "message")):
        if count := sum(key in entry for entry in entries):
            add("recalled", count, label=label, **about)


def _why(error: str, detail: str) -> str:
    """The cause, for the end of a line of the log: without keys and passwords, on that line, and not for ever."""
    said = " ".join(masked(detail).split())
    return f": {error}: {said[:MOST_DETAIL]}{'…' if len(said) > MOST_DETAIL else ''}"


def _end(state: str, why: str = "") -> None:
    if found := current().trace:
        log.info("Turn %s was %s%s", found.turn, WORDS.get(state, state), why)
        found.end(state)
