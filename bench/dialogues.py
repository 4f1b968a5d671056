"""Reading LOCOMO-format files: long dialogues with questions whose evidence is known."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FORMATS = ("%I:%M %p on %d %B, %Y", "%d %B, %Y", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d (%a) %H:%M")
ASKED = ("questions", "qa", "qas")
BEGIN = datetime(2023, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Turn:
    """One thing said; `session` is the part of the dialogue that it belongs to."""

    id: str
    speaker: str
    at: datetime
    text: str
    session: str


@dataclass(frozen=True)
class Question:
    """What is asked, the turns that hold the answer, and what sort of question it is."""

    text: str
    evidence: frozenset[str]
    category: str


@dataclass(frozen=True)
class Dialogue:
    """Turns in order, and questions with evidence among them."""

    turns: list[Turn]
    questions: list[Question]

    @property
    def speakers(self) -> list[str]:
        """In the order in which they began to speak."""
        return list(dict.fromkeys(turn.speaker for turn in self.turns))


def read(path: Path) -> list[Dialogue]:
    """All dialogues of a file or of a folder's .json and .jsonl files. Raises SystemExit when there is none."""
    files = sorted(path.glob("*.json*")) if path.is_dir() else [path]
    found = [dialogue for file in files if file.is_file() for dialogue in parse(file.read_text(encoding="utf-8"))]
    if not found:
        raise SystemExit(f"{path} holds no dialogue with turns {{id, sp, ts, text}} and questions {{evidence, cat}}.")
    return found


def parse(text: str) -> list[Dialogue]:
    """Of one file: JSON, or JSON a line."""
    try:
        documents = json.loads(text)
    except json.JSONDecodeError:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [_dialogue(document) for document in _documents(documents)]


def _documents(value: Any) -> Iterator[dict[str, Any]]:
    """Whatever holds turns and questions, however deep."""
    if isinstance(value, dict) and _of(value, "turns", "conversation", "dialogue", "dialog") and _of(value, *ASKED):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _documents(part)


def _of(values: dict[str, Any], *names: str) -> Any:
    return next((values[name] for name in names if values.get(name) not in (None, "")), None)


def _dialogue(document: dict[str, Any]) -> Dialogue:
    turns: list[Turn] = []
    for number, turn in enumerate(_of(document, "turns", "conversation", "dialogue", "dialog")):
        before = turns[-1].at if turns else BEGIN
        at = _time(_of(turn, "ts", "timestamp", "time"), before + timedelta(seconds=1))
        name = str(_of(turn, "id", "dia_id") or number)
        session = name.rpartition(":")[0] or str(at.date())
        turns.append(Turn(name, str(_of(turn, "sp", "speaker")), at, str(_of(turn, "text") or ""), session))
    known = {turn.id for turn in turns}
    asked = [_question(question) for question in _of(document, *ASKED)]
    return Dialogue(turns, [question for question in asked if question.evidence and question.evidence <= known])


def _question(values: dict[str, Any]) -> Question:
    evidence = _of(values, "evidence") or []
    ids = [evidence] if isinstance(evidence, str) else evidence
    text = str(_of(values, "q", "question", "text") or "")
    return Question(text, frozenset(str(one) for one in ids), str(_of(values, "cat", "category")))


def _time(given: Any, otherwise: datetime) -> datetime:
    """ISO, seconds since 1970, or as LOCOMO writes it; else a second after the turn before."""
    if isinstance(given, int | float):
        return datetime.fromtimestamp(given / (1000 if given > 1e11 else 1), UTC)
    for form in (None, *FORMATS):
        try:
            text = str(given)
            read = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 - next line
            return read.replace(tzinfo=UTC)
        except ValueError:
            continue
    return otherwise
