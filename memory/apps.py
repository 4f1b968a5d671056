"""The memory app."""

from django.apps import AppConfig


class MemoryConfig(AppConfig):
    """Memory: articles, passages, embedding."""

    name = "memory"
    verbose_name = "Knowledge"

    def ready(self) -> None:
        """Register the system checks."""
        from memory import checks  # noqa: F401 - registering is its effect
