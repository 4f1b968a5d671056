"""Rate tiers: how fast a provider lets us ask a model."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from routing.models.provider import Model, Provider

MOST_A_MINUTE = 1_000_000_000
NO_LIMIT = "Empty: no limit."


def _a_minute(help_text: str) -> "models.PositiveIntegerField[int | None, int | None]":
    most = MaxValueValidator(MOST_A_MINUTE, "No provider allows more than 1,000,000,000 a minute. Empty: no limit.")
    least = MinValueValidator(1, "At least 1 a minute. To stop using a model, switch it off; empty means no limit.")
    return models.PositiveIntegerField(null=True, blank=True, validators=[least, most], help_text=help_text)


class RateTier(models.Model):
    """What an account may ask of a model, or of all models of a provider together. Turns beyond it wait in line."""

    class Reserve(models.TextChoices):
        """What a turn holds of the output limits before its length is known."""

        EXPECTED = "expected", "What answers usually take"
        MOST = "most", "The model's output limit, as OpenAI counts"

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="tiers")
    model = models.ForeignKey(
        Model,
        on_delete=models.CASCADE,
        related_name="tiers",
        null=True,
        blank=True,
        help_text="Empty: all models of the provider that have no tier of their own, together.",
    )
    requests_per_minute = _a_minute(NO_LIMIT)
    input_tokens_per_minute = _a_minute(f"{NO_LIMIT} Anthropic does not count what it read from its cache.")
    output_tokens_per_minute = _a_minute(NO_LIMIT)
    tokens_per_minute = _a_minute(f"Input and output together, as OpenAI counts. {NO_LIMIT}")
    concurrency = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[
            MinValueValidator(1, "At least 1 at once. To stop using a model, switch it off; empty means no limit."),
            MaxValueValidator(100_000, "At most 100,000 at once. Empty: no limit."),
        ],
        help_text=f"Answers at once. {NO_LIMIT}",
    )
    burst_seconds = models.FloatField(
        default=2.0,
        validators=[
            MinValueValidator(0.1, "At least 0.1 seconds."),
            MaxValueValidator(60, "At most 60 seconds: a whole minute's worth at once."),
        ],
        help_text="After a quiet time, so many seconds' worth may go out at once. Keep it below the provider's own.",
    )
    reserve = models.CharField(max_length=10, choices=Reserve.choices, default=Reserve.EXPECTED)
    fall_over_seconds = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0, "Not before now: 0 or more."), MaxValueValidator(3600, "At most 3,600.")],
        help_text="A turn that would wait longer here goes to the next model that is free. Empty: it waits.",
    )
    late_seconds = models.FloatField(
        default=60.0,
        validators=[MinValueValidator(1, "At least 1 second."), MaxValueValidator(86_400, "At most a day (86,400).")],
        help_text="Visitors who would wait longer are told so, and may leave a message for a person.",
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["provider", "model", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "model"],
                nulls_distinct=False,
                name="tier_once_for_each_model",
                violation_error_message="There is a rate tier for this already. Change that one.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model.name if self.model_id and self.model else 'All models'} ({self.provider})"

    def clean(self) -> None:
        """Raise ValidationError for a model of another provider."""
        if self.model_id and self.model and self.provider_id and self.model.provider_id != self.provider_id:
            raise ValidationError({"model": f"{self.model.name} is not a model of this provider. Choose one that is."})
