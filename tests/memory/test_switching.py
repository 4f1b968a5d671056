"""Another embedder was chosen: rows of both are recalled rightly, until all are of the new one."""

from functools import partial
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from memory.embedding import embedder, embedder_named, local_embedder
from memory.embedding.scale import AS_IT_IS, Scale, between, measured
from memory.knowledge.indexing import index_pending
from memory.knowledge.search import search
from memory.models import Article, IndexState, Passage, RememberedMessage, UserMemory
from memory.recall import Recalled, recall, remember_messages
from memory.recall.vectors import embed_missing, missing
from memory.scope import staff_scope
from memory.switching import ask, in_use_now, progress
from memory.switching.in_use import forget
from parley.threads import in_database_thread
from people.models import Contact
from routing.vectors import local_embedder as routing_embedder
from simulator.process import Handle
from tests.memory.test_recall import FACTS, NOW, keep_now, within

pytestmark = pytest.mark.django_db(transaction=True)
OPENAI = "memory.embedding.openai.OpenAIEmbedder"
MINILM = "minilm-l6-v2-int8"
NEW = "openai:small:512"
LIKED = "Likes tea with milk."


@pytest.fixture
def memory(settings: Any, simulator_process: Handle) -> Any:
    """`memory()` chooses OpenAI's embedder at the simulator, `memory(None)` MiniLM; both can be had again."""
    simulator_process.set(time_to_first_token=0.001)
    at = {"base_url": simulator_process.openai_url, "api_key": "sk-any"}

    def choose(model: str | None = "small", *, before: bool = True, **options: Any) -> None:
        new = {"BACKEND": OPENAI, "OPTIONS": {"model": model, "dimensions": 512, "patience": 30, **at, **options}}
        settings.MEMORY = {"EMBEDDER": new} if model else {}
        settings.MEMORY |= {"BEFORE": [{"BACKEND": OPENAI, "OPTIONS": {"patience": 30, **at}}]} if before else {}

    choose(None)
    return choose


async def asked(contact: Contact, question: str) -> Recalled:
    forget()
    return await recall(contact.id, question, await ask(question), site_id=contact.site_id)


async def names() -> dict[str, set[str]]:
    def look() -> dict[str, set[str]]:
        with staff_scope():
            tables = {"memories": UserMemory, "messages": RememberedMessage, "passages": Passage}
            return {name: set(table.objects.values_list("embedder", flat=True)) for name, table in tables.items()}

    return await in_database_thread(look)


async def test_rows_of_both_embedders_are_recalled_until_all_are_of_the_new_one(alice: Contact, memory: Any) -> None:
    await in_database_thread(keep_now, alice, *FACTS)
    memory()
    await in_database_thread(keep_now, alice, LIKED)
    assert (await in_database_thread(in_use_now)).embedders == (embedder(), local_embedder())

    recalled = await asked(alice, "Which jacket did I buy?")
    assert recalled.memories[0].text == FACTS[3], "by its meaning alone, in the space of the one before"
    assert all(one.cosine is not None for one in recalled.memories)
    assert (await asked(alice, "tea with milk")).memories[0].text == LIKED

    assert await in_database_thread(missing) == len(FACTS)
    assert await in_database_thread(progress.rows) == [
        progress.Rows(NEW, progress.NOW, 1, 0, 0), progress.Rows(MINILM, progress.BEFORE, len(FACTS), 0, 0)
    ]  # fmt: skip
    told = StringIO()
    await in_database_thread(partial(call_command, "embedders", now=True, stdout=told))
    assert "Nothing to embed." in told.getvalue()
    assert await in_database_thread(progress.rows) == [progress.Rows(NEW, progress.NOW, len(FACTS) + 1, 0, 0)]
    assert (await in_database_thread(in_use_now)).embedders == (embedder(),)
    again = await asked(alice, "Which green raincoat was ordered?")
    assert again.memories[0].text == FACTS[3]
    assert all(one.cosine is not None for one in again.memories)


async def test_the_way_back_finds_the_embedder_before_by_the_rows_themselves(alice: Contact, memory: Any) -> None:
    memory()
    await in_database_thread(keep_now, alice, LIKED)
    await remember_messages(alice.id, alice.id, [(1, True, "The bike has a blue frame.", NOW)])
    await in_database_thread(embed_missing)
    memory(None)
    await in_database_thread(keep_now, alice, *FACTS)
    recalled = await asked(alice, "tea with milk and a blue frame for the bike")
    assert recalled.memories[0].text == LIKED
    assert recalled.memories[0].cosine is not None
    assert recalled.messages[0].cosine is not None
    while await in_database_thread(embed_missing):
        pass
    assert await names() == {"memories": {MINILM}, "messages": {MINILM}, "passages": set()}


async def test_words_decide_for_rows_of_an_embedder_that_cannot_be_had_any_more(alice: Contact, memory: Any) -> None:
    memory()
    await in_database_thread(keep_now, alice, LIKED)
    memory(None, before=False)
    await in_database_thread(keep_now, alice, *FACTS)
    found = await in_database_thread(in_use_now)
    assert (found.embedders, found.lost) == ((local_embedder(),), (NEW,))
    recalled = await asked(alice, "tea")
    assert (recalled.memories[0].text, recalled.memories[0].cosine) == (LIKED, None)
    assert (await asked(alice, "Which jacket did I buy?")).memories[0].text == FACTS[3]


async def test_passages_of_both_are_found_and_are_made_again(site: Any, alice: Contact, memory: Any) -> None:
    old = await in_database_thread(_article, site, "Delivery", "Parcels to France arrive within four days.")
    memory()
    new = await in_database_thread(_article, site, "Opening hours", "The shop is open from nine to five.", old)
    assert (await names())["passages"] == {MINILM, NEW}
    for question, article in (("How long until my package gets to Paris?", old), ("shop open from nine", new)):
        forget()
        hits = await search(site.pk, question, await ask(question))
        assert hits[0].article_id == article.pk, question
        assert hits[0].cosine is not None

    memory("other", before=False)  # neither of the spaces but MiniLM's can be had
    await in_database_thread(lambda: Passage.objects.filter(embedder=MINILM).update(embedder="gone"))
    forget()
    hits = await search(site.pk, "parcels to France", await ask("parcels to France"))
    assert (hits[0].article_id, hits[0].cosine) == (old.pk, None), "words decide"
    assert await in_database_thread(index_pending) == 2
    assert (await names())["passages"] == {"openai:other:512"}


def _article(site: Any, title: str, body: str, *others: Article) -> Article:
    """Indexed by the embedder of now; the others stay as they are."""
    for other in others:
        Article.objects.filter(pk=other.pk).update(index_state=IndexState.FAILED)
    article = Article.objects.create(site=site, title=title, body=body)
    index_pending()
    Article.objects.update(index_state=IndexState.INDEXED)
    return article


async def test_an_embedder_that_is_away_leaves_the_words_and_the_turn_says_so(
    site: Any, alice: Contact, memory: Any, simulator_process: Handle
) -> None:
    memory()
    await in_database_thread(keep_now, alice, *FACTS)
    article = await in_database_thread(_article, site, "Delivery", "Parcels to France arrive within four days.")
    simulator_process.fault("status", status=503, retry_after=0, share=1.0)
    recalled = await asked(alice, "Has the cat called Minka a birthday?")
    assert recalled.memories[0].text == FACTS[0]
    assert "503" in recalled.note["embedder"]
    embedder().questions._until += 60
    assert "503" in (await asked(alice, "Minka")).note["embedder"], "it is left alone for a while"

    await in_database_thread(keep_now_without_vector, alice)
    article.body = "Parcels to France arrive within five days."
    await in_database_thread(article.save)
    assert await in_database_thread(embed_missing) == 0
    assert embedder().background.left > 4
    embedder().background._until = 0
    assert await in_database_thread(index_pending) == 0
    waiting = await in_database_thread(Article.objects.get, pk=article.pk)
    assert (waiting.index_state, "503" in waiting.index_error) == (IndexState.PENDING, True)

    simulator_process.reset()
    assert await in_database_thread(index_pending) == 0, "it is left alone for longer"
    embedder().background._until = embedder().questions._until = 0
    assert await in_database_thread(index_pending) == 1
    assert await in_database_thread(embed_missing) == 1
    assert not (await asked(alice, "Minka")).note.get("embedder")


def keep_now_without_vector(contact: Contact) -> None:
    with staff_scope():
        UserMemory.objects.create(contact=contact, text="Is called Alice.")


async def test_a_text_that_is_refused_keeps_no_other_from_its_vector(
    alice: Contact, memory: Any, simulator_process: Handle
) -> None:
    memory()
    rows = await in_database_thread(keep_now, alice, *FACTS[:2])
    await within(alice, lambda: UserMemory.objects.update(embedding=None, embedder=""))
    simulator_process.fault("status", status=422, count=3)
    await in_database_thread(embed_missing)
    assert (await names())["memories"] == {NEW}, "neither is tried for ever"
    assert await in_database_thread(missing) == 0
    assert len(rows) == 2


async def test_routing_keeps_the_local_embedder(memory: Any, simulator_process: Handle) -> None:
    memory()
    before = simulator_process.stats(requests=0)["requests"]
    assert routing_embedder().name == MINILM
    assert routing_embedder().embed_all(["a question"]).shape == (1, 384)
    assert simulator_process.stats(requests=0)["requests"] == before
    assert embedder().name == NEW
    assert embedder_named(MINILM) is local_embedder()


async def test_in_the_usual_case_nothing_is_computed_twice(memory: Any) -> None:
    forget()
    vector = (await local_embedder().aembed(["a question"]))[0]
    found = await ask("a question", vector)
    assert found.plain
    assert not found.mixed
    assert found.spaces[0].vector is vector


def test_cosines_of_two_embedders_come_to_one_scale(memory: Any) -> None:
    """What is unrelated to one is unrelated to the other, and the same of what belongs together."""
    scale = between((0.75, 0.9), (0.05, 0.55))
    assert scale.of(0.75) == pytest.approx(0.05, abs=1e-3)
    assert scale.of(0.9) == pytest.approx(0.55, abs=1e-3)
    assert scale.of(1.0) <= 1
    assert between((0.5, 0.5), (0.05, 0.55)) == AS_IT_IS
    memory()
    assert measured(local_embedder(), local_embedder()) == AS_IT_IS
    found = measured(embedder(), local_embedder())
    assert found != AS_IT_IS
    assert isinstance(found, Scale)
    assert np.isfinite(found).all()
