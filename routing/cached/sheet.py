"""A spreadsheet as rows of named cells, from CSV or XLSX. Nothing in it is calculated, and its size is bounded."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_BYTES = 5 * 2**20
MOST_UNPACKED = 60 * 2**20
MOST_ROWS = 2000
MOST_COLUMNS = 60
LONGEST_CELL = 32_767  # as Excel's
COLUMNS = ("questions", "answer", "site", "language", "valid from", "valid until", "sources")
HELP = (
    "required: one question a line in the cell, or more columns named “question 2”, “question 3”…",
    "required: Markdown, as the visitor reads it",
    "key or name of the site; empty: all sites",
    "like en or de; empty: any",
    "year-month-day; empty: at once",
    "year-month-day, that day included; empty: for good",
    "one a line: title | https://…",
)
NAMES = {
    "question": "questions", "answers": "answer", "text": "answer", "sites": "site", "lang": "language",
    "from": "valid from", "until": "valid until", "valid to": "valid until", "source": "sources", "links": "sources",
}  # fmt: skip


class SheetError(ValueError):
    """The file cannot be read at all; the message says why and what to do."""


@dataclass
class Cells:
    """One row: its number in the file, and its values by column name; `faults` are those of its cells."""

    row: int
    values: dict[str, list[Any]]
    faults: list[str] = field(default_factory=list)

    def value(self, name: str) -> Any:
        """The first cell of that name that is not empty, as it is."""
        return next((value for value in self.values.get(name, []) if value not in (None, "")), None)

    def text(self, name: str) -> str:
        """The same as text without spaces around it."""
        value = self.value(name)
        return "" if value is None else _text(value)

    def questions(self) -> list[str]:
        """All cells of that name."""
        return [_text(value) for value in self.values.get("questions", []) if value not in (None, "")]


@dataclass
class Sheet:
    """The rows that hold something."""

    rows: list[Cells]
    notes: list[str]


def read_rows(name: str, content: bytes) -> Sheet:
    """Raises SheetError."""
    if len(content) > MOST_BYTES:
        raise SheetError(f"The file is larger than {MOST_BYTES // 2**20} MB: split it.")
    if not content.strip():
        raise SheetError("The file is empty.")
    if content[:4] == b"PK\x03\x04":
        return _sheet(_excel(content), [])
    if content[:4] == b"\xd0\xcf\x11\xe0" or name.lower().endswith((".xls", ".ods", ".numbers", ".pdf")):
        raise SheetError("Only .xlsx and .csv files can be read: save it as one of those.")
    text, notes = _decoded(content)
    return _sheet(_comma_separated(text), notes)


def template() -> bytes:
    """An .xlsx file to fill in; what the columns mean stands on a second page, so that no example is imported."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    page = book.active
    page.title = "Answers"
    page.append(COLUMNS)
    about = book.create_sheet("About")
    for line in (("column", "what it holds"), *zip(COLUMNS, HELP, strict=True)):
        about.append(line)
    for sheet, widths in ((page, (50, 70, 14, 12, 14, 14, 40)), (about, (16, 80))):
        for letter, width in zip("ABCDEFG", widths, strict=False):
            sheet.column_dimensions[letter].width = width
            sheet[f"{letter}1"].font, sheet[f"{letter}1"].alignment = Font(bold=True), Alignment(wrap_text=True)
        sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(lines: Iterator[Sequence[Any]], notes: list[str]) -> Sheet:
    heading = next(lines, None)
    names = _names(heading or ())
    rows: list[Cells] = []
    for number, line in enumerate(lines, 2):
        if not any(_text(value) for value in line if value is not None):
            continue
        if len(rows) == MOST_ROWS:
            raise SheetError(f"The file has more than {MOST_ROWS:,} rows: split it.")
        rows.append(_cells(number, names, line))
    return Sheet(rows, notes)


def _names(heading: Sequence[Any]) -> list[str]:
    names = [_column(_text(value)) for value in heading[:MOST_COLUMNS]]
    if missing := [name for name in ("questions", "answer") if name not in names]:
        raise SheetError(
            f"The first row must name the columns; there is none for {' and '.join(missing)}. Take the template."
        )
    unknown = [name for name in names if name and name not in COLUMNS]
    if unknown:
        raise SheetError(f"Unknown column “{unknown[0][:40]}”. Known: {', '.join(COLUMNS)}.")
    return names


def _column(text: str) -> str:
    plain = " ".join(text.lower().replace("_", " ").replace("(s)", "s").split())
    if plain.startswith("question"):
        return "questions"
    return NAMES.get(plain, plain)


def _cells(number: int, names: Sequence[str], line: Sequence[Any]) -> Cells:
    cells = Cells(number, {})
    if len(line) > len(names) and any(_text(value) for value in line[len(names) :] if value is not None):
        cells.faults.append("It has more cells than the first row names: is a text with commas missing its quotes?")
    for name, value in zip(names, line, strict=False):
        if name:
            cells.values.setdefault(name, []).append(value)
            cells.faults += _faults(name, value)
    return cells


def _faults(name: str, value: Any) -> Iterable[str]:
    text = value if isinstance(value, str) else ""
    if isinstance(value, Formula) or text.startswith("="):
        yield f"The cell “{name}” holds a formula: put its value there instead."
    elif text.startswith("#") and text.rstrip("!?").upper() in {"#REF", "#N/A", "#NAME", "#VALUE", "#DIV/0", "#NUM"}:
        yield f"The cell “{name}” holds the error {text}."
    if "\x00" in text or "\ufffd" in text:
        yield f"The cell “{name}” holds characters that cannot be read: save the file as UTF-8."
    if len(text) > LONGEST_CELL:
        yield f"The cell “{name}” is longer than {LONGEST_CELL:,} characters."


class Formula(str):
    """A cell whose value would have to be calculated."""

    __slots__ = ()


def _excel(content: bytes) -> Iterator[Sequence[Any]]:
    from openpyxl import load_workbook

    try:
        _require_small(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    except SheetError:
        raise
    except Exception as error:  # whatever a broken file makes of openpyxl
        raise SheetError("The file cannot be read: it is damaged, locked by a password, or no .xlsx file.") from error
    try:
        yield from _lines(book.worksheets[0] if book.worksheets else ())
    except SheetError:
        raise
    except Exception as error:
        raise SheetError("The file's first sheet cannot be read: save it anew as .xlsx or .csv.") from error


def _require_small(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > MOST_UNPACKED:
            raise SheetError("The file unpacks to more than can be read: split it.")


def _lines(page: Any) -> Iterator[Sequence[Any]]:
    if hasattr(page, "reset_dimensions"):
        page.reset_dimensions()  # what a file says of its own size may be wrong
    for count, row in enumerate(page.iter_rows(max_col=MOST_COLUMNS) if page else ()):
        if count > 4 * MOST_ROWS:
            raise SheetError(f"The sheet has more than {MOST_ROWS:,} rows: split it.")
        yield [Formula("=") if cell.data_type == "f" else cell.value for cell in row]


def _decoded(content: bytes) -> tuple[str, list[str]]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16"), []
        except UnicodeDecodeError as error:
            raise SheetError("The file begins like UTF-16 but is not: save it as UTF-8.") from error
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        note = "The file is not UTF-8; it was read as Windows-1252: look at its accents and quotes below."
        return content.decode("cp1252", errors="replace"), [note]


def _comma_separated(text: str) -> Iterator[Sequence[str]]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text.replace("\x00", "\ufffd"), newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise SheetError(f"The file cannot be read as CSV ({error}): save it anew as UTF-8 CSV or .xlsx.") from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
