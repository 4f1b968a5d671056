"""How many tokens a text has to a model: estimated by script, and corrected by what vendors counted."""

import pytest
from asgiref.sync import sync_to_async
from django.db.models.functions import Now

from conversations.models import Conversation, Message, Turn
from conversations.turns import counting
from conversations.turns.assemble import assemble
from parley.tokens import most, tokens
from routing.models import Model, Provider
from tests.turns.test_assemble import model, turn  # noqa: F401 - fixtures

# Counted by Claude 2's tokenizer, as its vendor published it.
COUNTED = {
    "Hi, I need to return an item that I got in the wrong size. Can you help me with that, please?": 25,
    "Ich habe das falsche Paket bekommen und möchte es zurückschicken. Wie lange dauert das?": 26,
    "Je voudrais savoir quand mon colis va arriver, parce que je pars en vacances vendredi.": 24,
    "Я хотел бы вернуть товар, который получил вчера. Сколько это займёт времени?": 35,
    "我想退货，因为我收到的尺寸不对。需要多长时间？": 23,
    "注文した商品がまだ届いていません。いつ届きますか？": 21,
}


@pytest.mark.parametrize(("text", "counted"), COUNTED.items(), ids=[text[:12] for text in COUNTED])
def test_an_estimate_is_near_to_what_a_real_tokenizer_counts(text, counted):
    assert 0.75 <= tokens(text) / counted <= 1.4


def test_every_text_has_a_count_and_a_beginning():
    assert (tokens(""), tokens(" "), tokens("a")) == (0, 1, 1)
    assert tokens("\ud83d") >= 1, "half a character"
    for text in ("x" * 100_000, "😀" * 5000, "word " * 20_000):
        beginning = most(text, 100)
        assert text.startswith(beginning)
        assert 80 <= tokens(beginning) <= 100


def test_a_model_that_counts_more_gets_less_of_the_history(turn, model):  # noqa: F811
    history = [("contact", "one two three four " * 40), ("bot", "five six seven eight " * 40)] * 20
    usual, dear = (assemble(turn, model, history, [], factor=factor) for factor in (1.0, 2.0))
    assert 1.8 <= counting.estimated(usual) / counting.estimated(dear) <= 2.5


@pytest.mark.django_db(transaction=True)
async def test_the_factor_of_a_model_is_learned_from_what_its_turns_counted(site, visitor):
    def past():
        row = Model.objects.create(provider=Provider.objects.create(name="P", vendor="openai"), name="m")
        talk = Conversation.objects.create(site=site, contact=visitor)
        asked = Message.objects.create(conversation=talk, role="contact", text="Hi")
        common = {"conversation": talk, "message": asked, "state": "answered", "finished_at": Now(), "model": row}
        Turn.objects.bulk_create(
            [
                *[Turn(input_tokens=130, route={"estimated": 100}, **common) for _ in range(counting.FEWEST)],
                Turn(input_tokens=900, route={}, **common),
            ]
        )
        return row.pk

    counting.forget_factors()
    number = await sync_to_async(past)()
    assert await counting.factors() == {number: pytest.approx(1.3)}
    counting.forget_factors()
