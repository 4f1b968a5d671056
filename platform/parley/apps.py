"""The parley app."""

from django.apps import AppConfig


class ParleyConfig(AppConfig):
    """Parley."""

    name = "parley"
    verbose_name = "Parley"
