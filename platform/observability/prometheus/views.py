"""/metrics of a web process."""

from django.http import HttpRequest, HttpResponse

from observability.prometheus import lag
from observability.prometheus.access import REFUSED, may_read
from observability.prometheus.registry import exposition
from parley.threads import in_thread


async def metrics(request: HttpRequest) -> HttpResponse:
    """This process's metrics; 403 for those who may not read them."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not may_read(str(request.META.get("REMOTE_ADDR") or ""), headers):
        return HttpResponse(REFUSED, status=403, content_type="text/plain")
    lag.watch()
    text, content_type = await in_thread(exposition, headers.get("accept", ""))
    return HttpResponse(text, content_type=content_type, headers={"Cache-Control": "no-store"})
