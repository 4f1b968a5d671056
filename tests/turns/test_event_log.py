"""The event log: numbers, fences, and what is left of it."""

import json
from types import SimpleNamespace
from uuid import uuid4

import pytest

from conversations.delivery import eventlog
from conversations.delivery.eventlog import Event, append, read
from conversations.delivery.snapshot import partial_answers, places
from conversations.turns.deltas import DeltaWriter
from conversations.turns.flushing import flusher

pytestmark = pytest.mark.usefixtures("redis_clean")


def delta(attempt, first, *blocks, turn=7):
    return Event("delta", {"attempt": attempt, "from": first, "blocks": list(blocks)}, turn=turn, attempt=attempt)


def frames(page):
    return [json.loads(frame) for _, frame in page.events]


def types(page):
    return [frame["type"] for frame in frames(page)]


async def test_a_cursor_gets_exactly_what_came_after_it():
    conversation = uuid4()
    start = (await read(conversation, "")).cursor
    await append(conversation, Event("handoff", {}), Event("handback", {}))
    page = await read(conversation, start)
    assert page.resumed
    assert types(page) == ["handoff", "handback"]
    assert types(await read(conversation, page.events[0][0])) == ["handback"]
    assert (await read(conversation, page.cursor)).events == []


@pytest.mark.parametrize("cursor", ["", "x", ":", "other:1", "other:99999999999999999999", "a:b:c", "é:١"])
async def test_a_cursor_that_is_none_of_this_log_does_not_resume(cursor):
    conversation = uuid4()
    await append(conversation, Event("handoff", {}))
    page = await read(conversation, cursor)
    assert not page.resumed
    assert types(page) == ["handoff"]


async def test_a_log_that_was_lost_starts_under_another_epoch(redis_clean):
    conversation = uuid4()
    await append(conversation, Event("handoff", {}))
    before = (await read(conversation, "")).cursor
    redis_clean.flushdb()
    await append(conversation, Event("handback", {}))
    after = await read(conversation, before)
    assert not after.resumed
    assert after.cursor.split(":")[0] != before.split(":")[0]


async def test_a_log_that_was_dropped_makes_readers_start_anew():
    conversation = uuid4()
    await append(conversation, Event("handoff", {}))
    cursor = (await read(conversation, "")).cursor
    await eventlog.drop(conversation)
    assert not (await read(conversation, cursor)).resumed


async def test_an_older_attempt_can_say_nothing_once_a_newer_one_has_spoken():
    conversation = uuid4()
    assert await append(conversation, delta(1, 0, "<p>old</p>"), delta(2, 0, "<p>new</p>")) == [1, 2]
    assert await append(conversation, delta(1, 1, "<p>late</p>")) == [0]
    assert [frame["blocks"] for frame in frames(await read(conversation, ""))] == [["<p>new</p>"]]


async def test_nothing_is_said_of_a_turn_after_its_last_event():
    conversation = uuid4()
    answer = Event("answer", {"message": {}}, turn=7, attempt=1)
    said = [delta(1, 0, "<p>a</p>"), answer, answer, delta(5, 0, "<p>late</p>")]
    assert await append(conversation, *said) == [
        1,
        2,
        0,
        0,
    ]
    assert types(await read(conversation, "")) == ["answer"], "the deltas are trimmed when the answer stands"
    assert await eventlog.closed_turns([(conversation, 7), (conversation, 8), (uuid4(), 9)]) == [True, False, True]


async def test_a_delta_takes_away_those_that_it_makes_void_and_leaves_other_turns_alone():
    conversation = uuid4()
    await append(
        conversation, delta(1, 0, "<p>a</p>", "<p>b"), delta(1, 1, "<p>b</p>", "<p>c"), delta(1, 2, "<p>c</p>")
    )
    await append(conversation, delta(1, 0, "<p>z</p>", turn=8), delta(1, 2, "<p>cc</p>"))
    page = await read(conversation, "")
    assert [(frame["turn"], frame["from"]) for frame in frames(page)] == [(7, 0), (7, 1), (8, 0), (7, 2)]
    assert partial_answers(frame for _, frame in page.events)[7, 1] == ["<p>a</p>", "<p>b</p>", "<p>cc</p>"]


def place(attempt, number, *, turn=7):
    return Event("place", {"place": number, "seconds": 3.5, "late": False}, turn=turn, attempt=attempt)


async def test_of_a_turns_places_in_line_the_newest_is_kept_until_an_attempt_begins_or_the_turn_ends():
    conversation = uuid4()
    thinking = Event("thinking", {"attempt": 2}, turn=7, attempt=2)
    await append(conversation, place(1, 5), place(0, 1, turn=8), place(1, 4), place(1, 3))
    page = await read(conversation, "")
    assert [(frame["turn"], frame["place"]) for frame in frames(page)] == [(8, 1), (7, 3)]
    assert places(frame for _, frame in page.events)[7] == {"place": 3, "seconds": 3.5, "late": False}
    assert await append(conversation, thinking, place(1, 2)) == [5, 0], "nobody in line has begun since"
    assert types(await read(conversation, "")) == ["place", "thinking"]
    await append(conversation, place(2, 9), Event("cancelled", {}, turn=7, attempt=2), Event("cancelled", {}, turn=8))
    assert types(await read(conversation, "")) == ["thinking", "cancelled", "cancelled"]


async def test_what_is_said_once_is_not_said_again():
    conversation = uuid4()
    event = Event("accepted", {"id": "x"}, once="m1")
    assert await append(conversation, event, event) == [1, 0]


async def test_a_full_log_forgets_its_beginning_and_says_so(settings):
    settings.EVENT_LOG_LENGTH = 50
    conversation = uuid4()
    first = (await read(conversation, "")).cursor
    await append(conversation, *(Event("handoff", {}) for _ in range(60)))
    assert not (await read(conversation, first)).resumed, "ten events after it are gone"
    epoch = first.split(":")[0]
    assert not (await read(conversation, f"{epoch}:9")).resumed
    page = await read(conversation, f"{epoch}:10")
    assert page.resumed
    assert len(page.events) == 50


async def test_a_log_expires(redis_clean, settings):
    settings.EVENT_LOG_SECONDS = 60
    conversation = uuid4()
    await append(conversation, Event("handoff", {}))
    assert all(0 < redis_clean.pttl(key) <= 60_000 for key in eventlog.keys(conversation))


async def test_an_appending_script_that_redis_forgot_is_loaded_again(redis_clean):
    redis_clean.script_flush()
    assert await append(uuid4(), Event("handoff", {})) == [1]


async def test_an_answer_whose_log_was_lost_goes_on_in_a_new_one_without_a_gap(redis_clean):
    turn = SimpleNamespace(id=7, attempt=1, conversation=uuid4())
    writer = DeltaWriter(turn)
    for paragraph in ("One", "Two", "Three"):
        writer.add(f"{paragraph}.\n\n")
        await flusher().send([writer])
    redis_clean.flushdb()
    assert await append(turn.conversation, delta(1, 3, "<p>Four</p>")) == [eventlog.BEHIND]
    assert (await read(turn.conversation, "")).events == []
    writer.add("Four.")
    await flusher().send([writer])
    await writer.close()
    page = await read(turn.conversation, "")
    [blocks] = partial_answers(frame for _, frame in page.events).values()
    assert [block.strip() for block in blocks] == ["<p>One.</p>", "<p>Two.</p>", "<p>Three.</p>", "<p>Four.</p>"]
