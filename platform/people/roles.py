"""The groups that a new installation begins with. Whoever runs it may change them afterwards: an upgrade adds the
permissions that come with it, and gives none back that was taken away.
"""

from collections.abc import Collection

from django.apps import AppConfig
from django.apps import apps as registry
from django.apps.registry import Apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from people.models import StaffRole

LOOK = (
    "conversations.view_conversation",
    "conversations.view_escalation",
    "conversations.view_problemreport",
    "conversations.view_turn",
    "people.view_contact",
    "memory.view_article",
    "routing.view_spend",
    "observability.view_alertincident",
    "observability.view_dashboards",
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
    "observability.view_alertrule",
    "observability.add_alertrule",
    "observability.change_alertrule",
    "observability.delete_alertrule",
    "observability.view_alertchannel",
    "observability.add_alertchannel",
    "observability.change_alertchannel",
    "observability.delete_alertchannel",
    "observability.view_alertdelivery",
    "observability.view_logrecord",
    "observability.view_loggedconversation",
    "observability.delete_loggedconversation",
    "observability.view_samplingpolicy",
    "observability.add_samplingpolicy",
    "observability.change_samplingpolicy",
    "observability.delete_samplingpolicy",
    "observability.view_logsettings",
    "observability.change_logsettings",
    "observability.view_redactionpattern",
    "observability.add_redactionpattern",
    "observability.change_redactionpattern",
    "observability.delete_redactionpattern",
    "auth.view_user",
    "auth.add_user",
    "auth.change_user",
    "auth.delete_user",
    "auth.view_group",
    "django_rq.admin",
)
ROLES = {"Analysts": LOOK, "Agents": LOOK + SERVE, "Administrators": LOOK + SERVE + CONFIGURE}


def ensure_roles() -> list[str]:
    """Create the groups that do not exist, and offer the others what is new. Returns the names of those created.

    A group that somebody else made under such a name stays as it is. Permissions are made by `migrate`. Raises
    LookupError, and changes nothing, when one of them is missing.
    """
    with transaction.atomic():
        made = [name for name in ROLES if _ensure(name)]
        offer()
    return made


def offer(app: str = "") -> None:
    """Give each group that was made here the permissions of its role, of this app or of all, that it was never
    offered. Permissions that do not exist yet are offered when they do.
    """
    with transaction.atomic():
        for role in StaffRole.objects.select_for_update(of=("self",)).select_related("group").filter(name__in=ROLES):
            wanted = [name for name in ROLES[role.name] if name.startswith(f"{app}." if app else "")]
            new = _existing(wanted).difference(role.offered.all())
            role.group.permissions.add(*new)
            role.offered.add(*new)


def offer_after_migrate(app_config: AppConfig, apps: Apps = registry, **_: object) -> None:
    """Answers `post_migrate`, which comes for each app when its permissions were made. `apps`: as they are migrated."""
    if ("people", "staffrole") in {(each._meta.app_label, each._meta.model_name) for each in apps.get_models()}:  # noqa: SLF001
        offer(app_config.label)


def _ensure(name: str) -> bool:
    if StaffRole.objects.filter(name=name).exists():  # its group may have another name by now
        return False
    group, created = Group.objects.get_or_create(name=name)
    if created:
        permissions = _permissions(ROLES[name])
        group.permissions.set(permissions)
        StaffRole.objects.create(name=name, group=group).offered.set(permissions)
    return created


def _permissions(names: Collection[str]) -> set[Permission]:
    found = _existing(names)
    known = {f"{each.content_type.app_label}.{each.codename}" for each in found}
    if missing := [name for name in names if name not in known]:
        raise LookupError(f"Run `manage.py migrate` first: these permissions do not exist yet: {', '.join(missing)}")
    return found


def _existing(names: Collection[str]) -> set[Permission]:
    wanted = Q(pk__in=[])
    for name in names:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return set(Permission.objects.filter(wanted).select_related("content_type"))
