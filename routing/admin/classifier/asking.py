"""Labelling: one message after the other, and one click in a transcript."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from routing.classifier import labels, sources
from routing.classifier.queue import labelled, next_message
from routing.models import RoutingLabel

NEXT = "admin:routing_routinglabel_next"
SKIPPED, SAID = "classifier_skipped", "classifier_said"  # kept in the session
REMEMBERED = 300


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm("routing.add_routinglabel"):
        raise PermissionDenied


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The next message; a POST says what the one before needs, skips it, or takes the last word back."""
    _require(request)
    if request.method == "POST":
        _take(request)
        return redirect(NEXT)
    count, goal = labelled()
    context = {
        **admin.site.each_context(request),
        "title": "Label messages",
        "message": next_message(request.session.get(SKIPPED, [])),
        "count": count,
        "goal": goal,
        "may_undo": bool(request.session.get(SAID)),
        "skipped": len(request.session.get(SKIPPED, [])),
    }
    return TemplateResponse(request, "admin/routing/routinglabel/next.html", context)


def _take(request: HttpRequest) -> None:
    value, asked = request.POST.get("value", ""), _asked(request)
    if value == "undo":
        _undo(request)
    elif value == "again":
        request.session[SKIPPED] = []
    elif asked is None:
        messages.warning(request, "That message does not exist any more.")
    elif value == "skip":
        _remember(request, SKIPPED, asked.id)
    elif value in RoutingLabel.Value.values:
        label = labels.say(asked, RoutingLabel.Value(value), request.user.pk)
        _remember(request, SAID, label.pk)


def _undo(request: HttpRequest) -> None:
    """Forget the newest label that was said here; its message comes again."""
    said = request.session.get(SAID, [])
    if not said:
        messages.warning(request, "There is nothing to undo.")
        return
    RoutingLabel.objects.filter(pk=said[-1], created_by_id=request.user.pk, source=RoutingLabel.Source.PERSON).delete()
    request.session[SAID] = said[:-1]


@require_POST
def say(request: HttpRequest) -> HttpResponseRedirect:
    """Label the message `message_id` as `value`, then go to `next`, an address of this site."""
    _require(request)
    asked, value = _asked(request), request.POST.get("value", "")
    if asked is None:
        messages.error(request, "That message does not exist any more, or no visitor said it.")
    elif value not in RoutingLabel.Value.values:
        messages.error(request, "Say whether the message is simple or complex.")
    else:
        labels.say(asked, RoutingLabel.Value(value), request.user.pk)
        messages.success(request, f"Labelled as {value}.")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse(NEXT)
    return HttpResponseRedirect(target)


def _asked(request: HttpRequest) -> sources.AskedMessage | None:
    number = request.POST.get("message_id", "")
    usable = number.isascii() and number.isdecimal() and len(number) < 19
    return sources.message(int(number)) if usable else None


def _remember(request: HttpRequest, where: str, number: int) -> None:
    request.session[where] = [*request.session.get(where, []), number][-REMEMBERED:]
