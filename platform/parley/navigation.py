"""The admin's side bar: what each person may see, in the order in which a day's work needs it."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.module_loading import import_string

PERMISSIONS = {"django_rq": "django_rq.admin"}  # it declares one of its own, and none to view
PAGES = {  # those that are no list of a model
    "traffic": ("admin:routing_ratetier_traffic", "routing.view_ratetier"),
    "savings": ("admin:routing_spend_savings", "routing.view_spend"),
}
BADGES = {  # by name: this package knows none of the apps
    "escalation": "conversations.admin.escalation.badge",
    "alertincident": "observability.admin.alerts_incidents.badge",
}

# Title, icon, app, model; in the order in which a day's work needs them.
GROUPS: list[tuple[str, list[tuple[str, str, str, str]]]] = [
    (
        "Analysis",
        [
            ("Dashboards", "insights", "observability", "dashboards"),
            ("Alerts", "notifications", "observability", "alertincident"),
            ("Logs", "manage_search", "observability", "logrecord"),
            ("Alert rules", "rule_settings", "observability", "alertrule"),
            ("Alert channels", "campaign", "observability", "alertchannel"),
        ],
    ),
    (
        "Conversations",
        [
            ("Escalations", "support_agent", "conversations", "escalation"),
            ("Conversations", "forum", "conversations", "conversation"),
            ("Turns", "quick_phrases", "conversations", "turn"),
            ("Problem reports", "flag", "conversations", "problemreport"),
            ("Contacts", "group", "people", "contact"),
        ],
    ),
    (
        "Knowledge",
        [
            ("Articles", "article", "memory", "article"),
            ("Cached answers", "bolt", "routing", "cachedanswer"),
            ("Suggested answers", "lightbulb", "routing", "answersuggestion"),
        ],
    ),
    (
        "Memory",
        [
            ("Memories", "psychology", "memory", "usermemory"),
            ("Ignored", "block", "memory", "ignored"),
            ("Memory policies", "tune", "memory", "memorypolicy"),
        ],
    ),
    (
        "Money",
        [
            ("Costs", "payments", "routing", "spend"),
            ("Savings", "savings", "routing", "savings"),
            ("Budgets", "account_balance_wallet", "routing", "budget"),
        ],
    ),
    (
        "Settings",
        [
            ("Sites", "storefront", "people", "site"),
            ("Providers", "hub", "routing", "provider"),
            ("Models", "model_training", "routing", "model"),
            ("Routing rules", "alt_route", "routing", "routingrule"),
            ("Rate tiers", "speed", "routing", "ratetier"),
            ("Classifier", "balance", "routing", "classifierversion"),
            ("Message labels", "label", "routing", "routinglabel"),
            ("Audience tiers", "groups", "people", "audiencetier"),
        ],
    ),
    (
        "System",
        [
            ("Traffic", "monitoring", "routing", "traffic"),
            ("Queues", "stacks", "django_rq", "dashboard"),
            ("Log sampling", "filter_alt", "observability", "samplingpolicy"),
            ("Log settings", "visibility_lock", "observability", "logsettings"),
            ("Redaction patterns", "ink_eraser", "observability", "redactionpattern"),
            ("Background requests", "schedule_send", "routing", "batchitem"),
            ("Vendor batches", "inventory_2", "routing", "batch"),
            ("Users", "person", "auth", "user"),
            ("Groups", "shield_person", "auth", "group"),
        ],
    ),
]


def stylesheet(_request: HttpRequest) -> str:
    """Our style sheet for unfold's pages."""
    return static("parley/admin/admin.css")


def icon(_request: HttpRequest) -> str:
    """The picture in the browser's tab."""
    return static("parley/icon.svg")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation: groups of links, without those that the person has no permission for."""
    shown = [
        (title, [_link(request, *link) for link in links if _may_see(request, *link[2:])]) for title, links in GROUPS
    ]
    return [{"title": title, "separator": True, "items": items} for title, items in shown if items]


def _link(request: HttpRequest, title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    name = PAGES[model][0] if model in PAGES else f"admin:{app}_{model}_changelist"
    link: dict[str, Any] = {"title": title, "icon": icon, "link": reverse(name)}
    if request.path in {reverse(page) for page, _ in PAGES.values()}:  # which may lie beneath a list's address
        link["active"] = link["link"] == request.path
    count = import_string(BADGES[model])(request) if model in BADGES else 0
    return {**link, "badge": count, "badge_style": "solid"} if count else link


def _may_see(request: HttpRequest, app: str, model: str) -> bool:
    permission = PAGES[model][1] if model in PAGES else PERMISSIONS.get(app, f"{app}.view_{model}")
    return bool(request.user.has_perm(permission))
