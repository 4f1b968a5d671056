"""A chart's numbers as a CSV file: times in UTC, units in the head, nothing that a spreadsheet would compute."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from django.http import StreamingHttpResponse

from observability.dashboards.charts import Chart, Listing
from observability.dashboards.reading import Reader
from observability.dashboards.units import Unit

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
IN_HEAD = {
    Unit.COUNT: "",
    Unit.SECONDS: " (seconds)",
    Unit.DOLLARS: " (US dollars)",
    Unit.TOKENS: " (tokens)",
    Unit.BYTES: " (bytes)",
    Unit.SHARE: " (share of 1)",
    Unit.MOMENT: " (UTC)",
}


class _Echo:
    def write(self, line: str) -> str:
        return line


def sheet(chart: Chart, reader: Reader, name: str) -> StreamingHttpResponse:
    """A row for each step with a column for each line, and one for the period before where it is compared."""
    rows = _listed(chart, reader) if isinstance(chart, Listing) else _drawn(chart, reader)
    writer = csv.writer(_Echo())
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    lines = (writer.writerow(row) for row in rows)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _drawn(chart: Chart, reader: Reader) -> Iterator[list[object]]:
    lines, unit = chart.lines(reader), IN_HEAD[chart.unit]
    heads = [f"{line.title}{unit}" for line in lines]
    heads += [f"{line.title}, period before{unit}" for line in lines if line.before is not None]
    yield ["time (UTC)", "step (seconds)", *map(harmless, heads)]
    columns = [line.values for line in lines] + [line.before for line in lines if line.before is not None]
    for start, *values in zip(reader.shown.starts, *columns, strict=True):
        yield [f"{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%SZ}", reader.shown.step, *_numbers(values)]


def _listed(chart: Listing, reader: Reader) -> Iterator[list[object]]:
    yield [harmless(f"{column.title}{IN_HEAD[column.unit] if column.unit else ''}") for column in chart.columns]
    for row in chart.rows(reader):
        yield [_cell(entry.value, column.unit) for entry, column in zip(row, chart.columns, strict=True)]


def _cell(value: str | float | None, unit: Unit | None) -> object:
    if isinstance(value, str):
        return harmless(value)
    if unit is Unit.MOMENT and value is not None:
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return _number(value)


def _numbers(values: Iterable[float | None]) -> list[object]:
    return [_number(value) for value in values]


def _number(value: float | None) -> object:
    return "" if value is None else f"{value:.10g}"


def harmless(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would compute."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
