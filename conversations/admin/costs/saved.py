"""The savings report as a page: the figures, how sure they are, and the method in plain words."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from conversations.admin.costs.figures import spent
from conversations.admin.costs.ranges import PERIODS, Range, RangeForm, range_of
from conversations.savings import Report, TooMuch, read, report
from people.models import Site
from routing.admin.money import dollars
from routing.models import Model


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the report. `share` is of what it would have cost."""

    name: str
    money: str
    share: str
    about: str
    tone: str = ""


class SavingsForm(RangeForm):
    """The range, and the model to compare with."""

    model = forms.ModelChoiceField(
        Model.objects.none(), required=False, error_messages={"invalid_choice": "There is no such model with prices."}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        priced = Model.objects.filter(input_price__gt=0, output_price__isnull=False, enabled=True)
        field: Any = self.fields["model"]
        field.queryset = priced.select_related("provider").order_by("-output_price", "-input_price")


def largest(form: SavingsForm) -> Model | None:
    """The dearest of the large models, else the dearest of all that have a price."""
    field: Any = form.fields["model"]
    found = field.queryset
    large: Model | None = found.filter(size=Model.Size.LARGE).first()
    return large or found.first()


def savings_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """This week, unless something else was chosen."""
    form = SavingsForm(request.GET)
    good = form.cleaned_data if form.is_valid() else {}
    range_ = range_of(good.get("period") or "week", good.get("since"), good.get("until"))
    model = good.get("model") or largest(form)
    context |= {
        "title": "Savings",
        "is_fullwidth": True,
        "form": form,
        "models": form.fields["model"].queryset,  # type: ignore[attr-defined]
        "periods": PERIODS,
        "period": good.get("period") or "week",
        "range": range_,
        "site": good.get("site"),
        "model": model,
        "query": request.GET.urlencode(),
    }
    if model is not None and form.is_valid():
        context |= _read(range_, good.get("site"), model)
    return TemplateResponse(request, "admin/routing/costs/savings.html", context)


def _read(range_: Range, site: Site | None, model: Model) -> dict[str, Any]:
    try:
        sample = read(range_.start, range_.end, site.pk if site else None)
    except TooMuch as error:
        return {"trouble": str(error)}
    found = report(sample.talks, model.prices, sample.sampled, sample.conversations)
    background = None if site else _background(range_)
    return {
        "sample": sample,
        "found": found,
        "parts": parts(found, model),
        "background": dollars(background) if background else "",
        "net": dollars(found.saved - float(background or 0)),
        "net_share": _share(found.saved - float(background or 0), found.baseline),
        "error": dollars(found.error) if found.error else "",
    }


def _background(range_: Range) -> Decimal:
    """What work cost that belongs to no turn: checks of cached answers, memory."""
    rows = spent(range_, None).filter(site__isnull=True)
    return Decimal(rows.aggregate(cost=Sum("cost"))["cost"] or 0)


def parts(found: Report, model: Model) -> list[Part]:
    """What it would have cost, what was saved by each, and what it did cost."""
    saved = [
        ("Cached answers and rules' texts", found.cache, "Questions that no model was asked."),
        ("Routing", found.routing, f"What models were sent, at their prices instead of those of {model.name}."),
        ("Shorter history and memory", found.memory, "Earlier messages that were not sent again."),
        ("The articles", found.articles, "Answers in the articles' own words, where no model was asked."),
    ]
    whole = f"Every turn to {model.name}, with everything that was said before."
    return [
        Part("It would have cost", dollars(found.baseline), "", whole),
        *(_part(name, money, found.baseline, about) for name, money, about in saved),
        Part("It did cost", dollars(found.spent), _share(found.spent, found.baseline), "The turns' own costs."),
    ]


def _part(name: str, money: float, whole: float, about: str) -> Part:
    tone = "good" if money > 0 else "bad" if money < 0 else ""
    return Part(name, dollars(-money), _share(-money, whole) if money else "", about, tone)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}".replace("-", "−") if whole else ""
