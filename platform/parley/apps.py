"""The parley app."""

from django.apps import AppConfig


class ParleyConfig(AppConfig):
    """Parley."""

    name = "parley"
    verbose_name = "Parley"

    def ready(self) -> None:
        """Register the system checks."""
        from parley.checks import register_all

        register_all()
