"""Saved articles become passages, sooner or later, whatever is away."""

from concurrent.futures import ThreadPoolExecutor

import django_rq
import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from memory.embedding import embedder
from memory.embedding.minilm import MiniLMEmbedder
from memory.knowledge.indexing import index_article, index_articles, index_pending
from memory.models import Article, IndexState, Passage
from tests.memory.test_embedding import FAR

pytestmark = pytest.mark.django_db


class Broken(MiniLMEmbedder):
    """An embedder whose model cannot be used."""

    def compute(self, texts):
        """Never works."""
        raise RuntimeError("out of order")


def reloaded(article: Article) -> Article:
    return Article.objects.get(pk=article.pk)


def test_indexing_makes_passages_with_vectors_and_says_so(article: Article) -> None:
    assert article.index_state == IndexState.PENDING
    assert index_article(article.pk)
    assert reloaded(article).index_state == IndexState.INDEXED
    first, second = article.passages.all()
    assert (first.heading, first.text) == ("Opening hours", "We open at nine.")
    assert second.heading == "Opening hours › Sunday"
    assert (first.site_id, first.embedder, len(first.embedding)) == (article.site_id, embedder().name, 384)


def test_indexing_twice_changes_nothing(article: Article) -> None:
    assert index_article(article.pk)
    assert index_article(article.pk)
    assert Passage.objects.filter(article=article).count() == 2


def test_a_changed_text_replaces_the_passages(article: Article) -> None:
    index_article(article.pk)
    article.body = "We open at ten."
    article.save()
    assert reloaded(article).index_state == IndexState.PENDING
    index_article(article.pk)
    assert [passage.text for passage in article.passages.all()] == ["We open at ten."]


def test_a_change_that_is_not_of_the_text_does_not_index_again(article: Article) -> None:
    index_article(article.pk)
    article.published = False
    article.save()
    assert reloaded(article).index_state == IndexState.INDEXED


def test_an_old_copy_that_is_saved_over_a_newer_text_is_noticed(article: Article) -> None:
    index_article(article.pk)
    old = reloaded(article)
    article.body = "Newer."
    article.save()
    index_article(article.pk)
    old.language = "en-gb"
    old.save()  # unchanged as far as it knows
    assert index_pending() == 1
    assert [passage.text for passage in article.passages.all()] == ["We open at nine.", "Closed."]


def test_saving_only_the_body_still_marks_it_pending(article: Article) -> None:
    index_article(article.pk)
    article.body = "We open at ten."
    article.save(update_fields=["body"])
    found = reloaded(article)
    assert (found.index_state, found.digest) == (IndexState.PENDING, found.text_digest())


def test_moving_an_article_to_another_site_takes_its_passages_along(article: Article, other_site) -> None:
    index_article(article.pk)
    article.site = other_site
    article.save()
    assert index_article(article.pk)
    assert {passage.site_id for passage in article.passages.all()} == {other_site.pk}


def test_a_text_that_changes_while_it_is_embedded_is_left_to_its_own_job(article: Article, settings) -> None:
    stale = reloaded(article)
    article.body = "Newer."
    article.save()
    assert index_articles([stale]) == 0
    assert reloaded(article).index_state == IndexState.PENDING
    assert not article.passages.exists()


def test_an_article_that_is_gone_is_no_error() -> None:
    assert index_article(999_999) is False


def test_an_embedder_that_fails_is_shown_beside_the_article_and_the_old_passages_stay(
    article: Article, settings
) -> None:
    index_article(article.pk)
    article.body = "New."
    article.save()
    settings.MEMORY = {"EMBEDDER": {"BACKEND": f"{__name__}.Broken"}}
    assert index_article(article.pk) is False
    found = reloaded(article)
    assert found.index_state == IndexState.FAILED
    assert found.index_error == "RuntimeError: out of order"
    assert article.passages.count() == 2
    assert index_pending() == 0  # a failed one is not tried for ever
    settings.MEMORY = {"EMBEDDER": {"BACKEND": FAR}}
    call_command("index_articles")
    assert reloaded(article).index_state == IndexState.INDEXED
    assert reloaded(article).index_error == ""


def test_the_command_names_what_it_could_not_index(article: Article, settings) -> None:
    settings.MEMORY = {"EMBEDDER": {"BACKEND": f"{__name__}.Broken"}}
    with pytest.raises(CommandError, match="Opening hours: RuntimeError: out of order"):
        call_command("index_articles")


def test_pending_articles_are_found_oldest_first_and_fresh_ones_left_alone(site) -> None:
    articles = [Article.objects.create(site=site, title=f"Number {number}", body="Text.") for number in range(4)]
    assert index_pending(older_than=60) == 0
    assert index_pending(3) == 3
    assert [reloaded(article).index_state for article in articles] == ["indexed"] * 3 + ["pending"]


def test_articles_of_another_embedder_are_indexed_again(article: Article, settings) -> None:
    index_article(article.pk)
    settings.MEMORY = {"EMBEDDER": {"BACKEND": "tests.memory.test_embedding.Backwards"}}
    assert index_pending() == 1
    assert {passage.embedder for passage in article.passages.all()} == {"backwards"}
    assert index_pending() == 0


def test_the_command_indexes_everything_anew_when_asked(article: Article) -> None:
    index_article(article.pk)
    before = set(article.passages.values_list("pk", flat=True))
    call_command("index_articles", "--all")
    assert before.isdisjoint(article.passages.values_list("pk", flat=True))


def test_an_article_gets_a_slug_from_its_title_or_makes_one_up(site) -> None:
    assert Article.objects.create(site=site, title="Größe & Farbe", body="x").slug == "groe-farbe"
    assert Article.objects.create(site=site, title="問い合わせ", body="x").slug.startswith("article-")


@pytest.mark.django_db(transaction=True)
def test_a_saved_article_is_indexed_by_a_job_of_the_default_queue(site, redis_clean) -> None:
    with transaction.atomic():
        article = Article.objects.create(site=site, title="Hours", body="We open at nine.")
        assert django_rq.get_queue("default").count == 0  # not before the commit: a worker would find nothing
    (job,) = django_rq.get_queue("default").jobs
    assert (job.func_name, list(job.args)) == ("memory.jobs.index_article", [article.pk])
    job.perform()
    assert reloaded(article).index_state == IndexState.INDEXED


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_article_is_saved_and_waits(site, settings, monkeypatch) -> None:
    monkeypatch.setitem(settings.RQ_QUEUES["default"], "URL", "redis://127.0.0.1:1/0")
    article = Article.objects.create(site=site, title="Hours", body="We open at nine.")
    assert reloaded(article).index_state == IndexState.PENDING
    assert index_pending() == 1


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_article_leave_one_set_of_passages(article: Article) -> None:
    def index(_number: int) -> bool:
        try:
            return index_article(article.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as workers:
        assert all(workers.map(index, range(12)))
    assert Passage.objects.filter(article=article).count() == 2
