"""An administrator makes a rule by clicking, tries it, and moves it, in a real browser."""

import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.plugin import REPOSITORY

OLGA = """
from django.contrib.auth.models import User
from routing.models import RoutingRule
user, made = User.objects.get_or_create(username="olga-of-the-rules", defaults={"is_staff": True, "is_superuser": True})
user.set_password("a password of the rules")
user.save()
RoutingRule.objects.all().delete()
say = {"kind": "text", "text": "Lamps are in the shop."}
lamps = {"all": [{"kind": "words", "words": ["lamp"]}]}
RoutingRule.objects.create(name="Lamps", position=1, enabled=False, condition=lamps, action=say)
"""
EMPTY = "from routing.models import RoutingRule; RoutingRule.objects.all().delete()"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def rules(live_stack, visitor_context):
    """The admin as an administrator sees it; the rules are gone afterwards."""

    def run(code: str) -> None:
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        subprocess.run(command, env=live_stack.environment(), cwd=REPOSITORY, check=True)

    run(OLGA)
    page = visitor_context(base_url=live_stack.web[0].url).new_page()
    page.goto("/admin/")
    page.fill("[name=username]", "olga-of-the-rules")
    page.fill("[name=password]", "a password of the rules")
    page.press("[name=password]", "Enter")
    expect(page.locator("#parley-home")).to_be_visible()
    yield page
    run(EMPTY)


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
