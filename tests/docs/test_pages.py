"""What the pages for people name exists."""

import re
from pathlib import Path

import pytest

from tests.plugin import REPOSITORY

PAGES = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
MAKE = re.compile(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)")
MANAGE = re.compile(r"manage\.py ([a-z_]+)")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))


def code(page: Path) -> str:
    """The page with its code blocks as inline code, so that commands are found in both."""
    return re.sub(r"```\w*\n(.*?)```", lambda block: re.sub(r"(?m)^", "`", block[1]), page.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_it_is_there_and_not_empty(name):
    assert (REPOSITORY / name).read_text().strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_a_page_names_exists(page):
    assert set(MAKE.findall(code(page))) <= targets()


def test_the_readme_names_the_two_commands():
    assert {"run", "test"} <= set(MAKE.findall(code(REPOSITORY / "README.md")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_management_command_that_a_page_names_exists(page):
    from django.core.management import get_commands

    assert set(MANAGE.findall(page.read_text())) <= set(get_commands())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_repository_leads_somewhere(page):
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in links if not (page.parent / link).exists()] == []
