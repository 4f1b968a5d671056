"""Messages that wait are sent, and tried again with growing pauses, by the leader.

A message is taken by setting its next try ahead of its sending, so two leaders do not send it at once, and one whose
sender died is tried again: it may come twice, with the same `X-Parley-Delivery`. The message of an alert's end waits
until that of its beginning was sent or given up.
"""

import asyncio
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from observability.alerts.channels import NotToldError, send
from observability.alerts.notices import trial
from observability.models import AlertChannel, AlertDelivery, AlertIncident
from parley.threads import in_database_thread

Event, State = AlertDelivery.Event, AlertDelivery.State
AT_ONCE = 20
LEASE = timedelta(seconds=60)  # longer than any channel takes
PAUSES = [timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800, 3600, 3 * 3600)]
KEPT = timedelta(days=400)  # alerts that are over, with their messages
TESTS_KEPT = timedelta(days=30)
RESULT = ["state", "next_at", "status", "error", "ended_at"]


async def deliver() -> int:
    """Send what is due, all at once. Returns how many were tried."""
    due = await in_database_thread(_take)
    await asyncio.gather(*(_tried(delivery) for delivery in due))
    return len(due)


async def test(channel: AlertChannel) -> AlertDelivery:
    """Send a test now, once; returns the message with what came of it, saved."""
    delivery = AlertDelivery(channel=channel, event=Event.TEST, payload=trial(channel), tries=1)
    await _try(delivery)
    if delivery.state != State.SENT:
        delivery.state, delivery.ended_at = State.GIVEN_UP, timezone.now()
    await in_database_thread(delivery.save, force_insert=True)
    return delivery


def forget() -> None:
    """Remove alerts that ended long ago, with their messages, and old tests."""
    now = timezone.now()
    AlertIncident.objects.filter(resolved_at__lt=now - KEPT).delete()
    AlertDelivery.objects.filter(incident=None, created_at__lt=now - TESTS_KEPT).delete()


def _take() -> list[AlertDelivery]:
    now = timezone.now()
    with transaction.atomic():
        rows = list(_due(now).select_for_update(of=("self",), skip_locked=True)[:AT_ONCE])
        AlertDelivery.objects.filter(pk__in=[row.pk for row in rows]).update(tries=F("tries") + 1, next_at=now + LEASE)
    for row in rows:
        row.tries += 1
    return rows


def _due(now: datetime) -> QuerySet[AlertDelivery]:
    beginning = AlertDelivery.objects.filter(
        incident=OuterRef("incident"), channel=OuterRef("channel"), event=Event.OPENED, state=State.WAITING
    )
    rows = AlertDelivery.objects.filter(state=State.WAITING, next_at__lte=now).select_related("channel")
    return rows.exclude(Exists(beginning), event=Event.RESOLVED).order_by("next_at")


async def _tried(delivery: AlertDelivery) -> None:
    """Try one, and save what came of it at once: others may take longer."""
    await _try(delivery)
    await in_database_thread(delivery.save, update_fields=RESULT)


async def _try(delivery: AlertDelivery) -> AlertDelivery:
    """Send one, and note on it what came of that."""
    if not delivery.channel.enabled and delivery.event != Event.TEST:
        return _ended(delivery, State.GIVEN_UP, "The channel is switched off.")
    try:
        status = await send(delivery.channel, delivery)
    except NotToldError as error:
        delivery.status = error.status
        if delivery.tries > len(PAUSES):
            return _ended(delivery, State.GIVEN_UP, str(error))
        delivery.error, delivery.next_at = str(error)[:300], timezone.now() + PAUSES[delivery.tries - 1]
        return delivery
    delivery.status = status
    return _ended(delivery, State.SENT, "")


def _ended(delivery: AlertDelivery, state: AlertDelivery.State, error: str) -> AlertDelivery:
    delivery.state, delivery.error, delivery.ended_at = state, error[:300], timezone.now()
    return delivery
