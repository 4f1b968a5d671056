"""What sends an approved answer back to be reviewed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from memory.models import Article
from routing.cached.reviewing import NotApproved, approve, review_expired
from routing.models import CachedAnswer

pytestmark = pytest.mark.django_db
State = CachedAnswer.State


@pytest.fixture
def article(site):
    return Article.objects.create(site=site, title="Returns", body="Within 30 days.")


@pytest.fixture
def drawn(store, article):
    answer = store("Within 30 days.", "How do I return an item?", state=State.DRAFT, article_id=article.pk)
    approve(answer)
    return answer


def state_of(answer):
    answer.refresh_from_db()
    return answer.state, answer.review_reason


def test_only_a_change_of_the_articles_text_sends_its_answers_to_review(drawn, article):
    article.url = "https://shop.example/returns"
    article.save()
    assert state_of(drawn) == (State.APPROVED, "")
    article.body = "Within 14 days."
    article.save()
    assert state_of(drawn) == (State.REVIEW, "The article “Returns” was changed.")
    approve(drawn)
    article.save()
    assert state_of(drawn) == (State.APPROVED, "")


def test_so_does_its_end(drawn, article):
    article.published = False
    article.save()
    assert state_of(drawn)[1] == "The article “Returns” is not published any more."
    approve(drawn)
    Article.objects.all().delete()
    assert state_of(drawn) == (State.REVIEW, "The article “Returns” was deleted.")


def test_a_lifetime_that_is_over_sends_it_to_review(store):
    old, young = store("Old.", "Who is old?", lifetime_days=30), store("Young.", "Who is young?", lifetime_days=30)
    CachedAnswer.objects.filter(pk=old.pk).update(approved_at=timezone.now() - timedelta(days=31))
    CachedAnswer.objects.filter(pk=young.pk).update(approved_at=timezone.now() - timedelta(days=29))
    assert review_expired() == 1
    assert (state_of(old)[0], state_of(young)[0]) == (State.REVIEW, State.APPROVED)
    assert review_expired() == 0


def test_what_nothing_asks_for_is_not_approved(store):
    with pytest.raises(NotApproved, match="no question"):
        approve(store("Alone.", state=State.DRAFT))
