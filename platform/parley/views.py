"""Whether this process is alive, and whether it can work."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from parley.readiness import states

NO_STORE = {"Cache-Control": "no-store"}


async def healthz(_request: HttpRequest) -> HttpResponse:
    """Answers as soon as the process serves requests; asks nothing of Postgres or Redis."""
    return HttpResponse("ok\n", content_type="text/plain")


async def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when everything that is needed answers, else 503; within a second, each one's state by name."""
    found = await states()
    ready = all(state.ok for state in found if state.needed)
    body = {"ready": ready, "checks": {state.name: state.as_json() for state in found}}
    return JsonResponse(body, status=200 if ready else 503, headers=NO_STORE)
