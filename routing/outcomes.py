"""What models' calls came to, kept where the administrator looks for it: at their provider, under the model's name."""

import time

from django.db.models.functions import Now

from parley.threads import in_database_thread
from routing.models import Provider
from routing.providers import ProviderError
from routing.ready import FRESH_SECONDS, RoutedModel, mark

_noted: dict[int, float] = {}  # model id: when its last failure was written down


async def note_failure(model: RoutedModel, error: ProviderError) -> None:
    """Keep what the provider said.

    Of many failures in a row one is written every two seconds: a provider that is down must not cost us a write a turn.
    """
    now = time.monotonic()
    if now - _noted.get(model.id, float("-inf")) < FRESH_SECONDS:
        return
    _noted[model.id] = now
    rows = Provider.objects.filter(pk=model.provider_id)
    await in_database_thread(rows.update, last_error=f"{mark(model.name)}{error}"[:1000], last_error_at=Now())


async def note_success(model: RoutedModel) -> None:
    """Clear what was kept of this model. What another model of the provider met stays: it is not mended by this one."""
    rows = Provider.objects.filter(pk=model.provider_id, last_error__startswith=mark(model.name))
    await in_database_thread(rows.update, last_error="", last_success_at=Now())
