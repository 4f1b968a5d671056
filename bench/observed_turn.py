"""A turn as it is seen: the spans, records and statistics of `conversations.turns`, without what it really does.

Questions, passages and prompts are those of the demo's articles, as the product assembles them. Two of three turns go
on with a conversation, so that prompts have what was said before.
"""

import asyncio
import random
import time
import uuid
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from conversations.demo.words import Said, vocabulary
from conversations.turns import observing
from conversations.turns.assemble import assemble
from conversations.turns.claim import ClaimedTurn
from conversations.turns.finish import Answer
from conversations.turns.plan import Plan
from memory.demo import demo_articles
from memory.knowledge.passages import cut
from memory.knowledge.search import PassageHit
from observability.logs import Kind, record
from observability.statistics import add, listen, settle
from observability.tracing import current, on_end, span
from people.audiences import audiences
from people.models import DEFAULT_SYSTEM_PROMPT
from routing.decision import Decision
from routing.pricing import Prices
from routing.providers import ChatRequest, ProviderConfig, Vendor
from routing.ready import RoutedModel

PASSAGES, MOST_SAID = 6, 8
SITES = (1, 2, 3)
PRICES = Prices(Decimal(1), Decimal("0.1"), Decimal(5))
MODELS = tuple(
    RoutedModel(number, name, 1, ProviderConfig(Vendor.ANTHROPIC, "", name="Anthropic"), 200_000, 1024, None, PRICES, False)  # noqa: E501
    for number, name in enumerate(("claude-haiku-4-5", "claude-sonnet-4-5", "gpt-4o-mini", "gpt-4o"), 1)
)  # fmt: skip
RULES = ("Simple questions", "Hard questions", "Orders and returns")


@dataclass(frozen=True)
class Given:
    """All that a turn meets: made before it is measured."""

    claimed: ClaimedTurn
    plan: Plan
    model: RoutedModel
    request: ChatRequest
    answer: Answer


class Material:
    """Turns of invented conversations, each with its own question."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._said = chance, vocabulary()
        pieces = [(article, piece) for article in demo_articles() for piece in cut(article.title, article.body)]
        self._passages = [
            PassageHit(number, number, article.title, article.url, piece.heading, piece.text, 0.9, 0.4, 0.7)
            for number, (article, piece) in enumerate(pieces, 1)
        ]
        self._talk: ClaimedTurn | None = None
        self._number = 0

    def turn(self) -> Given:
        """The next one."""
        self._number += 1
        said = self._chance.choice(self._said)
        claimed = self._claimed(said)
        self._talk = replace(claimed, history=[*claimed.history, ("contact", claimed.text), ("bot", said.answer)])
        model, hits = self._chance.choice(MODELS), self._chance.sample(self._passages, PASSAGES)
        plan = self._plan(hits)
        return Given(claimed, plan, model, assemble(claimed, model, claimed.history, hits), _answer(said, model))

    def _claimed(self, said: Said) -> ClaimedTurn:
        before, now = self._talk, datetime.now(UTC)
        if before and len(before.history) < MOST_SAID and self._chance.random() < 0.67:
            return replace(before, id=self._number, text=said.question)
        site = self._chance.choice(SITES)
        return ClaimedTurn(
            id=self._number, attempt=1, parks=0, owner="", conversation=uuid.uuid4(), message=self._number,
            client_id=None, text=said.question, said_at=now, accepted_at=now - timedelta(milliseconds=20),
            claimed_at=now, plan=None, parked_in="", replaces=None, replaced_answer=None, messages=0, characters=0,
            fresh=0, history_from=None, summary=None, summary_through=None, site_id=site, site_key=f"site-{site}",
            site_name=f"Tarn & Thistle {site}", system_prompt=DEFAULT_SYSTEM_PROMPT,
            allowed_origins="https://shop.example", contact=uuid.uuid4(), contact_key="id:somebody",
            audience_id=None, history=[],
        )  # fmt: skip

    def _plan(self, hits: list[PassageHit]) -> Plan:
        rule = self._chance.randrange(len(RULES))
        why = (f"The condition of “{RULES[rule]}” holds.", "The classifier says 0.31, below 0.5.")
        near = [
            {"answer": number, "question": self._chance.choice(self._said).question, "similarity": 0.71,
             "confidence": 0.4, "threshold": 0.9, "refused_by": "the gate"}
            for number in range(3)
        ]  # fmt: skip
        recalled = [{"memory": number, "score": 0.4, "text": "Rides a steel touring bicycle."} for number in range(3)]
        return Plan(
            hits,
            decision=Decision(rule_id=rule + 1, rule=RULES[rule], models=(1, 2), score=0.31, threshold=0.5, why=why),
            cache={"near": near, "refused_by": "the gate", "gate": 1},
            recalled={"recalled": [*recalled, {"message": 1}], "tokens": 60, "milliseconds": 4.1},
        )


def _answer(said: Said, model: RoutedModel) -> Answer:
    return Answer(
        said.answer, [{"title": said.title, "url": said.url}], model=model.id, model_name=model.name,
        input_tokens=1800, cached_input_tokens=900, output_tokens=len(said.answer) // 4, cost=Decimal("0.0021"),
        finish_reason="stop", answered_by="model",
    )  # fmt: skip


async def carried(given: Given, *, seen: bool) -> None:
    """The turn. Without `seen` it takes as long, and nobody sees it."""
    claimed = given.claimed
    await audiences()  # as every turn asks for
    if seen:
        _accepted(claimed)
    with await observing.observed(claimed) if seen else nullcontext():
        await _steps(given, seen=seen)


async def counted(given: Given) -> Counter[str]:
    """Carry it, and count what was seen. What this process writes by itself must be off: PARLEY_LOG_SECONDS=0."""
    found = Counter[str]()
    listen(lambda _, values, *__: found.update(values=len(values)))
    on_end(lambda trace: found.update(spans=len(trace.spans)))
    await carried(given, seen=True)
    settle()
    asked = given.request
    found["prompt_characters"] = len(asked.system) + sum(len(each.content) for each in asked.messages)
    return found


def _accepted(claimed: ClaimedTurn) -> None:
    add("messages", site=claimed.site_id)
    if not claimed.history:
        add("conversations", label="started", site=claimed.site_id)
    record(claimed.conversation, Kind.ACCEPTED, {"text": claimed.text}, turn=claimed.id, site=claimed.site_id)


async def _steps(given: Given, *, seen: bool) -> None:
    with span("exact"):
        pass
    with span("embed"):
        await asyncio.sleep(0.01)
    with span("lookup") as step:
        step.set(hit=False)
    with span("embed for memory") as step:
        step.set(embedders="local", trouble=None)
    await asyncio.gather(_found(), _recalled())
    with span("decide") as step:
        step.set(way=given.plan.decision.way, rule=given.plan.decision.rule, score=given.plan.decision.score)
    if seen:
        observing.prepared(given.claimed, given.plan)
    with span("assemble"):
        pass
    with span("admit"):
        await asyncio.sleep(0.002)
    if seen:
        observing.parked("claude", 0.4)
    answer = await _asked(given, seen=seen)
    with span("finish"):
        await asyncio.sleep(0.005)
    if seen:
        observing.ended(given.claimed, answer, given.plan)
        _rated(given.claimed)
    with span("remember"):
        await asyncio.sleep(0.003)


async def _found() -> None:
    with span("retrieve") as step:
        await asyncio.sleep(0.006)
        step.set(passages=PASSAGES)


async def _recalled() -> None:
    with span("recall") as step:
        await asyncio.sleep(0.01)
        step.set(memories=3, messages=1, away=False)


async def _asked(given: Given, *, seen: bool) -> Answer:
    with span("stream", model=given.model.name, provider=given.model.config.vendor) as step:
        if seen:
            observing.asked(given.model, given.request)
        await asyncio.sleep(0.4)
        current().event("first_token")
        first = time.monotonic()
        await asyncio.sleep(0.6)
        step.set(finish_reason="stop", input_tokens=1800, cached_input_tokens=900, output_tokens=150)
    return replace(given.answer, first_token=first)


def _rated(claimed: ClaimedTurn) -> None:
    """Few turns are rated in truth; here each is, so that there are six records."""
    record(claimed.conversation, Kind.RATING, {"message": claimed.message, "value": 1}, turn=claimed.id)
