"""Rules and alerts in words."""

from collections.abc import Iterable, Sequence

from observability import names
from observability.alerts.measures import unit_of
from observability.alerts.quantities import written
from observability.models import AlertIncident, AlertRule
from observability.models.alerts import By, Measure
from observability.statistics import FIGURES, Unit

EACH = {
    By.LABEL: "each label", By.SITE: "each site", By.MODEL: "each model", By.RULE: "each routing rule",
    By.AUDIENCE: "each audience",
}  # fmt: skip
ONLY = (("site", "site_ids"), ("model", "model_ids"), ("rule", "rule_ids"), ("audience", "audience_ids"))


def unit(figure: str, measure: str) -> Unit:
    """Of the values of a rule or an alert."""
    return unit_of(FIGURES[figure], Measure(measure)) if figure in FIGURES else Unit.NONE


def value(of: AlertRule | AlertIncident, number: float) -> str:
    """A value of it, such as "300 ms"."""
    return written(number, unit(of.figure, of.measure))


def minutes(number: int) -> str:
    """Such as "1 minute" or "2 hours"."""
    if number and not number % 60:
        return "1 hour" if number == 60 else f"{number // 60} hours"
    return "1 minute" if number == 1 else f"{number} minutes"


def subject(rule: AlertRule) -> str:
    """What a rule looks at, such as "p95 of “From message to answer” (site Demo Shop)"."""
    title = f"“{FIGURES[rule.figure].title}”" if rule.figure in FIGURES else rule.figure
    about = [_only(kind, getattr(rule, field)) for kind, field in ONLY if getattr(rule, field)]
    if rule.by:
        about.append(f"{EACH[By(rule.by)]} by itself")
    return _looked_at(rule, title) + (f" ({'; '.join(about)})" if about else "")


def _looked_at(rule: AlertRule, title: str) -> str:
    labels = _joined(rule.labels)
    if rule.measure == Measure.SHARE:
        among = _joined(rule.among) if rule.among else "all"
        return f"the share of {labels} among {among} in {title}"
    of = f"{title} ({labels})" if labels else title
    if rule.measure == Measure.PER_MINUTE:
        return f"{of}, a minute"
    names_ = {Measure.SUM: "the sum of", Measure.MEAN: "the mean of", Measure.HIGHEST: "the highest of"}
    return f"{names_.get(Measure(rule.measure), f'{rule.measure} of')} {of}"


def _only(kind: str, numbers: Sequence[int]) -> str:
    plural = (
        {"rule": "routing rules"}.get(kind, f"{kind}s")
        if len(numbers) > 1
        else {"rule": "routing rule"}.get(kind, kind)
    )
    return f"{plural} {_joined(names.name(kind, number) for number in numbers)}"  # type: ignore[arg-type]


def _joined(words: Iterable[str]) -> str:
    *others, last = [*words] or [""]
    return f"{', '.join(others)} or {last}" if others else last


def sentence(rule: AlertRule) -> str:
    """What the rule does."""
    fires = (
        f"Fires when {subject(rule)} over {minutes(rule.window_minutes)} was {bound(rule)}{_held(rule.hold_minutes)}"
    )
    least = f" (with at least {rule.least:,} observations)" if rule.least > 1 and not _counts(rule) else ""
    over = f"; it is over when it was not{_held(rule.resolve_minutes) or ' any more'}."
    return fires + least + over


def _counts(rule: AlertRule) -> bool:
    """Whether nothing to count is a value, too."""
    return rule.measure in {Measure.PER_MINUTE, Measure.SUM, Measure.MEAN, Measure.HIGHEST}


def _held(number: int) -> str:
    return f" for {minutes(number)}" if number else ""


def bound(of: AlertRule | AlertIncident) -> str:
    """Such as "above 5 s"."""
    return f"{of.direction} {value(of, of.threshold)}"


def group_name(by: str, key: str) -> str:
    """What a group is called; empty where everything is watched together."""
    if not by or by == By.LABEL:
        return key
    return names.name(by, int(key))  # type: ignore[arg-type]


def reason(rule: AlertRule, group: str, number: float, observations: int) -> str:
    """Why it fired: what was found at that moment."""
    of = f", {group}," if group else ""
    seen = f" ({observations:,} observations)" if not _counts(rule) else ""
    return (
        f"{_capital(subject(rule))}{of} over {minutes(rule.window_minutes)} was {bound(rule)}"
        f"{_held(rule.hold_minutes)}: {value(rule, number)}{seen}."
    )


def _capital(text: str) -> str:
    return text if text.startswith(("p5", "p9", "“")) else text[:1].upper() + text[1:]
