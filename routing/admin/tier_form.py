"""The form of a rate tier: numbers that cannot be meant are explained where they are typed."""

from typing import Any

from django import forms

from routing.models import RateTier

LIMITS = (
    "requests_per_minute",
    "input_tokens_per_minute",
    "output_tokens_per_minute",
    "tokens_per_minute",
    "concurrency",
)


class RateTierForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tier. Without any limit it may be saved; its page and the list say what that means."""

    class Meta:
        model = RateTier
        fields = ("provider", "model", *LIMITS, "burst_seconds", "reserve", "fall_over_seconds", "late_seconds")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.IntegerField):  # and so FloatField: the model's own words explain more
                field.validators = []
                field.min_value = field.max_value = None
                field.widget.attrs.pop("min", None)

    def clean(self) -> dict[str, Any]:
        """Refuse a tier whose numbers contradict each other."""
        cleaned = super().clean() or self.cleaned_data
        most = cleaned.get("tokens_per_minute")
        for name in ("input_tokens_per_minute", "output_tokens_per_minute"):
            part = cleaned.get(name)
            if most is not None and part is not None and part > most:
                self.add_error(
                    name, f"More than input and output together may be ({most:,}). Lower it or leave it empty."
                )
        return cleaned

    @property
    def without_limits(self) -> bool:
        """Whether nothing is limited."""
        return all(self.cleaned_data.get(name) is None for name in LIMITS)
