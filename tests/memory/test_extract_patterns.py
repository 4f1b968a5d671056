"""Our own patterns: what they find, and above all what they leave."""

# ruff: noqa: E501 - what was said and what is found stand in one line

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from memory.remember.candidates import Said
from memory.remember.patterns import extract

TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


def found(text, by_contact=True):
    return [each.text for each in extract(Said(1, uuid4(), by_contact, text, TUESDAY))]


@pytest.mark.parametrize(
    ("said", "remembered"),
    [
        ("Hi, my name is Lena Fischer and I live in Berlin.", ["The user's name is Lena Fischer.", "The user lives in Berlin."]),
        ("My pronouns are they/them.", ["The user's pronouns are they/them."]),
        ("I just moved to Lisbon", ["The user lives in Lisbon."]),
        ("i live in berlin", ["The user lives in berlin."]),
        ("I work at Siemens as an engineer.", ["The user works for Siemens."]),
        ("I work as a nurse, mostly nights.", ["The user works as: nurse."]),
        ("I have a dog named Rex.", ["The user's dog is called Rex."]),
        ("I'm allergic to peanuts and shellfish.", ["The user is allergic to peanuts and shellfish."]),
        ("I own a Brompton C Line.", ["The user has a Brompton C Line."]),
        ("I prefer email to phone calls.", ["The user prefers email to phone calls."]),
        ("I hate phone calls!", ["The user does not like phone calls."]),
        ("Please never leave parcels at the door.", ["The user asks: never leave parcels at the door."]),
        ("Please answer in German.", ["The user prefers German."]),
        ("My birthday is on 5 March.", ["The user's birthday is on 5 March."]),
        ("I bought a Brompton P Line last Friday.", ["The user bought a Brompton P Line on 20 November 2026."]),
        ("I'm flying to Rome on Friday.", ["The user is flying to Rome on 27 November 2026."]),
        ("We're moving to Vienna next week.", ["The user is moving to Vienna in the week of 30 November 2026."]),
        ("I will be in Madrid on 3 January.", ["The user will be in Madrid on 3 January 2027."]),
        ("Ich heiße Jonas und wohne in Köln.", ["Der Nutzer heißt Jonas.", "Der Nutzer wohnt in Köln."]),
        ("Am Freitag fliege ich nach Rom.", ["Am 27. November 2026 fliegt der Nutzer nach Rom."]),
        ("Ich habe am 5. März Geburtstag.", ["Der Nutzer hat Geburtstag am 5. März."]),
        ("Je m'appelle Claire et j'habite à Lyon.", ["L'utilisateur s'appelle Claire.", "L'utilisateur habite à Lyon."]),
        ("Je pars à Rome vendredi prochain.", ["L'utilisateur part à Rome le 4 décembre 2026."]),
        ("Me llamo Carlos y vivo en Madrid.", ["El usuario se llama Carlos.", "El usuario vive en Madrid."]),
        ("Viajo a Roma la próxima semana.", ["El usuario viaja a Roma en la semana del 30 de noviembre de 2026."]),
    ],
)  # fmt: skip
def test_what_people_say_of_themselves_is_found(said, remembered):
    assert found(said) == remembered


@pytest.mark.parametrize(
    "said",
    [
        "Do I live in Berlin according to you?",
        "If I lived in Rome, would shipping be free?",
        "Suppose I live in Paris.",
        'My friend said "I live in Rome".',
        "> I live in Rome",
        "I don't live in Berlin.",
        "I no longer live in Berlin.",
        "It is not true that I live in Berlin.",
        "Eva says I live in Rome.",
        "My neighbour lives in Oslo.",
        "I used to work at Siemens.",
        "I live in fear of another delay.",
        "I'm not allergic to nuts.",
        "I am not Tom.",
        "Hi, I'm German.",
        "I'm looking for a pump.",
        "I have a question about my order.",
        "I like your website.",
        "I like that you answer fast.",
        "I'd like to know the price.",
        "I hate to bother you.",
        "Call me when it ships.",
        "I prefer not to say.",
        "I will not come on Friday.",
        "I might move to Berlin next week.",
        "I ordered it yesterday.",
        "Maybe I prefer tea.",
        "Ich wohne nicht in Berlin.",
        "Wenn ich in Rom wohne, was kostet der Versand?",
        "Er sagt, ich wohne in Rom.",
        "Ich mag das.",
        "Si j'habite à Lyon, combien coûte la livraison ?",
        "Je ne suis pas allergique aux noix.",
        "No vivo en Madrid.",
        "¿Vivo en Madrid?",
        "😀" * 5000,
        "\u202eI live in Berlin",
        "x" * 100_000,
        "I live in " * 10_000,
    ],
)
def test_what_states_nothing_of_them_is_left(said):
    assert found(said) == []


def test_what_the_bot_says_is_never_read():
    assert found("My name is Parley.", by_contact=False) == []
