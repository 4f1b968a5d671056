"""A change in the admin reaches every process within a second, and what is broken harms nothing else."""

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from redis.exceptions import ConnectionError as RedisAway

from routing import cached
from routing.cached import keeping
from routing.models import CachedAnswer, CachedQuestion

GENEROUS = 20.0  # seconds: a busy machine reads late, and is right nevertheless
pytestmark = pytest.mark.django_db(transaction=True)


async def served(keeper, question, monkeypatch):
    """What another process with this keeper would answer."""
    monkeypatch.setattr("routing.cached.lookups.keeper", keeper)
    hit = (await cached.lookup(question)).hit
    return hit.text if hit else None


async def by_itself(keeper, question, wanted, monkeypatch):
    """Wait until a turn is served that: at the first look, after LOOK_SECONDS, and the reading."""
    until = time.monotonic() + GENEROUS
    while (text := await served(keeper, question, monkeypatch)) != wanted:
        assert time.monotonic() < until, f"still {text!r}"
        await asyncio.sleep(keeping.LOOK_SECONDS / 5)


async def test_every_process_serves_a_new_a_changed_and_a_deleted_answer(asked, store_async, monkeypatch):
    one, two = keeping.Keeper(), keeping.Keeper()
    question = asked("Do you repair shoes?")
    for keeper in (one, two):
        assert await served(keeper, question, monkeypatch) is None
    answer = await store_async("Yes.", "Do you repair shoes?")
    for keeper in (one, two):
        await by_itself(keeper, question, "Yes.", monkeypatch)
    answer.text = "No longer."
    await answer.asave()
    for keeper in (one, two):
        await by_itself(keeper, question, "No longer.", monkeypatch)
    await answer.adelete()
    for keeper in (one, two):
        await by_itself(keeper, question, None, monkeypatch)


async def test_without_redis_postgres_tells_of_a_change(asked, store_async, monkeypatch):
    def away():
        raise RedisAway("away")

    monkeypatch.setattr(keeping, "redis", away)
    keeper, question = keeping.Keeper(), asked("Do you repair shoes?")
    assert await served(keeper, question, monkeypatch) is None
    await store_async("Yes.", "Do you repair shoes?")
    await by_itself(keeper, question, "Yes.", monkeypatch)


async def test_vectors_that_are_missing_broken_or_of_another_embedder_are_left_out(asked, store_async):
    good = await store_async("Yes.", "Do you repair shoes?")
    bad = await store_async(
        "Odd.", "Where is the shop?", "Is the shop far?", "How do I find the shop?", sources="nonsense"
    )

    def spoil():
        first, second, third = CachedQuestion.objects.filter(answer=bad)
        CachedQuestion.objects.filter(pk=first.pk).update(vector=None)
        CachedQuestion.objects.filter(pk=second.pk).update(embedder="another")
        with connection.cursor() as cursor:
            zeros = "[" + ",".join(["0"] * 384) + "]"
            cursor.execute("UPDATE routing_cachedquestion SET vector = %s WHERE id = %s", [zeros, third.pk])
        cached.changed([bad.pk])

    await sync_to_async(spoil)()
    await cached.settled_index()
    assert (await cached.lookup(asked("Do you repair my shoes?"))).hit.answer_id == good.pk
    assert cached.exact(asked("where is the shop")).sources == [], "the same words need no vector"
    assert (await cached.lookup(asked("How can I find the shop?"))).hit is None


def test_missing_vectors_are_computed(store):
    answer = store("Yes.", "Do you repair shoes?")
    CachedQuestion.objects.update(vector=None, embedder="")
    assert cached.embed_missing() == 1
    assert cached.embed_questions(answer.pk) == 0
    assert CachedQuestion.objects.get().vector is not None


def test_a_bulk_change_is_told_by_its_ids(store):
    answer = store("Yes.", "Do you repair shoes?")
    before = CachedAnswer.objects.get(pk=answer.pk).updated_at
    cached.changed([answer.pk])
    assert CachedAnswer.objects.get(pk=answer.pk).updated_at > before
