"""The widget line on somebody else's page: another origin, with styles of its own."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
HOSTILE = """
    * { all: unset !important; display: block !important; }
    div, button, iframe, parley-widget { display: none !important; width: 1px !important; opacity: 0 !important; }
"""


class HostSite:
    """A small site of one page at an origin of its own."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.origin = f"http://127.0.0.1:{server.server_port}"
        self.head = ""
        self.policy = ""

    def line(self, base: str, options: str = "", key: str = "demo") -> None:
        """Put the widget line on the page."""
        self.head += f'<script src="{base}/widget.js" data-site="{key}" {options} async></script>'


@pytest.fixture
def host() -> Iterator[HostSite]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            if site.policy:
                self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(f"<!doctype html><head>{site.head}</head><body><h1>Host</h1></body>".encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = HostSite(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield site
        server.shutdown()


@pytest.fixture
def allowed(live_stack, host) -> Iterator[HostSite]:
    """The host's origin is allowed to embed the site "demo"."""
    before = live_stack.rows("SELECT allowed_origins FROM people_site WHERE key = 'demo'")[0][0]
    set_origins = "UPDATE people_site SET allowed_origins = %s WHERE key = 'demo'"
    live_stack.rows(set_origins, f"{before}\n{host.origin}")
    host.line(live_stack.web[0].url)
    yield host
    live_stack.rows(set_origins, before)


def test_it_works_on_a_page_of_another_origin_under_hostile_styles(live_stack, visitor_context, allowed):
    allowed.head += f"<style>{HOSTILE}</style>"
    chat = ChatPage(visitor_context().new_page(), allowed.origin).open()
    assert chat.launcher.evaluate("it => it.offsetWidth") == 60
    chat.say("Hello from elsewhere")
    expect(chat.answers).to_have_count(1)
    assert chat.errors == []


def test_a_page_that_is_not_allowed_is_told_what_to_do_and_shows_no_button(live_stack, visitor_context, host):
    host.line(live_stack.web[0].url)
    chat = ChatPage(visitor_context().new_page(), host.origin)
    with chat.page.expect_console_message(lambda message: "Parley" in message.text) as said:
        chat.page.goto(host.origin)
    assert f"{host.origin} may not embed the site “demo”" in said.value.text
    assert "/admin/people/site/" in said.value.text
    assert chat.page.locator("parley-widget").count() == 0


def test_an_unknown_key_and_a_missing_key_are_named_in_the_console(live_stack, visitor_context, host):
    page = visitor_context().new_page()
    host.line(live_stack.web[0].url, key="nowhere")
    with page.expect_console_message(lambda message: "no site with the key “nowhere”" in message.text):
        page.goto(host.origin)
    host.head = f'<script src="{live_stack.web[0].url}/widget.js"></script>'
    with page.expect_console_message(lambda message: "names no site" in message.text):
        page.goto(host.origin)


def test_the_frame_refuses_a_page_that_is_not_allowed(live_stack, visitor_context, host):
    host.head = f'<iframe src="{live_stack.web[0].url}/widget/demo/"></iframe>'
    page = visitor_context().new_page()
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(host.origin)


def test_it_lives_with_a_strict_policy_of_the_host(live_stack, visitor_context, allowed):
    base = live_stack.web[0].url
    allowed.policy = f"default-src 'none'; script-src {base}; connect-src {base}; frame-src {base}"
    chat = ChatPage(visitor_context().new_page(), allowed.origin).open()
    assert chat.launcher.evaluate("it => it.offsetWidth") == 60
    assert chat.errors == []


def test_the_line_can_put_it_left_and_open_it(live_stack, visitor_context, allowed):
    allowed.head = allowed.head.replace(" async", ' data-position="left" data-open async')
    chat = ChatPage(visitor_context().new_page(), allowed.origin)
    chat.page.goto(chat.url)
    expect(chat.status).to_contain_text("online")
    assert chat.launcher.bounding_box()["x"] == 20


def test_it_survives_a_page_that_replaces_its_body(live_stack, visitor_context, allowed):
    chat = ChatPage(visitor_context().new_page(), allowed.origin).open()
    chat.say("Said before the page changed")
    expect(chat.answers).to_have_count(1)
    chat.page.evaluate("document.body = document.createElement('body')")
    expect(chat.status).to_contain_text("online")
    expect(chat.mine).to_have_text(["Said before the page changed"])


def test_two_widget_lines_make_one_widget_and_one_global_name(live_stack, visitor_context, allowed):
    chat = ChatPage(visitor_context().new_page(), allowed.origin)
    line, allowed.head = allowed.head, ""
    chat.page.goto(allowed.origin)
    before = set(chat.page.evaluate("Object.keys(window)"))
    allowed.head = line * 2
    chat.open()
    assert chat.page.locator("parley-widget").count() == 1
    assert set(chat.page.evaluate("Object.keys(window)")) - before == {"Parley"}


def test_escape_closes_it_and_gives_the_focus_back(chat):
    expect(chat.box).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")
    expect(chat.box).not_to_be_visible()
    assert chat.page.evaluate("document.activeElement.localName") == "parley-widget"
    chat.page.keyboard.press("Enter")
    expect(chat.box).to_be_focused()


def test_the_page_can_open_and_close_it(live_stack, visitor_context):
    chat = ChatPage(visitor_context().new_page(), live_stack.web[0].url)
    chat.page.goto(chat.url)
    chat.page.get_by_role("button", name="Ask a question").click()
    expect(chat.box).to_be_focused()
    chat.page.evaluate("Parley.close()")
    expect(chat.box).not_to_be_visible()


def test_the_launcher_counts_answers_that_came_while_it_was_closed(live_stack, chat):
    live_stack.simulator.set(time_to_first_token=4.0)  # the chat is closed by then
    chat.say("I will read it later")
    expect(chat.mine).to_have_count(1)
    chat.at("#close").click()
    expect(chat.launcher).to_have_attribute("aria-label", "Open chat, 1 unread")
    chat.launcher.click()
    expect(chat.answers).to_be_visible()
    chat.at("#close").click()
    expect(chat.launcher).to_have_attribute("aria-label", "Open chat")


def test_a_visitor_whom_the_host_vouches_for_is_known_and_forgotten_at_sign_out(live_stack, visitor_context, allowed):
    import time

    import jwt

    (secret,) = live_stack.rows("SELECT identity_secret FROM people_site WHERE key = 'demo'")[0]
    now = int(time.time())
    token = jwt.encode({"sub": "browser-17", "name": "Ada", "iat": now, "exp": now + 600}, secret, "HS256")
    allowed.head = allowed.head.replace(" async", f' data-contact-token="{token}" async')
    chat = ChatPage(visitor_context().new_page(), allowed.origin).open()
    chat.say("My secret question")
    expect(chat.answers).to_have_count(1)
    assert live_stack.rows("SELECT name FROM people_contact WHERE key = 'id:browser-17'") == [("Ada",)]
    chat.page.evaluate("Parley.identify(null)")
    expect(chat.mine).to_have_count(0)
    allowed.head = allowed.head.replace(token, "not a token")
    with chat.page.expect_console_message(lambda message: "identity was refused" in message.text):
        chat.page.reload()
    expect(chat.mine).to_have_count(0)
