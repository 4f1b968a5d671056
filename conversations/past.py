"""Turns of the past for routing's replay and its trying: read in one query each (past.sql)."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from people.audiences import built_in_tier
from routing.question import ArticleFound, Question, each_once
from routing.rules.past import Past, PastTurn, register_past

SQL = Path(__file__).with_suffix(".sql").read_text()
LAST_DAYS = "turn.state = 'answered' AND turn.finished_at >= %(since)s"
ONE_TURN = "turn.id = %(turn)s"
LAST_OF_CONVERSATION = (
    "turn.id = (SELECT max(id) FROM conversations_turn latest WHERE latest.conversation_id = %(conversation)s)"
)


class PastTurns:
    """See routing.rules.past.Reading."""

    def some(self, site_id: int | None, days: int, most: int) -> Past:
        """A sample of the answered turns, even over time."""
        since = timezone.now() - timedelta(days=days)
        rows = _read(LAST_DAYS, {"site": site_id, "most": most, "since": since})
        return Past([_turn(row) for row in rows], rows[0]["total"] if rows else 0)

    def one(self, turn_id: int | None, conversation: str, site_id: int | None) -> PastTurn | None:
        """The turn, or the conversation's last one. Raises ValueError for what is no UUID."""
        which = LAST_OF_CONVERSATION if turn_id is None else ONE_TURN
        named = {"turn": turn_id, "conversation": UUID(conversation) if turn_id is None else None}
        rows = _read(which, {"site": site_id, "most": 1, **named})
        return _turn(rows[0]) if rows else None


def _read(which: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL.replace("{which}", which), values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _turn(row: dict[str, Any]) -> PastTurn:
    kept = (
        "id", "answered_by", "rule_id", "model_id", "model_name", "input_tokens", "cached_input_tokens",
        "cache_write_tokens", "output_tokens", "cost",
    )  # fmt: skip
    return PastTurn(question=_question(row), **{name: row[name] for name in kept})


def _question(row: dict[str, Any]) -> Question:
    return Question(
        text=row["text"],
        site_id=row["site_id"],
        audience_key=row["audience_key"] or built_in_tier(row["contact_key"]),
        audience_id=row["audience_id"] or 0,
        searched=row["text"],
        messages=row["messages"],
        conversation=str(row["conversation_id"]),
        asked_at=row["asked_at"],
        articles=_articles(row["passages"]),
        score=row["score"],
    )


def _articles(passages: Any) -> tuple[ArticleFound, ...]:
    """Notes of older versions do not name the article."""
    found = passages if isinstance(passages, list) else json.loads(passages)
    return each_once(
        ArticleFound(note.get("article_id") or 0, note.get("title", ""), float(note.get("score") or 0))
        for note in found
    )


def register() -> None:
    """Let routing read turns."""
    register_past(PastTurns())
