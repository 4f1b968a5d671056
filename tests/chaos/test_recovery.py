"""Redis emptied, Postgres's connections cut, the leader killed or frozen: every question has one answer, soon."""

import asyncio
import re
import time
from contextlib import AsyncExitStack, contextmanager

import psycopg
import pytest
import redis

from tests.chat import Chat
from tests.seed import GPT

pytestmark = [pytest.mark.chaos, pytest.mark.slow]
LONG = "\n\n".join(f"Paragraph {number} is here for you to read, and takes its time." for number in range(12))
NEW_TIER = """
    INSERT INTO routing_ratetier (provider_id, model_id, concurrency, burst_seconds, reserve, late_seconds)
    SELECT provider_id, id, 1, 2, 'expected', 60 FROM routing_model WHERE name = %s RETURNING id
"""
PARKED = "SELECT count(*) FROM conversations_turn WHERE parked_at IS NOT NULL HAVING count(*) >= %s"
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


@pytest.fixture
def slow(live_stack):
    """Answers that take some two seconds."""
    live_stack.simulator.set(reply=LONG, tokens_per_second=100)
    return live_stack


@contextmanager
def one_at_a_time(stack, model):
    """A rate tier for the model. Workers read tiers once a second."""
    [(tier,)] = stack.rows(NEW_TIER, model)
    time.sleep(1.1)
    try:
        yield
    finally:
        stack.rows("DELETE FROM routing_ratetier WHERE id = %s", tier)


async def asking(visitors, stack, count, site="demo"):
    """So many visitors on sockets, each with a question under way: [(chat, ack)]."""
    asked = []
    for number in range(count):
        chat = await visitors.enter_async_context(Chat(stack.web[number % 2].url, site))
        await chat.open()
        await chat.connect()
        asked.append((chat, await chat.say("Tell me a long story")))
    return asked


async def answered(stack, asked, since, what):
    """Each has its one answer, seen without a reload; prints how long the last one took."""
    for chat, ack in asked:
        assert (await chat.answer(ack, patience=45))["text"] == LONG
        assert stack.rows("SELECT text FROM conversations_message WHERE turn_id = %s", ack["turn"]) == [(LONG,)]
    print(f"{what}: all {len(asked)} answers were there after {time.monotonic() - since:.1f} s")


def leader(stack):
    """The worker that leads, and another. The lock holds the number of the leader's process."""

    def look():
        with redis.Redis.from_url(stack.valkey.url, decode_responses=True) as client:
            found = re.search(r"-(\d+)-\w+$", client.get("parley:leader") or "")
        return sorted(stack.workers, key=lambda one: one.process.pid != int(found[1])) if found else []

    deadline = time.monotonic() + 15
    while not (workers := look()):
        assert time.monotonic() < deadline, "nobody leads"
        time.sleep(0.05)
    return workers


async def test_redis_emptied_with_turns_running_and_parked(slow):
    async with AsyncExitStack() as visitors:
        with one_at_a_time(slow, GPT):
            asked = await asking(visitors, slow, 3) + await asking(visitors, slow, 4, "gpt")
            slow.wait_for_row(PARKED, 3)
            await asked[0][0].wait_for("delta", turn=asked[0][1]["turn"])
            began = time.monotonic()
            with redis.Redis.from_url(slow.valkey.url) as client:
                client.flushall()
            await answered(slow, asked, began, "Redis emptied")


def cut_connections(stack):
    """As their own role: the owner of the database may not."""
    with psycopg.connect(stack.environment()["DATABASE_URL"], autocommit=True) as connection:
        assert len(connection.execute(CUT).fetchall()) > 2


async def test_every_connection_to_postgres_cut_three_times(slow):
    async with AsyncExitStack() as visitors:
        asked = await asking(visitors, slow, 6)
        began = time.monotonic()
        for _ in range(3):
            await asyncio.to_thread(cut_connections, slow)
            await asyncio.sleep(0.7)
        await answered(slow, asked, began, "Connections cut")


async def test_the_leader_killed(slow):  # the others' turns: test_lost_processes.py
    async with AsyncExitStack() as visitors:
        asked = await asking(visitors, slow, 6)
        began = time.monotonic()
        leader(slow)[0].kill()
        await answered(slow, asked, began, "Leader killed")
        assert leader(slow)[0].alive, "another leads now"


async def test_a_frozen_leader_is_replaced_and_leads_no_more_when_it_wakes_up(slow):
    async with AsyncExitStack() as visitors:
        first, other = leader(slow)
        with first.frozen():
            asked = await asking(visitors, slow, 4)
            began = time.monotonic()
            slow.rows("UPDATE conversations_turn SET queued_at = now() - interval '1 h' WHERE state = 'queued'")
            await answered(slow, asked, began, "Leader frozen")
            assert leader(slow)[0] is other
        await answered(slow, await asking(visitors, slow, 2), time.monotonic(), "Leader awake again")
        assert leader(slow)[0] is other
