"""The alerts of a range, which a board draws behind its lines and names above them: when trouble began, in one look."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from observability.alerts.banner import VIEW
from observability.alerts.incidents import Firing, firing
from observability.dashboards.ranges import Range

MOST = 50


def fired(request: HttpRequest, shown: Range) -> list[dict[str, Any]]:
    """The newest first, at most MOST; times in seconds since 1970, `end` None while it is bad still.

    Nothing for those who may not see alerts.
    """
    if not request.user.has_perm(VIEW):
        return []
    return [_told(each) for each in reversed(firing(shown.start, shown.end)[-MOST:])]


def _told(alert: Firing) -> dict[str, Any]:
    return {
        "title": f"{alert.name}: {alert.of}" if alert.of else alert.name,
        "start": int(alert.began.timestamp()),
        "end": int(alert.ended.timestamp()) if alert.ended else None,
        "link": reverse("admin:observability_alertincident_change", args=[alert.id]),
    }
