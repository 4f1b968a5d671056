"""Providers, their models, and the rates at which they may be asked."""

from routing.models.provider import Model, Provider, SiteModel, price
from routing.models.tier import RateTier

__all__ = ["Model", "Provider", "RateTier", "SiteModel", "price"]
