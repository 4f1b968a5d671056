"""Providers, models, tiers, background work and the model of a site in the admin. Imported for what it registers."""

from routing.admin import audiences, batches, budgets, cached, classifier, models, providers, rules, site, tiers

__all__ = ["audiences", "batches", "budgets", "cached", "classifier", "models", "providers", "rules", "site", "tiers"]
