"""Alert rules, what fired, and whom it was told."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from parley.sealed import seal, unseal

LONGEST_WINDOW = 1440  # minutes: a day
SECRETS = "alert-webhooks"


def _minutes(default: int, least: int, help_text: str, name: str) -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(
        name,
        default=default,
        validators=[
            MinValueValidator(least, f"At least {least}."),
            MaxValueValidator(LONGEST_WINDOW, f"At most {LONGEST_WINDOW:,} minutes, which is a day."),
        ],
        help_text=help_text,
    )


def _numbers(name: str) -> "ArrayField[list[int], list[int]]":
    return ArrayField(models.BigIntegerField(), verbose_name=name, default=list, blank=True)


def _words(name: str) -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=200), verbose_name=name, default=list, blank=True)


class Severity(models.TextChoices):
    """How much it matters; the banner's colour."""

    INFO = "info", "For information"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class Measure(models.TextChoices):
    """What is looked at: percentiles of times, rates and shares of counts, the height of levels."""

    P50 = "p50", "p50 of times (half take no longer)"
    P95 = "p95", "p95 of times (95 % take no longer)"
    P99 = "p99", "p99 of times (99 % take no longer)"
    PER_MINUTE = "per_minute", "number a minute"
    SUM = "sum", "sum in the window"
    SHARE = "share", "share of some labels among others"
    MEAN = "mean", "mean of a level"
    HIGHEST = "highest", "highest of a level"


class Direction(models.TextChoices):
    """On which side of the threshold it is bad."""

    ABOVE = "above", "above"
    BELOW = "below", "below"


class By(models.TextChoices):
    """What a rule watches one by one, each with an incident of its own."""

    ALL = "", "everything together"
    LABEL = "label", "each label"
    SITE = "site", "each site"
    MODEL = "model", "each model"
    RULE = "rule", "each routing rule"
    AUDIENCE = "audience", "each audience"


class AlertChannel(models.Model):
    """A way to tell people: addresses that get e-mail, or one that gets signed JSON."""

    class Kind(models.TextChoices):
        """How."""

        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.EMAIL)
    enabled = models.BooleanField(default=True)
    addresses = models.TextField(blank=True, max_length=2000, help_text="Who gets e-mail, one address on each line.")
    url = models.CharField(
        "address", blank=True, max_length=500, help_text="Gets a POST for each message, like https://example.com/hook."
    )
    encrypted_secret = models.TextField(blank=True, editable=False)
    tell_resolved = models.BooleanField("tell when it is over", default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "alert channel"

    def __str__(self) -> str:
        return self.name

    @property
    def recipients(self) -> list[str]:
        """The addresses for e-mail."""
        return [line.strip() for line in self.addresses.splitlines() if line.strip()]

    @property
    def secret(self) -> str:
        """What the webhook is signed with; empty when none is stored or SECRET_KEY changed."""
        return unseal(SECRETS, self.encrypted_secret)

    @secret.setter
    def secret(self, secret: str) -> None:
        self.encrypted_secret = seal(SECRETS, secret) if secret else ""


class AlertRule(models.Model):
    """When to tell: a figure, what is looked at, and how long it must be bad. Thresholds are in the figure's unit."""

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.WARNING)
    figure = models.CharField(max_length=60)
    measure = models.CharField("what is looked at", max_length=20, choices=Measure.choices)
    labels = _words("labels")
    among = _words("among")
    site_ids = _numbers("sites")
    model_ids = _numbers("models")
    rule_ids = _numbers("routing rules")
    audience_ids = _numbers("audiences")
    by = models.CharField("watched for", max_length=10, choices=By.choices, default=By.ALL, blank=True)
    direction = models.CharField("is", max_length=10, choices=Direction.choices, default=Direction.ABOVE)
    threshold = models.FloatField(help_text="Seconds, a share between 0 and 1, dollars, or a number.")
    window_minutes = _minutes(5, 1, "Looked at together: the last so many minutes.", "window, minutes")
    hold_minutes = _minutes(2, 0, "It fires when it was bad for so long. 0: at once.", "hold, minutes")
    resolve_minutes = _minutes(5, 0, "It is over when it was good for so long. 0: at once.", "over after, minutes")
    least = models.PositiveIntegerField(
        "least number of observations",
        default=1,
        validators=[MinValueValidator(1, "At least 1."), MaxValueValidator(1_000_000, "At most 1,000,000.")],
        help_text="With fewer in the window nothing is decided: a percentile of two answers says nothing.",
    )
    channels = models.ManyToManyField(
        AlertChannel, blank=True, related_name="rules", help_text="None: the admin's banner alone shows it."
    )
    note = models.TextField(blank=True, max_length=2000, help_text="What to do then; it is part of what is told.")
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = "alert rule"

    def __str__(self) -> str:
        return self.name


class AlertProgress(models.Model):
    """How far a rule was evaluated, and what is remembered of each of its groups. Changed only by compare-and-set."""

    rule = models.OneToOneField(AlertRule, on_delete=models.CASCADE, primary_key=True, related_name="progress")
    until = models.DateTimeField()
    groups = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.rule_id} until {self.until:%Y-%m-%d %H:%M}"


class AlertIncident(models.Model):
    """One time that a rule fired for a group: what was so then, whatever became of the rule."""

    class Ending(models.TextChoices):
        """Why it is over."""

        OPEN = "", "It is not over"
        RECOVERED = "recovered", "It recovered"
        SILENT = "silent", "Nothing was measured any more"
        CHANGED = "changed", "The rule was changed, switched off or deleted"

    rule = models.ForeignKey(AlertRule, null=True, on_delete=models.SET_NULL, related_name="incidents")
    name = models.CharField("rule", max_length=100)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    group = models.CharField(max_length=200, blank=True)
    group_name = models.CharField("of", max_length=200, blank=True)
    figure = models.CharField(max_length=60)
    measure = models.CharField(max_length=20, choices=Measure.choices)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    threshold = models.FloatField()
    where = models.JSONField(default=dict)
    site_ids = _numbers("sites")
    began_at = models.DateTimeField("bad since")
    opened_at = models.DateTimeField("fired")
    resolved_at = models.DateTimeField("over", null=True)
    ending = models.CharField(max_length=10, choices=Ending.choices, default=Ending.OPEN, blank=True)
    worst = models.FloatField()
    worst_at = models.DateTimeField()
    reason = models.TextField()
    points = models.JSONField(default=list)  # [[unix seconds, value, observations], …]: those that led to it

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name = "alert"
        constraints = [
            models.UniqueConstraint(fields=["rule", "group"], condition=Q(resolved_at=None), name="alert_open_once")
        ]
        indexes = [
            models.Index(fields=["-opened_at"], name="alert_newest"),
            models.Index(fields=["resolved_at"], name="alert_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.group_name}" if self.group_name else self.name

    @property
    def is_open(self) -> bool:
        """Whether it is bad still."""
        return self.resolved_at is None

    @property
    def seconds(self) -> float:
        """How long it lasted, or has lasted."""
        return ((self.resolved_at or timezone.now()) - self.opened_at).total_seconds()


class AlertDelivery(models.Model):
    """One message to one channel: sent, or tried again, or given up."""

    class Event(models.TextChoices):
        """What it tells."""

        OPENED = "opened", "It fired"
        RESOLVED = "resolved", "It is over"
        TEST = "test", "A test"

    class State(models.TextChoices):
        """How it stands."""

        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        GIVEN_UP = "given_up", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(AlertIncident, null=True, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(AlertChannel, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=10, choices=Event.choices)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField("HTTP status", null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "alert message"
        constraints = [
            models.UniqueConstraint(fields=["incident", "channel", "event"], name="alert_told_once"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="alert_to_tell"),
            models.Index(fields=["channel", "-created_at"], name="alert_told_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()}: {self.channel}"

    @property
    def at(self) -> datetime:
        """When it was settled, or begun."""
        return self.ended_at or self.created_at
