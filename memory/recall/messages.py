"""Memory's own copies of messages, searchable with their neighbours: a window finds more than one (FACTS)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from memory.recall.sql import statement
from memory.scope import scoped
from parley.pools import postgres

Row = tuple[int, bool, str, datetime]  # the message's number, whether the contact said it, its text, when
MOST_CHARACTERS = 20_000  # of one message that are searchable


async def remember_messages(contact_id: UUID | str, conversation: UUID | str, rows: Sequence[Row]) -> None:
    """Keep copies of these messages and bring the searchable words of their neighbours up to date. Messages that are
    kept already stay as they are, so that it may be called again with the same ones, in any order.
    """
    if not rows:
        return
    numbers, by_contact, texts, said_at = zip(*rows, strict=True)
    parameters = {
        "contact": contact_id,
        "conversation": conversation,
        "messages": list(numbers),
        "by_contact": list(by_contact),
        "texts": [text.replace("\0", " ") for text in texts],
        "said_at": list(said_at),
        "first": min(numbers),
        "last": max(numbers),
        "most_characters": MOST_CHARACTERS,
    }
    async with (await postgres()).connection() as connection, scoped(connection, contact_id):
        await connection.execute(statement("remember"), parameters)
        await connection.execute(statement("window"), parameters)
