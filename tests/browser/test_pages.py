"""The pages behind the widget, as a client that is no browser gets them."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
ELSEWHERE = {"Origin": "https://elsewhere.example"}


def test_the_loader_learns_what_it_shows(client, site):
    answer = client.get("/api/v1/sites/demo", headers={"Origin": "https://shop.example"})
    assert answer.json() == {"key": "demo", "name": "Demo Shop", "colour": "#4f46e5"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Vary"] == "Origin"


def test_a_foreign_page_is_told_its_origin_and_where_to_allow_it(client, site):
    answer = client.get("/api/v1/sites/demo", headers=ELSEWHERE)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert "https://elsewhere.example" in answer.json()["message"]
    assert reverse("admin:people_site_change", args=[site.pk]) in answer.json()["message"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"  # or its script could not read the reason
    assert answer.headers["Cache-Control"] == "no-store"


def test_our_own_pages_are_always_allowed(client, site):
    assert client.get("/api/v1/sites/demo", headers={"Origin": "http://testserver"}).status_code == 200


def test_an_unknown_key_is_named(client):
    answer = client.get("/api/v1/sites/nowhere", headers=ELSEWHERE)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_site")
    assert "nowhere" in answer.json()["message"]
    assert client.get("/widget/nowhere/").status_code == 404


def test_the_frame_may_be_framed_by_the_allowed_pages_only_and_runs_no_inline_script(client, site):
    answer = client.get("/widget/demo/")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://shop.example" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self' ws://testserver;" in policy
    assert "X-Frame-Options" not in answer.headers
    assert "<script>" not in answer.text
    assert "style=" not in answer.text


def test_any_page_may_frame_a_site_that_allows_all(client, site):
    site.allowed_origins = "*"
    site.save()
    assert client.get("/widget/demo/").headers["Content-Security-Policy"].endswith("frame-ancestors *")


def test_an_origin_cannot_add_to_the_policy(client, site):
    site.allowed_origins = "https://a.example;script-src https://b.example,x"
    site.save()
    policy = client.get("/widget/demo/").headers["Content-Security-Policy"]
    assert policy.count("script-src") == 1
    assert "a.example" not in policy


def test_what_an_administrator_writes_is_shown_as_text(client, site):
    site.name, site.greeting = "<b>Shop</b>", "<script>alert(1)</script>"
    site.save()
    page = client.get("/widget/demo/").text
    assert "<b>Shop" not in page
    assert "<script>alert" not in page


def test_the_loader_is_cached_and_asked_for_by_its_etag(client):
    first = client.get("/widget.js")
    assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "max-age" in first.headers["Cache-Control"]
    again = client.get("/widget.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_demo_page_holds_the_widget_line_and_leads_to_the_help_pages(client, site):
    page = client.get("/").text
    assert 'data-site="demo" async' in page
    assert reverse("memory:index", args=["demo"]) in page
    assert reverse("admin:index") in page


def test_without_the_demo_site_the_page_says_what_to_run(client):
    answer = client.get("/")
    assert answer.status_code == 404
    assert "manage.py seed_demo" in answer.text


def test_only_reading_is_possible(client, site):
    for address in ("/", "/widget.js", "/widget/demo/", "/api/v1/sites/demo"):
        assert client.post(address).status_code == 405
