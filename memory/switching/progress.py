"""How far the change to another embedder has come: how many rows are of which."""

from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from memory.embedding import embedder
from memory.scope import staff_scope
from memory.switching.in_use import in_use_now

PROGRESS = (Path(__file__).parent / "progress.sql").read_text(encoding="utf-8")
EVERY = 2**62  # beyond any number of rows
NOW, BEFORE, LOST, NONE = (
    "in use",
    "the one before: compared in its own space",
    "cannot be had any more: found by their words",
    "no vector yet: found by their words",
)


@dataclass(frozen=True)
class Rows:
    """Of one embedder: memories that hold, copies of messages, passages of articles. `state` is for people."""

    embedder: str
    state: str
    memories: int
    messages: int
    passages: int

    @property
    def all_of_them(self) -> int:
        """Together."""
        return self.memories + self.messages + self.passages


def rows(most: int = EVERY) -> list[Rows]:
    """By embedder, the one in use first; those that have none are left out. Each number is counted up to `most`: an
    index is read that far, some 100 ms for a million.
    """
    found = in_use_now()
    states = {each.name: BEFORE for each in found.embedders} | dict.fromkeys(found.lost, LOST)
    states |= {embedder().name: NOW, "": NONE}
    with staff_scope(), connection.cursor() as cursor:
        cursor.execute(PROGRESS, {"names": list(states), "most": most})
        counted = [Rows(name, states[name], *numbers) for name, *numbers in cursor.fetchall()]
    return [each for each in counted if each.all_of_them or each.state == NOW]
