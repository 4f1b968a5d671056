"""How conversations end: judged when they have been quiet for a while, counted once for each time."""

from conversations.completion.judging import judge_quiet

__all__ = ["judge_quiet"]
