"""How much of a conversation a model is sent word for word, and what its summary stands for. Pure functions.

With the usual 20 messages: once so many came after what the summary stands for, it is extended, and 10 of them are
left. So it changes with every fifth answer; in between the beginning of the prompt stays the same.
"""

from collections.abc import Sequence

from django.conf import settings

from parley.tokens import tokens

LARGE = 6000  # tokens of messages that are summarised although they are few
LEAST_KEPT, LEAST_SUMMARISED = 2, 4  # messages
MOST_AT_ONCE = 60  # messages of one request


def step() -> int:
    """Messages by which the beginning of what is sent moves on."""
    return max(settings.HISTORY_MESSAGES // 2, 1)


def most_messages() -> int:
    """Messages that are sent at most: more than usual while the summary lags behind, so that nothing is missing."""
    return settings.HISTORY_MESSAGES * (2 if settings.SUMMARY_TOKENS else 1)


def due(fresh: int, history: Sequence[tuple[str, str]]) -> bool:
    """Whether so many messages after the summary, which end with these, want it to be extended."""
    if not settings.SUMMARY_TOKENS:
        return False
    return fresh >= settings.HISTORY_MESSAGES or sum(tokens(text) for _, text in history) > LARGE


def covered(texts: Sequence[str]) -> int:
    """How many of the messages after the summary, oldest first, are to go into it; 0: too few are worth it."""
    kept, size = 0, 0
    for text in reversed(texts):
        size += tokens(text)
        if kept >= LEAST_KEPT and (kept >= settings.HISTORY_MESSAGES - step() or size > LARGE / 2):
            break
        kept += 1
    found = min(len(texts) - kept, MOST_AT_ONCE)
    return found if found >= LEAST_SUMMARISED else 0
