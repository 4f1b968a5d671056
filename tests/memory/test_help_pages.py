"""The public help pages show what is published, safely."""

import pytest
from django.test import Client

from memory.models import Article
from people.models import Site

pytestmark = pytest.mark.django_db


def make(site: Site, **fields) -> Article:
    return Article.objects.create(site=site, **{"title": "Returns", "body": "Within **30 days**.", **fields})


def test_an_article_has_a_page_of_its_own(site: Site, client: Client) -> None:
    page = client.get(make(site).get_absolute_url())
    assert page.status_code == 200
    text = page.content.decode()
    assert "<title>Returns · Demo Shop</title>" in text
    assert "<strong>30 days</strong>" in text


def test_the_list_names_every_published_article(site: Site, client: Client) -> None:
    make(site)
    make(site, title="Draft", published=False)
    make(site, title="Elsewhere", url="https://x.example/elsewhere")
    text = client.get("/help/demo/").content.decode()
    assert '<a href="/help/demo/returns/">Returns</a>' in text
    assert '<a href="https://x.example/elsewhere">Elsewhere</a>' in text
    assert "Draft" not in text


def test_a_site_without_articles_says_so(site: Site, client: Client) -> None:
    assert "no help articles yet" in client.get("/help/demo/").content.decode()


@pytest.mark.parametrize(
    "address",
    ["/help/demo/missing/", "/help/demo/draft/", "/help/nobody/", "/help/nobody/returns/", "/help/other/returns/"],
)
def test_what_is_not_there_or_not_published_is_not_found(
    site: Site, other_site: Site, client: Client, address: str
) -> None:
    make(site)
    make(site, title="Draft", published=False)
    assert client.get(address).status_code == 404


def test_an_article_elsewhere_sends_its_readers_there(site: Site, client: Client) -> None:
    make(site, url="https://x.example/returns")
    page = client.get("/help/demo/returns/")
    assert (page.status_code, page["Location"]) == (302, "https://x.example/returns")


def test_html_in_an_article_stays_text(site: Site, client: Client) -> None:
    make(site, title="<b>T</b>", slug="t", body="<script>alert(1)</script>")
    text = client.get("/help/demo/t/").content.decode()
    assert "<script>" not in text
    assert "<b>T</b>" not in text


def test_help_pages_only_answer_to_reading(site: Site, client: Client) -> None:
    make(site)
    assert client.post("/help/demo/returns/").status_code == 405


def test_the_list_takes_the_same_queries_for_many_articles(
    site: Site, client: Client, django_assert_max_num_queries
) -> None:
    for number in range(30):
        make(site, title=f"Number {number}")
    with django_assert_max_num_queries(2):
        client.get("/help/demo/")
