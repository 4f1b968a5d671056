"""What the widget shows of what is remembered: to see, correct, forget, switch off."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
ROWS = "#memories-list li"


@pytest.fixture
def soon(live_stack):
    """Conversations are looked at at once, and not when nothing was said for a minute."""
    live_stack.rows("INSERT INTO memory_memorypolicy (enabled, anonymous, use_model, most_memories, most_tokens, "
                    "idle_seconds) VALUES (true, true, false, 15, 500, 0) RETURNING id")  # fmt: skip


def open_panel(chat: ChatPage) -> None:
    chat.at("#menu-button").click()
    chat.at("#menu-memories").click()
    expect(chat.at("#memories:not([aria-busy])")).to_be_visible()


def panel_with(chat: ChatPage, count: int) -> None:
    """The panel asks when it is opened: it is opened until so many memories are there."""
    for _ in range(20):
        open_panel(chat)
        try:
            expect(chat.at(ROWS)).to_have_count(count, timeout=1000)
        except AssertionError:
            chat.at("#memories-close").click()
        else:
            return
    pytest.fail(f"{count} memories were not shown")


def asked_with(simulator, words: str) -> str:
    """The newest request to a model in which these words are; it may still be on its way."""
    for _ in range(50):
        bodies = [str(request["body"]) for request in simulator.stats()["recent"]]
        if found := [body for body in bodies if words in body]:
            return found[-1]
        time.sleep(0.2)
    pytest.fail(f"No model was asked “{words}”")


def test_a_visitor_sees_corrects_and_forgets_what_is_remembered(live_stack, soon, chat):
    chat.say("My name is Ada and I am allergic to peanuts.")
    expect(chat.answers).to_have_count(1)
    panel_with(chat, 2)
    name = chat.at(ROWS).filter(has_text="Ada")
    name.get_by_role("button", name="Correct").click()
    chat.at("#memories-list textarea").fill("The user's name is Ada Lovelace.")
    chat.at("#memories-list").get_by_role("button", name="Save").click()
    expect(chat.at("#memories-list")).to_contain_text("Ada Lovelace")
    chat.at(ROWS).filter(has_text="peanuts").get_by_role("button", name="Forget").click()
    expect(chat.at(ROWS)).to_have_count(1)

    chat.at("#memories-close").click()
    chat.at("#menu-button").click()
    chat.at("#menu-new").click()
    chat.say("Who am I?")
    expect(chat.answers).to_have_count(1)
    asked = asked_with(live_stack.simulator, "Who am I?")
    assert "Ada Lovelace" in asked
    assert "peanuts" not in asked

    open_panel(chat)
    chat.at("#memories-forget").click()
    expect(chat.at("#memories-forget")).to_have_text("Really forget everything?")
    chat.at("#memories-forget").click()
    expect(chat.at(ROWS)).to_have_count(0)
    chat.at("#memories-enabled").uncheck()
    expect(chat.at("#memories-empty")).to_contain_text("Switched off")
    assert chat.errors == []
