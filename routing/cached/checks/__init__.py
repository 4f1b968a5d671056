"""Words that change what is asked: each check compares the question asked with a stored one that is near."""

from collections.abc import Sequence


def refusal(asked: str, stored: Sequence[str]) -> str:
    """Why the nearest stored questions (nearest first) do not ask the same; empty when they may."""
    return ""
