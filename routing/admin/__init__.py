"""Providers, models, rate tiers and the model of a site in the admin. Imported for what it registers."""

from routing.admin import audiences, models, providers, site, tiers

__all__ = ["audiences", "models", "providers", "site", "tiers"]
