"""The routing app."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    """Routing."""

    name = "routing"
    verbose_name = "Routing"
