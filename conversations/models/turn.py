"""A turn: one message on its way to one answer. And the leases of the workers that carry turns."""

from decimal import Decimal

from django.db import models
from django.db.models.functions import Now

from conversations.models.conversation import Conversation, Message
from routing.models import AnsweredBy, CachedAnswer, Model, RoutingRule


class TurnState(models.TextChoices):
    """queued → running → answered | failed | cancelled; a dead worker's turn goes back to queued."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    ANSWERED = "answered", "Answered"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Turn(models.Model):
    """Every change of state is a compare-and-set on state, attempt and owner (conversations/turns)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="asked_by")
    # Asking again is a turn of its own, for the same message: made once for each id that a client chose for it.
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.SET_NULL, related_name="replaced_by", help_text="The turn asked again."
    )
    request_id = models.UUIDField(null=True, help_text="The client's own id for asking again.")
    state = models.CharField(max_length=10, choices=TurnState.choices, db_default=TurnState.QUEUED)
    attempt = models.PositiveIntegerField(db_default=0, help_text="Tries so far.")
    owner = models.CharField(max_length=100, db_default="", help_text="The worker of the newest attempt.")
    accepted_at = models.DateTimeField(db_default=Now())
    queued_at = models.DateTimeField(db_default=Now(), help_text="Since when it waits for a worker.")
    stopped_at = models.DateTimeField(null=True, help_text="When the visitor asked to stop.")
    # Parked: queued, with its plan made, in the waiting list of a rate tier instead of in the queue.
    parked_at = models.DateTimeField(null=True, help_text="Since when it waits for a rate tier.")
    parked_in = models.CharField(max_length=40, db_default="", help_text="Key of the tier that it waits for.")
    parks = models.PositiveIntegerField(db_default=0, help_text="Attempts that ended in waiting; no failures.")
    plan = models.JSONField(null=True, help_text="What was prepared before it was parked.")
    admitted_at = models.DateTimeField(null=True, help_text="When a rate tier let the newest attempt in.")
    started_at = models.DateTimeField(null=True)
    first_token_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    model = models.ForeignKey(Model, null=True, on_delete=models.SET_NULL, related_name="+")
    model_name = models.CharField(max_length=200, db_default="", help_text="Kept when the model's row is deleted.")
    input_tokens = models.PositiveIntegerField(null=True, help_text="All of them, cached ones included.")
    cached_input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    cost = models.DecimalField(
        max_digits=12, decimal_places=8, null=True, db_default=Decimal(0), help_text="Dollars. None: no price is known."
    )
    cache_write_tokens = models.PositiveIntegerField(null=True, help_text="Input that the vendor kept.")
    answered_by = models.CharField(max_length=10, choices=AnsweredBy.choices, db_default="")
    rule = models.ForeignKey(RoutingRule, null=True, on_delete=models.SET_NULL, related_name="+")
    cached_answer = models.ForeignKey(CachedAnswer, null=True, on_delete=models.SET_NULL, related_name="+")
    score = models.FloatField(null=True, help_text="The classifier's: 0 simple, 1 for a large model.")
    route = models.JSONField(db_default={}, help_text="Rule, score, models and why, as routing/route.py says.")
    cache = models.JSONField(db_default={}, help_text="What the lookup of cached answers found and refused.")
    recalled = models.JSONField(db_default={}, help_text="What was remembered for the answer, or why nothing was.")
    finish_reason = models.CharField(max_length=20, db_default="")
    error = models.CharField(max_length=30, db_default="", help_text="The kind of failure.")
    error_detail = models.TextField(db_default="", help_text="For administrators: what happened and what to do.")
    passages = models.JSONField(db_default=[], help_text="What the knowledge search found: title, url, score.")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["conversation", "id"], name="turn_in_order"),
            models.Index(
                fields=["conversation", "id"],
                name="turn_unfinished",
                condition=models.Q(state__in=["queued", "running"]),
            ),
            models.Index(fields=["id"], name="turn_waiting", condition=models.Q(state="queued")),
            models.Index(fields=["finished_at"], name="turn_finished"),
            models.Index(fields=["owner"], name="turn_running", condition=models.Q(state="running")),
            # What the admin's list is asked for: of a million turns, those that a figure is about.
            models.Index(fields=["finished_at"], name="turn_failed", condition=models.Q(state="failed")),
            models.Index(fields=["id"], name="turn_repeated", condition=models.Q(attempt__gt=models.F("parks") + 1)),
            models.Index(
                models.F("finished_at") - models.F("accepted_at"),
                name="turn_slowest",
                condition=models.Q(finished_at__isnull=False),
            ),
            models.Index(fields=["cost"], name="turn_dearest", condition=models.Q(cost__gt=0)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["message"], name="turn_once_at_a_time", condition=models.Q(state__in=["queued", "running"])
            ),
            models.UniqueConstraint(fields=["conversation", "request_id"], name="turn_asked_again_once"),
        ]

    def __str__(self) -> str:
        return f"Turn {self.pk} ({self.state})"


class WorkerLease(models.Model):
    """A living worker. One row for each, renewed by it; when it expires its running turns are taken from it."""

    owner = models.CharField(max_length=100, primary_key=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.owner
