"""`{% alert_banner %}`: what fires now, for those who may see it."""

from typing import Any

from django import template

from observability.alerts.banner import banner_context

register = template.Library()


@register.inclusion_tag("admin/observability/banner_place.html", takes_context=True)
def alert_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Nothing where there is no request, or a pop-up's."""
    request = context.get("request")
    if request is None or context.get("is_popup"):
        return {"may_see": False}
    return banner_context(request)
