"""What the admin's banner shows: the alerts that are not over."""

from typing import Any

from django.http import HttpRequest

from observability.alerts.incidents import firing_now

VIEW = "observability.view_alertincident"
MOST = 3  # that are named in it
ORDER = {"critical": 0, "warning": 1, "info": 2}


def banner_context(request: HttpRequest) -> dict[str, Any]:
    """For the template: what fires, the most serious first. Nothing for those who may not see alerts."""
    user = getattr(request, "user", None)
    if user is None or not user.is_active or not user.is_staff or not user.has_perm(VIEW):
        return {"may_see": False}
    found = sorted(firing_now(), key=lambda each: (ORDER.get(each.severity, 3), each.began))
    severity = found[0].severity if found else ""
    return {"may_see": True, "shown": found[:MOST], "more": max(0, len(found) - MOST), "severity": severity}
