"""Whether recall finds what was said: evidence among the ten best, and tokens beside the whole history.

Reads LOCOMO-format files (--data FILE or FOLDER; bench.locomo makes one when none is given: seed 7, on which nothing
was tuned). Each dialogue becomes the messages of a contact (the first speaker) on a site (the other), each of its
sessions a conversation, and each question a call of `memory.recall.recall` with its defaults. Beside it: the highest
cosines (dense), and BM25 over single turns.
"""

import argparse
import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import fmean
from typing import Any
from uuid import uuid4

import numpy as np

from bench import dialogues
from bench.dialogues import Dialogue, Turn
from bench.report import Figures

BEST = 10
SEED = 7
METHODS = ("evidence", "dense", "bm25")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What to read."""
    command.add_argument("--data", type=Path, help="a LOCOMO-format file, or a folder of them")
    command.add_argument("--seed", type=int, default=SEED, help="of the invented dialogues, without --data")
    command.add_argument("--most", type=int, help="look at so many dialogues only")


def _lists() -> dict[str, list[float]]:
    return defaultdict(list)


@dataclass
class Seen:
    """What came out, question by question."""

    by_category: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    memory_tokens: list[float] = field(default_factory=list)
    history_tokens: list[float] = field(default_factory=list)

    def add(self, category: str, method: str, evidence: frozenset[str], found: Sequence[str]) -> None:
        """The share of the evidence among the ten best."""
        self.by_category[category][method].append(len(evidence.intersection(found[:BEST])) / len(evidence))


def run(options: argparse.Namespace) -> Figures:
    """Start Postgres, ask every question, stop it."""
    from bench.database import running_postgres

    given = dialogues.read(options.data) if options.data else invented(options.seed)
    with running_postgres():
        seen = asyncio.run(measure(given[: options.most]))
    return figures(seen)


def invented(seed: int) -> list[Dialogue]:
    """Our own dialogues, of the length of LOCOMO's."""
    import json

    from bench.locomo import generate

    return dialogues.parse(json.dumps(generate(seed)))


async def measure(given: Sequence[Dialogue], **options: Any) -> Seen:
    """Every question of every dialogue; `options` are recall's."""
    from parley import pools

    seen = Seen()
    async with pools.resources():
        for dialogue in given:
            await _one(dialogue, seen, options)
    return seen


def figures(seen: Seen) -> Figures:
    """Print the table by category; the figures over all questions."""
    print("category   questions  " + "  ".join(f"{method:>8}" for method in METHODS))
    for category, methods in sorted(seen.by_category.items()):
        shares = "  ".join(f"{fmean(methods[method]):8.3f}" for method in METHODS)
        print(f"{category:<10} {len(methods['evidence']):>9}  {shares}")
    every = {name: [one for many in seen.by_category.values() for one in many[name]] for name in METHODS}
    return {
        **{f"{name}_recall_at_10": fmean(every[name]) for name in METHODS},
        "memory_tokens": fmean(seen.memory_tokens),
        "history_tokens": fmean(seen.history_tokens),
        "questions": len(every["evidence"]),
    }


async def _one(dialogue: Dialogue, seen: Seen, options: dict[str, Any]) -> None:
    from memory.embedding import embedder
    from memory.recall import prompt_section, recall
    from parley.threads import in_database_thread
    from parley.tokens import tokens

    contact, numbers = await keep(dialogue)
    vectors = await in_database_thread(embedder().embed_all, [turn.text for turn in dialogue.turns])
    asked = await in_database_thread(embedder().embed_all, [question.text for question in dialogue.questions])
    words = await in_database_thread(Words.of, dialogue)
    later = dialogue.turns[-1].at + timedelta(days=1)
    seen.history_tokens += [sum(tokens(f"{turn.speaker}: {turn.text}\n") for turn in dialogue.turns)]
    for number, question in enumerate(dialogue.questions):
        recalled = await recall(contact.pk, question.text, asked[number], site_id=contact.site_id, now=later, **options)
        seen.memory_tokens.append(tokens(prompt_section(recalled)))
        found = [numbers[message.message] for message in recalled.messages]
        dense = [dialogue.turns[place].id for place in np.argsort(-(vectors @ asked[number]))[:BEST]]
        seen.add(question.category, "evidence", question.evidence, found)
        seen.add(question.category, "dense", question.evidence, dense)
        seen.add(question.category, "bm25", question.evidence, words.best(number))


async def keep(dialogue: Dialogue) -> tuple[Any, dict[int, str]]:
    """The dialogue as a contact's messages with vectors: the contact, and each message's turn."""
    from memory.recall import remember_messages
    from memory.recall.vectors import embed_missing
    from parley.threads import in_database_thread

    names = [*dialogue.speakers, "", ""]
    contact = await in_database_thread(_contact, names[0], names[1])
    first = contact.pk.int % (1 << 40) * 100_000
    sessions: dict[str, list[tuple[int, Turn]]] = defaultdict(list)
    for number, turn in enumerate(dialogue.turns):
        sessions[turn.session].append((first + number, turn))
    for turns in sessions.values():
        rows = [(number, turn.speaker == names[0], turn.text, turn.at) for number, turn in turns]
        await remember_messages(contact.pk, uuid4(), rows)
    while await in_database_thread(embed_missing, 500):
        pass
    return contact, {first + number: turn.id for number, turn in enumerate(dialogue.turns)}


def _contact(name: str, other: str) -> Any:
    from people.models import Site

    site = Site.objects.create(key=f"bench-{uuid4().hex[:12]}", name=other or "Bench")
    return site.contacts.create(key=f"anon:{uuid4().hex}", name=name)


class Words:
    """BM25 (k1 1.2, b .75) over single turns, of the lexemes that Postgres makes of them."""

    def __init__(self, turns: list[str], lexemes: list[Counter[str]], asked: list[Counter[str]]) -> None:
        self._turns, self._lexemes, self._asked = turns, lexemes, asked
        self._holding = Counter(word for bag in lexemes for word in bag)
        self._mean = fmean(sum(bag.values()) for bag in lexemes) or 1.0

    @classmethod
    def of(cls, dialogue: Dialogue) -> "Words":
        """Ask Postgres for the lexemes of all turns and questions."""
        turns = [turn.text for turn in dialogue.turns]
        bags = _bags(turns + [question.text for question in dialogue.questions])
        return cls([turn.id for turn in dialogue.turns], bags[: len(turns)], bags[len(turns) :])

    def best(self, question: int) -> list[str]:
        """The ten best turns of a question."""
        scores = [self._score(self._asked[question], bag) for bag in self._lexemes]
        return [self._turns[place] for place in sorted(range(len(scores)), key=lambda place: -scores[place])[:BEST]]

    def _score(self, asked: Counter[str], bag: Counter[str]) -> float:
        length = 1.2 * (0.25 + 0.75 * sum(bag.values()) / self._mean)
        return sum(self._idf(word) * bag[word] * 2.2 / (bag[word] + length) for word in asked if word in bag)

    def _idf(self, word: str) -> float:
        holding = self._holding[word]
        return math.log(1 + (len(self._lexemes) - holding + 0.5) / (holding + 0.5))


def _bags(texts: list[str]) -> list[Counter[str]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place, lexeme, cardinality(positions) FROM unnest(%s::text[]) WITH ORDINALITY AS t (body, place), "
            "LATERAL unnest(to_tsvector('english', body))",
            [texts],
        )
        rows = cursor.fetchall()
    bags: list[Counter[str]] = [Counter() for _ in texts]
    for place, lexeme, count in rows:
        bags[place - 1][lexeme] = count
    return bags
