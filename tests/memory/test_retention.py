"""Retention: what goes by itself, and what stays."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from memory.models import Ignored, Kind, MemoryPolicy, RememberedMessage, UserMemory
from memory.remember.fading import fade_now
from memory.scope import staff_scope
from tests.memory.remembering import rows_of, texts

pytestmark = pytest.mark.django_db


def remembered(contact, text, days, **more):
    with staff_scope():
        values = {"origin": UserMemory.Origin.PATTERNS, "importance": 0.9, **more}
        UserMemory.objects.create(contact=contact, text=text, said_at=timezone.now() - timedelta(days=days), **values)


def test_each_kind_has_its_time_by_the_sites_policy(alice, outsider):
    MemoryPolicy.objects.create(site=None, keep_facts_days=100, keep_events_days=None)
    MemoryPolicy.objects.create(site=outsider.site, keep_facts_days=10, keep_plans_days=None)
    for contact in (alice, outsider):
        remembered(contact, "a fact", 50)
        remembered(contact, "an event", 500, kind=Kind.EVENT)
        remembered(contact, "a plan", 300, kind=Kind.PLAN)
    fade_now()
    assert texts(alice.pk) == ["a fact", "an event"]
    assert texts(outsider.pk) == ["a plan"]


def test_unused_memories_fade_unless_they_matter_or_a_person_wrote_them(alice):
    now = timezone.now()
    remembered(alice, "small", 200, importance=0.3)
    remembered(alice, "small but used", 200, importance=0.3, recalled_at=now - timedelta(days=3))
    remembered(alice, "important", 200)
    remembered(alice, "written", 200, importance=0.3, origin=UserMemory.Origin.CONTACT)
    remembered(alice, "a plan gone by", 60, kind=Kind.PLAN, holds_until=now - timedelta(days=40))
    remembered(alice, "a plan ahead", 60, kind=Kind.PLAN, holds_until=now + timedelta(days=1))
    fade_now()
    assert texts(alice.pk) == ["small but used", "important", "written", "a plan ahead"]


def test_copies_and_ignored_rows_go_in_bounded_batches(alice):
    now = timezone.now()
    with staff_scope():
        for n in range(3):
            old = {"conversation": uuid4(), "by_contact": True, "text": "x", "said_at": now - timedelta(days=400)}
            RememberedMessage.objects.create(contact=alice, message=n, **old)
            Ignored.objects.create(contact=alice, text="x", reason="y", created_at=now - timedelta(days=31))
    assert [fade_now(2), fade_now(2), fade_now(2)] == [4, 2, 0]
    assert rows_of(alice.pk)["Ignored"] == 0
