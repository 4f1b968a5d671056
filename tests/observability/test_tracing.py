"""A turn's steps: nested rightly, bounded, written, read again, and shown as a waterfall."""

import asyncio
import os
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from observability.tracing import current, sinks, span, store, trace
from observability.tracing.encoding import decode, encode
from observability.tracing.reading import traces_of
from observability.tracing.spans import MOST_SPANS
from parley.log_context import fields

CONVERSATION = uuid.uuid4()


def begin(**more):
    return trace(turn=more.pop("turn", 1), attempt=more.pop("attempt", 1), conversation=CONVERSATION, **more)


class _Parked(Exception):
    trace_state = "parked"


@pytest.fixture(autouse=True)
def ended(monkeypatch):
    """Traces that ended in the test; the process's own sinks are left out."""
    told = []
    monkeypatch.setattr(sinks, "_sinks", [told.append])
    monkeypatch.setattr(sinks, "_late", [lambda _trace, made: told.append(made)])
    return told


async def _step(name):
    with span(name):
        await asyncio.sleep(0)
        with span(f"{name} inner"):
            await asyncio.sleep(0)


async def test_steps_that_run_side_by_side_are_each_under_the_step_that_began_them():
    with begin() as t:
        with span("prepare"):
            await asyncio.gather(_step("retrieve"), asyncio.create_task(_step("recall")))
        assert current() is t
    parents = {made.name: made.parent.name for made in t.spans[1:]}
    assert parents == {
        "prepare": "turn", "retrieve": "prepare", "recall": "prepare",
        "retrieve inner": "retrieve", "recall inner": "recall",
    }  # fmt: skip


async def test_a_step_that_outlives_its_trace_is_told_of_and_not_awaited(ended):
    with begin() as t:
        task = asyncio.create_task(_step("remember"))
        await asyncio.sleep(0)
    await task
    assert [ended[0], ended[-1].name] == [t, "remember"]


def test_outside_a_trace_a_step_does_nothing_and_the_log_is_about_a_turn_within_only():
    with span("embed") as s:
        s.set(a=1)
        s.event("x")
    assert s.attributes == {}
    with begin(turn=7):
        assert fields()["turn"] == 7
    assert "turn" not in fields()


def test_errors_are_marked_with_their_kind_and_what_only_waits_is_no_error():
    class _Busy(Exception):
        kind = "rate_limited"

    with pytest.raises(_Busy), begin() as t, span("stream"):
        raise _Busy
    assert (t.spans[1].error, t.error, t.state) == ("rate_limited", "rate_limited", "failed")
    with pytest.raises(_Parked), begin() as t, span("admit"):
        raise _Parked
    assert (t.spans[1].error, t.state) == ("", "parked")


def test_a_trace_keeps_200_steps_and_counts_the_rest():
    with begin() as t:
        for _ in range(MOST_SPANS + 50):
            with span("embed"):
                pass
    assert len(t.spans) == MOST_SPANS
    assert t.left_out == 51
    assert len(decode(encode(t))) == MOST_SPANS


@pytest.mark.django_db
def test_traces_are_written_together_and_read_by_turn_with_the_wait_before_them(ended):
    accepted = datetime.now(UTC)
    with pytest.raises(_Parked), begin(turn=5, accepted_at=accepted, claimed_at=accepted + timedelta(seconds=2)):
        raise _Parked
    with (
        begin(turn=5, attempt=2, site=3) as t,
        span("stream", provider="x" * 500, model="gpt", tokens=12, gone=None) as s,
    ):
        s.event("first_token", at=1)
        t.about(model=4)
        t.end("answered")
    for each in ended:
        store.keep(each)
    store.flush()
    first, second = traces_of([5, 6], since=accepted)[5]
    assert (first.state, first.offset, second.state, second.offset) == ("parked", 2.0, "answered", None)
    stream = second.spans[1]
    assert stream.attributes == {"provider": "x" * 200, "model": "gpt", "tokens": 12}
    assert [event.name for event in stream.events] == ["first_token"]
    assert abs((second.at - datetime.now(UTC)).total_seconds()) < 60


def test_a_process_that_was_forked_off_writes_none_of_its_parents_traces(ended):
    with begin():
        pass
    store.keep(ended[0])
    if not (child := os.fork()):
        os._exit(len(store._waiting))
    _, status = os.waitpid(child, 0)
    assert (os.waitstatus_to_exitcode(status), len(store._waiting)) == (0, 1)


@pytest.mark.django_db
def test_days_that_are_over_are_dropped_whole_and_nonsense_is_refused():
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE observability_trace_20200101 PARTITION OF observability_trace"
            " FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')"
        )
    store.look_after()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('observability_trace_20200101')")
        assert cursor.fetchone() == (None,)
        with pytest.raises(Exception, match="1 to 3650 days"):
            cursor.execute("SELECT observability_keep_traces(0)")


def test_bytes_that_are_no_trace_are_said_to_be_none():
    for wrong in (b"", b"\x02abc", b"\x01abc"):
        with pytest.raises(ValueError, match="No trace"):
            decode(wrong)
