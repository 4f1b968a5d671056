"""Try it: when the rule on the page, saved or not, would have fired; and what it says in words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from observability.admin.alerts_form import AlertRuleForm
from observability.alerts import words
from observability.alerts.chart import Chart, chart
from observability.alerts.condition import MINUTE
from observability.alerts.firings import Fired
from observability.alerts.reading import condition_of
from observability.alerts.trying import DAYS, Past, Tried, tried
from observability.models import AlertRule

VIEW = "observability.view_alertrule"
DEFAULT_DAYS = 7
MOST_SHOWN = 50
PERIODS = {1: "in the last day", 7: "in the last week", 30: "in the last 30 days"}
NOT_TRIED = ("name", "severity", "channels", "note")  # wrong or missing, they do not keep a rule from being tried


@dataclass(frozen=True)
class Shown:
    """One firing, ready to read."""

    opened: datetime
    lasted: str
    worst: str
    by_hours: bool


@dataclass(frozen=True)
class Group:
    """What is shown of one group."""

    name: str
    times: int
    firings: list[Shown]
    chart: Chart | None


@never_cache
@require_POST
def view(request: HttpRequest) -> HttpResponse:
    """A fragment: how often, when and for how long; or what is wrong with what was sent."""
    rule, troubles = _asked(request)
    context: dict[str, Any] = {"troubles": troubles}
    if rule:
        days = _days(request.POST.get("days", ""))
        found = tried(rule, timezone.now(), days)
        context |= {
            "sentence": words.sentence(rule),
            "found": found,
            "times": times(found.times),
            "period": PERIODS[days],
            "threshold": words.value(rule, rule.threshold),
            "groups": [_group(rule, past, found) for past in found.groups if past.known],
            "minutes_from": _moment(found.minutes_from) if found.minutes_from > found.since else None,
        }
    return render(request, "admin/observability/alertrule/tried.html", context)


@never_cache
@require_POST
def sentence(request: HttpRequest) -> HttpResponse:
    """The rule in words, or nothing while it cannot be read."""
    rule, _ = _asked(request)
    return HttpResponse(words.sentence(rule) if rule else "", content_type="text/plain; charset=utf-8")


def times(number: int) -> str:
    """Such as "3 times"."""
    return {0: "not once", 1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _asked(request: HttpRequest) -> tuple[AlertRule | None, list[str]]:
    """The rule as it was sent, or what is wrong with it."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    form = AlertRuleForm(_complete(request.POST), instance=AlertRule())
    form.is_valid()
    wrong = {name: errors for name, errors in form.errors.items() if name not in NOT_TRIED}
    if wrong:
        return None, [f"{_label(form, name)}: {error}" for name, errors in wrong.items() for error in errors]
    rule: AlertRule = form.instance
    return rule, []


def _complete(sent: QueryDict) -> QueryDict:
    """With a name, so that a rule can be tried before it has one."""
    sent = sent.copy()
    sent["name"], sent["severity"] = "This rule", "warning"
    sent.setlist("channels", [])
    return sent


def _label(form: AlertRuleForm, name: str) -> str:
    return str(form.fields[name].label or name).capitalize() if name in form.fields else "Rule"


def _days(text: str) -> int:
    return int(text) if text in {str(days) for days in DAYS} else DEFAULT_DAYS


def _group(rule: AlertRule, past: Past, found: Tried) -> Group:
    spans = [(fired.opened, fired.ended or found.upto) for fired, _ in past.firings]
    shown = [_shown(rule, fired, step, found) for fired, step in reversed(past.firings[-MOST_SHOWN:])]
    drawn = chart(past.points, condition_of(rule), spans, found.since, found.upto)
    return Group(past.group, len(past.firings), shown, drawn)


def _shown(rule: AlertRule, fired: Fired, step: int, found: Tried) -> Shown:
    minutes = ((fired.ended or found.upto) - fired.opened) // MINUTE
    lasted = words.minutes(minutes) if fired.ended else f"{words.minutes(minutes)}, and is not over"
    return Shown(_moment(fired.opened), lasted, words.value(rule, fired.worst), step > 1)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
