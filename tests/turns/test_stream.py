"""Asking the models: retries, the next model, a clean start after a broken one, and what it cost."""

from decimal import Decimal

import pytest

from conversations.delivery import eventlog
from conversations.delivery.snapshot import partial_answers
from conversations.turns import observing
from conversations.turns.admit import Choice
from conversations.turns.claim import claim
from conversations.turns.deltas import DeltaWriter
from conversations.turns.flushing import flusher
from conversations.turns.plan import Plan
from conversations.turns.reply import cited
from conversations.turns.stream import stream
from memory.knowledge.search import PassageHit
from parley.background import settled
from routing import breakers
from routing.decision import Decision
from routing.models import Model, Provider
from routing.providers import ChatMessage, ChatRequest, ErrorKind, ProviderError
from routing.ready import forget
from routing.route import models_for

pytestmark = pytest.mark.django_db(transaction=True)
HITS = [
    PassageHit(1, 1, "Delivery", "/help/delivery/", "How long", "Two days.", 0.9, 0.9, 0.5),
    PassageHit(2, 2, "Returns", "/help/returns/", "", "30 days.", 0.5, 0.5, 0.3),
]


@pytest.fixture
def models(site, sim):
    prices = {"input_price": 3, "cached_input_price": Decimal("0.3"), "output_price": 15}
    for order, vendor, url in ((1, "anthropic", sim.anthropic_url), (2, "openai", sim.openai_url)):
        provider = Provider(name=vendor, vendor=vendor, base_url=url)
        provider.api_key = "sk-test"
        provider.save()
        Model.objects.create(provider=provider, name=f"{vendor}-model", order=order, **prices)
    forget()


@pytest.fixture
async def ask(say, site, models):
    async def asked():
        turn = await claim((await say("Where is it?")).turn, "worker")
        said = (ChatMessage("user", turn.text),)
        found = await models_for(Decision(), site.pk, 0)
        choices = [Choice(model, ChatRequest(model.name, "", said, 500)) for model in found]
        writer = DeltaWriter(turn)
        try:
            answer = await stream(turn, choices, Plan(HITS), writer)
            await writer.idle.wait()  # what is on its way does not take the last words with it
            await flusher().send([writer])
            return turn, answer
        finally:
            await writer.close()
            await settled()

    return asked


async def test_an_answer_has_its_model_its_tokens_and_its_price(ask, sim):
    sim.set(reply="It is on its way [1].")
    _, answer = await ask()
    assert answer.model_name == "anthropic-model"
    assert answer.sources == [{"title": "Delivery", "url": "/help/delivery/"}]
    expected = (3 * answer.input_tokens + 15 * answer.output_tokens) / Decimal(1_000_000)
    assert answer.cost == expected > 0


async def test_an_error_that_may_pass_is_tried_again_unseen(ask, sim):
    sim.fault("status", status=529)
    _, answer = await ask()
    assert answer.model_name == "anthropic-model"


async def test_a_model_that_is_down_leaves_the_turn_to_the_next(ask, sim):
    sim.fault("status", status=500, model="anthropic-model", count=10)
    _, answer = await ask()
    assert answer.model_name == "openai-model"
    assert (await Provider.objects.aget(name="anthropic")).last_error


async def test_a_model_that_works_is_asked_when_more_than_a_turn_tries_are_down(ask, sim, redis_clean):
    vendor = await Provider.objects.aget(name="openai")
    await Model.objects.acreate(provider=vendor, name="third-model", order=3)
    await Model.objects.acreate(provider=vendor, name="fourth-model", order=4)
    redis_clean.flushdb()  # a model that was just saved has some seconds' grace
    async for model in Model.objects.filter(order__lt=4):
        await breakers.failed(model.pk, ProviderError(ErrorKind.AUTH, "No.", status=401))
    _, answer = await ask()
    assert answer.model_name == "fourth-model"


async def test_the_time_to_first_words_is_counted_for_each_model_that_was_asked(ask, sim, monkeypatch):
    told = []
    monkeypatch.setattr(observing, "add", lambda *what, **about: told.append((what[0], about["label"], about["model"])))
    sim.fault("status", status=404, model="anthropic-model", count=10)
    await ask()
    first, second = [model.pk async for model in Model.objects.order_by("order")]
    counted = [entry for entry in told if entry[0] == "model_seconds"]
    assert counted == [("model_seconds", "gave_up", first), ("model_seconds", "began", second)]


async def test_a_stream_that_breaks_is_cleared_and_starts_again(ask, sim):
    sim.set(reply="word " * 60, tokens_per_second=300)
    sim.fault("cut", after=20)
    turn, answer = await ask()
    assert answer.text == ("word " * 60).strip()
    page = await eventlog.read(turn.conversation, "")
    [blocks] = partial_answers(frame for _, frame in page.events).values()
    assert "".join(blocks).count("word") == 60, "nothing of the broken stream is left"


async def test_an_error_of_one_model_is_not_cleared_by_another_and_is_by_itself(ask, sim):
    sim.set(models=["openai-model"])
    await Model.objects.filter(name="openai-model").aupdate(provider=await Provider.objects.aget(name="anthropic"))
    _, answer = await ask()
    assert answer.model_name == "openai-model"
    assert (await Provider.objects.aget(name="anthropic")).last_error.startswith("anthropic-model: ")
    sim.set(models=None)
    forget()
    await ask()
    assert (await Provider.objects.aget(name="anthropic")).last_error == ""


async def test_when_no_model_answers_the_error_of_the_best_one_is_told(ask, sim):
    sim.fault("status", status=529, model="openai-model", count=10)
    sim.set(api_keys=["another"])
    with pytest.raises(ProviderError) as error:
        await ask()
    assert error.value.kind == ErrorKind.AUTH
    assert "sk-test" not in str(error.value)


def test_marks_become_links_and_name_their_articles_once():
    articles = [("Delivery", "/help/delivery/"), ("Returns", "/help/returns/")]
    text, named = cited("Two days [1], really [1]. Not [9]. A [2](/link).", articles)
    assert text == r"Two days [\[1\]](/help/delivery/), really [\[1\]](/help/delivery/). Not . A [2](/link)."
    assert named == articles[:1]
