"""The gate learned from verdicts keeps its bound on what it has not seen; verdicts have an order of precedence."""

import numpy as np
import pytest

from routing import cached
from routing.cached.gate.head import Head, learn_head
from routing.cached.gate.learning import Judged, learn
from routing.cached.gate.logistic import offsets, probability, threshold_for, upper
from routing.cached.gate.wording import seen
from routing.cached.index import Answer, Stored, build
from routing.models import CachedAnswer, CacheMatch
from routing.question import Question

ANSWERS, SIZE, BOUND = 12, 96, 0.05


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def near(chance, middles, spread):
    return unit(middles + spread * chance.standard_normal(middles.shape) / SIZE**0.5)


def judged(chance, middles, count):
    """Questions about the answers, and as many about things between two of them, which none answers."""
    made = []
    for number in range(count):
        answer = int(chance.integers(ANSWERS))
        between = number % 3 == 0
        middle = unit(middles[answer] + middles[(answer + 1) % ANSWERS]) if between else middles[answer]
        vector = near(chance, middle, 1.0)
        made.append(Judged(number, Question(f"question {number}", 1, "", vector=vector), vector, answer, not between))
    return made


def test_a_learned_gate_keeps_its_bound_on_what_it_has_not_seen():
    chance = np.random.default_rng(5)
    middles = unit(chance.standard_normal((ANSWERS, SIZE)))
    answers = [
        Answer(
            id=n,
            text=str(n),
            questions=tuple(
                Stored(10 * n + k, f"{n} {k}", f"{n} {k}", near(chance, middles[n], 0.8).astype(np.float16))
                for k in range(4)
            ),
        )
        for n in range(ANSWERS)
    ]
    index = build(answers, "test", SIZE)
    gate, _, _ = learn(index, judged(chance, middles, 250))
    given = wrong = 0
    held_out = judged(chance, middles, 250)
    for one in held_out:
        found = index.nearest(one.question, one.vector)
        best = cached.gate.standings(found, gate.head, most=1)[0]
        if gate.confidence(best.features, 0.0) >= gate.threshold(BOUND):
            given += 1
            wrong += not (one.right and found.answers[best.place].id == one.answer_id)
    assert given > 0.3 * len(held_out)
    assert wrong <= BOUND * given


def test_words_tell_questions_apart_that_lie_at_one_place_and_a_row_of_the_vector_alone_still_counts():
    place, cosines = np.array([1.0, 0.0], dtype=np.float32), np.ones(2, dtype=np.float32)
    questions = [seen(place, text) for text in ("open the door", "please open it", "close the door", "please close it")]
    head = learn_head(np.stack(questions), np.array([1, 1, 2, 2]))
    assert head.logits([1, 2], cosines, seen(place, "open")).argmax() == 0
    assert head.logits([1, 2], cosines, seen(place, "close")).argmax() == 1
    older = Head({1: np.array([3.0, 0.0], dtype=np.float32)}, strength=2.0)
    assert older.logits([1, 2], cosines, seen(place, "open")).tolist() == [3.0, 2.0]


def test_few_verdicts_ask_for_more_caution():
    right = np.ones(20)
    assert threshold_for(np.linspace(0.5, 1, 20), right, 0.02) > 1, "20 right ones do not show that 2 in 100 are wrong"
    assert upper(np.array([0.0]), np.array([20]))[0] > upper(np.array([0.0]), np.array([200]))[0]


def test_an_answer_that_was_wrong_often_gets_an_offset_of_its_own():
    found = offsets(np.full(8, 3.0), np.array([0, 0, 0, 0, 1, 1, 1, 1.0]), np.repeat([7, 8], 4))
    assert found[7] < -1 < 0 < found[8]
    assert probability(np.array([3.0 + found[7]]))[0] < 0.9


@pytest.mark.django_db(transaction=True)
def test_learning_from_too_few_verdicts_says_how_many_are_missing(store):
    store("Yes.", "Do you repair shoes?")
    with pytest.raises(cached.TooFewVerdicts, match="0 matches judged right"):
        cached.learn_gate()


@pytest.mark.django_db(transaction=True)
def test_a_persons_word_is_kept_over_a_visitors_and_a_visitors_over_a_models(store):
    answer = store("Yes.", "Do you repair shoes?")
    match = CacheMatch.objects.create(
        answer=answer, question="Are shoes mended?", served=True, message_id=5, features={"log_odds": 2.0}
    )
    assert cached.judge_message(5, right=True, judge="model")
    assert cached.judge_message(5, right=False)
    assert CachedAnswer.objects.get().offset < 0
    assert not cached.judge_message(5, right=True, judge="model")
    assert cached.judge_match(match.pk, right=True, add_example=True)
    assert not cached.judge_message(5, right=False)
    match.refresh_from_db()
    assert (match.verdict, match.judge) == ("right", "person")
    assert answer.questions.filter(normalised="are shoes mended", origin="confirmed").exists()
