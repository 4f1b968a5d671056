"""Cached answers in the admin: only what somebody approved is served, and no question has two answers."""

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from people.models import Site
from routing.cached import explain, normalised
from routing.cached.keeping import keeper
from routing.cached.reviewing import send_to_review
from routing.models import CachedAnswer, CacheMatch
from routing.question import Question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_clean")]
LIST = "/admin/routing/cachedanswer/"
APPROVE, OFF = {"routing_cachedanswer_approve_now": "1"}, {"routing_cachedanswer_off_now": "1"}
RETURNS = "How do I return an item?\n\n  What is your return policy?\nhow do I return an item\n"


def send(browser: Client, row: CachedAnswer | None = None, **values: object) -> str:
    """Send the form; the page that follows."""
    form = {"questions_text": RETURNS, "text": "Within **30** days.", "sources_text": "", "article": "", **values}
    address = f"{LIST}{row.pk}/change/" if row else f"{LIST}add/"
    return browser.post(address, form, follow=True).content.decode()


@pytest.fixture
def answer(olga: Client, site: Site) -> CachedAnswer:
    send(olga, **APPROVE)
    return CachedAnswer.objects.get()


def test_pasted_questions_become_rows_with_vectors_and_nothing_is_approved_by_saving(olga: Client, site: Site) -> None:
    page = send(olga, sources_text="Returns | https://shop.example/returns")
    answer = CachedAnswer.objects.get()
    assert [each.text for each in answer.questions.all()] == ["How do I return an item?", "What is your return policy?"]
    assert all(each.vector is not None for each in answer.questions.all())
    assert answer.state == CachedAnswer.State.DRAFT
    assert answer.sources == [{"title": "Returns", "url": "https://shop.example/returns"}]
    assert "before it is approved" in page


def test_who_approved_it_is_kept_and_shown(olga: Client, answer: CachedAnswer) -> None:
    assert (answer.state, answer.approved_by.username) == ("approved", "olga")
    assert "by olga" in olga.get(f"{LIST}{answer.pk}/change/").content.decode()
    assert "How do I return an item?" in olga.get(LIST).content.decode()


def test_a_changed_text_waits_for_a_review_unless_it_is_approved_in_the_same_save(
    olga: Client, answer: CachedAnswer
) -> None:
    assert "Its text was changed by olga" in send(olga, answer, text="Within 14 days.")
    answer.refresh_from_db()
    assert answer.state == CachedAnswer.State.REVIEW
    send(olga, answer, text="Within 60 days.", **APPROVE)
    answer.refresh_from_db()
    assert (answer.state, answer.text, answer.review_reason) == ("approved", "Within 60 days.", "")
    send(olga, answer, text="Within 60 days.", **OFF)
    answer.refresh_from_db()
    assert answer.state == CachedAnswer.State.OFF


def test_the_other_answer_with_the_question_is_named_and_linked_and_what_was_typed_stays(
    olga: Client, answer: CachedAnswer, site: Site, other_site: Site
) -> None:
    values = {"questions_text": "hi, how do i return an ITEM?\nSend it back?", "text": "Never & <b>ever</b>."}
    page = send(olga, site=site.pk, **values)
    assert f'href="{LIST}{answer.pk}/change/"' in page
    assert "Never &amp; &lt;b&gt;ever&lt;/b&gt;." in page
    assert "Send it back?" in page
    assert CachedAnswer.objects.count() == 1
    CachedAnswer.objects.update(site=other_site)
    send(olga, site=site.pk, **values)
    assert CachedAnswer.objects.count() == 2, "on another site it is another question"
    send_to_review(CachedAnswer.objects.all(), "a test")
    CachedAnswer.objects.update(site=None)
    olga.post(LIST, {"action": "approve_selected", "_selected_action": [answer.pk]})
    answer.refresh_from_db()
    assert answer.state == CachedAnswer.State.REVIEW, "nor is it approved past the form"


def test_what_cannot_be_is_explained(olga: Client, site: Site) -> None:
    assert "has no words" in send(olga, questions_text="???")
    assert "has no address" in send(olga, sources_text="Trap | javascript:alert(1)")
    assert "is no code" in send(olga, language="English!")
    times = {"valid_from_0": "2026-02-01", "valid_from_1": "00:00"}
    times |= {"valid_until_0": "2026-01-01", "valid_until_1": "00:00"}
    assert "must be later" in send(olga, **times)
    assert not CachedAnswer.objects.exists()


def test_the_preview_is_clean(olga: Client, nobody: Client) -> None:
    shown = olga.post(f"{LIST}preview/", {"text": "**Yes** <script>alert(1)</script>"}).content.decode()
    assert "<strong>Yes</strong>" in shown
    assert "<script" not in shown
    assert nobody.post(f"{LIST}preview/", {"text": "x"}).status_code == 403


def test_only_administrators_see_and_judge_cached_answers(
    olga: Client, ada: Client, nobody: Client, answer: CachedAnswer
) -> None:
    match = CacheMatch.objects.create(answer=answer, question="send it back?", served=True, confidence=0.9)
    base = "/admin/routing/"
    for address in ("cachedanswer/", "cachedanswer/question/", "cachedanswer/sheet/", "cachedanswer/sheet/template/"):
        assert olga.get(base + address).status_code == 200, address
        assert [each.get(base + address).status_code for each in (ada, nobody)] == [403, 403], address
    for address in ("cachematch/", "answersuggestion/"):
        assert olga.get(base + address).status_code == 200, address
        assert ada.get(base + address).status_code == 403, address
    assert ada.get(f"{base}cachepolicy/").status_code == 403
    assert olga.get(f"{base}cachepolicy/").status_code == 302
    for address in (f"cachematch/{match.pk}/judge/wrong/", "cachematch/learn/", "answersuggestion/look/"):
        assert ada.post(base + address).status_code == 403, address
        assert olga.get(base + address).status_code == 405, address
    assert ada.post(f"{LIST}question/verdict/", {"answer": answer.pk, "q": "x"}).status_code == 403


def test_a_verdict_in_the_list_counts_in_the_measured_rate(olga: Client, answer: CachedAnswer) -> None:
    rows = [CacheMatch(answer=answer, question=f"<i>q{n}</i>", served=True, confidence=0.9) for n in range(4)]
    CacheMatch.objects.bulk_create(rows)
    first = CacheMatch.objects.last()
    olga.post(f"/admin/routing/cachematch/{first.pk}/judge/wrong/")
    olga.post("/admin/routing/cachematch/", {"action": "mark_right", "_selected_action": [row.pk for row in rows[:3]]})
    page = olga.get("/admin/routing/cachematch/").content.decode()
    judged = dict(CacheMatch.objects.values_list("pk", "verdict"))
    assert sorted(judged.values()).count("right") == 3
    assert "of 3 judged" in page or "of 4 judged" in page
    assert "<i>q" not in page
    assert "Judged wrong" in page


@pytest.mark.django_db(transaction=True)
def test_trying_a_question_shows_why_and_teaches(olga: Client, site: Site, tiers: object) -> None:
    send(olga, **APPROVE)
    answer = CachedAnswer.objects.get()
    keeper.forget()
    asked = {"q": "Which of your lorries carries returned goods?", "site": site.pk}
    page = olga.get(f"{LIST}question/", asked).content.decode()
    assert "Not served" in page
    assert "Should hit this" in page
    olga.post(f"{LIST}question/verdict/", {**asked, "answer": answer.pk, "verdict": "wrong"})
    assert CacheMatch.objects.get().verdict == "wrong"
    olga.post(f"{LIST}question/verdict/", {**asked, "answer": answer.pk, "verdict": "right"})
    assert answer.questions.filter(normalised=normalised(asked["q"]), origin="confirmed").exists()
    keeper.forget()
    assert "the same words" in olga.get(f"{LIST}question/", asked).content.decode()
    send_to_review(CachedAnswer.objects.all(), "a test")
    keeper.forget()
    found = async_to_sync(explain)(Question(text=asked["q"], site_id=site.pk, audience_key="anonymous"))
    assert found.hit is None
    keeper.forget()
