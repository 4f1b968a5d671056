"""Articles are written, previewed and tried in the admin."""

import pytest
from django.test import Client
from django.urls import reverse

from memory.knowledge.indexing import index_article
from memory.models import Article, IndexState
from people.models import Site

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/memory/article/", "/admin/memory/article/add/"
QUESTION = "/admin/memory/article/question/"


@pytest.fixture
def olga(client: Client, administrator) -> Client:
    client.force_login(administrator)
    return client


def form(site: Site, **fields: str) -> dict[str, str]:
    return {
        "site": str(site.pk),
        "title": "Parking",
        "body": "Behind **the** house.",
        "published": "on",
        "language": "en",
        **fields,
    }


def test_an_article_is_written_with_an_address_of_its_own(olga: Client, site: Site) -> None:
    assert olga.get(ADD).status_code == 200
    answer = olga.post(ADD, form(site), follow=True)
    assert "Answers use the new text as soon as a worker has indexed it" in answer.content.decode()
    assert Article.objects.get().slug == "parking"


def test_an_article_without_text_or_with_too_much_is_refused(olga: Client, site: Site) -> None:
    assert "This field is required" in olga.post(ADD, form(site, body="")).content.decode()
    assert "200000" in olga.post(ADD, form(site, body="x" * 200_001)).content.decode()
    assert not Article.objects.exists()


def test_a_slug_twice_on_one_site_is_refused_in_words(olga: Client, site: Site, article: Article) -> None:
    page = olga.post(ADD, form(site, slug=article.slug))
    assert page.status_code == 200
    assert "already" in page.content.decode()


def test_a_title_twice_gets_an_address_with_a_number(olga: Client, site: Site, article: Article) -> None:
    olga.post(ADD, form(site, title=article.title))
    olga.post(ADD, form(site, title=article.title))
    assert set(Article.objects.values_list("slug", flat=True)) == {
        "opening-hours",
        "opening-hours-2",
        "opening-hours-3",
    }


def test_the_page_shows_the_preview_the_passages_and_the_error(olga: Client, article: Article) -> None:
    index_article(article.pk)
    Article.objects.filter(pk=article.pk).update(
        index_state=IndexState.FAILED, index_error="RuntimeError: out of order"
    )
    text = olga.get(f"{LIST}{article.pk}/change/").content.decode()
    assert "<h2>Sunday</h2>" in text
    assert "Opening hours › Sunday" in text
    assert "Failed: RuntimeError: out of order" in text


def test_a_changed_text_is_pending_again_and_other_changes_are_not(olga: Client, site: Site, article: Article) -> None:
    index_article(article.pk)
    address = f"{LIST}{article.pk}/change/"
    same = form(site, title=article.title, body=article.body, slug=article.slug, published="")
    olga.post(address, same)
    found = Article.objects.get()
    assert (found.published, found.index_state) == (False, IndexState.INDEXED)
    olga.post(address, {**same, "body": "We open at ten."})
    assert Article.objects.get().index_state == IndexState.PENDING


def test_articles_are_found_by_their_text_and_filtered_by_state(olga: Client, site: Site, article: Article) -> None:
    Article.objects.create(site=site, title="Other", body="Nothing.")
    text = olga.get(LIST, {"q": "nine"}).content.decode()
    assert "Opening hours" in text
    assert ">Other<" not in text
    assert "Opening hours" not in olga.get(LIST, {"index_state__exact": "failed"}).content.decode()


def test_index_again_asks_the_workers(
    olga: Client, article: Article, redis_clean, django_capture_on_commit_callbacks
) -> None:
    index_article(article.pk)
    with django_capture_on_commit_callbacks(execute=True):
        olga.post(LIST, {"action": "index_again", "_selected_action": [article.pk]})
    assert Article.objects.get().index_state == IndexState.PENDING
    assert redis_clean.llen("rq:queue:default") == 1


def test_a_question_is_tried_with_scores_and_the_quoted_answer(olga: Client, shop: Site) -> None:
    assert olga.get(f"{LIST}{reverse('admin:memory_article_try_search').rpartition('/article/')[2]}").url == QUESTION
    text = olga.get(QUESTION, {"q": "Are you open on Saturday?"}).content.decode()
    assert "9 a.m. – 5 p.m." in text
    assert "The best of them fits the question." in text
    assert "None of them fits" in olga.get(QUESTION, {"q": "What is the capital of Mongolia?"}).content.decode()


def test_trying_copes_with_strange_input(olga: Client, site: Site, other_site: Site) -> None:
    for query in (
        {},
        {"q": " "},
        {"q": "<script>alert(1)</script>"},
        {"q": "x" * 5000, "site": "no"},
        {"q": "a\0b", "site": str(other_site.pk)},
    ):
        page = olga.get(QUESTION, query)
        assert page.status_code == 200
        assert "<script>alert(1)" not in page.content.decode()
    Site.objects.all().delete()
    assert olga.get(QUESTION, {"q": "x"}).status_code == 200


def test_trying_needs_the_permission_to_look(client: Client, agent) -> None:
    client.force_login(agent)
    assert client.get(QUESTION).status_code == 403
    client.logout()
    assert client.get(QUESTION).status_code == 302
