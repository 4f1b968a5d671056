"""The admin on a laptop's screen: nothing is cut off."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.seed import ADMINISTRATOR

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def laptop(live_stack, visitor_context) -> Page:
    """The admin as Olga sees it at 1280 pixels."""
    screen = {"width": 1280, "height": 800}
    return sign_in(visitor_context(base_url=live_stack.web[0].url, viewport=screen).new_page(), ADMINISTRATOR)


def test_the_queues_fit(laptop):
    laptop.goto("/admin/django_rq/dashboard/")
    expect(laptop.locator("#results_list")).to_be_visible()
    assert laptop.locator("#changelist .results").first.evaluate(BEYOND) <= 0


def test_a_provider_shows_the_names_and_sizes_of_its_models_whole(laptop):
    laptop.goto("/admin/routing/provider/")
    laptop.get_by_role("link", name="Simulated Anthropic", exact=True).click()
    name, size = laptop.locator("[name=models-0-name]"), laptop.locator("[name=models-0-size]")
    expect(name).to_have_value("claude-haiku-4-5")
    assert name.evaluate(BEYOND) <= 0
    size.select_option("small")
    assert size.evaluate(ROOM) >= 0


# Pixels of the contents that lie beyond the box.
BEYOND = "it => it.scrollWidth - it.clientWidth"
# Pixels that a select's box has left beside the words that it shows.
ROOM = """(select) => {
  const style = getComputedStyle(select), pen = new OffscreenCanvas(1, 1).getContext("2d");
  pen.font = style.font;
  const words = pen.measureText(select.selectedOptions[0].text).width;
  return select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - words;
}"""
