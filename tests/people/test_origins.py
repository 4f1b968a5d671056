"""Origins: who may embed, and what an administrator may write."""

import pytest
from django.core.exceptions import ValidationError

from people.addresses import client_address
from people.models import Site
from people.origins import normal_origin, origin_allowed

OWN = "https://chat.example"


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Shop.example", "https://shop.example"),
        ("https://shop.example:443/", "https://shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:80", "http://[::1]"),
        ("shop.example", None),
        ("ftp://shop.example", None),
        ("https://shop.example/path", None),
        ("https://shop.example:99999", None),
        ("null", None),
        ("", None),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(text, origin):
    assert normal_origin(text) == origin


@pytest.mark.parametrize(
    ("origin", "allowed", "may"),
    [
        ("", [], True),
        ("https://chat.example", [], True),
        ("https://shop.example", [], False),
        ("https://shop.example", ["https://shop.example"], True),
        ("https://shop.example.evil", ["https://shop.example"], False),
        ("http://shop.example", ["https://shop.example"], False),
        ("https://anything.example", ["*"], True),
        ("null", ["*"], False),
        ("null", ["not an origin"], False),
    ],
)
def test_only_our_own_and_listed_origins_may_talk(origin, allowed, may):
    assert origin_allowed(origin, own=OWN, allowed=allowed) is may


def test_a_line_that_is_no_origin_is_named():
    with pytest.raises(ValidationError, match=r"shop\.example"):
        Site(key="x", name="X", allowed_origins="https://good.example\nshop.example").clean()


def test_a_fifth_suggestion_is_refused():
    with pytest.raises(ValidationError, match="Four"):
        Site(key="x", name="X", suggestions="1\n2\n\n3\n4\n5").clean()


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 7.7.7.7", "7.7.7.7"),
        (2, "6.6.6.6, 7.7.7.7", "6.6.6.6"),
        (2, "7.7.7.7", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_a_forwarded_address_counts_only_from_our_own_proxies(settings, trusted, forwarded, address):
    settings.TRUSTED_PROXIES = trusted
    assert client_address("10.0.0.1", forwarded) == address
