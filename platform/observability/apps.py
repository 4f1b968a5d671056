"""The observability app."""

from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    """Observability."""

    name = "observability"
    verbose_name = "Observability"

    def ready(self) -> None:
        """Traces are counted, kept and sent, figures shown to Prometheus, dashboards of statistics alone registered."""
        from observability import otlp, tracing
        from observability.dashboards.boards import register_boards
        from observability.otlp import checks  # noqa: F401 - registering is its effect
        from observability.prometheus import registry

        tracing.install()
        otlp.install()
        registry.install()
        register_boards()
