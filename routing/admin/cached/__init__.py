"""Cached answers in the admin: answers and their questions, matches with verdicts, suggestions, import, policy."""

from routing.admin.cached import answers, matches, policy, suggestions

__all__ = ["answers", "matches", "policy", "suggestions"]
