"""Actions of routing rules: one file for each kind. Importing this registers them."""

from routing.rules.actions.base import ACTIONS, Action, action
from routing.rules.actions.handover import HandOver
from routing.rules.actions.models import AskModels
from routing.rules.actions.text import AnswerText

__all__ = ["ACTIONS", "Action", "AnswerText", "AskModels", "HandOver", "action"]
