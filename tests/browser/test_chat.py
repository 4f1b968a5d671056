"""Asking and being answered, through the page that a visitor sees."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SLOW = {"time_to_first_token": 0.3, "tokens_per_second": 25.0}
LONG = "One two three four five six seven eight nine ten. " * 8


def messages(live_stack, text):
    """How many messages with that text are stored."""
    return live_stack.rows("SELECT count(*) FROM conversations_message WHERE text = %s", text)[0][0]


def test_a_question_is_answered_word_by_word_and_the_answer_can_be_rated(live_stack, chat):
    live_stack.simulator.set(reply=LONG + "**The end.**", **SLOW)
    chat.say("When do you open?")
    partial = chat.at(".row.theirs .bubble[aria-busy=true]")
    expect(partial).to_contain_text("One two")
    assert "The end" not in partial.inner_text()
    expect(chat.answers.locator("strong")).to_have_text("The end.")
    chat.at("[aria-label='Good answer']").click()
    expect(chat.at("[aria-label='Good answer']")).to_have_attribute("aria-pressed", "true")
    assert live_stack.wait_for_row("SELECT value FROM conversations_rating ORDER BY id DESC LIMIT 1") == (1,)
    assert chat.errors == []


def test_a_reload_in_the_middle_of_an_answer_loses_nothing(live_stack, chat):
    live_stack.simulator.set(reply=LONG + "Finished.", **SLOW)
    chat.say("Tell me everything.")
    expect(chat.at(".row.theirs .bubble[aria-busy=true]")).to_contain_text("One two")
    chat.reload()
    expect(chat.mine).to_have_text(["Tell me everything."])
    expect(chat.answers).to_have_count(1)
    expect(chat.answers).to_contain_text("Finished.")


def test_what_is_typed_before_the_chat_is_loaded_stays_in_the_box(live_stack, visitor_context):
    page, held = visitor_context().new_page(), []
    page.route("**/composer*.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright writes on it
    chat = ChatPage(page, live_stack.web[0].url)
    page.goto(chat.url)
    chat.launcher.click()
    chat.box.fill("I type quickly")
    held[0].continue_()
    expect(chat.status).to_contain_text("online")
    expect(chat.box).to_have_value("I type quickly")
    chat.box.press("Enter")
    expect(chat.answers).to_have_count(1)


def test_two_tabs_show_the_same_conversation(live_stack, chat):
    second = ChatPage(chat.page.context.new_page(), chat.url).open()
    chat.say("Said in the first tab")
    expect(second.mine).to_have_text(["Said in the first tab"])
    expect(second.answers).to_have_count(1)
    second.say("Said in the second tab")
    expect(chat.mine).to_have_text(["Said in the first tab", "Said in the second tab"])
    expect(chat.answers).to_have_count(2)


def test_what_is_written_offline_is_sent_once_the_network_is_back(live_stack, chat):
    chat.page.context.set_offline(True)
    expect(chat.at("#offline")).to_be_visible()
    chat.say("Written in a tunnel")
    expect(chat.at(".row.mine .status")).to_have_text("Sending…")
    chat.page.context.set_offline(False)
    expect(chat.answers).to_have_count(1)
    expect(chat.mine).to_have_count(1)
    assert messages(live_stack, "Written in a tunnel") == 1


def test_what_was_not_yet_sent_survives_a_reload(live_stack, chat):
    chat.page.context.set_offline(True)
    expect(chat.at("#offline")).to_be_visible()
    chat.say("Then the browser was closed")
    expect(chat.mine).to_have_count(1)
    chat.page.context.set_offline(False)
    chat.reload()
    expect(chat.answers).to_have_count(1)
    assert messages(live_stack, "Then the browser was closed") == 1


def test_a_double_click_sends_once(live_stack, chat):
    chat.box.fill("Only once, please")
    chat.at("#send").dblclick()
    expect(chat.answers).to_have_count(1)
    expect(chat.mine).to_have_count(1)
    assert messages(live_stack, "Only once, please") == 1


def test_markup_is_shown_as_text_when_a_visitor_or_a_model_writes_it(live_stack, chat):
    evil = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    live_stack.simulator.set(reply=f"Look: {evil}")
    chat.say(evil)
    expect(chat.answers).to_contain_text("onerror")
    expect(chat.mine).to_have_text(evil)
    assert chat.at(".log img, .log script").count() == 0
    assert "hacked" not in chat.page.title()


def test_a_text_over_the_limit_stays_in_the_box_and_says_by_how_much(chat):
    chat.box.fill("x" * 8003)
    expect(chat.at("#counter")).to_have_text("3 characters too many")
    expect(chat.at("#send")).to_be_disabled()
    chat.box.press("Enter")
    expect(chat.box).to_have_value("x" * 8003)
    expect(chat.mine).to_have_count(0)


def test_shift_enter_makes_a_line_and_enter_sends(chat):
    chat.box.fill("First line")
    chat.box.press("Shift+Enter")
    chat.box.press_sequentially("second line")
    chat.box.press("Enter")
    expect(chat.mine).to_have_text("First line\nsecond line")


def test_a_question_that_failed_can_be_asked_again(live_stack, chat):
    live_stack.simulator.fault("status", status=400, share=1.0)
    chat.say("Will this work?")
    expect(chat.at(".failed")).to_be_visible()
    live_stack.simulator.reset()
    chat.at(".failed").get_by_role("button", name="Ask again").dblclick()
    expect(chat.answers).to_have_count(1)
    expect(chat.at(".failed")).to_have_count(0)
    expect(chat.mine).to_have_text(["Will this work?"])
    assert messages(live_stack, "Will this work?") == 1


def test_a_conversation_is_handed_to_a_person(live_stack, chat):
    chat.say("I want to complain")
    expect(chat.answers).to_have_count(1)
    chat.at("#menu-button").click()
    chat.at("#menu-person").click()
    expect(chat.at("#person")).to_contain_text("waiting for a person")
    expect(chat.status).to_have_text("Waiting for a person")
    chat.say("Is anybody there?")
    expect(chat.at(".row.mine .status").last).to_have_text("Received")
    assert live_stack.rows("SELECT count(*) FROM conversations_escalation WHERE closed_at IS NULL")[0][0] >= 1


def test_messages_that_are_refused_go_back_into_the_box_in_their_order(live_stack, visitor_context):
    def meddle(socket):
        def refuse_messages(text):
            frame = json.loads(text)
            if frame["type"] != "message":
                return server.send(text)
            error = {"type": "error", "code": "too_many", "message": "Please wait 5 seconds.", "ref": frame["id"]}
            refused.append(json.dumps(error))
            return [socket.send(error) for error in refused] if len(refused) == 2 else None

        refused = []

        server = socket.connect_to_server()
        socket.on_message(refuse_messages)

    page = visitor_context().new_page()
    page.route_web_socket("**/ws/v1/", meddle)
    chat = ChatPage(page, live_stack.web[0].url).open()
    chat.say("Too soon")
    expect(chat.mine).to_have_text(["Too soon"])
    chat.say("Again too soon")
    expect(chat.at(".toast")).to_contain_text("Please wait 5 seconds.")
    expect(chat.box).to_have_value("Too soon\nAgain too soon")
    expect(chat.mine).to_have_count(0)


def test_a_problem_report_is_kept_with_the_conversation(live_stack, chat):
    chat.say("Where is my parcel?")
    expect(chat.answers).to_have_count(1)
    chat.at("#menu-button").click()
    chat.at("#menu-report").click()
    chat.at("#report-form [type=submit]").click()
    expect(chat.at("#report-error")).to_contain_text("Write a few words")
    chat.at("#report-text").fill("It made that up.")
    chat.at("#report-form [type=submit]").click()
    expect(chat.at(".toast")).to_contain_text("Thank you")
    assert live_stack.rows("SELECT text FROM conversations_problemreport ORDER BY id DESC LIMIT 1") == [
        ("It made that up.",)
    ]


def test_a_new_conversation_starts_empty_and_the_other_tab_follows(live_stack, chat):
    other = ChatPage(chat.page.context.new_page(), chat.url).open()
    chat.say("The old question")
    expect(other.answers).to_have_count(1)
    expect(chat.at("#solved")).to_contain_text("Did this solve it?")
    chat.at("#solved").get_by_role("button", name="Yes").click()
    expect(chat.at("#solved")).to_contain_text("Good to hear!")
    chat.at("#solved").get_by_role("button", name="New conversation").click()
    expect(chat.mine).to_have_count(0)
    expect(other.mine).to_have_count(0)
    chat.say("The new question")
    expect(other.mine).to_have_text(["The new question"])


def test_a_question_over_the_limit_stays_in_the_box_with_the_reason(live_stack, chat):
    live_stack.simulator.set(reply=LONG, **SLOW)
    chat.say("The first question")
    theirs = "SELECT contact_id FROM conversations_conversation WHERE title = 'The first question'"
    live_stack.wait_for_row(theirs)
    [(tier,)] = live_stack.rows(
        "INSERT INTO people_audiencetier (key, name, messages_per_minute, turns_at_once, head_start_seconds)"
        " VALUES ('strict', 'Strict', 1000, 1, 0) RETURNING id"
    )
    live_stack.rows(f"UPDATE people_contact SET audience_id = %s WHERE id IN ({theirs})", tier)
    chat.say("The second question")
    expect(chat.at(".toast")).to_contain_text("Please wait for an answer")
    expect(chat.box).to_have_value("The second question")
    expect(chat.mine).to_have_text(["The first question"])
    expect(chat.answers).to_have_count(1)
    chat.box.press("Enter")
    expect(chat.answers).to_have_count(2)
    live_stack.rows("UPDATE people_audiencetier SET tokens_per_day = 1 WHERE id = %s", tier)
    chat.say("The third question")
    expect(chat.at(".toast")).to_contain_text("tomorrow at 00:00 UTC")
    chat.reload()
    expect(chat.box).to_have_value("The third question")
    expect(chat.mine).to_have_count(2)
