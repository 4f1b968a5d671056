"""Reads what the savings report is computed from: one statement, over a sample where there are many conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import OperationalError, connection, transaction

from conversations.savings.method import Talk

SUMS = (Path(__file__).parent / "sums.sql").read_text()
COUNT = """
    SELECT count(*) FROM conversations_conversation
    WHERE last_message_at >= %(start)s AND last_message_at < %(end)s
        AND (%(site)s::bigint IS NULL OR site_id = %(site)s)
"""
MOST_CONVERSATIONS = 10_000
SECONDS = 20


class TooMuch(Exception):
    """The range could not be read in time. Its text says what to do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The conversations that were read, of how many there are."""

    talks: Sequence[Talk]
    conversations: int
    sampled: int

    @property
    def factor(self) -> float:
        """Conversations of the range for each one of the sample; 1: all of them."""
        return self.conversations / self.sampled if self.sampled else 1.0


def read(start: datetime, end: datetime, site_id: int | None = None, most: int = MOST_CONVERSATIONS) -> Sample:
    """The range's conversations, about `most` of them at most. Raises TooMuch after SECONDS."""
    values = {"start": start, "end": end, "site": site_id}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SECONDS}s"])
            cursor.execute(COUNT, values)
            count = int(cursor.fetchone()[0])
            cursor.execute(SUMS, {**values, "every": max(-(-count // most), 1)})
            rows = cursor.fetchall()
    except OperationalError as error:
        raise TooMuch("There is too much to read at once. Choose a shorter time, or one site.") from error
    return Sample([Talk(*row[:-1]) for row in rows], count, int(rows[0][-1]) if rows else count)
