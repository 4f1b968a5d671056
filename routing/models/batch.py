"""Work that nobody waits for: its items, and the batches in which they were handed to a vendor."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from routing.models.provider import Model, Provider


class Batch(models.Model):
    """One batch at a vendor. `token` is our name for it: it is in its metadata or in the ids of its requests.

    Only the holder of `lease` may do anything about it until `leased_until`.
    """

    class State(models.TextChoices):
        """How far it is, as we know it. A sending one may have reached the vendor or not."""

        SENDING = "sending", "Sending"
        SENT = "sent", "At the vendor"
        ENDED = "ended", "Ended"
        REFUSED = "refused", "Refused"
        LOST = "lost", "Not found"

    OPEN = (State.SENDING, State.SENT)

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="batches")
    model = models.ForeignKey(Model, on_delete=models.SET_NULL, null=True, related_name="batches")
    token = models.CharField(max_length=32, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    vendor_id = models.CharField("id at the vendor", max_length=200, blank=True)
    vendor_state = models.CharField("state at the vendor", max_length=30, blank=True)
    confirmed = models.BooleanField(default=True, editable=False)  # false: found by its size, ours only if its ids are
    ruled_out = models.JSONField(default=list, editable=False)  # ids that turned out to be somebody else's
    size = models.PositiveIntegerField("items", default=0)
    done = models.PositiveIntegerField(default=0)
    again = models.PositiveIntegerField("to go again", default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    wanted_by = models.DateTimeField(editable=False)
    cancel_asked_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    poll_at = models.DateTimeField("next look", db_default=Now(), editable=False)
    polls = models.PositiveIntegerField("looks", default=0)
    reads = models.PositiveSmallIntegerField(default=0, editable=False)  # of its results, to the end
    lease = models.CharField(max_length=32, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = "vendor batch"
        verbose_name_plural = "vendor batches"
        indexes = [
            models.Index(fields=["poll_at"], name="batch_to_look_at", condition=Q(state__in=["sending", "sent"]))
        ]

    def __str__(self) -> str:
        return f"{self.size} items for {self.model or 'a deleted model'}"


class BatchItem(models.Model):
    """One request that nobody waits for, and its result until that is delivered. The purpose and key are unique."""

    class State(models.TextChoices):
        """Where it is. A sent one belongs to a batch, or to a request under way until `leased_until`."""

        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    class Way(models.TextChoices):
        """How it is asked next: each failure of a way leads to the one below."""

        BATCH = "batch", "Vendor batch"
        COMBINED = "combined", "Combined request"
        ALONE = "alone", "Request of its own"

    purpose = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    together = models.CharField(max_length=200, null=True, editable=False)  # noqa: DJ001 - null: with nobody
    model = models.ForeignKey(Model, on_delete=models.SET_NULL, null=True, related_name="batch_items")
    request = models.JSONField(default=dict, editable=False)
    reply_schema = models.JSONField(null=True, editable=False)
    size = models.PositiveIntegerField("bytes", default=0, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.BATCH)
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="items")
    attempts = models.PositiveIntegerField("times sent", default=0)
    failures = models.PositiveIntegerField(default=0)  # those that count towards giving up
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    wanted_by = models.DateTimeField(editable=False)
    not_before = models.DateTimeField("next try", db_default=Now(), editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    text = models.TextField(blank=True, editable=False)
    finish_reason = models.CharField(max_length=20, blank=True)
    input_tokens = models.PositiveIntegerField(null=True)
    cached_input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=8, default=Decimal(0))
    deliver_at = models.DateTimeField("next delivery", null=True, editable=False)  # null: nothing to deliver (any more)
    deliveries = models.PositiveIntegerField("times delivered", default=0)
    delivered_at = models.DateTimeField(null=True, editable=False)
    delivery_error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "background request"
        constraints = [models.UniqueConstraint(fields=["purpose", "key"], name="batch_item_once")]
        indexes = [
            models.Index(fields=["not_before"], name="batch_item_waiting", condition=Q(state="waiting")),
            models.Index(fields=["leased_until"], name="batch_item_asked", condition=Q(state="sent", batch=None)),
            models.Index(fields=["deliver_at"], name="batch_item_result", condition=Q(deliver_at__isnull=False)),
            models.Index(fields=["finished_at"], name="batch_item_old", condition=Q(finished_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.key}"
