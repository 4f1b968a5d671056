"""A real Chromium on the real platform. Tests here are synchronous: Playwright's loop would be in the way of others."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chat_page import ChatPage
from tests.seed import PASSWORD
from tests.stack import Stack

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NOT_NEEDED = (
    # Each context would have two more processes: one in reserve, one for the menu of an address bar that nobody sees.
    "SpareRendererForSitePerProcess", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "OmniboxPopupWebUI",
    # What Playwright switches off, which this list replaces: some of it would ask servers of others.
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch",
)  # fmt: skip
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", f"--disable-features={','.join(NOT_NEEDED)}",
]  # fmt: skip


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For this folder only, so that its event loop is gone before asynchronous tests run."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers of new visitors: `visitor_context(viewport=…)`. Closed after the test.

    They ask for little motion unless a test says otherwise: painting it costs, and no test here is about it.
    """
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        made.append(browser.new_context(**{"reduced_motion": "reduce", **options}))  # type: ignore[arg-type]
        made[-1].set_default_timeout(20_000)
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def chat(live_stack: Stack, visitor_context: Callable[..., BrowserContext]) -> ChatPage:
    """The demo page of the running platform with the chat open."""
    return ChatPage(visitor_context().new_page(), live_stack.web[0].url).open()


def sign_in(page: Page, user: str) -> Page:
    """The admin as this member of the staff sees it."""
    page.goto("/admin/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator("#parley-home")).to_be_visible()
    return page
