"""Articles are cut along their headings; lists, tables and sentences stay whole."""

import pytest

from memory.demo import demo_articles
from memory.knowledge.passages import cut, plain
from memory.knowledge.sentences import split_sentences

WORDS = "word " * 30


def test_each_heading_begins_a_passage_and_the_path_leads_to_it() -> None:
    pieces = cut("Sizes", "Intro.\n\n## Jackets\n\nLarge.\n\n### Children\n\nSmall.\n\n## Gloves\n\nMedium.")
    assert [piece.heading for piece in pieces] == [
        "Sizes",
        "Sizes › Jackets",
        "Sizes › Jackets › Children",
        "Sizes › Gloves",
    ]
    assert [piece.text for piece in pieces] == ["Intro.", "Large.", "Small.", "Medium."]


def test_short_paragraphs_share_a_passage_and_long_ones_do_not_grow_it_over_the_limit() -> None:
    pieces = cut("T", "\n\n".join([WORDS.strip()] * 12))
    assert all(80 <= len(piece.text.split()) <= 200 for piece in pieces)
    assert sum(len(piece.text.split()) for piece in pieces) == 360


def test_a_list_and_the_line_that_introduces_it_stay_together() -> None:
    body = f"{WORDS * 5}\n\nWe need:\n\n" + "\n".join(f"- thing {number} and some words" for number in range(12))
    last = cut("T", body)[-1].text
    assert last.startswith("We need:\n\n- thing 0")
    assert last.endswith("thing 11 and some words")


def test_a_list_that_is_far_too_long_is_cut_between_its_items() -> None:
    body = "\n".join(f"- item {number} {WORDS}" for number in range(20))
    pieces = cut("T", body)
    assert len(pieces) > 2
    assert all(piece.text.startswith("- item") and len(piece.text.split()) <= 200 for piece in pieces)


def test_a_table_that_is_far_too_long_repeats_its_head() -> None:
    body = "| a | b |\n|---|---|\n" + "\n".join(f"| {number} | {WORDS} |" for number in range(20))
    assert all(piece.text.startswith("| a | b |\n|---|---|\n| ") for piece in cut("T", body))


def test_a_paragraph_that_is_too_long_is_cut_between_sentences() -> None:
    pieces = cut("T", " ".join(f"Sentence {number} has {WORDS}end." for number in range(20)))
    assert len(pieces) > 2
    assert all(piece.text.startswith("Sentence") and piece.text.endswith("end.") for piece in pieces)


@pytest.mark.parametrize("body", ["", "   \n\n", "# Only a heading", "---"])
def test_a_text_without_words_has_no_passage(body: str) -> None:
    assert cut("T", body) == []


def test_no_word_of_the_demo_is_lost() -> None:
    for article in demo_articles():
        joined = plain("\n\n".join(piece.text for piece in cut(article.title, article.body)))
        lines = [line for line in article.body.splitlines() if line.strip() and not line.startswith("#")]
        for line in lines:
            assert plain(line) in joined, (article.slug, line)


def test_a_heading_longer_than_the_column_is_cut() -> None:
    assert len(cut("T" * 200, "## " + "h" * 600 + "\n\ntext")[0].heading) == 500


def test_what_is_embedded_has_words_and_no_marks() -> None:
    (piece,) = cut(
        "Care", "## Washing\n\nUse **liquid** soap, see [here](https://x.example/y).\n\n| a | b |\n|---|--:|\n| 1 | 2 |"
    )
    assert piece.embedded == "Care. Washing. Use liquid soap, see here. a b 1 2"


def test_sentences_end_where_people_would_end_them() -> None:
    text = 'We close at 5 p.m. on Friday. It costs £4.90 (incl. VAT)! Write to "us". '
    text += "24 hours, e.g. at night. Really? **Yes.** Fine"
    assert split_sentences(text) == [
        "We close at 5 p.m. on Friday.",
        "It costs £4.90 (incl. VAT)!",
        'Write to "us".',
        "24 hours, e.g. at night.",
        "Really?",
        "**Yes.**",
        "Fine",
    ]
