"""The observability app."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """Observability."""

    name = "observability"
    verbose_name = "Observability"
