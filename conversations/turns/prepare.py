"""Prepare: what costs time and stays the same however often the turn has to wait. Made once, kept while it is parked.

exact cached answer → embed → cached answer → retrieve and recall → route
"""

import asyncio

from conversations.turns.claim import ClaimedTurn
from conversations.turns.plan import Plan, plan_from_json
from conversations.turns.remembering import remembered
from conversations.turns.retrieve import embed, embed_for_memory, retrieve, searched_text
from memory.recall import prompt_section
from observability.tracing import span
from people.audiences import audience_for, audiences
from routing import cached
from routing.cached import Lookup
from routing.decision import Decision
from routing.question import ArticleFound, Question, each_once
from routing.route import decide


async def prepare(turn: ClaimedTurn) -> Plan:
    """The plan of an earlier attempt, or a new one; with what of the conversation goes into the prompt now."""
    plan = plan_from_json(turn.plan) or await _planned(turn)
    plan.left_out = max(turn.characters - sum(len(text) for _, text in turn.history), 0)
    if turn.summary and turn.summary_through:
        plan.summary = {"through": turn.summary_through, "characters": len(turn.summary)}
    return plan


async def _planned(turn: ClaimedTurn) -> Plan:
    question = await asked(turn)
    wanted = turn.replaces is None  # who asks again was not content with a cached answer
    if wanted and (exact := await _exact(question)):
        return _served(question, exact)
    with span("embed"):
        question.vector = await embed(turn, turn.history)
    found = await _looked_up(question) if wanted else None
    if found and found.hit:
        return _served(question, found)
    in_spaces = await embed_for_memory(turn, turn.history, question.vector)
    hits, recalled = await asyncio.gather(retrieve(turn, turn.history, in_spaces), remembered(turn, in_spaces))
    question.articles = each_once(ArticleFound(hit.article_id, hit.title, float(hit.score)) for hit in hits)
    return Plan(
        hits,
        decision=await _decided(question),
        cache=found.note if found else {},
        memories=prompt_section(recalled),
        recalled=recalled.note,
        looked_up=(question, found) if found else None,
    )


def _served(question: Question, found: Lookup) -> Plan:
    return Plan([], cache=found.note, looked_up=(question, found))


async def _exact(question: Question) -> Lookup | None:
    with span("exact"):
        await cached.ready()
        hit = cached.exact(question)
    return Lookup(hit, {"answer": hit.answer_id, "exact": True}) if hit else None


async def _looked_up(question: Question) -> Lookup:
    with span("lookup") as step:
        found = await cached.lookup(question)
        step.set(hit=found.hit is not None)
    return found


async def _decided(question: Question) -> Decision:
    with span("decide") as step:
        decision = await decide(question)
        step.set(way=decision.way, rule=decision.rule or None, score=decision.score)
    return decision


async def asked(turn: ClaimedTurn) -> Question:
    """The turn's message as routing sees it, without its vector and its articles."""
    audience = audience_for(turn.contact_key, turn.audience_id, await audiences())
    searched = searched_text(turn, turn.history)
    return Question(
        text=turn.text,
        site_id=turn.site_id,
        audience_key=audience.key,
        audience_id=audience.id,
        searched=searched,
        stands_alone=searched == turn.text,
        messages=turn.messages,
        conversation=str(turn.conversation),
        asked_at=turn.said_at,
    )
