"""Importing answers in the admin: nothing is written before it was seen, and nothing is uploaded twice."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from people.models import Site
from routing.models import AnswerSuggestion, CachedAnswer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_clean")]
PAGE = "/admin/routing/cachedanswer/sheet/"


def upload(browser: Client, text: str) -> str:
    file = SimpleUploadedFile("answers.csv", text.encode())
    return browser.post(PAGE, {"file": file}).content.decode()


def test_the_good_rows_are_shown_then_written_once(olga: Client, site: Site) -> None:
    page = upload(olga, "question,answer\nHow do I pay?,<b>By card</b>\n,Nothing asks\n")
    assert "There is no question" in page
    assert "&lt;b&gt;By card" in page
    assert not CachedAnswer.objects.exists()
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    told = olga.post(PAGE, {"token": token, "as": "approved"}, follow=True).content.decode()
    assert "1 answer written as approved" in told
    assert CachedAnswer.objects.get().state == CachedAnswer.State.APPROVED
    again = olga.post(PAGE, {"token": token, "as": "approved"}, follow=True).content.decode()
    assert "is gone" in again
    assert CachedAnswer.objects.count() == 1


def test_a_file_that_is_none_is_explained(olga: Client, site: Site) -> None:
    assert "The first row must name the columns" in upload(olga, "hello\nworld\n")


def test_a_suggestion_is_mended_approved_or_rejected(olga: Client, site: Site) -> None:
    made = [
        AnswerSuggestion.objects.create(
            site=site, question=f"Who is {n}?", questions=[[f"Who is {n}?", 4], ["What?", 1]], answer="N.", count=5
        )
        for n in ("anna", "ben")
    ]
    first, second = (f"/admin/routing/answersuggestion/{row.pk}/change/" for row in made)
    assert "Who is anna?" in olga.get("/admin/routing/answersuggestion/").content.decode()
    approve, reject = ({f"routing_answersuggestion_{name}_now": "1"} for name in ("approve", "reject"))
    olga.post(first, {"questions_text": "Who is anna?", "answer": "A friend.", **approve})
    olga.post(second, {"questions_text": "Who is ben?", "answer": "N.", **reject})
    answer = CachedAnswer.objects.get()
    assert (answer.text, answer.state, answer.origin, answer.approved_by.username) == (
        "A friend.", "approved", "suggestion", "olga",
    )  # fmt: skip
    assert [each.text for each in answer.questions.all()] == ["Who is anna?"]
    states = AnswerSuggestion.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["approved", "rejected"]
