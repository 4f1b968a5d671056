"""The embedded app."""

from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    """Embedded servers."""

    name = "embedded"
    verbose_name = "Embedded servers"
