"""The widget's pages: what a host site loads and frames, and the demo shop."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from conversations.origins import own_origin
from conversations.widget.csp import frame_policy, page_policy
from people.models import Site
from people.origins import ANY, normal_origin, origin_allowed

DEMO_KEY = "demo"
LOADER_FILE = "parley/loader.js"


@require_safe
def demo_page(request: HttpRequest) -> HttpResponse:
    """The invented shop with the widget on it; without its site, what to run."""
    site = Site.objects.filter(key=DEMO_KEY).first()
    if site is None:
        return _page(request, "demo/missing.html", {}, status=404)
    context = {
        "site": site,
        "help_url": _address("memory:index", DEMO_KEY),
        "site_url": _admin_address(site),
        "loader_url": request.build_absolute_uri(reverse("conversations:loader")),
    }
    return _page(request, "demo/shop.html", context)


@require_safe
def loader(request: HttpRequest) -> HttpResponse:
    """The script of the widget line, for any page. Cached for five minutes, then asked for by its ETag."""
    script, etag = _loader_file()
    response = get_conditional_response(request, etag=etag) or HttpResponse(
        script, content_type="text/javascript; charset=utf-8", headers={"ETag": etag}
    )
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"  # for pages that load it with crossorigin and integrity
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@xframe_options_exempt
@require_safe
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """The chat itself, to be framed by the site's allowed origins."""
    site = Site.objects.filter(key=key).first()
    own = _own_origin(request)
    if site is None:
        response = render(request, "widget/missing.html", {"key": key}, status=404)
    else:
        response = render(request, "widget/frame.html", {"site": site, "origins": _hosts(site, own)})
    response["Content-Security-Policy"] = frame_policy(own=own, origins=site.origins if site else [ANY])
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # for host pages that isolate themselves
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def site_config(request: HttpRequest, key: str) -> JsonResponse:
    """What the loader needs before it shows a launcher, or why it must not show one."""
    site = Site.objects.filter(key=key).first()
    origin = request.headers.get("Origin", "")
    if site is None:
        message = f"There is no site with the key “{key}” here. The admin lists the keys under Sites."
        response = _error("no_site", message, 404)
    elif not origin_allowed(origin, own=_own_origin(request), allowed=site.origins):
        response = _error("foreign_origin", _foreign(request, site, origin), 403)
    else:
        response = JsonResponse({"key": site.key, "name": site.name, "colour": site.colour})
        response["Cache-Control"] = "public, max-age=60"
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Origin"])
    return response


def _page(request: HttpRequest, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    response = render(request, template, context, status=status)
    response["Content-Security-Policy"] = page_policy()
    return response


def _error(code: str, message: str, status: int) -> JsonResponse:
    response = JsonResponse({"type": "error", "code": code, "message": message}, status=status)
    response["Cache-Control"] = "no-store"  # mended in the admin, it must work at the next reload
    return response


def _foreign(request: HttpRequest, site: Site, origin: str) -> str:
    """What to tell the owner of a page that the site does not know."""
    where = request.build_absolute_uri(_admin_address(site)) if _admin_address(site) else "the admin, under Sites"
    return f"{origin} may not embed the site “{site.key}”. Add it to the allowed origins: {where}"


def _hosts(site: Site, own: str) -> str:
    """The origins that the framed chat may talk to, as its script reads them: separated by blanks."""
    return " ".join([own, *(line if line == ANY else normal_origin(line) or "" for line in site.origins)])


def _own_origin(request: HttpRequest) -> str:
    return own_origin(request.scheme or "http", request.get_host())


def _admin_address(site: Site) -> str:
    return _address("admin:people_site_change", str(site.pk))


def _address(name: str, *args: str) -> str:
    """The page's path, or nothing where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@cache
def _loader_file() -> tuple[bytes, str]:
    """The loader and its ETag, read once for each process."""
    found = finders.find(LOADER_FILE)
    if not isinstance(found, str):
        raise FileNotFoundError(f"{LOADER_FILE} is not among the static files.")
    script = Path(found).read_bytes()
    return script, f'"{sha256(script).hexdigest()[:20]}"'
