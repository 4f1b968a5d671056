"""What is recalled, within the budget of a prompt."""

from datetime import UTC, datetime
from uuid import uuid4

from memory.recall.found import RecalledMemory, RecalledMessage
from memory.recall.packing import KEPT, pack

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def message(number: int, score: float) -> RecalledMessage:
    return RecalledMessage(number, uuid4(), True, f"{number} " + "words of a long story " * 12, NOW, 0.5, 0.5, score)


def memory(number: int, score: float) -> RecalledMemory:
    return RecalledMemory(number, "fact", f"The user has the cat number {number}.", NOW, None, 0.5, 0.5, score)


def test_long_messages_that_fit_better_leave_room_for_memories():
    found = [message(number, 2 - number / 100) for number in range(20)] + [memory(number, 1) for number in range(9)]
    packed = pack(found, most=15, budget=500)
    assert len(packed.messages) >= 3
    assert len(packed.memories) >= 5
    assert packed.note["tokens"] <= 500


def test_messages_have_all_of_it_where_there_are_few_memories():
    many = pack([message(number, 2) for number in range(20)], most=15, budget=500)
    beside_one = pack([*(message(number, 2) for number in range(20)), memory(1, 0.1)], most=15, budget=500)
    assert len(many.messages) - len(beside_one.messages) <= 1
    assert many.note["tokens"] > 500 - KEPT
