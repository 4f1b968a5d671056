"""The widget as a test sees it: the page around it, and the chat in its frame."""

from typing import Self

from playwright.sync_api import FrameLocator, Locator, Page, expect

expect.set_options(timeout=20_000)


class ChatPage:
    """The demo page, or another one at `url`, in one tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))

    def open(self) -> Self:
        """Load the page and open the chat."""
        self.page.goto(self.url)
        self.launcher.click()
        expect(self.status).to_contain_text("online")
        return self

    def reload(self) -> Self:
        """The tab remembers that the chat was open."""
        self.page.reload()
        expect(self.status).to_contain_text("online")
        return self

    @property
    def launcher(self) -> Locator:
        return self.page.locator("parley-widget button")

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("parley-widget iframe")

    def at(self, selector: str) -> Locator:
        """What matches inside the chat."""
        return self.frame.locator(selector)

    @property
    def status(self) -> Locator:
        return self.at("#status")

    @property
    def box(self) -> Locator:
        return self.at("#text")

    @property
    def mine(self) -> Locator:
        return self.at(".row.mine .bubble")

    @property
    def answers(self) -> Locator:
        """Whole answers: those that can be rated."""
        return self.at(".row.theirs:has(.thumbs) .bubble")

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")
