"""Alerts."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from observability.alerts import firing, firing_now
from observability.models import AlertIncident, AlertRule

pytestmark = pytest.mark.django_db


def incident(**given):
    now = timezone.now()
    values = {
        "name": "Slow", "severity": "warning", "figure": "answer_seconds", "measure": "p95", "direction": "above",
        "threshold": 5, "began_at": now - timedelta(minutes=9), "opened_at": now - timedelta(minutes=7), "worst": 8,
        "worst_at": now, "reason": "It was slow",
    }  # fmt: skip
    return AlertIncident.objects.create(**(values | given))


def test_a_new_installation_has_rules():
    AlertRule.objects.all().delete()  # other tests may have emptied the table as well
    import_module("observability.migrations.0002_alerts").make_presets(apps, None)
    assert AlertRule.objects.filter(figure="recall_seconds", measure="p95", threshold=0.3).exists()


def test_who_asks_for_a_time_gets_what_was_bad_in_it():
    now = timezone.now()
    open_one = incident(site_ids=[7])
    over = incident(name="Failed", resolved_at=now - timedelta(minutes=5))
    assert [each.id for each in firing(now - timedelta(minutes=2), now)] == [open_one.id]
    assert [each.id for each in firing(now - timedelta(minutes=6), now)] == [open_one.id, over.id]
    assert [each.id for each in firing(now - timedelta(minutes=6), now, site=8)] == [over.id]
    assert firing(now - timedelta(hours=2), now - timedelta(hours=1)) == []
    assert [each.name for each in firing_now()] == ["Slow"]
