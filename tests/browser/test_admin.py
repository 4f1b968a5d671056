"""An agent at the desk, in a real browser, with the visitor in another."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.seed import AGENT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def desk(live_stack, visitor_context) -> Page:
    """The admin as Max, an agent, sees it."""
    return sign_in(visitor_context(base_url=live_stack.web[0].url).new_page(), AGENT)


def ask_for_a_person(chat, question: str) -> None:
    chat.say(question)
    expect(chat.answers).to_have_count(1)
    chat.at("#menu-button").click()
    chat.at("#menu-person").click()
    expect(chat.status).to_have_text("Waiting for a person")


def claim(desk: Page, question: str) -> None:
    desk.goto("/admin/conversations/escalation/")
    desk.locator("tr", has_text=question).get_by_role("button", name="Claim").click()
    expect(desk.locator(".parley-answering")).to_have_text("You answer")


def test_an_agent_and_a_visitor_talk_without_reloading(live_stack, chat, desk):
    ask_for_a_person(chat, "Desk: my lamp flickers")
    claim(desk, "Desk: my lamp flickers")
    box = desk.get_by_label("Your answer")
    box.fill("I look into it, **one moment**.")
    box.press("Control+Enter")
    expect(chat.at(".row.agent strong")).to_have_text("one moment")
    expect(chat.at(".row.agent .author")).to_have_text("Max")
    expect(box).to_have_value("")
    chat.say("Thank you <b>Max</b>")
    expect(desk.locator(".parley-message.contact").last).to_contain_text("Thank you <b>Max</b>")
    desk.get_by_role("button", name="Hand back to the bot").click()
    expect(desk.locator(".parley-answering")).to_have_text("The bot answers")
    expect(box).to_be_hidden()
    expect(chat.status).to_contain_text("online")


def test_a_reply_that_cannot_be_sent_stays_in_the_box(live_stack, chat, desk):
    ask_for_a_person(chat, "Desk: a long story")
    claim(desk, "Desk: a long story")
    box, error = desk.get_by_label("Your answer"), desk.locator("#parley-reply [role=alert]")
    box.fill("x" * 8001)
    desk.get_by_role("button", name="Send").click()
    expect(error).to_contain_text("At most 8000 characters")
    assert len(box.input_value()) == 8001
    box.fill("half a draft")
    desk.context.set_offline(True)
    desk.get_by_role("button", name="Send").click()
    expect(error).to_contain_text("Your text is kept")
    expect(box).to_have_value("half a draft")
    desk.context.set_offline(False)
    desk.get_by_role("button", name="Send").click()
    expect(chat.at(".row.agent .bubble")).to_have_text("half a draft")


def test_the_inbox_shows_a_new_escalation_by_itself(live_stack, chat, desk):
    desk.goto("/admin/conversations/escalation/")
    ask_for_a_person(chat, "Desk: is anybody awake?")
    expect(desk.locator("tr", has_text="Desk: is anybody awake?")).to_be_visible()
