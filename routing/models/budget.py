"""What was spent, by the hour, and the budgets that it is held against."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from people.models import Site
from routing.models.rule import RoutingRule


class AnsweredBy(models.TextChoices):
    """What a turn's answer came from."""

    MODEL = "model", "A model"
    CACHE = "cache", "A cached answer"
    RULE = "rule", "A rule's text"
    ARTICLES = "articles", "The articles"
    HANDOVER = "handover", "Handed to a person"


class Sums(models.Model):
    """Turns that ended in some time (UTC), summed by site, model, rule and what answered. Dollars.

    Background requests count as turns of no site; nothing answered there. `unpriced` counts those whose cost is not
    known, as a price was left out: they are no part of `cost`. A rule that was deleted leaves its number.
    """

    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    model_name = models.CharField(max_length=200, blank=True)
    rule = models.ForeignKey(RoutingRule, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    answered_by = models.CharField(max_length=10, choices=AnsweredBy.choices, blank=True)
    turns = models.PositiveIntegerField(default=0)
    unpriced = models.PositiveIntegerField(default=0)
    input_tokens = models.BigIntegerField(default=0)
    cached_input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=8, default=Decimal(0))

    class Meta:
        abstract = True


class Spend(Sums):
    """What one hour came to."""

    hour = models.DateTimeField()

    class Meta:
        ordering = ["-hour", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "site", "model_name", "rule", "answered_by"],
                nulls_distinct=False,
                name="spend_once_for_each_hour",
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h: {self.cost}"


class SpendMinute(Sums):
    """The minutes of the hours that may still change: so that only the last few are counted again each time."""

    minute = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["minute", "site", "model_name", "rule", "answered_by"],
                nulls_distinct=False,
                name="spend_once_for_each_minute",
            )
        ]

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M}: {self.cost}"


def _percent(default: int | None, help_text: str) -> "models.PositiveSmallIntegerField[int | None, int | None]":
    limits = [MinValueValidator(1, "At least 1 percent."), MaxValueValidator(1000, "At most 1,000 percent.")]
    return models.PositiveSmallIntegerField(
        null=True, blank=True, default=default, validators=limits, help_text=f"Percent of it. {help_text} Empty: never."
    )


class Budget(models.Model):
    """What may be spent in a day or a month (UTC), and what happens at each threshold."""

    class Period(models.TextChoices):
        """From midnight, or from the first of the month."""

        DAY = "day", "A day"
        MONTH = "month", "A month"

    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: all sites together."
    )
    period = models.CharField(max_length=10, choices=Period.choices, default=Period.MONTH)
    amount = models.DecimalField(
        "dollars", max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    warn_percent = _percent(80, "From here on the admin shows a warning.")
    small_percent = _percent(90, "From here on small models are asked first.")
    stop_percent = _percent(100, "From here on no paid model is asked: the articles answer.")
    enabled = models.BooleanField(default=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["site", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "period"],
                nulls_distinct=False,
                name="budget_once_for_each_period",
                violation_error_message="There is such a budget already. Change that one.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.site or 'All sites'}: ${self.amount} {self.get_period_display().lower()}"

    def clean(self) -> None:
        """Raise ValidationError for thresholds out of their order."""
        steps = [step for step in (self.warn_percent, self.small_percent, self.stop_percent) if step is not None]
        if steps != sorted(steps):
            raise ValidationError("The thresholds go up: warn first, then prefer small models, then stop.")
