"""Phones, dark mode, keyboards: what the page looks like, as far as a test can say."""

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_on_a_phone_it_fills_the_screen_and_can_be_closed(live_stack, visitor_context):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    chat = ChatPage(visitor_context(**phone).new_page(), live_stack.web[0].url).open()
    box = chat.page.locator("parley-widget iframe").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    expect(chat.launcher).to_be_hidden()
    chat.say("Does it fit?")
    expect(chat.answers).to_have_count(1)
    assert chat.at("#scroll").evaluate("it => it.scrollWidth <= it.clientWidth")
    chat.at("#close").click()
    expect(chat.launcher).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_shop_does_not_scroll_sideways(live_stack, visitor_context, width):
    page = visitor_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(live_stack.web[0].url)
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [390, 1280])
def test_a_source_with_a_long_title_ends_with_its_bubble(live_stack, visitor_context, width):
    chat = ChatPage(visitor_context(viewport={"width": width, "height": 800}).new_page(), live_stack.web[0].url).open()
    chat.say("Where does it say so?")
    expect(chat.answers).to_have_count(1)
    chat.at(".row.theirs .foot").last.evaluate(ADD_SOURCE, "Delivery times by country " * 8)
    row, source = chat.at(".row.theirs").last.bounding_box(), chat.at(".source").bounding_box()
    assert source["x"] + source["width"] <= row["x"] + row["width"] + 0.5
    assert chat.at("#scroll").evaluate("it => it.scrollWidth <= it.clientWidth")


ADD_SOURCE = """(foot, title) => {
  const [sources, source] = [document.createElement("div"), document.createElement("a")];
  [sources.className, source.className, source.textContent] = ["sources", "source", title];
  sources.append(source);
  foot.prepend(sources);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground(live_stack, visitor_context, scheme):
    """Contrast of at least 4.5 (WCAG 2.2, AA), measured on the computed colours."""
    chat = ChatPage(visitor_context(color_scheme=scheme).new_page(), live_stack.web[0].url).open()
    chat.say("Can you read this?")
    expect(chat.answers).to_have_count(1)
    for selector in (".greeting", ".mine .bubble", ".theirs .bubble", "#solved p", "#solved .chip", "#status"):
        contrast = chat.at(selector).first.evaluate(CONTRAST)
        assert contrast >= 4.5, (scheme, selector, contrast)


CONTRAST = """(element) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const grounds = [];
  for (let at = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
  const light = (rgb) => rgb
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0.05);
  const [ground, text] = [light(paint(grounds)), light(paint([...grounds, getComputedStyle(element).color]))];
  return Math.max(ground, text) / Math.min(ground, text);
}"""


def test_a_reader_who_scrolled_up_is_not_pulled_down(live_stack, chat):
    live_stack.simulator.set(reply="\n\n".join(f"Paragraph {number}" for number in range(60)), tokens_per_second=30.0)
    chat.say("A long story, please")
    expect(chat.at(".row.theirs .bubble[aria-busy=true]")).to_contain_text("Paragraph 12")
    chat.at("#scroll").evaluate("it => it.scrollTop = 0")  # words may come before the event that tells of it
    expect(chat.at("#pill")).to_be_visible()
    assert chat.at("#scroll").evaluate("it => it.scrollTop") == 0
    chat.at("#pill").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.at("#pill")).to_be_hidden()


def test_the_menu_works_by_keyboard(chat):
    chat.at("#menu-button").focus()
    chat.page.keyboard.press("ArrowDown")
    expect(chat.at("#menu-person")).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    expect(chat.at("#menu-memories")).to_be_focused()  # there is nothing to report yet
    chat.page.keyboard.press("ArrowDown")
    expect(chat.at("#menu-new")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.at("#menu-button")).to_be_focused()
    expect(chat.at("#menu")).to_be_hidden()
