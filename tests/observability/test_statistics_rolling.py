"""Rolling up loses nothing and counts nothing twice; partitions come and go."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from observability.statistics import Period, add, adding, flush, series, total
from observability.statistics.numbers import numbers_of
from observability.statistics.partitions import keep_partitions
from observability.statistics.past import write_past
from observability.statistics.records import pack_marks, pack_sum
from observability.statistics.removing import remove_source
from observability.statistics.rolling import LOCK_KEY, roll_up
from observability.statistics.sketch import bucket

DAY = timedelta(days=1)
CELLS = [("model", 1, 1, 0, 0), ("model", 1, 2, 0, 0), ("cache", 2, 0, 0, 0)]


@pytest.fixture(autouse=True)
def _short(settings: Any) -> Iterator[None]:
    """Two days of minutes, nine of hours: fewer to sum."""
    settings.STATISTICS_MINUTE_DAYS, settings.STATISTICS_HOUR_DAYS = 2, 9
    adding.take()
    yield
    adding.take()


def came_late(at: datetime, value: float) -> None:
    """A process writes what it had kept for long."""
    with connection.cursor() as cursor:
        number = numbers_of(cursor, [CELLS[0]])[CELLS[0]]
        cursor.execute(
            "INSERT INTO observability_fresh VALUES (date_trunc('minute', %s::timestamptz), 'answer_seconds', %s, %s)",
            [at, pack_sum(number, 1, value), pack_marks(number, {bucket(value): 1})],
        )


def rows_in(table: str, more: str = "") -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} {more}")
        return int(cursor.fetchone()[0])


def some_days(count: int = 4000, source: str = "") -> "tuple[Any, Any]":
    """Times and values of the last 12 days."""
    random = np.random.default_rng(3)
    at, values = time.time() - 200 - random.random(count) * 12 * 86400, random.lognormal(0, 1, count)
    write_past("answer_seconds", CELLS, random.integers(0, 3, count), at, values, source)
    return at, values


@pytest.mark.django_db
def test_some_days_reads_the_same_before_and_after_and_from_any_rows() -> None:
    _, values = some_days()
    exact = np.quantile(values, 0.95, method="inverted_cdf")

    def check(more: int = 0) -> None:
        for step in (6 * 3600, 86400):  # of which the shorter is no longer kept for all of it
            whole = series("answer_seconds", Period.last(13 * DAY), step=step).whole()
            assert whole.count == len(values) + more
            assert whole.quantile(0.95) == pytest.approx(exact, rel=0.0051)
        assert total("answer_seconds", Period.last(13 * DAY))[None].count == len(values) + more
        by_label = series("answer_seconds", Period.last(13 * DAY), by="label").lines
        assert sum(cell.count for line in by_label.values() for cell in line) == len(values) + more

    check()
    roll_up()
    check()
    assert rows_in("observability_day") >= 10
    # For an hour that was summed, on a day whose minutes are all kept: whatever the time of day, that was yesterday.
    came_late(datetime.now(UTC) - DAY, float(exact))
    check(1)
    roll_up()
    check(1)
    roll_up()
    keep_partitions()
    check(1)


@pytest.mark.django_db
def test_what_was_added_goes_to_its_minute_once_even_with_two_leaders() -> None:
    for _ in range(3):
        add("answer_seconds", 1.0, label="model", site=1, model=1)
        flush()
    roll_up()
    assert rows_in("observability_fresh") == 3, "the minute is not over"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE observability_fresh SET at = at - interval '3 minutes'")
    roll_up()
    roll_up()
    assert rows_in("observability_fresh") == 0
    assert rows_in("observability_minute") == 1
    assert rows_in("observability_due", "WHERE grain = 'hour'") == 1
    assert total("answer_seconds", Period.last(timedelta(hours=1)))[None].count == 3


@pytest.mark.django_db(transaction=True)
def test_a_leader_that_finds_another_at_work_leaves_it_to_that() -> None:
    try:
        came_late(datetime.now(UTC) - timedelta(hours=5), 1.0)
        with psycopg.connect(**_where()) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
            roll_up()
            assert rows_in("observability_fresh") == 1
        roll_up()
        assert rows_in("observability_hour") == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE observability_fresh, observability_minute, observability_hour, observability_due,"
                "observability_day, observability_cell"
            )


@pytest.mark.django_db
def test_a_row_without_a_partition_waits_for_it_and_old_partitions_go() -> None:
    some_days(300)
    came_late(datetime.now(UTC) - 20 * DAY, 1.0)
    roll_up()
    assert rows_in("observability_minute_other") == 1
    keep_partitions()
    assert rows_in("observability_minute_other") == 0
    oldest = datetime.now(UTC) - settings.STATISTICS_MINUTE_DAYS * DAY - 2 * DAY
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM observability_minute WHERE at < %s", [oldest])
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT to_regclass('observability_minute_' || to_char(now() + interval '1 day', 'YYYYMMDD'))")
        assert cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_owners_functions_keep_to_their_tables_and_dates() -> None:
    refused = (
        "SELECT observability_make_partition('people_contact', now())",
        "SELECT observability_drop_partitions('people_contact', now())",
        "SELECT observability_make_partition('observability_minute', now() + interval '3 years')",
    )
    for statement in refused:
        refusal = pytest.raises(DatabaseError, match=r"no table with partitions|out of range")
        with refusal, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    some_days(300)
    with connection.cursor() as cursor:
        cursor.execute("SELECT observability_drop_partitions('observability_minute', now() + interval '9 days')")
    assert rows_in("observability_minute", "WHERE at > now() - interval '1 day'") > 0


@pytest.mark.django_db
def test_a_source_takes_away_what_it_brought_and_nothing_else() -> None:
    some_days(2000)
    roll_up()
    before = {step: series("answer_seconds", Period.last(13 * DAY), by="site", step=step) for step in (6 * 3600, 86400)}
    some_days(3000, source="demo")
    roll_up()
    assert total("answer_seconds", Period.last(13 * DAY))[None].count == 5000
    remove_source("demo")
    for step, wanted in before.items():
        found = series("answer_seconds", Period.last(13 * DAY), by="site", step=step)
        assert {key: found.whole(key).count for key in found.lines} == {
            key: wanted.whole(key).count for key in wanted.lines
        }
    assert rows_in("observability_cell", "WHERE source <> ''") == 0


def _where() -> dict[str, Any]:
    values = connection.settings_dict
    return {
        "dbname": values["NAME"],
        "user": values["USER"],
        "password": values["PASSWORD"],
        "host": values["HOST"],
        "port": values["PORT"],
    }
