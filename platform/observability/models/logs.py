"""Logs of conversations: what is held, what is kept and why, and what decides about it.

Tables that are partitioned by time are made by migration 0003; partitions come and go by its functions.
"""

import json
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from observability.logs.kinds import KINDS, TITLES, Reason

SHARE = Decimal(15)  # percent


def _reasons() -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=20, choices=[(each.value, TITLES[each]) for each in Reason]))


class SamplingPolicy(models.Model):
    """The share of untroubled conversations that are logged in full. The most specific policy that fits a
    conversation decides; empty fields fit all.
    """

    site = models.BigIntegerField(null=True, blank=True, help_text="Empty: all sites.")
    audience = models.BigIntegerField(null=True, blank=True, help_text="Empty: all audiences.")
    rule = models.BigIntegerField("routing rule", null=True, blank=True, help_text="Empty: whatever rule decided.")
    share = models.DecimalField(
        "share, %",
        max_digits=5,
        decimal_places=2,
        default=SHARE,
        validators=[MinValueValidator(0, "At least 0 %."), MaxValueValidator(100, "At most 100 %.")],
        help_text="Of conversations without trouble, so many are kept in full. Those with trouble are always kept.",
    )
    credit = models.FloatField(default=0.0, editable=False, help_text="Conversations that were due and not yet kept.")

    class Meta:
        verbose_name = "sampling policy"
        verbose_name_plural = "sampling policies"
        ordering = [
            F("rule").asc(nulls_first=True),
            F("audience").asc(nulls_first=True),
            F("site").asc(nulls_first=True),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "audience", "rule"],
                nulls_distinct=False,
                name="one_sampling_policy_for_each",
                violation_error_message="There is a policy for these already. Change that one.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.share} %"


class LogSettings(models.Model):
    """How long logs are held and kept, and what is redacted; the one row (id 1) holds for all."""

    hold_minutes = models.PositiveIntegerField(
        "held for, minutes",
        default=30,
        validators=[
            MinValueValidator(1, "At least 1 minute."),
            MaxValueValidator(1440, "At most 1,440 minutes, a day."),
        ],
        help_text="Since the last activity of a conversation. Then it is decided whether its log is kept.",
    )
    held_megabytes = models.PositiveIntegerField(
        "held in Redis, MiB",
        default=256,
        validators=[MinValueValidator(1, "At least 1 MiB."), MaxValueValidator(65_536, "At most 65,536 MiB.")],
        help_text="What is beyond is held in Postgres.",
    )
    sampled_days = models.PositiveIntegerField(
        "sampled logs, days", default=14, validators=[MinValueValidator(1, "At least 1 day."), MaxValueValidator(3650)]
    )
    troubled_days = models.PositiveIntegerField(
        "logs of trouble, days",
        default=60,
        validators=[MinValueValidator(1, "At least 1 day."), MaxValueValidator(3650)],
    )
    kept_megabytes = models.PositiveIntegerField(
        "kept in all, MiB",
        default=4096,
        validators=[MinValueValidator(10, "At least 10 MiB.")],
        help_text="Beyond it the oldest days go: first those of sampled logs, then those of trouble.",
    )
    most_records = models.PositiveIntegerField(
        "records of one conversation",
        default=4000,
        validators=[MinValueValidator(100, "At least 100."), MaxValueValidator(100_000, "At most 100,000.")],
        help_text="Of more, the first quarter and the newest are kept; what is left out in between is counted.",
    )
    shown = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, help_text="Kinds of data that are not redacted."
    )
    masked_keys = models.TextField(
        "fields that are always masked",
        blank=True,
        max_length=4000,
        help_text="Names of fields in the data, one on each line: their values are never logged.",
    )

    class Meta:
        verbose_name = verbose_name_plural = "log settings"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_log_settings")]

    def __str__(self) -> str:
        return "Log settings"


class RedactionPattern(models.Model):
    """A pattern of the administrator's (RE2) whose matches are redacted, under a name that stands in their place."""

    name = models.CharField(
        max_length=40, unique=True, help_text="Stands in the log for what was found, like “order number”."
    )
    pattern = models.CharField(max_length=500, help_text="As RE2 writes them.")
    case_sensitive = models.BooleanField("capitals matter", default=False)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LoggedConversation(models.Model):
    """A conversation whose log is kept: why, and how large it is. `names` numbers what was redacted in it."""

    conversation = models.UUIDField(primary_key=True)
    site = models.BigIntegerField(null=True)
    audience = models.BigIntegerField(null=True)
    rules = ArrayField(models.BigIntegerField(), default=list)
    reasons = _reasons()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    kept_at = models.DateTimeField(db_default=Now())
    records = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField(default=0, help_text="Bytes of the records.")
    left_out = models.PositiveIntegerField(default=0, help_text="Records in the middle, of too many.")
    names = models.JSONField(default=dict)

    class Meta:
        verbose_name = "logged conversation"
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["-last_at"], name="logged_newest")]

    def __str__(self) -> str:
        return str(self.conversation)

    @property
    def troubled(self) -> bool:
        """Whether it is kept for a trouble."""
        return any(reason != Reason.SAMPLED for reason in self.reasons)


class LogRecord(models.Model):
    """One record of a logged conversation. The table is partitioned by trouble and day."""

    number = models.BigIntegerField(primary_key=True)
    conversation = models.UUIDField()
    at = models.DateTimeField()
    troubled = models.BooleanField()
    turn = models.BigIntegerField(null=True)
    site = models.BigIntegerField(null=True)
    audience = models.BigIntegerField(null=True)
    rule = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=20, choices=[(kind.value, title) for kind, title in KINDS.items()])
    data = models.TextField()

    class Meta:
        managed = False
        verbose_name = "log record"
        ordering = ["at", "number"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def content(self) -> Any:
        """What was recorded."""
        return json.loads(self.data)


class HeldLog(models.Model):
    """Records in a compressed chunk that wait in Postgres for their decision; partitioned by the hour.

    A row without data only says that there is trouble.
    """

    id = models.BigAutoField(primary_key=True)
    held_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    conversation = models.UUIDField()
    site = models.BigIntegerField(null=True)
    audience = models.BigIntegerField(null=True)
    rules = ArrayField(models.BigIntegerField(), default=list)
    reasons = _reasons()
    records = models.PositiveIntegerField(default=0)
    data = models.BinaryField(null=True)

    class Meta:
        managed = False
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.conversation)


class LogTally(models.Model):
    """What was decided on a day, for the share kept and the bytes saved. Bytes are those of the records' text."""

    day = models.DateField()
    outcome = models.CharField(max_length=10)
    conversations = models.PositiveBigIntegerField(default=0)
    records = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "outcome"], name="one_log_tally_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.outcome}"


class LogErasure(models.Model):
    """A conversation whose records from before this moment must never be kept: they may still be on their way."""

    conversation = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["at"], name="log_erased_at")]

    def __str__(self) -> str:
        return str(self.conversation)
