"""Budgets in the admin: what is used of each now, what happens at each threshold, and which of them are reached."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from routing import budgets
from routing.admin.money import dollars
from routing.admin.prices import unpriced
from routing.budgets import BudgetState
from routing.models import Budget

WARN, SMALL, STOP = "the admin warns", "small models are asked first", "no paid model is asked: the articles answer"
PERIODS = {Budget.Period.DAY.value: "today", Budget.Period.MONTH.value: "this month"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold of a budget, in words; dollars from which on it is reached."""

    percent: int
    dollars: str
    what: str
    reached: bool


@dataclass(frozen=True, slots=True)
class BudgetBar:
    """A budget as it stands, ready to show. `tone` is "good", "warn" or "bad"."""

    name: str
    words: str
    percent: int
    tone: str
    thresholds: list[Threshold]
    unpriced: int

    @property
    def reached(self) -> str:
        """What happens now, in words; empty where no threshold is reached."""
        return "; ".join(threshold.what for threshold in self.thresholds if threshold.reached)


def bars() -> list[BudgetBar]:
    """All budgets in force as they stand: those that stop models first, then the fullest."""
    names = {row.pk: str(row.site or "All sites") for row in Budget.objects.select_related("site")}
    states = sorted(budgets.states_now(), key=lambda state: (not state.reached(state.stop_percent), -state.used))
    return [bar(state, names.get(state.id, "")) for state in states]


def bar(state: BudgetState, name: str) -> BudgetBar:
    """One of them, by this name."""
    steps = [(state.warn_percent, WARN), (state.small_percent, SMALL), (state.stop_percent, STOP)]
    thresholds = [
        Threshold(percent, dollars(state.amount * percent / 100), what, state.reached(percent))
        for percent, what in steps
        if percent is not None
    ]
    stopped = state.reached(state.stop_percent) or state.used >= 1
    tone = "bad" if stopped else "warn" if any(threshold.reached for threshold in thresholds) else "good"
    words = f"{dollars(state.spent)} of {dollars(state.amount)} {PERIODS[state.period]}"
    return BudgetBar(name, words, round(state.used * 100), tone, thresholds, state.unpriced)


class BudgetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A budget. The model's own words say what is wrong with a number."""

    class Meta:
        model = Budget
        fields = ("site", "period", "amount", "warn_percent", "small_percent", "stop_percent", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"warn_percent": "Warn at", "small_percent": "Prefer small at", "stop_percent": "Stop paid models at"}
        for name, label in labels.items():
            if isinstance(field := self.fields.get(name), forms.IntegerField):
                field.label = f"{label}, %"
                field.validators, field.min_value, field.max_value = [], None, None
                field.widget.attrs.pop("min", None)

    def clean_amount(self) -> Decimal:
        """Nothing at all is no budget: models are switched off by themselves."""
        amount: Decimal = self.cleaned_data["amount"]
        if amount <= 0:
            raise forms.ValidationError("Write how many dollars may be spent. To ask no paid model, switch it off.")
        return amount


class StandingChangeList(ChangeList):
    """Each row knows how it stands: one query for all of them."""

    def get_results(self, request: HttpRequest) -> None:
        """As unfold does, then ask."""
        super().get_results(request)
        states = {state.id: state for state in budgets.states_now()}
        self.result_list: list[Any] = list(self.result_list)
        for row in self.result_list:
            row.standing = bar(states[row.pk], str(row)) if row.pk in states else None


@admin.register(Budget)
class BudgetAdmin(ModelAdmin):
    """What may be spent. A change is in force within seconds."""

    form = BudgetForm
    list_display = ("what", "period", "used", "happens", "enabled")
    list_before_template = "admin/routing/budget/list_before.html"
    change_form_template = "admin/routing/budget/change_form.html"
    autocomplete_fields = ("site",)
    fieldsets = (
        (None, {"fields": ("site", "period", "amount", "enabled")}),
        ("What happens when so much of it is spent", {"fields": ("warn_percent", "small_percent", "stop_percent")}),
    )

    class Media:
        css = {"all": ("routing/costs.css",)}

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        """See StandingChangeList."""
        return StandingChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        """With the site that it is named after."""
        rows: QuerySet[Budget] = super().get_queryset(request)
        return rows.select_related("site")

    @display(description="Budget", ordering="site__name")
    def what(self, row: Budget) -> str:
        """Whose it is."""
        return str(row.site or "All sites together")

    @display(description="Used now")
    def used(self, row: Any) -> SafeString | str:
        """A bar."""
        if row.standing is None:
            return "off"
        markup = '<div class="parley-spent {}"><progress max="100" value="{}"></progress><span>{} ({} %)</span></div>'
        return format_html(
            markup, row.standing.tone, min(row.standing.percent, 100), row.standing.words, row.standing.percent
        )

    @display(description="What happens")
    def happens(self, row: Any) -> str:
        """The thresholds that are reached, in words."""
        return (row.standing.reached or "nothing yet") if row.standing else ""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Above the list: which thresholds are reached, and what no budget sees."""
        context = {"budget_bars": bars(), "unpriced": unpriced()}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With how it stands."""
        row = kwargs.get("obj")
        states = {state.id: state for state in budgets.states_now()} if row is not None else {}
        if row is not None and row.pk in states:
            context |= {"budget_bars": [bar(states[row.pk], str(row.site or "All sites"))]}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """This process looks at once, the others within two seconds."""
        super().save_model(request, row, form, change)
        budgets.forget()
