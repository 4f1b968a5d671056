"""The admin's side bar: what each person may see, in the order in which a day's work needs it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation: groups of links, without those that the person has no permission for."""
    groups = [
        ("Conversations", [
            ("Escalations", "support_agent", "conversations", "escalation"),
            ("Conversations", "forum", "conversations", "conversation"),
            ("Problem reports", "flag", "conversations", "problemreport"),
            ("Contacts", "group", "people", "contact"),
        ]),
        ("Knowledge", [("Articles", "article", "memory", "article")]),
        ("Settings", [
            ("Sites", "storefront", "people", "site"),
            ("Providers", "hub", "routing", "provider"),
            ("Models", "model_training", "routing", "model"),
        ]),
        ("System", [
            ("Queues", "stacks", "django_rq", "dashboard"),
            ("Users", "person", "auth", "user"),
            ("Groups", "shield_person", "auth", "group"),
        ]),
    ]
    shown = [(title, [_link(*link) for link in links if _may_see(request, *link[2:])]) for title, links in groups]
    return [{"title": title, "separator": True, "items": items} for title, items in shown if items]


def _link(title: str, icon: str, app: str, model: str) -> dict[str, str]:
    return {"title": title, "icon": icon, "link": reverse(f"admin:{app}_{model}_changelist")}


def _may_see(request: HttpRequest, app: str, model: str) -> bool:
    return bool(request.user.has_perm(f"{app}.view_{model}"))
