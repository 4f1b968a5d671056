"""Who may do what in the admin."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management.sql import emit_post_migrate_signal
from django.test import Client

from conversations.models import Conversation
from people.models import Site
from people.roles import ROLES, ensure_roles
from routing.models import Provider

ACTIONS = ("take", "reply", "hand_back")


def test_analysts_read_but_do_not_act(ada: Client, conversation: Conversation) -> None:
    base = f"/admin/conversations/conversation/{conversation.pk}"
    shown = ada.get(f"{base}/change/")
    assert shown.status_code == 200
    assert "Take over" not in shown.content.decode()
    assert [ada.post(f"{base}/{action}/", {"text": "hi"}).status_code for action in ACTIONS] == [403] * 3
    assert conversation.messages.filter(role="agent").count() == 0


def test_staff_without_a_role_are_refused_everywhere(
    nobody: Client, conversation: Conversation, provider: Provider
) -> None:
    base = f"/admin/conversations/conversation/{conversation.pk}"
    for address in (
        "/admin/conversations/conversation/",
        f"{base}/change/",
        f"{base}/live/",
        "/admin/routing/provider/",
        "/admin/people/site/",
        "/admin/django_rq/dashboard/",
    ):
        assert nobody.get(address).status_code == 403, address
    assert [nobody.post(f"{base}/{action}/").status_code for action in ACTIONS] == [403] * 3
    assert "Nobody has given you a role yet" in nobody.get("/admin/").content.decode()


def test_agents_do_not_see_the_settings(max_: Client, site: Site, provider: Provider) -> None:
    for address in (
        f"/admin/people/site/{site.pk}/change/",
        f"/admin/routing/provider/{provider.pk}/change/",
        "/admin/auth/user/",
    ):
        assert max_.get(address).status_code == 403
    assert max_.post(f"/admin/people/site/{site.pk}/identity-secret/").status_code == 403
    assert max_.post(f"/admin/routing/provider/{provider.pk}/check/").status_code == 403


def test_strangers_are_sent_to_the_login(client: Client, conversation: Conversation) -> None:
    for address in (f"conversations/conversation/{conversation.pk}/live/", "django_rq/dashboard/", "people/site/"):
        assert "/admin/login/" in client.get(f"/admin/{address}")["Location"]


def test_what_changes_something_is_refused_by_get_and_without_the_token(
    administrator: User, conversation: Conversation, provider: Provider, site: Site
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(administrator)
    base = f"/admin/conversations/conversation/{conversation.pk}"
    addresses = [f"{base}/{action}/" for action in ACTIONS]
    addresses += [f"/admin/routing/provider/{provider.pk}/check/", f"/admin/people/site/{site.pk}/identity-secret/"]
    assert [browser.get(address).status_code for address in addresses] == [405] * 5
    assert [browser.post(address).status_code for address in addresses] == [403] * 5


def test_roles_are_made_once_and_then_left_alone(db: None) -> None:
    assert ensure_roles() == list(ROLES)
    agents = Group.objects.get(name="Agents")
    agents.permissions.clear()
    assert ensure_roles() == []
    assert agents.permissions.count() == 0


def groups_with(codename: str) -> set[str]:
    return set(Group.objects.filter(permissions__codename=codename).values_list("name", flat=True))


def upgrade(codename: str) -> None:
    """As if the permission came with it."""
    Permission.objects.filter(codename=codename).delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")


def test_an_upgrade_gives_groups_what_is_new_and_nothing_that_was_taken_away(db: None) -> None:
    ensure_roles()
    agents = Group.objects.get(name="Agents")
    agents.permissions.remove(Permission.objects.get(codename="view_contact"))
    agents.name = "Helpers"
    agents.save()
    Group.objects.create(name="Agents")
    upgrade("view_dashboards")
    assert groups_with("view_dashboards") == {"Analysts", "Helpers", "Administrators"}
    assert groups_with("view_contact") == {"Analysts", "Administrators"}
    assert ensure_roles() == []
    assert not Group.objects.get(name="Agents").permissions.exists(), "somebody else made it"


def test_groups_from_before_the_upgrades_were_recorded_lose_and_regain_nothing(db: None) -> None:
    analysts = Group.objects.create(name="Analysts")
    analysts.permissions.add(Permission.objects.get(codename="view_contact"))
    import_module("people.migrations.0003_staff_roles").record_the_groups(apps, None)
    upgrade("view_dashboards")
    assert set(analysts.permissions.values_list("codename", flat=True)) == {"view_contact", "view_dashboards"}


def test_a_missing_permission_is_named_and_no_half_role_is_left(db: None) -> None:
    Permission.objects.filter(codename="view_contact").delete()
    with pytest.raises(LookupError, match=r"people\.view_contact"):
        ensure_roles()
    assert not Group.objects.exists()


def test_administrators_cannot_make_themselves_superusers(db: None, administrator: User) -> None:
    ensure_roles()
    boss = User.objects.create_user("ben", password="a fifth password", is_staff=True)
    boss.groups.add(Group.objects.get(name="Administrators"))
    browser = Client()
    browser.force_login(boss)
    form = {
        "username": "ben",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "10:00:00",
    }
    assert browser.post(f"/admin/auth/user/{boss.pk}/change/", form).status_code == 302
    boss.refresh_from_db()
    assert not boss.is_superuser
    assert browser.get(f"/admin/auth/user/{administrator.pk}/password/").status_code in {302, 403, 404}
