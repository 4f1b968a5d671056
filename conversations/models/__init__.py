"""Conversations, what is said in them, and the turns that answer."""

from conversations.models.care import Escalation, ProblemReport, Rating
from conversations.models.conversation import Conversation, Handler, Message, Role
from conversations.models.turn import Turn, TurnState, WorkerLease

__all__ = [
    "Conversation",
    "Escalation",
    "Handler",
    "Message",
    "ProblemReport",
    "Rating",
    "Role",
    "Turn",
    "TurnState",
    "WorkerLease",
]
