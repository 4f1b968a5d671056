"""The people app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    """People."""

    name = "people"
    verbose_name = "People"

    def ready(self) -> None:
        """Give the names of sites and audiences to statistics, and to groups the permissions that an upgrade brings."""
        from observability.names import register
        from people.models import AudienceTier, Site
        from people.roles import offer_after_migrate

        register("site", lambda: dict(Site.objects.values_list("id", "name")))
        register("audience", lambda: dict(AudienceTier.objects.values_list("id", "name")))
        post_migrate.connect(offer_after_migrate, dispatch_uid="people.roles")
