"""Stopping an answer, and asking again."""

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.test_chat import LONG, SLOW

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def stop(chat: ChatPage) -> None:
    expect(chat.at(".row.theirs .bubble[aria-busy=true]")).to_contain_text("One two")
    chat.at("#composer").get_by_role("button", name="Stop").click()
    expect(chat.at(".stopped")).to_be_visible()


def ask_again(chat: ChatPage) -> None:
    chat.at(".row.theirs").get_by_role("button", name="Ask again").dblclick()


def test_a_stopped_answer_keeps_its_part_in_every_tab_and_after_a_reload_and_can_be_asked_again(live_stack, chat):
    live_stack.simulator.set(reply=LONG * 3 + "The end.", **SLOW)
    second = ChatPage(chat.page.context.new_page(), chat.url).open()
    chat.say("Tell me everything.")
    expect(chat.at("#send")).to_be_hidden()
    chat.box.fill("My next question")
    expect(chat.at("#send")).to_be_visible()
    chat.box.fill("")
    stop(chat)
    expect(chat.at("#send")).to_be_visible()
    part = chat.at(".row.theirs .bubble").inner_text()
    assert part.startswith("One two")
    assert "The end" not in part
    for tab in (second, chat.reload()):
        expect(tab.at(".row.theirs .bubble")).to_have_text(part)
        expect(tab.at(".stopped")).to_be_visible()
    live_stack.simulator.set(reply="Short this time.", tokens_per_second=None)
    ask_again(second)
    for tab in (second, chat):
        expect(tab.answers).to_have_text(["Short this time."])
        expect(tab.at(".stopped")).to_have_count(0)
        expect(tab.mine).to_have_count(1)
    assert chat.errors == []


def test_a_question_can_be_stopped_before_there_is_an_answer_and_without_websockets(live_stack, visitor_context):
    live_stack.simulator.set(time_to_first_token=30.0)
    page = visitor_context().new_page()
    page.route_web_socket("**/ws/v1/", lambda socket: socket.close(code=1011))
    chat = ChatPage(page, live_stack.web[0].url).open()
    chat.say("Are you there?")
    chat.at("#composer").get_by_role("button", name="Stop").click()
    expect(chat.at(".cancelled")).to_contain_text("Stopped")
    live_stack.simulator.reset()
    chat.at(".cancelled").get_by_role("button", name="Ask again").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.mine).to_have_count(1)
    ask_again(chat)
    expect(chat.answers).to_have_count(1)
    assert live_stack.wait_for_row(
        "SELECT count(*) FROM conversations_turn t JOIN conversations_message m ON m.id = t.message_id "
        "WHERE m.text = 'Are you there?' AND t.state <> 'running' HAVING count(*) = 3"
    )


def test_a_double_click_on_send_does_not_stop_the_answer(live_stack, chat):
    live_stack.simulator.set(reply=LONG, time_to_first_token=0.0, tokens_per_second=200.0)
    chat.box.fill("Quickly")
    chat.at("#send").click(click_count=3, delay=20)
    expect(chat.answers).to_contain_text("ten.")
    expect(chat.at(".stopped")).to_have_count(0)
