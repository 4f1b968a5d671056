"""Conversations, what is said in them, and the turns that answer."""

from conversations.models.care import Escalation, ProblemReport, Rating
from conversations.models.conversation import Conversation, Handler, Message, Outcome, Role
from conversations.models.summary import ConversationSummary
from conversations.models.turn import Turn, TurnState, WorkerLease

__all__ = [
    "Conversation",
    "ConversationSummary",
    "Escalation",
    "Handler",
    "Message",
    "Outcome",
    "ProblemReport",
    "Rating",
    "Role",
    "Turn",
    "TurnState",
    "WorkerLease",
]
