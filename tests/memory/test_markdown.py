"""Markdown becomes HTML that nobody can abuse, whole and in pieces."""

import random
import re
import time

import pytest

from parley.markdown import MarkdownStream, render

TYPICAL = """# A title

Some **bold**, *slanted* and ~~struck~~ words with `code`, a [link](https://shop.example/a "t"),
https://bare.example/x_y.
A second line of the same paragraph, 5 * 3 = 15 and snake_case_name.

- one
- two **fat**
  - nested

  a paragraph inside

- three

1. first

2. second
   continued

10. tenth

| Size | Chest | Price |
| :--- | :---: | ----: |
| S | 88–94 | £5 |
| M | **94–102** | £6 |

```python
def f(x):
    return "<b>" + x  # not **bold**

```

> quoted
lazily continued

> another

Setext
======

***

    indented code

    more of it

Last words with a half [open link
"""
PIECES = re.split(r"\n\n(?=\S)", TYPICAL)
MARKS = [
    "a", "b ", "*", "**", "_", "`", "```\n", "[", "](", ")", "\n", "\n\n", "- ", "1. ", "# ", "> ", "| ", "|-|\n",
    "---\n", "~~", "<", "&", "\\", "    ", "!",
]  # fmt: skip
PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVa\tScript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    "![a](javascript:alert(1))",
    '[a](https://x.example/"onmouseover="alert(1))',
    """[a](https://x.example 't" onclick="alert(1)')""",
    '```"><script>alert(1)</script>\ncode\n```',
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[a]: javascript:alert(1)\n\n[a]",
    "| <script> | b |\n|---|---|\n| <img onerror=x src=y> | d |",
    "&lt;script&gt;alert(1)",
    """![x](https://e.example/a.png" onerror="alert(1))""",
    "<iframe src=//evil.example></iframe>",
    "<style>*{}</style>",
)


def streamed(text: str, cuts: list[int]) -> tuple[str, list[str]]:
    """What a client shows after following every instruction of the stream, and its blocks after each piece."""
    stream, shown, states = MarkdownStream(), [], []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        first, blocks = stream.feed(text[start:end])
        assert first <= len(shown)
        shown[first:] = blocks
        states.append("".join(shown))
    first, blocks = stream.finish()
    shown[first:] = blocks
    assert shown == stream.blocks
    return "".join(shown), states


def tags(html: str) -> list[tuple[str, str]]:
    """The (name, attributes) of each tag that a browser would see."""
    return re.findall(r"<([a-zA-Z][a-zA-Z0-9]*)([^>]*)>", html)


def test_common_marks_become_the_elements_that_people_expect() -> None:
    html = render(TYPICAL)
    for part in (
        "<h1>A title</h1>",
        "<strong>bold</strong>",
        "<s>struck</s>",
        "<code>code</code>",
        "<hr>",
        "<blockquote>",
    ):
        assert part in html
    assert '<td align="right">£5</td>' in html
    assert '<code class="language-python">' in html
    assert '<ol start="10">' not in html


def test_links_open_outside_and_vouch_for_nothing() -> None:
    html = render("[a](https://a.example) https://b.example bob@example.com")
    assert html.count('target="_blank"') == html.count('rel="noopener nofollow ugc"') == 3


def test_a_file_name_is_not_mistaken_for_a_host() -> None:
    assert "<a" not in render("See readme.md and example.com.")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("See https://a.example/x?a=1&b=2.", "https://a.example/x?a=1&amp;b=2"),
        ("(https://a.example/of_(brackets))", "https://a.example/of_(brackets)"),
        ("**https://a.example/b**, then", "https://a.example/b"),
        ("_https://a.example/b_c", "https://a.example/b_c"),
        ("| a |\n|---|\n| https://a.example |", "https://a.example"),
        ("<https://a.example/b>", "https://a.example/b"),
        ("Ask bob.b@shop.example.", "mailto:bob.b@shop.example"),
    ],
)
def test_an_address_ends_where_its_sentence_goes_on(typed: str, address: str) -> None:
    assert re.findall(r'href="([^"]*)"', render(typed)) == [address]


@pytest.mark.parametrize("typed", ["`https://a.example`", "    https://a.example", "```\nbob@a.example\n```"])
def test_an_address_in_code_stays_code(typed: str) -> None:
    assert "<a" not in render(typed)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a <b>bold</b> word", "<p>a &lt;b&gt;bold&lt;/b&gt; word</p>"),
        ("<div>\n\n*x*\n\n</div>", "<p>&lt;div&gt;</p><p><em>x</em></p><p>&lt;/div&gt;</p>"),
        ("<!-- a note -->", "<p>&lt;!-- a note --&gt;</p>"),
        ("`<b>` and \\<b>", "<p><code>&lt;b&gt;</code> and &lt;b&gt;</p>"),
        ("```html\n<p>\n```", '<pre><code class="language-html">&lt;p&gt;</code></pre>'),
        ("10~20 and 30~40, not ~~50~~", "<p>10~20 and 30~40, not <s>50</s></p>"),
    ],
)
def test_html_and_a_single_tilde_are_words_like_others(typed: str, shown: str) -> None:
    assert re.sub(r"\s*\n\s*", "", render(typed)) == shown


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("images", [False, True])
def test_no_payload_gets_through_whole_or_streamed(payload: str, images: bool) -> None:
    stream = MarkdownStream(images=images)
    seen = [render(payload, images=images)]
    for letter in payload:
        stream.feed(letter)
        seen.append("".join(stream.blocks))
    for html in seen:
        for name, attributes in tags(html):
            assert name in {
                "p",
                "a",
                "img",
                "pre",
                "code",
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
                "em",
                "strong",
                "ul",
                "li",
            }
            assert not re.search(
                r"""\son\w+\s*=(?=(?:[^"]*"[^"]*")*[^"]*$)|javascript:|vbscript:|data:""", attributes, re.IGNORECASE
            )


def test_a_picture_loads_only_where_it_is_allowed_and_only_from_https_or_here() -> None:
    assert "<img" not in render("![cat](https://x.example/cat.png)")
    assert '<a href="https://x.example/cat.png"' in render("![cat](https://x.example/cat.png)")
    assert '<img src="https://x.example/cat.png" alt="cat">' in render("![cat](https://x.example/cat.png)", images=True)
    assert '<img src="/static/cat.png"' in render("![cat](/static/cat.png)", images=True)
    for address in ("http://x.example/cat.png", "//x.example/cat.png"):
        assert "<img" not in render(f"![cat]({address})", images=True)


@pytest.mark.parametrize("size", [1, 2, 7, 40, 1000])
def test_a_stream_ends_as_the_whole_text_renders_whatever_its_pieces(size: int) -> None:
    assert streamed(TYPICAL, list(range(size, len(TYPICAL), size)))[0] == render(TYPICAL)


def test_random_texts_in_random_pieces_end_as_they_render() -> None:
    chance = random.Random(7)
    for _ in range(120):
        text = "\n\n".join(chance.choices(PIECES, k=chance.randint(1, 5))).replace(
            "\n", chance.choice(["\n", "\n", "\r\n"])
        )
        cuts = sorted(chance.sample(range(1, len(text)), k=min(len(text) - 1, chance.randint(0, 30))))
        assert streamed(text, cuts)[0] == render(text)


def test_random_marks_end_as_they_render() -> None:
    chance = random.Random(11)
    for _ in range(200):
        text = "".join(chance.choices(MARKS, k=chance.randint(1, 40)))
        if "]:" not in text:
            cuts = sorted(chance.sample(range(1, len(text)), k=min(len(text) - 1, 8))) if len(text) > 1 else []
            assert streamed(text, cuts)[0] == render(text), repr(text)


def test_a_reference_that_is_defined_in_time_is_a_link() -> None:
    text = "[shop]: https://shop.example\n\nSee [shop].\n\nAnd [shop] again.\n"
    assert streamed(text, list(range(1, len(text))))[0] == render(text)


def test_a_reference_that_is_defined_after_its_block_stays_as_typed() -> None:
    text = "See [shop].\n\nMore.\n\n[shop]: https://shop.example\n"
    assert "See [shop]." in streamed(text, list(range(1, len(text))))[0]
    assert "<a" in render(text)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("This is **bold", "<p>This is <strong>bold</strong></p>"),
        ("This is **bold*", "<p>This is <strong>bold</strong></p>"),
        ("This is **", "<p>This is</p>"),
        ("Run `make ru", "<p>Run <code>make ru</code></p>"),
        ("See [the page](https://sho", "<p>See the page</p>"),
        ("See [the pa", "<p>See the pa</p>"),
        ("A picture ![of a c", "<p>A picture</p>"),
        ("Code:\n\n```py\nx = 1\n``", '<p>Code:</p><pre><code class="language-py">x = 1</code></pre>'),
        ("| a | b |\n|--", "<table><thead><tr><th>a</th><th>b</th></tr></thead></table>"),
        ("Title or not\n-", "<p>Title or not</p>"),
        ("- one\n- ", "<ul><li>one</li></ul>"),
        ("5 * 3 is", "<p>5 * 3 is</p>"),
        ("a snake_ca", "<p>a snake_ca</p>"),
    ],
)
def test_half_written_marks_do_not_look_broken(typed: str, shown: str) -> None:
    html = streamed(typed, list(range(1, len(typed))))[1][-1]
    assert re.sub(r"\s*\n\s*", "", html) == shown


def test_no_state_of_a_typical_stream_shows_a_mark_of_emphasis_or_code() -> None:
    text = "Use **bold words** and `some code` here, or a *slanted* one.\n\n1. **First** thing\n2. `second`\n"
    for state in streamed(text, list(range(1, len(text))))[1]:
        assert not re.search(r"[*`]", state), state


def test_finished_blocks_are_not_sent_again() -> None:
    stream = MarkdownStream()
    stream.feed("one\n\ntwo\n\nthree")
    first, blocks = stream.feed(" more")
    assert (first, blocks) == (2, ["<p>three more</p>\n"])
    assert stream.feed("") == (3, [])


@pytest.mark.parametrize(
    "text",
    [
        "Sizes:\n| a | b |\n|---|---|\n| 1 |\n| 2 |\n\nWords.\n",
        "Title\n---\n- one\n- two\n\n1. one\n\n   more\n```\nx\n\ny\n```\n> q\n\n> r\n",
        "Words\n# Title\n***\n    code\n\n    code\n* a\n- b\n",
    ],
)
def test_a_stream_has_the_same_blocks_whatever_its_pieces(text: str) -> None:
    whole, letters = MarkdownStream(), MarkdownStream()
    whole.feed(text)
    for letter in text:
        letters.feed(letter)
    for stream in (whole, letters):
        stream.finish()
    assert whole.blocks == letters.blocks
    assert len(whole.blocks) > 2


def test_a_long_answer_costs_each_piece_only_its_last_block() -> None:
    stream = MarkdownStream()
    stream.feed("A paragraph of some words that is finished.\n\n" * 2000)
    started = time.process_time()
    for _ in range(50):
        stream.feed("word ")
    assert time.process_time() - started < 0.25


@pytest.mark.parametrize(
    "text",
    ["[" * 8000, "*a " * 2500, ">" * 8000, "![" * 4000, "[a](" * 4000, "|" * 4000 + "\n" + "|-" * 2000, "- " * 4000],
)
def test_hostile_nesting_is_rendered_in_a_moment(text: str) -> None:
    started = time.process_time()
    render(text)
    MarkdownStream().feed(text)
    assert time.process_time() - started < 1
