"""A contact with thousands of memories: a look at all of them in an index, and an exact one at the best."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from memory.embedding import embedder
from memory.embedding.asked import Asked, Space
from memory.embedding.scale import Scale
from memory.models import MemoryPolicy, UserMemory
from memory.recall import recall
from memory.recall.search import parameters_of
from memory.recall.sql import columns, numbered, statement
from memory.recall.trip import exchange
from memory.recall.weights import DEFAULT
from memory.scope import contact_scope, scope_of
from memory.stores.pgvector import angle, signs
from parley import pools
from parley.threads import in_database_thread
from people.models import Contact

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 2000
WORDS = [f"thing{number}" for number in range(60)]
QUESTIONS = ("thing1 or thing2?", "What about thing3, thing4 and thing5?", "thing6", "Something else")
EVERYTHING = MemoryPolicy(most_memories=15, most_tokens=8000)
EXACT = replace(DEFAULT, closer=MANY)

Numbers = np.ndarray[Any, np.dtype[np.float32]]


def clustered(count: int, dimensions: int, seed: int) -> Numbers:
    """Half in clusters of near relatives, half in any direction; their cosines spread as those of sentences do."""
    chance = np.random.default_rng(seed)
    made = chance.standard_normal((count, 51))
    centres = chance.standard_normal((20, 51))
    made[: count // 2] = centres[chance.integers(20, size=count // 2)] + 0.8 * made[: count // 2]
    made = (made + 0.4) @ np.linalg.qr(chance.standard_normal((dimensions, 51)))[0].T
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def rows(contact: Contact, vectors: Numbers, others: Numbers) -> Iterator[UserMemory]:
    """One in ten superseded, one in ten of another embedder, one in ten without a vector."""
    chance, now = random.Random(1), timezone.now()
    for number, vector in enumerate(vectors):
        kind = chance.randrange(10)
        yield UserMemory(
            contact=contact,
            text=f"{number}: {' '.join(chance.sample(WORDS, 5))}",
            importance=chance.random(),
            said_at=now - timedelta(days=365 * chance.random()),
            superseded_at=now if kind == 0 else None,
            embedding={1: others[number], 2: None}.get(kind, vector),
            embedder={1: "another", 2: ""}.get(kind, embedder().name),
        )


def remembered(contact: Contact, many: int) -> Contact:
    made = rows(contact, clustered(MANY, 384, 1)[:many], clustered(MANY, 96, 2))
    with contact_scope(contact.id):
        UserMemory.objects.bulk_create(made, batch_size=500)
    return contact


@pytest.fixture
def crowded(alice: Contact) -> Contact:
    """Alice, of whom thousands of things are remembered."""
    return remembered(alice, MANY)


async def found(contact: Contact, question: str, asked: Any, **options: Any) -> list[int]:
    recalled = await recall(contact.id, question, asked, site_id=contact.site_id, policy=EVERYTHING, **options)
    assert "away" not in recalled.note, recalled.note
    return [memory.id for memory in recalled.memories]


async def shared(contact: Contact, asked: list[Any]) -> float:
    """The share of the truly best fifteen that is found."""
    right = wanted = 0
    for number, vector in enumerate(asked):
        question = QUESTIONS[number % len(QUESTIONS)]
        exact = await found(contact, question, vector, weights=EXACT)
        assert len(exact) == 15
        right += len({*exact} & {*await found(contact, question, vector)})
        wanted += len(exact)
    return right / wanted


async def test_nearly_all_of_the_best_are_found_among_thousands(crowded: Contact) -> None:
    assert await shared(crowded, [*clustered(MANY, 384, 1)[::75]]) > 0.99
    assert await shared(crowded, [None, None, None]) > 0.97, "by words alone"


async def test_nearly_all_are_found_in_two_spaces_of_different_dimensions(crowded: Contact) -> None:
    ours, others = clustered(MANY, 384, 1), clustered(MANY, 96, 2)
    asked = [
        Asked((Space(embedder().name, ours[number]), Space("another", others[number], Scale(0.8, 0.1))), mixed=True)
        for number in range(0, MANY, 100)
    ]
    assert await shared(crowded, asked) > 0.97


async def test_the_first_look_reads_the_index_alone(alice: Contact) -> None:
    def fill() -> None:
        remembered(alice, 300)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE memory_usermemory")

    await in_database_thread(fill)
    question, vector = QUESTIONS[0], clustered(1, 384, 1)[0]
    values = parameters_of(alice.id, question, vector, alice.site_id, timezone.now(), DEFAULT)
    text, names = numbered("EXPLAIN " + statement("memories", columns(question)))
    # As among many contacts: here there is no other one, and the table is small.
    one_of_many = ("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)", [])
    async with (await pools.postgres()).connection() as postgres:
        asked = [scope_of(alice.id), one_of_many, (text, [values[name] for name in names])]
        *_, plan = await exchange(postgres, asked)
    looks = [line for (line,) in plan if " on memory_usermemory" in line]
    assert len(looks) == 2, looks
    assert "Index Only Scan using memory_at_a_glance" in looks[0]


@pytest.mark.parametrize("length", [1, 2, 60, 500])
async def test_a_text_of_whatever_words_is_kept_and_found(alice: Contact, length: int) -> None:
    """Each letter takes four bytes; an entry of the index has room for 2,700."""
    chance = random.Random(length)
    letters = [chr(0x20000 + chance.randrange(40_000)) for _ in range(600)]
    words = ["".join(letters[first : first + length]) for first in range(0, 600, length)]

    hyphened = f"cat-{'-'.join(words)}"

    def keep() -> None:
        with contact_scope(alice.id):
            UserMemory.objects.create(contact=alice, subject=hyphened[-100:], text=hyphened[:500], embedder="ä" * 100)
            UserMemory.objects.update(text=f"Cat {' '.join(words)}"[:500], embedding=clustered(1, 384, 1)[0])

    await in_database_thread(keep)
    assert len(await found(alice, "Has she a cat?", None)) == 1


@pytest.mark.parametrize("dimensions", [3, 384, 1536])
async def test_signs_tell_the_cosine_about_as_the_column_has_them(alice: Contact, dimensions: int) -> None:
    one, other = np.random.default_rng(7).standard_normal((2, dimensions)).astype(np.float32)
    near = one + 0.5 * other

    def keep() -> None:
        with contact_scope(alice.id):
            UserMemory.objects.create(contact=alice, text="a", embedding=near, embedder="some")

    await in_database_thread(keep)
    differing = ("SELECT sketch <~> $1::varbit FROM memory_usermemory", [signs(one)])
    async with (await pools.postgres()).connection() as postgres:
        _, ((apart,),) = await exchange(postgres, [scope_of(alice.id), differing])
    cosine = float(one @ near / np.linalg.norm(one) / np.linalg.norm(near))
    roughly = np.cos(angle(one) * apart)
    assert roughly == pytest.approx(cosine, abs=0.12 if dimensions > 3 else 0.6)
