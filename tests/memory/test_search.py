"""The right passages are found, of the right site, and what fits nothing is known to fit nothing."""

import numpy as np
import pytest

from memory.embedding import embedder
from memory.knowledge.indexing import index_article
from memory.knowledge.search import find_passages, fits, search, search_sync
from memory.models import Article, Passage
from parley.threads import in_database_thread
from people.models import Site
from tests.memory.conftest import Question

pytestmark = pytest.mark.django_db(transaction=True)

STRANGE = (
    "",
    "the of and",
    "a'b\\c ''' :* & | ! <-> ( ) \\' \0 x",
    "http://a.b/c\\d?x='1' /etc/x'y\\",
    "日本語",
    "%s %(a)s",
    "x" * 9000,
)


def slug(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


async def test_questions_find_their_articles_and_strange_ones_fit_nothing(
    shop: Site, questions: list[Question]
) -> None:
    first = third = refused = accepted = 0
    reciprocal = 0.0
    answerable = [question for question in questions if question.slugs]
    vectors = await embedder().aembed([question.text for question in questions])
    for question, vector in zip(questions, vectors, strict=True):
        hits = await search(shop.pk, question.text, vector)
        if not question.slugs:
            accepted += fits(hits)
            continue
        ranks = [rank for rank, hit in enumerate(hits, start=1) if slug(hit.url) in question.slugs]
        first += ranks[:1] == [1]
        third += bool(ranks) and ranks[0] <= 3
        reciprocal += 1 / ranks[0] if ranks else 0
        refused += not fits(hits)
    count, strange = len(answerable), len(questions) - len(answerable)
    assert count >= 60
    assert strange >= 25
    assert first / count >= 0.82
    assert third / count >= 0.93
    assert reciprocal / count >= 0.88
    assert refused / count <= 0.07
    assert accepted / strange <= 0.12


@pytest.fixture
def passages(shop: Site) -> dict[int, Passage]:
    """The shop's passages by their number."""
    return Passage.objects.in_bulk()


async def test_scores_are_what_they_say_and_best_comes_first(shop: Site, passages: dict[int, Passage]) -> None:
    hits = await find_passages(shop.pk, "How long does delivery to France take?", limit=8)
    assert len(hits) == 8
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    (vector,) = embedder().embed(["How long does delivery to France take?"])
    for hit in hits:
        passage = passages[hit.passage_id]
        stored = np.array(passage.embedding, dtype=np.float32)
        assert hit.cosine == pytest.approx(float(stored @ vector / np.linalg.norm(stored)), abs=1e-3)
        assert hit.score == pytest.approx(hit.cosine + 0.4 * hit.lexical)
        assert (hit.heading, hit.text, hit.article_id) == (passage.heading, passage.text, passage.article_id)


async def test_a_rare_word_counts_more_than_a_common_one(shop: Site) -> None:
    best = (await search(shop.pk, "order Norway", None))[0]
    assert "Norway" in best.text


async def test_any_word_may_match_and_none_must(shop: Site) -> None:
    assert (await search(shop.pk, "helmet xylophone quintessence", None))[0].lexical > 0


async def test_without_a_vector_words_decide_whether_it_fits(shop: Site) -> None:
    assert fits(await search(shop.pk, "helmet size", None))
    assert not fits(await search(shop.pk, "xylophone lessons for a helmet", None))
    assert await search(shop.pk, "xylophone", None) == []


async def test_one_site_never_finds_anothers_articles(shop: Site, other_site: Site) -> None:
    assert await find_passages(other_site.pk, "How long does delivery take?") == []
    assert not fits([])


async def test_an_article_that_is_not_published_is_not_found(shop: Site) -> None:
    def hide() -> None:
        Article.objects.filter(site=shop, slug="gift-cards").update(published=False)

    before = await find_passages(shop.pk, "How long is a gift card valid?")
    assert slug(before[0].url) == "gift-cards"
    await in_database_thread(hide)
    after = await find_passages(shop.pk, "How long is a gift card valid?")
    assert "gift-cards" not in {slug(hit.url) for hit in after}


async def test_vectors_of_another_embedder_are_not_compared(shop: Site) -> None:
    await in_database_thread(lambda: Passage.objects.filter(site=shop).update(embedder="another"))
    hits = await find_passages(shop.pk, "How long is a gift card valid?")
    assert {hit.cosine for hit in hits} == {None}
    assert fits(hits)


async def test_no_message_breaks_the_search(shop: Site) -> None:
    for query in STRANGE:
        vector = embedder().embed([query])[0]
        assert len(await search(shop.pk, query, vector)) == 6
        assert len(await search(shop.pk, query, None)) <= 6


async def test_an_article_elsewhere_is_linked_there(site: Site) -> None:
    def make() -> None:
        article = Article.objects.create(
            site=site, title="Moon", body="The moon is far.", url="https://moon.example/far"
        )
        index_article(article.pk)

    await in_database_thread(make)
    assert (await find_passages(site.pk, "How far is the moon?"))[0].url == "https://moon.example/far"


def test_the_admin_searches_the_same(shop: Site) -> None:
    (vector,) = embedder().embed(["Can I pay with PayPal?"])
    assert slug(search_sync(shop.pk, "Can I pay with PayPal?", vector, limit=1)[0].url) == "payment-methods"
