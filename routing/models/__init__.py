"""Providers, their models, the rates at which they may be asked, and work that waits for nobody."""

from routing.models.batch import Batch, BatchItem
from routing.models.provider import Model, Provider, SiteModel, price
from routing.models.tier import RateTier

__all__ = ["Batch", "BatchItem", "Model", "Provider", "RateTier", "SiteModel", "price"]
