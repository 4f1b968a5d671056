"""Whether this process is alive."""

from django.http import HttpRequest, HttpResponse


async def healthz(_request: HttpRequest) -> HttpResponse:
    """Answers as soon as the process serves requests; asks nothing of Postgres or Redis."""
    return HttpResponse("ok\n", content_type="text/plain")
