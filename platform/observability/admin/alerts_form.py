"""The form of an alert rule: values as people write them, and in words what cannot be meant."""

from collections.abc import Iterable
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from observability import names
from observability.alerts import measures, words
from observability.alerts.quantities import ALL, example, parse, written
from observability.models import AlertChannel, AlertRule
from observability.models.alerts import By, Direction, Measure
from observability.statistics import FIGURES, Figure, Kind, Unit

KINDS = {Kind.TIMES: "Times", Kind.COUNT: "Counts", Kind.LEVEL: "Levels"}
FIT = {
    Kind.TIMES: "It is a time: choose p50, p95 or p99.",
    Kind.COUNT: "It is a count: choose the number a minute, the sum or a share.",
    Kind.LEVEL: "It is a level: choose its mean or its highest.",
}
ONLY = {"site_ids": "site", "model_ids": "model", "rule_ids": "rule", "audience_ids": "audience"}
TITLES = {"site": "Sites", "model": "Models", "rule": "Routing rules", "audience": "Audiences"}
LONGEST_LABEL, MOST_LABELS = 80, 50


def figures() -> list[tuple[str, list[tuple[str, str]]]]:
    """All figures by kind, for a select."""
    return [(title, [(f.name, f.title) for f in FIGURES.values() if f.kind is kind]) for kind, title in KINDS.items()]


class LabelsField(forms.CharField):
    """Labels between commas, as a list."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> Any:
        """Each once, in their order."""
        given = value if isinstance(value, list) else str(value or "").split(",")
        return list(dict.fromkeys(label for each in given if (label := str(each).strip())))

    def prepare_value(self, value: Any) -> Any:
        """As they are written."""
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it means something else."""
        return bool(self.to_python(initial) != self.to_python(data))

    def run_validators(self, value: Any) -> None:
        """Bounds."""
        if len(value) > MOST_LABELS or any(len(label) > LONGEST_LABEL for label in value):
            raise forms.ValidationError(f"At most {MOST_LABELS} labels of {LONGEST_LABEL} characters each.")


class NumbersField(forms.TypedMultipleChoiceField):
    """Rows of ours, chosen by name; kept by their numbers. One that is gone is shown until it is taken out."""

    def __init__(self, kind: names.Kind) -> None:
        super().__init__(
            coerce=int,
            required=False,
            label=TITLES[kind],
            widget=UnfoldAdminSelectMultipleWidget,
            help_text="None: all.",
        )
        self.kind = kind

    def offer(self, stored: Iterable[int]) -> None:
        """Fill the select."""
        known = names.names(self.kind)
        gone = [(number, f"{names.name(self.kind, number)} (deleted)") for number in stored if number not in known]
        self.choices = [*known.items(), *gone]

    def validate(self, value: Any) -> None:
        """Only what is there, as of now: names are remembered for seconds, and a row may be newer."""
        if self._unknown(value):
            names.forget()
        if unknown := self._unknown(value):
            what = {"rule": "routing rule"}.get(self.kind, self.kind)
            raise forms.ValidationError(f"There is no {what} {', '.join(unknown)} (any more). Take it out.")

    def _unknown(self, value: Iterable[Any]) -> list[str]:
        known = {str(number) for number in names.names(self.kind)}
        return [str(each)[:20] for each in value if str(each) not in known]


class AlertRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule. `cleaned_data["threshold"]` is in the figure's unit, whatever was written."""

    figure = forms.ChoiceField(choices=figures, widget=UnfoldAdminSelectWidget, help_text="What is watched.")
    labels = LabelsField(required=False, help_text="Only these, between commas. Empty: all.")
    among = LabelsField(
        required=False,
        label="Among",
        help_text="Only for a share: of which labels it is the share. The error rate is that of failed turns among "
        "those answered or failed; what was cancelled does not count. Empty: all.",
    )
    threshold_text = forms.CharField(label="Threshold", max_length=60, widget=UnfoldAdminTextInputWidget)
    channels = forms.ModelMultipleChoiceField(
        AlertChannel.objects.all(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None: the banner in this admin alone shows it.",
    )
    site_ids, model_ids = NumbersField("site"), NumbersField("model")
    rule_ids, audience_ids = NumbersField("rule"), NumbersField("audience")

    class Meta:
        model = AlertRule
        fields = (
            "name", "enabled", "severity", "figure", "measure", "labels", "among", "by", "direction", "window_minutes",
            "hold_minutes", "resolve_minutes", "least", *ONLY, "channels", "note",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: AlertRule = self.instance
        for name in ONLY:
            if isinstance(field := self.fields.get(name), NumbersField):
                field.offer(getattr(row, name))
        if "threshold_text" in self.fields and row.figure and row.threshold is not None:
            self.initial.setdefault("threshold_text", written(row.threshold, words.unit(row.figure, row.measure), ALL))
        if "direction" in self.fields:
            self.fields["direction"].label = "Fires when it is"
        if "note" in self.fields:
            self.fields["note"].widget = UnfoldAdminTextareaWidget({"rows": 2})

    def clean(self) -> dict[str, Any]:
        """What belongs together; each complaint is at its field."""
        cleaned = super().clean() or self.cleaned_data
        figure = FIGURES.get(cleaned.get("figure", ""))
        if figure is None or not cleaned.get("measure"):
            return cleaned
        measure = Measure(cleaned["measure"])
        if measure not in measures.OF_KIND[figure.kind]:
            self.add_error("measure", f"“{figure.title}” cannot be looked at so. {FIT[figure.kind]}")
            return cleaned
        self._check_labels(figure, measure, cleaned)
        self._check_groups(figure, measure, cleaned)
        self._check_threshold(measure, measures.unit_of(figure, measure), cleaned)
        return cleaned

    def _check_labels(self, figure: Figure, measure: Measure, cleaned: dict[str, Any]) -> None:
        for name in ("labels", "among"):
            if complaint := wrong_labels(figure, cleaned.get(name) or []):
                self.add_error(name, complaint)
        labels, among = cleaned.get("labels") or [], cleaned.get("among") or []
        if measure != Measure.SHARE:
            if among:
                self.add_error("among", "Only a share is among others. Leave it empty, or look at the share.")
        elif not labels:
            self.add_error("labels", f"The share of what? {_offered(figure)}")
        elif among and (missing := [label for label in labels if label not in among]):
            self.add_error("among", f"What it is a share of must contain {', '.join(missing)}, too.")

    def _check_groups(self, figure: Figure, measure: Measure, cleaned: dict[str, Any]) -> None:
        by = cleaned.get("by", By.ALL)
        if by == By.LABEL and not (figure.labels or figure.open_label):
            self.add_error("by", f"“{figure.title}” has no labels to watch one by one.")
        elif by == By.LABEL and measure == Measure.SHARE:
            self.add_error(
                "by", "A share is of its labels already: watch it for everything, or each site, model or audience."
            )
        elif figure.kind is Kind.LEVEL and by not in {By.ALL, By.LABEL}:
            self.add_error("by", "A level is of the whole installation: watch everything together, or each label.")
        if figure.kind is Kind.LEVEL:
            for name in ONLY:
                if cleaned.get(name):
                    self.add_error(name, "A level is of the whole installation. Leave this empty.")

    def _check_threshold(self, measure: Measure, unit: Unit, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("threshold_text"):
            return
        try:
            threshold = parse(cleaned["threshold_text"], unit)
        except ValueError as error:
            self.add_error("threshold_text", str(error))
            return
        if complaint := senseless(cleaned.get("direction", ""), threshold, measure):
            self.add_error("threshold_text", complaint)
        cleaned["threshold"] = self.instance.threshold = threshold


def senseless(direction: str, threshold: float, measure: Measure) -> str:
    """Why a threshold could never be passed, or always would be; empty when it can be meant."""
    if threshold < 0 or (direction == Direction.BELOW and threshold == 0):
        return "Nothing that is watched is ever below nought."
    if measure == Measure.SHARE and (threshold > 1 or (direction == Direction.ABOVE and threshold == 1)):
        return "A share is never above 100 %."
    return ""


def wrong_labels(figure: Figure, labels: list[str]) -> str:
    """What is wrong with labels of a figure; empty when nothing is. Names of rows may come later, so all will do."""
    if not labels or figure.open_label:
        return ""
    if not figure.labels:
        return f"“{figure.title}” has no labels. Leave it empty."
    unknown = [label for label in labels if label not in figure.labels]
    return f"{', '.join(unknown)}: no label of “{figure.title}”. {_offered(figure)}" if unknown else ""


def _offered(figure: Figure) -> str:
    if figure.open_label:
        return "Its labels are names, as the dashboards show them."
    return f"Its labels: {', '.join(figure.labels)}." if figure.labels else "It has no labels."


def catalogue() -> dict[str, Any]:
    """What the page's script needs: for each figure, what can be looked at, its labels, and how a threshold looks."""
    return {
        figure.name: {
            "measures": {
                measure.value: example(measures.unit_of(figure, measure)) for measure in measures.OF_KIND[figure.kind]
            },
            "labels": _offered(figure),
            "level": figure.kind is Kind.LEVEL,
        }
        for figure in FIGURES.values()
    }
