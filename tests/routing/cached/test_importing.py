"""A spreadsheet of answers: each row's fault is named, and the good ones are written as they were shown."""

import io

import pytest
from openpyxl import Workbook, load_workbook

from routing.cached.importing import parse, restored, write
from routing.cached.sheet import COLUMNS, MOST_ROWS, SheetError, template
from routing.models import CachedAnswer

pytestmark = pytest.mark.django_db


def excel(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def faults(parsed):
    return {(fault.row, fault.text.split(" ")[0]): fault.text for fault in parsed.faults}


def test_each_fault_is_named_with_its_row_and_the_good_ones_remain(site, store):
    store("Stored already.", "Do you deliver?")
    parsed = parse(
        "answers.xlsx",
        excel(
            ["Question", "question 2", "Answer", "Site", "Language", "Valid until"],
            ["How do I pay?", "Which cards?", "By card.", "demo", "EN-gb", "2030-01-31"],
            ["", "", "Nobody asks.", "", "", ""],
            ["Do you deliver?", "", "Twice.", "", "", ""],
            ["How do I pay, please?", "", "By cheque.", "", "", ""],
            [None, None, None, None, None, None],
            ["What is it?", "", "=1+1", "", "", ""],
            ["Who?", "", "", "nowhere", "english", "31/01/2030"],
            ["Can I pay later?", "", "By card.", "demo", "en", "2030-01-31"],
        ),
    )
    told = [(fault.row, fault.text) for fault in parsed.faults]
    assert [row for row, _ in told] == [3, 4, 5, 7, 8, 8, 8, 8]
    for text, row in (
        ("There is no question", 3),
        ("is asked for by the stored answer “Stored already.”", 4),
        ("is in row 2 already", 5),
        ("holds a formula", 7),
        ("The answer is empty", 8),
        ("There is no site “nowhere”. Known: demo", 8),
        ("is no code", 8),
        ("like 2027-01-31", 8),
    ):
        assert any(text in said and number == row for number, said in told), text
    (good,) = parsed.good
    assert (good.rows, good.language) == ([2, 9], "en")
    assert good.questions == ["How do I pay?", "Which cards?", "Can I pay later?"]
    assert good.valid_until.startswith("2030-01-31T23:59:59")


def test_what_was_shown_is_written_as_drafts_or_approved(site, administrator):
    parsed = restored(
        parse("a.csv", b"question;answer;sources\nHow?;So.;Why | https://a.example\nWhen?;Now.;").stored()
    )
    assert write(parsed.good[:1], administrator, approved=False) == (1, [])
    assert write(parsed.good[1:], administrator, approved=True) == (1, [])
    states = dict(CachedAnswer.objects.values_list("text", "state"))
    assert states == {"So.": "draft", "Now.": "approved"}
    assert CachedAnswer.objects.get(text="So.").sources == [{"title": "Why", "url": "https://a.example"}]
    assert CachedAnswer.objects.get(text="Now.").questions.get().vector is not None
    written, refused = write(parsed.good, administrator, approved=True)
    assert (written, [fault.row for fault in refused]) == (0, [2, 3])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"\xd0\xcf\x11\xe0old", "Only .xlsx and .csv"),
        (b"answer\nx", "none for questions"),
        (b"question,answer,colour\na,b,c", "Unknown column “colour”"),
        (b"question,answer\n", "no rows"),
        (b"question,answer\n" + b"a,b\n" * (MOST_ROWS + 1), "split it"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(site, content, why):
    with pytest.raises(SheetError, match=why):
        parse("file", content)


def test_encodings_are_told_apart(site):
    text = "question,answer\nWo ist das Café?,„Über“ die Straße\n"
    for encoding, notes in (("utf-8", 0), ("utf-8-sig", 0), ("utf-16", 0), ("cp1252", 1)):
        parsed = parse("a.csv", text.encode(encoding))
        assert (parsed.good[0].questions, len(parsed.notes)) == (["Wo ist das Café?"], notes), encoding


def test_the_template_names_the_columns_and_holds_no_answer(site):
    book = load_workbook(io.BytesIO(template()))
    assert [cell.value for cell in book["Answers"][1]] == list(COLUMNS)
    with pytest.raises(SheetError, match="no rows"):
        parse("answers.xlsx", template())
