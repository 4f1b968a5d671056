"""The classifier's versions in the admin: what decides now, each version's report, and the clicks that change it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin
from unfold.decorators import display

from routing.admin.classifier import charts, clicks
from routing.classifier import in_use, jobs
from routing.classifier.going_live import before_it, live_id
from routing.classifier.queue import labelled
from routing.classifier.training import DEFAULT_ALLOWED, LEAST
from routing.classifier.words import percent, too_few
from routing.models import ClassifierVersion


@admin.register(ClassifierVersion)
class ClassifierVersionAdmin(ModelAdmin):
    """Versions are made by training, and never edited but for the threshold."""

    list_display = ("name", "state", "auc", "labels", "sent_small", "threshold_shown", "created_at", "created_by")
    list_select_related = ("created_by",)
    list_before_template = "admin/routing/classifierversion/list_before.html"
    change_form_template = "admin/routing/classifierversion/change_form.html"
    fields = ("embedder", "created_at", "created_by", "went_live_at")

    class Media:
        css = {"all": ("routing/classifier/classifier.css",)}

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Made by training."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """No form; the page's buttons ask for the permission themselves."""
        return False

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Who may change may look."""
        return clicks.may(request, "view") or clicks.may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the live one: that would be going back without saying so."""
        return not (obj and obj.live) and bool(super().has_delete_permission(request, obj))

    def get_actions(self, _request: HttpRequest) -> dict[str, Any]:
        """None: deleting several could take the live one along."""
        return {}

    @display(description="Version", ordering="id")
    def name(self, version: ClassifierVersion) -> str:
        """Its number."""
        return str(version)

    @display(description="State", label={"Live": "success"})
    def state(self, version: ClassifierVersion) -> str:
        """Whether it decides."""
        return "Live" if version.live else ("Was live" if version.went_live_at else "Not live")

    @display(description="AUC")
    def auc(self, version: ClassifierVersion) -> str:
        """On held-out labels, with the spread over the folds."""
        found = version.report
        return f"{found['auc']:.3f} ± {found['auc_spread']:.3f}" if "auc" in found else ""

    @display(description="Labels (simple + complex)")
    def labels(self, version: ClassifierVersion) -> str:
        """How many it learnt from."""
        sides = version.report.get("labels", {}).values()
        return " + ".join(str(sum(side.get(value, 0) for side in sides)) for value in ("simple", "complex"))

    @display(description="Simple ones to the small model")
    def sent_small(self, version: ClassifierVersion) -> str:
        """At its threshold."""
        return percent(version.report.get("chosen", {}).get("simple_small"))

    @display(description="Threshold", ordering="threshold")
    def threshold_shown(self, version: ClassifierVersion) -> str:
        """Three decimals."""
        return f"{version.threshold:.3f}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """With what decides now, and training."""
        return super().changelist_view(request, {**(extra_context or {}), **_overview(request)})

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With its report."""
        context |= _shown(kwargs["obj"]) | {"may_change": clicks.may(request, "change")}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """With the clicks."""
        view, name = self.admin_site.admin_view, "routing_classifierversion"
        return [
            path("train/", view(clicks.train), name=f"{name}_train"),
            path("training/", view(clicks.training_now), name=f"{name}_training"),
            path("back/", view(clicks.back), name=f"{name}_back"),
            path("<int:pk>/live/", view(clicks.live), name=f"{name}_live"),
            path("<int:pk>/threshold/", view(clicks.threshold), name=f"{name}_threshold"),
            *super().get_urls(),
        ]


def _overview(request: HttpRequest) -> dict[str, Any]:
    using, live = in_use(), live_id()
    count, goal = labelled()
    return {
        "using": using,
        "live_id": live,
        "back_to": _back_to(live),
        "told": jobs.progress(),
        "labelled": count,
        "goal": goal,
        "least": LEAST,
        "allowed": f"{100 * DEFAULT_ALLOWED:g}",
        "may_change": clicks.may(request, "change"),
        "may_train": clicks.may(request, "add"),
        "may_label": request.user.has_perm("routing.add_routinglabel"),
    }


def _back_to(live: int | None) -> str:
    if live is None:
        return ""
    versions = list(ClassifierVersion.objects.all())
    before = before_it(next(each for each in versions if each.pk == live), versions)
    return str(before) if before else "the starter weights"


def _shown(version: ClassifierVersion) -> dict[str, Any]:
    """The report as the template shows it; a version without one (of another Parley) shows little."""
    report = version.report
    rows = report.get("curve", [])
    live = live_id()
    return {
        "report": report,
        "live_id": live,
        "back_to": _back_to(live) if version.live else "",
        "calibration": charts.calibration(report.get("calibration", [])),
        "curve": charts.curve(rows, version.threshold) if rows else "",
        "rows": [_row(row, version.threshold) for row in rows],
        "bins": report.get("calibration", []),
        "doubt": too_few(report) if report and not report["chosen"]["holds"] else "",
        "compared": _compared(report.get("compared") or {}),
    }


def _row(row: dict[str, Any], threshold: float) -> dict[str, Any]:
    shares = ("asked", "missed", "bound", "simple_small", "traffic_small", "cost_share")
    chosen = abs(row["threshold"] - threshold) < 1e-6
    return {**row, **{name: percent(row[name]) for name in shares}, "chosen": chosen, "value": repr(row["threshold"])}


def _compared(found: dict[str, Any]) -> dict[str, Any]:
    if not found:
        return {}
    parts = [("All labels", found)] + ([("Labels that it has not seen", found["unseen"])] if "unseen" in found else [])
    lines = [
        (title, who, f"{part[key]['auc']:.3f}", percent(part[key]["simple_small"]), percent(part[key]["missed"]))
        for title, part in parts
        for key, who in (("new", "This one, held out"), ("running", _running(found)))
    ]
    return {**found, "lines": lines, "name": _running(found)}


def _running(found: dict[str, Any]) -> str:
    return f"Version {found['version']}" if found["version"] else "Starter weights"
