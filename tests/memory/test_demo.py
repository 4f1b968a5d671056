"""The demo's articles are complete, coherent, and left alone once they are there."""

import numpy as np
import pytest

from memory.demo import demo_articles, load_articles, vectors
from memory.embedding import embedder
from memory.models import Article, IndexState, Passage
from people.models import Site
from tests.memory.conftest import Question


def test_the_shop_has_some_25_articles_of_readable_length() -> None:
    articles = demo_articles()
    assert len(articles) >= 25
    for article in articles:
        assert 120 <= len(article.body.split()) <= 350, article.slug
        assert "## " in article.body


def test_every_article_is_asked_for_and_every_label_is_an_article(questions: list[Question]) -> None:
    slugs = {article.slug for article in demo_articles()}
    assert set().union(*(question.slugs for question in questions)) == slugs


def test_the_kept_vectors_are_those_of_the_texts() -> None:
    texts = vectors.texts_of(demo_articles())
    kept = vectors.kept(embedder(), texts)
    assert set(kept) == set(texts), "The demo's texts changed: run manage.py embed_demo."
    for text in texts[::40]:
        assert kept[text] @ embedder().compute([text])[0] > 0.98
        assert np.linalg.norm(kept[text]) == pytest.approx(1, abs=1e-2)


@pytest.mark.django_db
def test_the_demo_is_loaded_once_and_searchable_at_once(site: Site) -> None:
    assert load_articles(site) == len(demo_articles())
    assert set(Article.objects.values_list("index_state", flat=True)) == {IndexState.INDEXED}
    assert Passage.objects.count() > 100
    assert load_articles(site) == 0


@pytest.mark.django_db
def test_what_an_administrator_changed_or_deleted_stays_so(site: Site) -> None:
    load_articles(site)
    kept = Article.objects.filter(slug="refunds")
    kept.update(body="Ours.")
    Article.objects.exclude(slug="refunds").delete()
    assert load_articles(site) == 0
    assert kept.get().body == "Ours."
    assert Article.objects.count() == 1


@pytest.mark.django_db
def test_links_and_tables_of_the_demo_lead_somewhere(site: Site, client) -> None:
    load_articles(site)
    for article in Article.objects.select_related("site"):
        page = client.get(article.get_absolute_url()).content.decode()
        assert ("| ---" in article.body) == ("<table>" in page), article.slug
        assert "**" not in page
