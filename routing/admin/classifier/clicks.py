"""The classifier's buttons: train, go live, go back, move the threshold. Each a POST, each safe to click twice."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from redis.exceptions import RedisError

from routing.classifier import forget, going_live, jobs
from routing.models import ClassifierVersion

LIST = "admin:routing_classifierversion_changelist"
PAGE = "admin:routing_classifierversion_change"


def may(request: HttpRequest, what: str) -> bool:
    """Whether the person has this permission for versions."""
    return bool(request.user.has_perm(f"routing.{what}_classifierversion"))


def _require(request: HttpRequest, what: str) -> None:
    if not may(request, what):
        raise PermissionDenied


@require_POST
def train(request: HttpRequest) -> HttpResponseRedirect:
    """Ask a worker to train."""
    _require(request, "add")
    try:
        allowed = float(request.POST.get("missed", "").replace(",", ".")) / 100
    except ValueError:
        allowed = 0.0
    if not 0 < allowed < 1:
        messages.error(request, "Write the share of hard messages that may be missed as a number from 0.1 to 99.")
        return redirect(LIST)
    try:
        started = jobs.start(allowed, request.user.pk)
    except (RedisError, OSError):
        messages.error(request, "Redis does not answer, so no worker can be asked. Try again when it is back.")
        return redirect(LIST)
    if not started:
        messages.warning(request, "A training is under way already.")
    return redirect(LIST)


@never_cache
@require_GET
def training_now(request: HttpRequest) -> HttpResponse:
    """How the newest training stands, as a part of a page that asks again."""
    if not (may(request, "view") or may(request, "change")):
        raise PermissionDenied
    told = jobs.progress()
    answer = render(request, "admin/routing/classifierversion/training.html", {"told": told})
    if told and not told.under_way:
        answer["HX-Refresh"] = "true"  # the list has a new row
    return answer


@require_POST
def live(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Let this version decide."""
    _require(request, "change")
    try:
        done = going_live.go_live(pk, _seen(request))
    except ClassifierVersion.DoesNotExist as error:
        messages.error(request, str(error))
        return redirect(LIST)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect(PAGE, pk)
    forget()
    said = f"Version {pk} decides now." if done else f"Version {pk} is live already."
    messages.success(request, f"{said} Every process follows within seconds.")
    return redirect(PAGE, pk)


@require_POST
def back(request: HttpRequest) -> HttpResponseRedirect:
    """Let the version before the live one decide again."""
    _require(request, "change")
    seen = _seen(request)
    try:
        if seen is None:
            raise going_live.Overtaken("The starter weights decide already: there is nothing to go back to.")
        now = going_live.go_back(seen)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect(LIST)
    forget()
    messages.success(request, f"{f'Version {now} decides' if now else 'The starter weights decide'} again.")
    return redirect(LIST)


@require_POST
def threshold(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    """Take another point of the version's curve."""
    _require(request, "change")
    version = get_object_or_404(ClassifierVersion, pk=pk)
    points = {repr(row["threshold"]): row["threshold"] for row in version.report.get("curve", [])}
    wanted = points.get(request.POST.get("threshold", ""))
    if wanted is None:
        messages.error(request, "That point is not on this version's curve. Choose one of the table.")
    else:
        ClassifierVersion.objects.filter(pk=pk).update(threshold=wanted)
        forget()
        messages.success(request, f"The threshold of version {pk} is {wanted:.3f} now.")
    return redirect(PAGE, pk)


def _seen(request: HttpRequest) -> int | None:
    """The version that was live when the page was made; None for the starter."""
    value = request.POST.get("instead_of", "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 18 else None
