"""What is added comes back: counted, summed, with percentiles, by step and by line."""

import logging
import math
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import numpy as np
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from redis import Redis

from observability.names import forget, name
from observability.statistics import Period, Sketch, Where, add, adding, flush, flushing, series, total
from observability.statistics import slices as memory
from observability.statistics.records import compact_marks, compact_sums, pack_marks, pack_sum, read_marks, read_sums

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _nothing_added() -> Iterator[None]:
    adding.take()
    yield
    adding.take()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds to add to the monotonic clock that slices are told by."""
    ahead = [0.0]
    monkeypatch.setattr(adding, "monotonic", lambda: time.monotonic() + ahead[0])
    return ahead


def test_percentiles_of_merged_sketches_are_those_of_all_values_within_half_a_percent() -> None:
    random = np.random.default_rng(5)
    parts = [random.lognormal(mean, 1.5, 700) for mean in (-5, 0, 3)] + [random.exponential(1e-3, 900), np.zeros(40)]
    values = np.concatenate(parts)
    merged = Sketch.of(parts[0]).merge(*(Sketch.of(part) for part in parts[1:]))
    for share in (0.0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0):
        exact = float(np.quantile(values, share, method="inverted_cdf"))
        assert merged.quantile(share) == pytest.approx(exact, rel=0.00501, abs=1e-6)
    assert Sketch.of([]).quantile(0.5) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        merged.quantile(95)


def test_joined_records_mean_the_same_however_they_were_cut() -> None:
    random = np.random.default_rng(6)
    marks = [(int(c), int(b), int(n)) for c, b, n in random.integers([1, -900, 1], [5, 900, 200_000], (400, 3))]
    data = b"".join(pack_marks(cell, {bucket: count}) for cell, bucket, count in marks)
    cut = 8 * 137
    compacted = compact_marks(compact_marks(data[:cut]) + compact_marks(data[cut:]))
    assert compacted == compact_marks(data)
    counted: dict[tuple[int, int], int] = {}
    for record in read_marks(compacted):
        key = int(record["cell"]), int(record["bucket"])
        counted[key] = counted.get(key, 0) + int(record["count"])
    wanted: dict[tuple[int, int], int] = {}
    for cell, bucket, count in marks:
        wanted[cell, bucket] = wanted.get((cell, bucket), 0) + count
    assert counted == wanted
    large = pack_sum(3, 2**33, 5.5) + pack_sum(4, 1, 0.5)
    assert sum(int(record["count"]) for record in read_sums(compact_sums(large))) == 2**33 + 1


@pytest.mark.django_db
def test_what_threads_add_is_chosen_and_grouped() -> None:
    def work(model: int) -> None:
        for hundredth in range(1, 101):
            add("answer_seconds", hundredth / 100, label="model", site=1 + hundredth % 2, model=model)

    threads = [threading.Thread(target=work, args=(model,)) for model in (7, 8, 9)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    add("answer_seconds", 0.01, label="cache", site=1)
    flush()
    hour = Period.last(HOUR)
    everything = total("answer_seconds", hour)[None]
    assert everything.count == 301
    assert everything.total == pytest.approx(3 * 50.5 + 0.01)
    assert total("answer_seconds", hour, by="label", where=Where(sites=(1,)))["model"].count == 150
    by_model = total("answer_seconds", hour, by="model")
    assert {key: cell.count for key, cell in by_model.items()} == {7: 100, 8: 100, 9: 100, None: 1}
    assert by_model[8].quantile(0.95) == pytest.approx(0.95, rel=0.005)
    assert total("answer_seconds", hour, where=Where(models=(7, None)))[None].count == 101
    found = series("answer_seconds", hour, where=Where(labels=("model",), models=(7, 9)))
    assert found.step == 60
    assert len(found.starts) == len(found.lines[None]) in {60, 61}
    assert found.whole().count == 200
    assert series("answer_seconds", hour, by="site", where=Where(labels=("nothing like it",))).lines == {}
    assert total("turns", hour)[None].count == 0


@pytest.mark.django_db
def test_what_cannot_be_counted_is_left_out_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    adding._told.clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            add("answer_seconds", math.nan, label="model")
            add("answer_seconds", math.inf, label="model")
            add("no such figure")
            add("turns", label="exploded")
            add("errors", "three", label="provider")  # type: ignore[arg-type]
            add("turns", label="failed", site="shop")  # type: ignore[arg-type]
        adding.settle()
    assert len(caplog.records) == 5
    for number in range(500):
        add("queue_depth", 1, label=f"queue\0 {number} " + "x" * 100)
    flush()
    hour = Period.last(HOUR)
    assert {key: cell.count for key, cell in total("turns", hour, by="label").items()} == {"other": 3}
    labels = total("queue_depth", hour, by="label")
    assert len(labels) == adding.MOST_LABELS + 1
    assert labels["other"].count == 300
    assert max(len(str(label)) for label in labels) <= adding.LONGEST_LABEL


@pytest.mark.django_db
def test_minutes_are_those_of_the_database_whatever_the_process_believes(clock: list[float]) -> None:
    adding.slices.offset = time.time() - time.monotonic() - 5 * 86400  # a process whose clock is five days slow
    add("messages")
    with connection.cursor() as cursor:
        flush()
        cursor.execute("SELECT at, date_trunc('minute', statement_timestamp()) FROM observability_fresh")
        at, now = cursor.fetchone()
    assert now - at <= timedelta(minutes=1)
    assert adding.slices.offset + time.monotonic() == pytest.approx(time.time(), abs=5)


@pytest.mark.django_db
def test_while_the_database_is_away_minutes_wait_and_are_written_where_they_belong(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> float:
        raise OperationalError

    begun = clock[0] = -200 * 60.0
    with monkeypatch.context() as patch:
        patch.setattr(flushing, "write", away)
        for minute in range(200):
            clock[0] = begun + minute * 60
            add("messages", 2)
            with pytest.raises(OperationalError):
                flush()
    assert len(adding.slices._closed) == memory.MOST_SLICES
    flush()
    found = total("messages", Period.last(timedelta(hours=5)))[None]
    assert (found.count, found.total) == (200, 400.0)
    per_minute = series("messages", Period.last(timedelta(hours=4)), points=240, step=60)
    assert max(cell.count for cell in per_minute.lines[None]) == 21  # the oldest twenty have joined the next
    assert sum(cell.count == 1 for cell in per_minute.lines[None]) == 179


@pytest.mark.django_db
def test_what_cannot_be_done_keeps_nothing_else_from_being_done_and_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address = "redis://127.0.0.1:1/0"  # where nobody listens

    def publish() -> None:
        Redis.from_url(address, retry=None).ping()

    def wrong() -> None:
        raise ValueError

    done: list[bool] = []
    monkeypatch.setattr(flushing, "also", [publish, wrong, lambda: done.append(True)])
    monkeypatch.setattr(flushing, "connections", Mock())  # the test's own stays open
    outages: flushing.Outages = {}
    for _ in range(2):
        flushing._round(outages)
    assert done == [True, True]
    assert [caplog.text.count("publish waits"), caplog.text.count("wrong failed")] == [1, 2]
    assert "Traceback" not in caplog.text.partition("wrong failed")[0], "the first round's"
    address = settings.REDIS_URL
    for _ in range(2):
        flushing._round(outages)
    assert [caplog.text.count("publish waits"), caplog.text.count("publish: Postgres or Redis is back")] == [1, 1]


def test_a_process_that_was_forked_off_does_not_write_its_parents_values() -> None:
    add("messages")
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.write(writer, str(sum(len(each.cells) for each in adding.take())).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"0"
    assert len(adding.take()[0].cells) == 1


def test_more_cells_than_there_is_room_for_are_counted_together() -> None:
    for site in range(memory.MOST_CELLS + 50):
        add("messages", site=site)
    [only] = adding.take()
    assert len(only.cells) == memory.MOST_CELLS + 1
    assert only.cells["messages", "other", 0, 0, 0, 0].count == 50


@pytest.mark.django_db
def test_ranges_that_make_no_sense_say_so_and_the_future_is_empty() -> None:
    now = datetime.now(UTC)
    for start, end, words in (
        (now, now - HOUR, "after its start"),
        (now, now, "after its start"),
        (now - timedelta(days=4000), now, "ten years"),
        (datetime(2026, 1, 1), now, "no time zone"),  # noqa: DTZ001 - that is the point
        (datetime(1, 1, 1, tzinfo=UTC), now, "out of the range"),
    ):
        with pytest.raises(ValueError, match=words):
            Period(start, end)
    ahead = series("answer_seconds", Period(now + 1000 * HOUR, now + 1001 * HOUR))
    assert {cell.count for cell in ahead.lines[None]} == {0}
    assert ahead.whole().quantile(0.95) is None
    years = series("answer_seconds", Period(now - timedelta(days=3650), now))
    assert len(years.starts) <= 122
    with pytest.raises(ValueError, match="no figure"):
        series("answer_second", Period.last(HOUR))
    with pytest.raises(ValueError, match="1 to 2000 points"):
        series("answer_seconds", Period.last(HOUR), points=0)


@pytest.mark.django_db
def test_numbers_have_the_names_of_their_rows(site: object) -> None:
    forget()
    assert name("site", site.pk) == "Demo Shop"  # type: ignore[attr-defined]
    assert name("model", 987654) == "model 987654"
    assert name("rule", None) == "none"
