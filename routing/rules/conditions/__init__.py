"""Conditions of routing rules: one file for each kind. Importing this registers them."""

from routing.rules.conditions.audience import Audience
from routing.rules.conditions.base import CONDITIONS, Condition, Outcome, condition
from routing.rules.conditions.budget import BudgetSpent
from routing.rules.conditions.channel import Channel
from routing.rules.conditions.history import History
from routing.rules.conditions.hours import Hours
from routing.rules.conditions.language import Language
from routing.rules.conditions.length import Length
from routing.rules.conditions.pattern import Pattern
from routing.rules.conditions.score import Score
from routing.rules.conditions.share import Share
from routing.rules.conditions.site import OfSite
from routing.rules.conditions.topic import Topic, register_articles
from routing.rules.conditions.words import Words

__all__ = [
    "CONDITIONS",
    "Audience",
    "BudgetSpent",
    "Channel",
    "Condition",
    "History",
    "Hours",
    "Language",
    "Length",
    "OfSite",
    "Outcome",
    "Pattern",
    "Score",
    "Share",
    "Topic",
    "Words",
    "condition",
    "register_articles",
]
