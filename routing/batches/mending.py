"""What an administrator may do about background work."""

from django.db.models import QuerySet
from django.utils import timezone

from routing.models import Batch, BatchItem


def ask_again(items: "QuerySet[BatchItem]") -> int:
    """Give those that failed all their tries again. Returns how many. Their result is delivered under the same id."""
    now = timezone.now()
    fresh = {"state": BatchItem.State.WAITING, "failures": 0, "attempts": 0, "error": "", "not_before": now}
    undelivered = {"finished_at": None, "deliver_at": None, "delivered_at": None, "deliveries": 0, "delivery_error": ""}
    failed = items.filter(state=BatchItem.State.FAILED, model__isnull=False)
    return failed.update(batch=None, **fresh, **undelivered)


def deliver_again(items: "QuerySet[BatchItem]") -> int:
    """Deliver results that nothing took, now. Returns how many."""
    not_taken = items.filter(finished_at__isnull=False, delivered_at=None)
    return not_taken.update(deliver_at=timezone.now(), deliveries=0, delivery_error="")


def cancel(batches: "QuerySet[Batch]") -> int:
    """Have batches ended early: what has no answer then goes as ordinary requests. Returns how many."""
    now = timezone.now()
    return batches.filter(state__in=Batch.OPEN, cancel_asked_at=None).update(cancel_asked_at=now, poll_at=now)
