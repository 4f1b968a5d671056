"""Conversations in the admin: list, transcript (where agents answer), inbox, problem reports, turns, first page."""

from conversations.admin import contact, conversation, costs, escalation, reports, rule_articles, rule_figures, turn

__all__ = ["contact", "conversation", "costs", "escalation", "reports", "rule_articles", "rule_figures", "turn"]
