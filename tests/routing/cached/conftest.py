"""Stored answers with their vectors, and questions as a turn would ask them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from routing.cached import embed_questions, normalised
from routing.cached.keeping import keeper
from routing.models import CachedAnswer, CachedQuestion
from routing.question import Question
from routing.vectors import local_embedder


@pytest.fixture(autouse=True)
def _own_index(redis_clean: object) -> Iterator[None]:
    """No test is answered from what another one read."""
    keeper.forget()
    yield
    keeper.forget()


@pytest.fixture
def store() -> Callable[..., CachedAnswer]:
    """Store an approved answer with its questions; more values go into its row."""

    def make(text: str, *questions: str, audiences: Any = (), **values: Any) -> CachedAnswer:
        answer = CachedAnswer.objects.create(text=text, **{"state": CachedAnswer.State.APPROVED, **values})
        answer.audiences.set(audiences)
        for one in questions:
            CachedQuestion.objects.create(answer=answer, text=one, normalised=normalised(one))
        embed_questions(answer.pk)
        return answer

    return make


@pytest.fixture
def asked(site: Any) -> Callable[..., Question]:
    """A question of a contact of the first site, embedded."""

    def make(text: str, **values: Any) -> Question:
        vector = local_embedder().embed_all([text])[0]
        return Question(**{"text": text, "site_id": site.pk, "audience_key": "anonymous", "vector": vector, **values})

    return make


@pytest.fixture
def store_async(store: Callable[..., CachedAnswer]) -> Callable[..., Any]:
    """The same in a loop."""
    return sync_to_async(store)
