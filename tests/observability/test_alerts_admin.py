"""Alert rules, alerts and channels in the admin."""

from datetime import timedelta
from importlib import import_module
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core import mail
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from observability.admin.alerts_form import AlertRuleForm
from observability.models import AlertChannel, AlertDelivery, AlertIncident, AlertRule
from people.roles import ensure_roles

pytestmark = pytest.mark.django_db
SENT = {
    "name": "Slow", "enabled": "on", "severity": "warning", "figure": "answer_seconds", "measure": "p95", "labels": "",
    "among": "", "by": "", "direction": "above", "threshold_text": "300 ms", "window_minutes": "5", "hold_minutes": "2",
    "resolve_minutes": "5", "least": "20", "note": "",
}  # fmt: skip
ERRORS = {"figure": "turns", "measure": "share", "labels": "failed", "among": "answered, failed"}


@pytest.fixture
def analyst(agent):
    ensure_roles()
    agent.groups.add(Group.objects.get(name="Analysts"))
    return agent


@pytest.fixture
def presets():
    """The rules of a new installation: other tests may have emptied the table."""
    AlertRule.objects.all().delete()
    import_module("observability.migrations.0002_alerts").make_presets(apps, None)


def incident(**given):
    now = timezone.now()
    values = {
        "name": "Slow <b>", "severity": "critical", "figure": "answer_seconds", "measure": "p95", "direction": "above",
        "threshold": 5, "began_at": now - timedelta(minutes=9), "opened_at": now - timedelta(minutes=7), "worst": 8.04,
        "worst_at": now, "reason": "It was slow <i>",
        "points": [[now.timestamp() - 60, 4, 30], [now.timestamp(), 8, 30]],
    }  # fmt: skip
    return AlertIncident.objects.create(**(values | given))


def form(**given):
    """The form of a new rule, as it would be sent."""
    return AlertRuleForm(QueryDict(urlencode(SENT | given, doseq=True)))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"threshold_text": "5 %"}, "threshold_text", "is a share. What this rule looks at is a time"),
        ({"threshold_text": "soon"}, "threshold_text", "Write a time, like 300 ms"),
        ({"threshold_text": "-1"}, "threshold_text", "below nought"),
        ({**ERRORS, "threshold_text": "120 %"}, "threshold_text", "never above 100 %"),
        ({**ERRORS, "labels": ""}, "labels", "Its labels: answered, failed, cancelled"),
        ({**ERRORS, "labels": "faild"}, "labels", "faild: no label of “Turns ended”"),
        ({**ERRORS, "among": "answered"}, "among", "must contain failed"),
        ({"measure": "highest"}, "measure", "choose p50, p95 or p99"),
        ({"figure": "messages", "measure": "sum", "by": "label", "threshold_text": "5"}, "by", "has no labels"),
        (
            {"figure": "open_sockets", "measure": "mean", "by": "site", "threshold_text": "5"},
            "by",
            "whole installation",
        ),
        ({"window_minutes": "2000"}, "window_minutes", "which is a day"),
        ({"site_ids": ["4711"]}, "site_ids", "There is no site 4711"),
        ({"figure": "nonsense"}, "figure", "nonsense"),
    ],
)
def test_what_cannot_be_meant_is_said(given, field, words):
    assert words in str(form(**given).errors[field])


def test_a_rule_is_kept_as_it_was_meant_and_shown_as_it_was_written(admin_client, site, presets):
    sent = SENT | ERRORS | {"threshold_text": "7%", "site_ids": [str(site.pk)]}
    assert admin_client.post(reverse("admin:observability_alertrule_add"), sent).status_code == 302
    rule = AlertRule.objects.get(name="Slow")
    assert (rule.threshold, rule.labels, rule.among, rule.site_ids) == (
        0.07,
        ["failed"],
        ["answered", "failed"],
        [site.pk],
    )
    page = admin_client.get(reverse("admin:observability_alertrule_change", args=[rule.pk])).content.decode()
    assert 'value="7 %"' in page
    assert (
        "Fires when the share of failed among answered or failed in “Turns ended” (site Demo Shop) over 5 minutes was "
        "above 7 % for 2 minutes (with at least 20 observations); it is over when it was not for 5 minutes."
    ) in page
    assert "Turns fail" in admin_client.get(reverse("admin:observability_alertrule_changelist")).content.decode()


def test_an_unsaved_rule_is_tried_and_put_in_words(admin_client):
    tried = admin_client.post(reverse("admin:observability_alertrule_try"), SENT | {"name": "", "days": "1"})
    assert "nothing was counted in the last day" in tried.content.decode()
    wrong = admin_client.post(reverse("admin:observability_alertrule_try"), SENT | {"threshold_text": "5 %"})
    assert "Threshold: “5 %” is a share" in wrong.content.decode()
    told = admin_client.post(reverse("admin:observability_alertrule_words"), SENT)
    assert told.content.decode().startswith(
        "Fires when p95 of “From message to answer” over 5 minutes was above 300 ms"
    )


def test_analysts_see_alerts_and_the_banner_and_no_settings(client, analyst):
    open_one = incident()
    client.force_login(analyst)
    page = client.get(reverse("admin:observability_alertincident_change", args=[open_one.pk]))
    assert page.status_code == 200
    assert "Slow &lt;b&gt;" in page.content.decode()
    assert "<i>" not in page.content.decode().replace("<i class", "")
    assert "parley-alert critical" in client.get(reverse("admin:index")).content.decode()
    for name in ("alertrule", "alertchannel", "alertdelivery"):
        assert client.get(reverse(f"admin:observability_{name}_changelist")).status_code == 403
    assert client.post(reverse("admin:observability_alertrule_try"), SENT).status_code == 403
    assert client.post(reverse("admin:observability_alertincident_change", args=[open_one.pk])).status_code == 403


def test_the_banner_is_empty_for_others_and_when_all_is_well(client, admin_client, agent):
    address = reverse("admin:observability_alertincident_banner")
    assert admin_client.get(address).content.strip() == b""
    incident()
    assert "Slow" in admin_client.get(address).content.decode()
    assert client.get(address).content.strip() == b""
    client.force_login(agent)
    assert client.get(address).content.strip() == b""
    assert "parley-alert" not in client.get(reverse("admin:index")).content.decode()


def test_a_webhook_needs_a_secret_that_is_never_shown(admin_client):
    add = reverse("admin:observability_alertchannel_add")
    sent = {"name": "Hook", "kind": "webhook", "enabled": "on", "url": "https://hooks.example/a", "addresses": ""}
    assert "enter a secret" in admin_client.post(add, sent).content.decode()
    assert "16 characters" in admin_client.post(add, sent | {"new_secret": "short"}).content.decode()
    assert "begins with https" in admin_client.post(add, sent | {"url": "ftp://a"}).content.decode()
    secret = "correct horse battery"
    assert admin_client.post(add, sent | {"new_secret": secret}).status_code == 302
    channel = AlertChannel.objects.get()
    assert channel.secret == secret
    assert secret not in channel.encrypted_secret
    change = reverse("admin:observability_alertchannel_change", args=[channel.pk])
    assert secret not in admin_client.get(change).content.decode()
    moved = admin_client.post(change, sent | {"url": "https://elsewhere.example/a"})
    assert "secret of the new receiver" in moved.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_test_is_sent_at_once_and_a_failure_is_shown(admin_client, settings):
    people = AlertChannel.objects.create(name="People", addresses="olga@shop.example")
    address = reverse("admin:observability_alertchannel_test", args=[people.pk])
    assert "The test was sent." in admin_client.post(address, follow=True).content.decode()
    assert mail.outbox[0].subject == "[Parley] Test: A test"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert "see EMAIL_HOST in the settings" in admin_client.post(address, follow=True).content.decode()
    assert "Given up" in admin_client.get(reverse("admin:observability_alertchannel_changelist")).content.decode()


def test_what_was_given_up_is_sent_again(admin_client):
    channel = AlertChannel.objects.create(name="People", addresses="olga@shop.example")
    given_up = AlertDelivery.objects.create(
        channel=channel, incident=incident(), event="opened", payload={}, state="given_up", tries=8
    )
    listing = reverse("admin:observability_alertdelivery_changelist")
    admin_client.post(listing, {"action": "send_again", "_selected_action": [str(given_up.pk)]})
    given_up.refresh_from_db()
    assert (given_up.state, given_up.tries) == ("waiting", 0)
