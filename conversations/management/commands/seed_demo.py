"""`manage.py seed_demo`: the demo site, its articles, the providers' rows, the staff roles. Safe to run again."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from memory.demo import GREETING, SHOP_NAME, SUGGESTIONS, load_articles
from people.models import Site
from people.roles import ensure_roles
from routing.demo import load_providers
from routing.discovery import ProviderError, find_models
from routing.models import Provider
from routing.providers import Vendor

COLOUR = "#1f6f6b"


class Command(BaseCommand):
    """Idempotent: what an administrator has changed or deleted stays so."""

    help = "Loads the demo shop, the providers and the staff roles, where they are missing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Prints what was made."""
        ensure_roles()
        load_providers()
        first = not Site.objects.exists()
        if first:
            site = Site.objects.create(
                key="demo",
                name=SHOP_NAME,
                suggestions="\n".join(SUGGESTIONS),
                greeting=GREETING,
                colour=COLOUR,
            )
            self.stdout.write(f"Loaded {load_articles(site)} help articles of {SHOP_NAME}.")
        if settings.OPENAI_BASE_URL:
            self._find_models()

    def _find_models(self) -> None:
        provider = Provider.objects.filter(vendor=Vendor.OPENAI, base_url="", enabled=True).first()
        if provider is None:
            return
        try:
            self.stdout.write(f"{settings.OPENAI_BASE_URL} offers {len(find_models(provider))} models.")
        except ProviderError as error:
            self.stderr.write(f"The models of OPENAI_BASE_URL could not be listed: {error}")
