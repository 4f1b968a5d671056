"""Conversations in the admin: list, transcript (where agents answer), inbox, problem reports, first page."""

from conversations.admin import contact, conversation, escalation, reports

__all__ = ["contact", "conversation", "escalation", "reports"]
