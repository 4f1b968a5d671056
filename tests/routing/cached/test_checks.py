"""Words that change meaning, and words that do not."""

import pytest

from routing.cached.checks import refusal
from routing.cached.normalise import normalised

STORED = {
    "on": ["How do I turn on dark mode?", "Enable dark mode", "Switch to dark mode"],
    "move": ["How do I transfer money from savings to checking?", "Move money from savings to checking"],
    "ship": ["Do you ship to Canada?", "Can I order to Canada?", "Is delivery to Canada possible?"],
    "roles": ["How can a manager add an employee?", "Adding an employee as a manager"],
    "thirty": ["Can I return an item within 30 days?", "Can I return it within a month of 30 days?"],
}


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("on", "How do I turn off dark mode?"),
        ("on", "How do I not turn on dark mode?"),
        ("move", "How do I transfer money from checking to savings?"),
        ("move", "Move money to savings from checking"),
        ("ship", "do you ship to norway?"),
        ("ship", "Do you ship to Ruritania?"),
        ("roles", "How can an employee add a manager?"),
        ("thirty", "Can I return an item within 90 days?"),
        ("thirty", "Can I return an item after 30 days?"),
        ("on", "Why do I turn on dark mode?"),
    ],
)
def test_a_turned_question_is_refused(stored, asked):
    assert refusal(asked, STORED[stored])


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("on", "Where can I activate dark mode?"),
        ("move", "I want to move money from my savings to checking"),
        ("ship", "Can you deliver to Canada?"),
        ("roles", "How does a manager add an employee?"),
        ("thirty", "May I return items within thirty days?"),
    ],
)
def test_the_same_in_other_words_is_not_refused(stored, asked):
    assert refusal(asked, STORED[stored]) == ""


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("Kann ich meine Bestellung zurückgeben?", "Kann ich meine Bestellung nicht zurückgeben?"),
        ("Puis-je retourner ma commande demain ?", "Pourquoi ne puis-je pas retourner ma commande demain ?"),
        ("¿Puedo devolver mi pedido en la tienda?", "¿Por qué no puedo devolver mi pedido en la tienda?"),
        ("Posso restituire il mio ordine nel negozio?", "Perché non posso restituire il mio ordine nel negozio?"),
        ("Kan ik mijn bestelling in de winkel terugbrengen?", "Kan ik mijn bestelling niet in de winkel terugbrengen?"),
        ("Posso devolver o meu pedido na loja amanhã?", "Não posso devolver o meu pedido na loja amanhã?"),
        ("Kann ich innerhalb von 30 Tagen zurückgeben?", "Kann ich innerhalb von 90 Tagen zurückgeben?"),
    ],
)
def test_negation_and_numbers_count_in_other_languages(stored, asked):
    assert refusal(asked, [stored])


TIMER = ("Set a timer for 5 minutes", "Start a timer of 2 hours", "Can you time an egg?", "I need a timer")


PARKING = ("Is there parking in Rome?", "Is there parking in Paris?", "Is there parking in Milan?")


@pytest.mark.parametrize(
    ("every", "asked", "refused"),
    [
        (TIMER, "Set a timer for 9 minutes", False),
        (TIMER[1:], "Set a timer for 9 minutes", True),  # one with a number is an exception, two are a rule
        (TIMER, "Stop a timer of 2 hours", True),
        (TIMER, "Do not set a timer for 5 minutes", True),
        (PARKING, "Is there parking in Berlin?", False),
        (PARKING, "Is there parking on Sunday?", True),  # towns do not matter, days may
        (PARKING[:1], "Is there parking in Berlin?", True),
    ],
)
def test_what_an_answers_own_questions_differ_in_is_no_reason_against_another_one(every, asked, refused):
    assert bool(refusal(asked, every, every)) is refused
    assert refusal(asked, every), "without knowing that these are all"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hi, how do I pay, please?", "how do I pay", True),
        ("ＨＯＷ do I　pay??", "How do I pay", True),
        ("Could you tell me how I can pay? Thanks!", "how i can pay", True),
        ("I don’t want it", "I don't want it", True),
        ("I do not want it", "I do want it", False),
        ("Is 3.5 enough?", "Is 35 enough?", False),
        ("-5 degrees", "5 degrees", False),
        ("Do you teach C++?", "Do you teach C?", False),
        ("50%", "50", False),
        ("please", "thanks", False),
    ],
)
def test_dress_is_left_out_and_meaning_is_not(one, other, same):
    assert (normalised(one) == normalised(other)) is same
