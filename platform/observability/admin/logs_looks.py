"""How records look: the pieces of a record's data, and the timeline of a conversation."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from observability import names
from observability.logs.kinds import KINDS, Kind
from observability.models import LogRecord

SHORT = 100  # characters that still fit beside others
LONG = 20_000  # characters that are shown of one text
TONES = {
    Kind.ERROR: "bad",
    Kind.ATTEMPT_FAILED: "bad",
    Kind.WORKER_LOST: "bad",
    Kind.REPORT: "warn",
    Kind.ESCALATION: "warn",
    Kind.GAP: "warn",
    Kind.FINISHED: "good",
}


@dataclass(frozen=True)
class Shown:
    """What a logged conversation is about, in words."""

    reasons: list[str]
    site: str
    audience: str
    rules: list[str]
    seconds: float


@dataclass(frozen=True)
class Piece:
    """A part of a record: a heading with a text, or with messages of (who, text)."""

    name: str
    text: str = ""
    messages: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0


@dataclass(frozen=True)
class Entry:
    """A record: how long after the first, its short values, and its longer pieces."""

    row: LogRecord
    title: str
    tone: str
    after: str
    rule: str
    values: list[tuple[str, str]]
    pieces: list[Piece]


@dataclass(frozen=True)
class TurnOf:
    """What was recorded in a row for one turn (None: for none)."""

    turn: int | None
    entries: list[Entry]


def timeline(records: Iterable[LogRecord], began: datetime) -> list[TurnOf]:
    """Records in order, those of a turn together as long as no other comes between."""
    return [
        TurnOf(turn, [_entry(row, began) for row in of_it]) for turn, of_it in groupby(records, lambda row: row.turn)
    ]


def excerpt(data: str, text: str, around: int = 120) -> tuple[str, str, str]:
    """What is before, what was looked for, and what is after it; without a text, the beginning."""
    at = data.casefold().find(json.dumps(text, ensure_ascii=False)[1:-1].casefold()) if text else -1
    if at < 0:
        return _plain(data[: 2 * around]), "", ""
    end = at + len(text)
    before, after = data[max(0, at - around) : at], data[end : end + around]
    return ("…" if at > around else "") + _plain(before), data[at:end], _plain(after)


def _plain(piece: str) -> str:
    """A piece of JSON to be glanced at: line breaks as spaces."""
    return piece.replace("\\n", " ")


def _entry(row: LogRecord, began: datetime) -> Entry:
    content = row.content
    data = content if isinstance(content, dict) else {"data": content}
    short = [(name, _short(value)) for name, value in data.items() if _is_short(value)]
    return Entry(
        row=row,
        title=KINDS.get(row.kind, row.kind),  # type: ignore[call-overload]
        tone=TONES.get(row.kind, ""),  # type: ignore[call-overload]
        after=_after((row.at - began).total_seconds()),
        rule=names.name("rule", row.rule) if row.rule else "",
        values=short,
        pieces=[_piece(name, value) for name, value in data.items() if not _is_short(value)],
    )


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= SHORT and "\n" not in value
    return not isinstance(value, list | dict) or len(json.dumps(value)) <= SHORT // 2


def _short(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "–" if value is None else json.dumps(value, ensure_ascii=False)


def _piece(name: str, value: Any) -> Piece:
    if isinstance(value, str):
        return Piece(name, value[:LONG], left=max(0, len(value) - LONG))
    if isinstance(value, list) and value and all(_is_message(each) for each in value):
        return Piece(name, messages=[(str(each["role"]), _said(each)[:LONG]) for each in value])
    text = json.dumps(_filled(value), ensure_ascii=False, indent=2)
    return Piece(name, text[:LONG], left=max(0, len(text) - LONG))


def _filled(value: Any) -> Any:
    """Without what is empty, which hides the rest from the eye; the export has all of it."""
    if not isinstance(value, dict):
        return value
    return {name: _filled(part) for name, part in value.items() if part not in (None, "", [], {})}


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "role" in value and ("text" in value or "content" in value)


def _said(message: dict[str, Any]) -> str:
    said = message.get("text", message.get("content"))
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, indent=2)


def _after(seconds: float) -> str:
    if seconds < 60:
        return f"+{seconds:.2f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"+{minutes}:{rest:02d} min" if minutes < 60 else f"+{minutes // 60} h {minutes % 60:02d} min"
