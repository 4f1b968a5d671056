"""Traffic: the live page on which an administrator watches a spike being worked off."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from routing import breakers
from routing.admission.standing import standing_now
from routing.admission.tiers import tier_of
from routing.admission.types import Standing, Tier
from routing.breaking.script import Reply, State
from routing.models import Model, RateTier

LABELS = {"requests": "Requests", "input_tokens": "Input", "output_tokens": "Output", "tokens": "Tokens"}
View = Callable[[HttpRequest], HttpResponse]


def _for_viewers(view: View) -> View:
    """Refuse those who may not see rate tiers, with a 403."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("routing.view_ratetier"):
            raise PermissionDenied
        return view(request)

    return checked


@require_GET
@_for_viewers
def page(request: HttpRequest) -> HttpResponse:
    """The page; its script fills it."""
    context = {**admin.site.each_context(request), "title": "Traffic", "is_fullwidth": True}
    return TemplateResponse(request, "admin/routing/ratetier/traffic.html", context)


@never_cache
@require_GET
@_for_viewers
def data(request: HttpRequest) -> HttpResponse:
    """Every tier as it stands, as JSON; with `?only=<key>` one of them. 503 while Redis is away."""
    lines = [line for line in _lines() if request.GET.get("only") in {None, line["key"]}]
    try:
        standings = standing_now([line["tier"] for line in lines])
        replies = breakers.replies_now([model.pk for line in lines for model in line["models"]])
    except (RedisError, OSError):
        return JsonResponse(
            {"message": "Redis does not answer. Turns are kept, and go on when it is back."}, status=503
        )
    found = [_shown(line, standing, replies) for line, standing in zip(lines, standings, strict=True)]
    return JsonResponse({"tiers": found})


def _lines() -> list[dict[str, Any]]:
    """Each tier with its models; then the models in use that have none."""
    models = list(Model.objects.filter(enabled=True, provider__enabled=True).select_related("provider"))
    rows = list(RateTier.objects.select_related("provider", "model"))
    own: set[int | None] = {row.model_id for row in rows if row.model_id}
    shared = {row.provider_id for row in rows if not row.model_id}
    tiers = [_line_of(row, [model for model in models if _is_of(model, row, own)]) for row in rows]
    free = [model for model in models if model.pk not in own and model.provider_id not in shared]
    return tiers + [_line_without_tier(model) for model in free]


def _is_of(model: Model, row: RateTier, own: set[int | None]) -> bool:
    if row.model_id:
        return bool(model.pk == row.model_id)
    return model.provider_id == row.provider_id and model.pk not in own


def _line_of(row: RateTier, models: list[Model]) -> dict[str, Any]:
    tier = tier_of(row)
    link = reverse("admin:routing_ratetier_change", args=[row.pk])
    return {"key": tier.key, "tier": tier, "name": str(row), "models": models, "link": link, "act": "Change this tier"}


def _line_without_tier(model: Model) -> dict[str, Any]:
    link = f"{reverse('admin:routing_ratetier_add')}?provider={model.provider_id}&model={model.pk}"
    tier = Tier(f"m{model.pk}")
    return {"key": tier.key, "tier": tier, "name": str(model), "models": [model], "link": link, "act": "Add a tier"}


def _shown(line: dict[str, Any], standing: Standing, replies: Mapping[int, Reply]) -> dict[str, Any]:
    return {
        **{name: line[name] for name in ("key", "name", "link", "act")},
        "waiting": standing.waiting,
        "running": standing.running + standing.granted,
        "concurrency": standing.tier.concurrency,
        "held": standing.held,
        "empty_in": standing.empty_in,
        "uses": limited(standing),
        "blocked": standing.blocked_seconds,
        "troubles": troubles(standing),
        "breakers": [_breaker(model, replies[model.pk]) for model in line["models"] if model.pk in replies],
    }


def _breaker(model: Model, found: Reply) -> dict[str, Any]:
    words = {State.CLOSED: "no trouble", State.OPEN: "down", State.HALF_OPEN: "being tried again"}
    return {
        "model": model.name,
        "words": words[found.state],
        "closed": found.state is State.CLOSED,
        "seconds": found.wait,
        "reason": found.reason[:300],
    }


def limited(standing: Standing) -> list[dict[str, Any]]:
    """The use of each limit that there is: what was used in the last minute, and what may go at once."""
    return [
        {
            "label": LABELS[name],
            "used": round(use.used),
            "limit": use.limit,
            "percent": round(min(100 * use.used / use.limit, 999)),
            "left": max(round(use.level or 0), 0),
        }
        for name, use in standing.uses.items()
        if use.limit is not None
    ]


def troubles(standing: Standing) -> list[str]:
    """What slows a tier down besides its own limits, in words."""
    found = []
    if standing.blocked_seconds > 0:
        found.append(f"the provider refused (429): nobody goes for {standing.blocked_seconds:.0f} s")
    if standing.pace < 0.995:
        found.append(f"slowed to {standing.pace:.0%} after refusals, recovering")
    if standing.refused_last_hour:
        found.append(f"refused {standing.refused_last_hour:,} × in the last hour")
    for name, limit in standing.vendor.items():
        mine = standing.uses[name].limit
        if mine is not None and limit < mine:
            found.append(f"{LABELS[name].lower()}: the provider says {limit:,}, this tier says {mine:,}")
    return found
