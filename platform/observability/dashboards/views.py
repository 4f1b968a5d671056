"""The boards' addresses: a page, its numbers as JSON, and each chart's as a CSV file."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from observability.dashboards import asking
from observability.dashboards.answers import answer, links_behind
from observability.dashboards.asking import Asked, BadFilter
from observability.dashboards.board import PERMISSION, Board, all_boards, board_of
from observability.dashboards.fired import fired
from observability.dashboards.ranges import DEFAULT, MOST_DAYS, PRESETS, BadRange
from observability.dashboards.sheet import sheet

# The page's script imports these, one after the other where nobody says before that they are needed.
MODULES = ("asking", "brush", "colours", "dom", "drawing", "fired", "format", "numbers", "tiles", "times")


@require_GET
def first(request: HttpRequest) -> HttpResponse:
    """To the first board that this person may see."""
    found = next((board for board in all_boards() if board.seen_by(request)), None)
    if found is None:
        raise PermissionDenied
    return HttpResponseRedirect(reverse("admin:observability_dashboards_board", args=[found.slug]))


@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The page without numbers: its script asks for them."""
    board = _board(request, slug)
    context = {
        **admin.site.each_context(request),
        "title": board.title,
        "is_fullwidth": True,
        "board": board,
        "boards": [each for each in all_boards() if each.seen_by(request)],
        "charts": board.charts_for(request),
        "links": [link for link in board.links if request.user.has_perm(link.permission)],
        "presets": {key: words for key, (words, _) in PRESETS.items()},
        "preset": "" if request.GET.get("from") or request.GET.get("to") else request.GET.get("range") or DEFAULT,
        "filters": asking.choices(request),
        "most_days": MOST_DAYS,
        "modules": [static(f"observability/dashboards/{name}.js") for name in MODULES],
        "query": request.GET.urlencode(),
    }
    return TemplateResponse(request, "admin/observability/dashboards/board.html", context)


@never_cache
@require_GET
def data(request: HttpRequest, slug: str) -> JsonResponse:
    """See `answers`. 400 with a message for a range or filter that cannot be."""
    board = _board(request, slug)
    try:
        asked = Asked.of(request.GET)
    except (BadRange, BadFilter) as wrong:
        return JsonResponse({"message": str(wrong)}, status=400)
    about = {"behind": links_behind(request, board, asked), "alerts": fired(request, asked.range)}
    return JsonResponse({**answer(request, board, asked), **about})


@never_cache
@require_GET
def download(request: HttpRequest, slug: str, chart: str) -> Any:
    """The chart as a file."""
    board = _board(request, slug)
    found = next((each for each in board.charts_for(request) if each.slug == chart), None)
    if found is None:
        raise Http404(f"The board {slug} has no chart {chart}.")
    try:
        asked = Asked.of(request.GET)
    except (BadRange, BadFilter) as wrong:
        return HttpResponse(str(wrong), status=400, content_type="text/plain; charset=utf-8")
    range_ = asked.range
    return sheet(found, asked.reader(), f"{slug}-{chart}-{range_.start:%Y%m%dT%H%M}-{range_.end:%Y%m%dT%H%M}")


def _board(request: HttpRequest, slug: str) -> Board:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    board = board_of(slug)
    if board is None:
        raise Http404(f"There is no board {slug}.")
    if not board.seen_by(request):
        raise PermissionDenied
    return board
