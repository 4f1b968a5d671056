"""When websockets, or streams too, do not come through."""

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SPOIL_TOKEN = """() => {
  const name = Object.keys(localStorage).find((key) => key.endsWith(":session"));
  localStorage[name] = JSON.stringify({ ...JSON.parse(localStorage[name]), token: "stale" });
}"""


def asked_and_answered(chat: ChatPage) -> None:
    chat.say("Do you get this?")
    expect(chat.answers).to_have_count(1)
    expect(chat.mine).to_have_count(1)


def test_without_websockets_it_streams(live_stack, visitor_context):
    page = visitor_context().new_page()
    page.route_web_socket("**/ws/v1/", lambda socket: socket.close(code=1011))
    with page.expect_request("**/stream*"):
        chat = ChatPage(page, live_stack.web[0].url).open()
    asked_and_answered(chat)


def test_without_streams_it_polls(live_stack, visitor_context):
    page = visitor_context().new_page()
    page.route_web_socket("**/ws/v1/", lambda socket: socket.close(code=1011))
    page.route("**/stream*", lambda route: route.abort())
    with page.expect_request("**/events*"):
        chat = ChatPage(page, live_stack.web[0].url).open()
    asked_and_answered(chat)


def test_an_ended_session_is_renewed_and_the_typed_text_stays(live_stack, chat):
    chat.box.fill("Half a sentence")
    chat.page.frames[1].evaluate(SPOIL_TOKEN)
    chat.reload()
    expect(chat.box).to_have_value("Half a sentence")
    chat.box.press("Enter")
    expect(chat.answers).to_have_count(1)


def test_it_comes_back_after_the_server_was_away(live_stack, chat):
    web = live_stack.web[0]
    web.kill()
    expect(chat.at("#offline")).to_have_text("Reconnecting…")
    chat.say("Sent while nobody was there")
    live_stack.require_ready()
    expect(chat.answers).to_have_count(1)
    expect(chat.at("#offline")).to_be_hidden()
    expect(chat.mine).to_have_count(1)
