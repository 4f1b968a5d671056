"""Logs for outside analysis, as they are stored: JSON lines, or Parquet. Neither is ever in memory as a whole."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from observability import names
from observability.models import LoggedConversation, LogRecord

AT_ONCE = 2000  # records
COLUMNS = ("conversation", "at", "number", "turn", "site", "audience", "rule", "kind", "reasons", "data")
MISSING = (
    "Parquet needs pyarrow, which Parley does without otherwise (it takes 170 MB): "
    "pip install pyarrow, or take --format jsonl."
)


@dataclass(frozen=True)
class Slice:
    """Which records: from `start` on, before `end`; of one site, or of all."""

    start: datetime
    end: datetime
    site: int | None = None


class NoParquet(Exception):
    """The library for it is not installed; the message says what to do."""


def to_jsonl(wanted: Slice, out: IO[str]) -> int:
    """A line for each record; how many."""
    count = 0
    for rows in _batches(wanted):
        for row in rows:
            row["at"], row["conversation"] = row["at"].isoformat(), str(row["conversation"])
            row["data"] = json.loads(row["data"])
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += len(rows)
    return count


def to_parquet(wanted: Slice, path: str) -> int:
    """A file with a row group for each AT_ONCE records; data is a column of JSON. Raises NoParquet."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise NoParquet(MISSING) from None
    whole, text = pa.int64(), pa.string()
    types = (text, pa.timestamp("us", "UTC"), whole, whole, whole, whole, whole, text, pa.list_(text), text)
    schema = pa.schema(list(zip(COLUMNS, types, strict=True)))
    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _batches(wanted):
            lines = [{**row, "conversation": str(row["conversation"])} for row in rows]
            writer.write_table(pa.Table.from_pylist(lines, schema=schema))
            count += len(rows)
    return count


def site_number(given: str) -> int | None:
    """A site by its number or its name. None: there is none."""
    sites = names.names("site")
    if given.isdigit() and int(given) in sites:
        return int(given)
    return next((number for number, name in sites.items() if name.casefold() == given.casefold()), None)


def _batches(wanted: Slice) -> Iterator[list[dict[str, Any]]]:
    """In order of time, through a cursor of the server's."""
    rows = LogRecord.objects.filter(at__gte=wanted.start, at__lt=wanted.end).order_by("at", "number")
    if wanted.site is not None:
        rows = rows.filter(site=wanted.site)
    stored = [name for name in COLUMNS if name != "reasons"]
    batch: list[dict[str, Any]] = []
    with transaction.atomic():
        for row in rows.values(*stored).iterator(AT_ONCE):
            batch.append(row)
            if len(batch) == AT_ONCE:
                yield _with_reasons(batch)
                batch = []
        if batch:
            yield _with_reasons(batch)


def _with_reasons(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    logged = LoggedConversation.objects.filter(pk__in={row["conversation"] for row in rows})
    reasons = dict(logged.values_list("conversation", "reasons"))
    return [
        {name: reasons.get(row["conversation"], []) if name == "reasons" else row[name] for name in COLUMNS}
        for row in rows
    ]
