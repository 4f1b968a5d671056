"""What contacts tell us beside their questions: ratings, problems, and the wish for a person."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from conversations.models.conversation import Conversation, Message


class Rating(models.Model):
    """Thumbs up or down for an answer; the newest counts."""

    class Value(models.IntegerChoices):
        """The thumb."""

        UP = 1, "👍"
        DOWN = -1, "👎"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="rating")
    value = models.SmallIntegerField(choices=Value.choices)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.get_value_display()


class ProblemReport(models.Model):
    """ "Report a problem": what is wrong, in the contact's words."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="reports")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    client_id = models.UUIDField(null=True, editable=False)
    text = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["conversation", "client_id"], name="report_sent_once")]

    def __str__(self) -> str:
        return self.text[:60]


class Escalation(models.Model):
    """A hand-over to a person; at most one is open in a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="escalations")
    reason = models.TextField(blank=True, db_default="")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True, blank=True, help_text="The first reply of an agent.")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(closed_at=None), name="one_open_escalation")
        ]

    def __str__(self) -> str:
        return f"Escalation of {self.conversation}"
