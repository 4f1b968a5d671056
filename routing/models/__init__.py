"""Providers and models, rates, budgets, rules, the classifier, cached answers, and work that waits for nobody."""

from routing.models.batch import Batch, BatchItem
from routing.models.budget import AnsweredBy, Budget, Spend, SpendMinute
from routing.models.cached import AnswerSuggestion, CachedAnswer, CachedQuestion, CacheGate, CacheMatch, CachePolicy
from routing.models.classifier import ClassifierVersion, RoutingLabel
from routing.models.provider import Model, Provider, SiteModel
from routing.models.rule import RoutingRule
from routing.models.tier import RateTier

__all__ = [
    "AnswerSuggestion",
    "AnsweredBy",
    "Batch",
    "BatchItem",
    "Budget",
    "CacheGate",
    "CacheMatch",
    "CachePolicy",
    "CachedAnswer",
    "CachedQuestion",
    "ClassifierVersion",
    "Model",
    "Provider",
    "RateTier",
    "RoutingLabel",
    "RoutingRule",
    "SiteModel",
    "Spend",
    "SpendMinute",
]
