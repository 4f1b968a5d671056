"""An administrator who saves a provider or a model may have mended it: its breakers close at once."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from routing import breakers
from routing.models import Model, Provider


@receiver(post_save, sender=Provider)
def close_breakers_of_provider(instance: Provider, **_: Any) -> None:
    """After the commit: a turn that is let through must find the new key."""

    def close() -> None:
        breakers.reset_now(list(instance.models.values_list("pk", flat=True)))

    transaction.on_commit(close, robust=True)


@receiver(post_save, sender=Model)
def close_breaker_of_model(instance: Model, **_: Any) -> None:
    """The same for one model."""
    transaction.on_commit(lambda: breakers.reset_now([instance.pk]), robust=True)
