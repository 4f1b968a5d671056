"""From when to when the pages about money look. Days are those of UTC, as in budgets."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from people.models import Site

MOST_DAYS = 400
PERIODS = {"today": "Today", "week": "This week", "month": "This month", "range": "From … to …"}


@dataclass(frozen=True, slots=True)
class Range:
    """Times from `start` on, before `end`; both at midnight."""

    start: datetime
    end: datetime

    @property
    def words(self) -> str:
        """Its days."""
        last = self.end - timedelta(days=1)
        days = f"{self.start:%-d %B %Y}"
        return days if last <= self.start else f"{days} to {last:%-d %B %Y}"

    @property
    def first(self) -> str:
        """Its first day, as forms write it."""
        return f"{self.start:%Y-%m-%d}"

    @property
    def last(self) -> str:
        """Its last day, as forms write it."""
        return f"{self.end - timedelta(days=1):%Y-%m-%d}"

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days


class RangeForm(forms.Form):
    """What was chosen above the page. Nothing chosen: this month, all sites."""

    period = forms.ChoiceField(choices=list(PERIODS.items()), required=False)
    since = forms.DateField(required=False, label="from", error_messages={"invalid": "Write a day like 2026-11-24."})
    until = forms.DateField(required=False, label="to", error_messages={"invalid": "Write a day like 2026-11-24."})
    site = forms.ModelChoiceField(
        Site.objects.order_by("name"), required=False, error_messages={"invalid_choice": "There is no such site."}
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a range that ends before it begins, or is endless."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("period") != "range" or self.errors:
            return cleaned
        since, until = cleaned.get("since"), cleaned.get("until")
        if since is None or until is None:
            raise forms.ValidationError("Write both days, the first and the last.")
        if until < since:
            raise forms.ValidationError(f"The last day ({until}) is before the first ({since}).")
        if (until - since).days >= MOST_DAYS:
            raise forms.ValidationError(f"At most {MOST_DAYS} days at once.")
        return cleaned


def chosen(query: QueryDict) -> tuple[RangeForm, Range, Site | None]:
    """The form, with its errors; the range and the site that it names, those of an empty form where it has errors."""
    form = RangeForm(query)
    good = form.cleaned_data if form.is_valid() else {}
    return form, range_of(good.get("period") or "month", good.get("since"), good.get("until")), good.get("site")


def range_of(period: str, since: date | None = None, until: date | None = None) -> Range:
    """The range of one of PERIODS, until now's day; the dates count for "range" alone."""
    today = timezone.now().astimezone(UTC).date()
    if period == "range" and since and until:
        return Range(_midnight(since), _midnight(until) + timedelta(days=1))
    days_back = {"today": 0, "week": today.weekday()}.get(period, today.day - 1)
    return Range(_midnight(today) - timedelta(days=days_back), _midnight(today) + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
