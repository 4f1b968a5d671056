"""The classifier of messages (simple, or for a large model): its versions, and the labels that it learns from."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from people.models import Site


class ClassifierVersion(models.Model):
    """One training: weights, threshold and report. At most one is live; without one the starter weights decide."""

    embedder = models.CharField(max_length=100, help_text="Whose vectors the weights are for.")
    weights = models.JSONField(help_text="As routing/classifier/ writes them.")
    threshold = models.FloatField(help_text="Messages that score at least this go to the large model.")
    report = models.JSONField(default=dict, help_text="Labels by source, AUC, calibration, the curve, comparison.")
    live = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    went_live_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["live"], condition=Q(live=True), name="one_classifier_is_live")]

    def __str__(self) -> str:
        return f"Version {self.pk}"


class RoutingLabel(models.Model):
    """What one message needed. `message_id` is the message's number in conversations, where it is from there."""

    class Value(models.TextChoices):
        """Which kind of model would do."""

        SIMPLE = "simple", "Simple"
        COMPLEX = "complex", "Complex"

    class Source(models.TextChoices):
        """Who says so; a person counts most."""

        PERSON = "person", "A person"
        THUMB = "thumb", "Thumbs down for a small model's answer"
        ESCALATION = "escalation", "The visitor wanted a person"
        AGAIN = "again", "The visitor asked again"
        IMPORT = "import", "Imported"

    text = models.TextField(max_length=4000)
    value = models.CharField(max_length=10, choices=Value.choices)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.PERSON)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    message_id = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["message_id", "source"], name="label_once_for_each_source")]

    def __str__(self) -> str:
        return f"{self.get_value_display()}: {self.text[:60]}"
