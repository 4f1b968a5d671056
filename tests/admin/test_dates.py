"""Dates in the admin: one form that nobody reads as another day, and that forms read again."""

from datetime import UTC, datetime

import pytest
from django.forms import DateTimeField, Form
from django.test import Client
from django.urls import reverse

from conversations.models import Conversation

MOMENT = datetime(2026, 2, 1, 17, 3, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_a_list_shows_days_with_the_name_of_the_month_and_24_hours(olga: Client, conversation: Conversation) -> None:
    type(conversation.contact).objects.update(created_at=MOMENT)
    page = olga.get(reverse("admin:people_contact_changelist")).content.decode()
    assert "1 Feb 2026, 17:03" in page
    assert "p.m." not in page


def test_a_form_reads_what_it_shows_and_no_month_as_a_day() -> None:
    class Moment(Form):
        at = DateTimeField()

    shown = Moment(initial={"at": MOMENT})["at"].subwidgets[0].data["value"]
    again = Moment({"at": shown}, initial={"at": MOMENT})
    assert again.is_valid()
    assert again.cleaned_data["at"] == MOMENT
    assert not Moment({"at": "02/01/2026 17:03"}).is_valid()
