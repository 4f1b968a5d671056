"""The groups that a new installation begins with. Whoever runs it may change them afterwards."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

LOOK = (
    "conversations.view_conversation",
    "conversations.view_escalation",
    "conversations.view_problemreport",
    "conversations.view_turn",
    "people.view_contact",
    "memory.view_article",
    "routing.view_spend",
)
SERVE = ("conversations.change_escalation", "conversations.change_problemreport", "memory.view_usermemory")
CONFIGURE = (
    "conversations.delete_conversation",
    "people.change_contact",
    "people.delete_contact",
    "people.view_site",
    "people.add_site",
    "people.change_site",
    "people.delete_site",
    "memory.add_article",
    "memory.change_article",
    "memory.delete_article",
    "memory.add_usermemory",
    "memory.change_usermemory",
    "memory.delete_usermemory",
    "memory.view_ignored",
    "memory.view_memorypolicy",
    "memory.add_memorypolicy",
    "memory.change_memorypolicy",
    "memory.delete_memorypolicy",
    "routing.view_provider",
    "routing.add_provider",
    "routing.change_provider",
    "routing.delete_provider",
    "routing.view_model",
    "routing.add_model",
    "routing.change_model",
    "routing.delete_model",
    "people.view_audiencetier",
    "people.add_audiencetier",
    "people.change_audiencetier",
    "people.delete_audiencetier",
    "routing.view_ratetier",
    "routing.add_ratetier",
    "routing.change_ratetier",
    "routing.delete_ratetier",
    "routing.view_sitemodel",
    "routing.add_sitemodel",
    "routing.change_sitemodel",
    "routing.delete_sitemodel",
    "routing.view_routingrule",
    "routing.add_routingrule",
    "routing.change_routingrule",
    "routing.delete_routingrule",
    "routing.view_cachedanswer",
    "routing.add_cachedanswer",
    "routing.change_cachedanswer",
    "routing.delete_cachedanswer",
    "routing.view_cachedquestion",
    "routing.add_cachedquestion",
    "routing.change_cachedquestion",
    "routing.delete_cachedquestion",
    "routing.view_answersuggestion",
    "routing.add_answersuggestion",
    "routing.change_answersuggestion",
    "routing.delete_answersuggestion",
    "routing.view_classifierversion",
    "routing.add_classifierversion",
    "routing.change_classifierversion",
    "routing.delete_classifierversion",
    "routing.view_routinglabel",
    "routing.add_routinglabel",
    "routing.change_routinglabel",
    "routing.delete_routinglabel",
    "routing.view_budget",
    "routing.add_budget",
    "routing.change_budget",
    "routing.delete_budget",
    "routing.view_cachematch",
    "routing.change_cachematch",
    "routing.view_cachepolicy",
    "routing.change_cachepolicy",
    "routing.view_batch",
    "routing.change_batch",
    "routing.view_batchitem",
    "routing.change_batchitem",
    "auth.view_user",
    "auth.add_user",
    "auth.change_user",
    "auth.delete_user",
    "auth.view_group",
    "django_rq.admin",
)
ROLES = {"Analysts": LOOK, "Agents": LOOK + SERVE, "Administrators": LOOK + SERVE + CONFIGURE}


def ensure_roles() -> list[str]:
    """Create the groups that do not exist; those that do stay as somebody made them. Returns the new names.

    Permissions are made by `migrate`. Raises LookupError, and changes nothing, when one of them is missing.
    """
    with transaction.atomic():
        return [name for name in ROLES if _ensure(name)]


def _ensure(name: str) -> bool:
    group, created = Group.objects.get_or_create(name=name)
    if created:
        group.permissions.set(_permissions(ROLES[name]))
    return created


def _permissions(names: tuple[str, ...]) -> list[Permission]:
    wanted = Q()
    for name in names:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = {
        f"{each.content_type.app_label}.{each.codename}": each
        for each in Permission.objects.filter(wanted).select_related("content_type")
    }
    if missing := [name for name in names if name not in found]:
        raise LookupError(f"Run `manage.py migrate` first: these permissions do not exist yet: {', '.join(missing)}")
    return list(found.values())
