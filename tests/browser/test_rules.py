"""An administrator makes a rule by clicking, tries it, and moves it, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.seed import ADMINISTRATOR

LAMPS = """
INSERT INTO routing_routingrule (name, position, enabled, condition, action, note) VALUES
('Lamps', 1, false, '{"all": [{"kind": "words", "words": ["lamp"]}]}',
'{"kind": "text", "text": "Lamps are in the shop."}', '')
"""
EMPTY = "DELETE FROM routing_routingrule"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def rules(live_stack, visitor_context):
    """The admin as an administrator sees it; the rules are gone afterwards."""
    live_stack.rows(EMPTY)
    live_stack.rows(LAMPS)
    yield sign_in(visitor_context(base_url=live_stack.web[0].url).new_page(), ADMINISTRATOR)
    live_stack.rows(EMPTY)


def test_a_rule_is_built_by_clicking_mended_tried_and_moved(rules: Page) -> None:
    rules.goto("/admin/routing/routingrule/add/")
    rules.fill("#id_name", "Refunds")
    rules.get_by_role("button", name="Add condition").click()
    rules.get_by_label("Kind of condition").select_option("pattern")
    rules.get_by_label("Pattern", exact=True).last.fill("refund(")
    rules.get_by_label("What the rule does").select_option("text")
    rules.get_by_label("Answer", exact=True).fill("Write to us.")
    rules.get_by_role("button", name="Save", exact=True).click()
    expect(rules.locator(".rule-leaf .rule-error")).to_contain_text("A bracket ( is not closed.")
    rules.locator(".rule-leaf input[aria-invalid=true]").fill("refunds?")
    rules.fill("[name=try_text]", "Any refunds here?")
    rules.get_by_role("button", name="Try", exact=True).click()
    expect(rules.locator(".rule-verdict strong")).to_have_text("Refunds")
    rules.get_by_role("button", name="Save", exact=True).click()
    expect(rules.locator(".rule-name")).to_contain_text(["Lamps", "Refunds"])
    rules.get_by_label("Move Refunds up").click()
    expect(rules.locator("#rules-status")).to_contain_text("Saved")
    rules.reload()
    expect(rules.locator(".rule-name")).to_contain_text(["Refunds", "Lamps"])
