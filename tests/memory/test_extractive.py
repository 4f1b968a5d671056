"""Without a model the articles are quoted: whole sentences, honest words, and no answer where there is none."""

import re

import pytest

from memory.demo import demo_articles
from memory.knowledge.extractive import LEAD, UNKNOWN, ExtractedAnswer, extractive_answer
from memory.knowledge.followup import leans_on_previous, with_context
from memory.knowledge.passages import plain
from memory.knowledge.search import find_passages, fits
from memory.knowledge.smalltalk import small_talk
from memory.knowledge.units import Kind, blocks
from people.models import Site
from tests.memory.conftest import Question

PLACES = (
    (
        "How long does delivery to France take?",
        "| France, Germany, Netherlands, Belgium, Luxembourg",
        "delivery-times-by-country",
    ),
    ("how many days do i have to return a jacket", "unused, complete and have their tags", "return-an-item"),
    ("I forgot my password", "1. Choose **Sign in**", "reset-password"),
    ("Are you open on Saturday?", "| Saturday | 9 a.m. – 5 p.m. |", "shop-opening-hours"),
    ("Can you repair the zip of my jacket?", "new zip | £18 |", "repair-service"),
    ("do points expire", "Points expire after 18 months without a purchase.", "loyalty-points"),
    ("can I put the waxed bag in the washing machine", "Never machine-wash waxed canvas.", "product-care"),
)
database = pytest.mark.django_db(transaction=True)


async def ask(site: Site, question: str, previous: str | None = None) -> ExtractedAnswer:
    hits = await find_passages(site.pk, question, previous=previous)
    return await extractive_answer(question, hits, previous=previous)


@database
async def test_the_answer_quotes_the_place_that_says_it(shop: Site) -> None:
    for question, quoted, slug in PLACES:
        answer = await ask(shop, question)
        assert answer.knows
        assert answer.text_markdown.startswith(LEAD)
        assert quoted in answer.text_markdown
        assert [source.url for source in answer.sources] == [f"/help/demo/{slug}/"]


@database
async def test_a_table_is_quoted_with_its_head_and_only_the_rows_that_fit(shop: Site) -> None:
    text = (await ask(shop, "How much is postage to Ireland?")).text_markdown
    assert "| Destination | Service | Price | Free from |\n| --- | --- | ---: | ---: |\n| Ireland |" in text
    assert "Norway" not in text


@database
async def test_steps_are_quoted_all_and_in_order(shop: Site) -> None:
    text = (await ask(shop, "how do I fit the panniers to my rack")).text_markdown
    assert re.findall(r"^(\d)\. ", text, re.MULTILINE) == ["1", "2", "3", "4", "5"]


@database
async def test_every_answer_is_made_of_whole_pieces_of_an_article_and_is_short(
    shop: Site, questions: list[Question]
) -> None:
    bodies = {article.slug: plain(article.body) for article in demo_articles()}
    right = known = 0
    for question in questions:
        answer = await ask(shop, question.text)
        if not answer.knows:
            assert answer.text_markdown == UNKNOWN
            assert answer.sources == ()
            continue
        (source,) = answer.sources
        slug = source.url.split("/")[-2]
        quoted = re.sub(r"^\*\*.*\*\*$", "", answer.text_markdown.removeprefix(LEAD), flags=re.MULTILINE)
        assert 0 < len(quoted.split()) <= 240
        for block in blocks(quoted):
            for words in block.words:
                assert words in bodies[slug], (question.text, words)
        if question.slugs:
            known += 1
            right += slug in question.slugs
    assert right / known >= 0.87


@database
async def test_a_general_question_gets_the_whole_table(shop: Site) -> None:
    text = (await ask(shop, "How long does delivery take?")).text_markdown
    assert "| Ireland | 3–5 |" in text
    assert "| Australia, New Zealand | 10–15 |" in text


@database
async def test_an_introduction_that_says_little_is_followed_by_the_next_best_passage(shop: Site) -> None:
    text = (await ask(shop, "How do I return something?")).text_markdown
    assert text.index("You have 30 days") < text.index("**Return an item – How to return**") < text.index("4. Drop")
    text = (await ask(shop, "Which payment methods do you accept?")).text_markdown
    assert "- **PayPal**" in text


@database
async def test_what_the_articles_do_not_say_is_not_known(shop: Site) -> None:
    answer = await ask(shop, "What is the capital of Mongolia?")
    assert answer == ExtractedAnswer(UNKNOWN, (), knows=False)
    assert "talk to a person" in UNKNOWN
    assert "o language model is configured" in UNKNOWN
    assert "no language model is configured" in LEAD


@database
async def test_a_site_without_articles_knows_nothing_but_is_polite(site: Site) -> None:
    assert not (await ask(site, "How long does delivery take?")).knows
    assert (await ask(site, "hello")).text_markdown.startswith("Hello!")


@database
async def test_a_question_that_leans_on_the_one_before_is_understood(shop: Site) -> None:
    answer = await ask(shop, "and how long does that take?", previous="Can you repair the zip of my jacket?")
    assert "Repairs take 10 working days" in answer.text_markdown
    answer = await ask(shop, "And to Norway?", previous="How much is postage to Ireland?")
    assert "Norway" in answer.text_markdown
    assert not fits(await find_passages(shop.pk, "and why?"))


@database
async def test_a_question_that_stands_alone_is_not_mixed_with_the_one_before(shop: Site) -> None:
    answer = await ask(shop, "Can I pay with PayPal?", previous="How do I wash my rain jacket?")
    assert answer.sources[0].url.endswith("/payment-methods/")


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("and how long does that take?", True),
        ("how much is it?", True),
        ("And to Germany?", True),
        ("what about helmets?", True),
        ("Why?", True),
        ("do you ship there", True),
        ("How long does delivery to France take?", False),
        ("is it possible to pay with PayPal?", False),
        ("is there parking at the shop", False),
        ("where is your store", False),
        ("", False),
    ],
)
def test_what_leans_on_the_question_before(question: str, leans: bool) -> None:
    assert leans_on_previous(question) is leans
    assert with_context(question, "Before.") == (f"Before. {question}" if leans else question)
    assert with_context(question, None) == question


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("hello", "Hello!"),
        ("Hi there!!", "Hello!"),
        ("good morning", "Hello!"),
        ("Thanks a lot :)", "You are welcome!"),
        ("ok thank you", "You are welcome!"),
        ("bye", "Goodbye!"),
        ("Are you a robot?", "I am an automatic assistant."),
        ("Is this a real person?", "I am an automatic assistant."),
    ],
)
def test_small_talk_gets_a_short_honest_reply(message: str, reply: str) -> None:
    found = small_talk(message)
    assert found is not None
    assert found.startswith(reply)


@pytest.mark.parametrize(
    "message",
    ["hello, where is my order?", "thanks, but how do I return it", "👋", "", "?!", "hi " * 500, "bye bye jacket"],
)
def test_what_is_more_than_small_talk_is_looked_up(message: str) -> None:
    assert small_talk(message) is None


async def test_thanks_are_answered_without_any_passage() -> None:
    assert (await extractive_answer("thanks!", [])).knows


def test_a_passage_falls_into_sentences_items_steps_and_rows() -> None:
    found = blocks("One. Two. We need:\n\n- a\n- b\n  more\n\n1. x\n2. y\n\n| h |\n|---|\n| r |\n\n```\ncode\n```")
    assert [(block.kind, block.units) for block in found] == [
        (Kind.SENTENCES, ("One.", "Two.")),
        (Kind.ITEMS, ("- a", "- b\n  more")),
        (Kind.STEPS, ("1. x", "2. y")),
        (Kind.ROWS, ("| r |",)),
        (Kind.CODE, ("```\ncode\n```",)),
    ]
    assert found[1].quote([1]) == "We need:\n\n- b\n  more"
    assert found[3].quote([0]) == "| h |\n|---|\n| r |"
