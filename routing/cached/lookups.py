"""What a turn calls: exact, lookup. And for the admin: explain."""

from typing import Any

from routing.cached.deciding import Decision, decide, exact_hit
from routing.cached.keeping import Kept, keeper
from routing.cached.normalise import normalised
from routing.cached.types import Explanation, Hit, Lookup
from routing.question import Question

NOTED = 3  # answers in the note


async def ready() -> None:
    """See to it that this process knows every change that is older than a second. Call it before `exact`."""
    await keeper.current()


async def settled_index() -> None:
    """The same for every change committed so far, however long it takes: for tests and commands, not for turns."""
    await keeper.settled()


def exact(question: Question) -> Hit | None:
    """The approved answer with this very question, by what the process holds now: neither waits nor embeds."""
    kept = keeper.kept
    return exact_hit(question, kept.index, kept.read.policy) if kept else None


async def lookup(question: Question) -> Lookup:
    """The approved answer that the message asks for, if any, and a note of what was near and what refused it."""
    kept = await keeper.current()
    decision = decide(question, kept.index, kept.read.policy, kept.read.gate) if kept else _nothing_read()
    return Lookup(decision.hit, _note(decision, kept), decision.near, decision.features or {})


async def explain(question: Question) -> Explanation:
    """The same decision with everything that led to it."""
    kept = await keeper.current()
    decision = decide(question, kept.index, kept.read.policy, kept.read.gate) if kept else _nothing_read()
    return Explanation(
        normalised=normalised(question.text),
        language=question.language,
        refused=decision.refused,
        hit=decision.hit,
        near=decision.near,
        features=decision.features or {},
        gate=kept.read.gate.id if kept else None,
        answers_in_scope=kept.index.in_scope(question) if kept else 0,
    )


def _nothing_read() -> Decision:
    return Decision(None, refused="the answers could not be read yet")


def _note(decision: Decision, kept: Kept | None) -> dict[str, Any]:
    note: dict[str, Any] = {"near": [near.note() for near in decision.near[:NOTED]]}
    if decision.hit:
        note |= {"answer": decision.hit.answer_id, "exact": decision.hit.exact}
    refused = decision.refused or (decision.near[0].refused_by if decision.near else "")
    if refused:
        note["refused_by"] = refused
    if kept and kept.read.gate.id:
        note["gate"] = kept.read.gate.id
    return note
