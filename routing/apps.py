"""The routing app."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    """Where a turn goes: providers and their models."""

    name = "routing"
    verbose_name = "Routing"

    def ready(self) -> None:
        """A loop that ends closes its provider clients with its other connections; who saves a provider mends it.

        Statistics know models and rules by their numbers; their names are ours.
        """
        from observability.names import register
        from parley import pools
        from routing.breaking import signals  # noqa: F401 - connects them
        from routing.cached import changes, verifying  # noqa: F401 - the same
        from routing.models import Model, RoutingRule
        from routing.providers import close_clients

        pools.on_close(close_clients)
        register("model", lambda: dict(Model.objects.values_list("id", "name")))
        register("rule", lambda: dict(RoutingRule.objects.values_list("id", "name")))
