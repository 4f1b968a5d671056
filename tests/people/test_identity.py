"""The host site vouches for its users; nobody else can."""

import time

import jwt
import pytest

from people.identity import BadIdentity, identified_session, read_identity
from people.models import Contact
from people.sessions import BadToken, Session, read_token

pytestmark = pytest.mark.django_db


def signed(site, *, secret="", **claims):
    now = int(time.time())
    return jwt.encode({"sub": "42", "iat": now, "exp": now + 600, **claims}, secret or site.identity_secret, "HS256")


def test_a_signed_token_makes_and_updates_the_contact(site):
    session, contact = identified_session(site, signed(site, name="Alice", email="alice@shop.example"))
    assert (session.key, session.identified, contact.name) == ("id:42", True, "Alice")
    _, again = identified_session(site, signed(site, name="Alice B."))
    assert (again.pk, again.name, again.email) == (contact.pk, "Alice B.", "alice@shop.example")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1}, "expired"),
        ({"sub": ""}, "1 to 190"),
        ({"sub": "x" * 200}, "1 to 190"),
        ({"sub": "4\x002"}, "1 to 190"),
        ({"exp": int(time.time()) + 90 * 86400}, "seven days"),
        ({"iat": None}, "refused"),
    ],
)
def test_a_token_that_is_not_right_is_refused_with_the_reason(site, claims, reason):
    with pytest.raises(BadIdentity, match=reason):
        read_identity(site, signed(site, **claims))


def test_another_sites_secret_and_no_signature_vouch_for_nobody(site, other_site):
    unsigned = jwt.encode({"sub": "42", "iat": 1, "exp": 9_999_999_999}, "", "none")
    for token in (signed(site, secret=other_site.identity_secret), unsigned, "", "a.b.c"):
        with pytest.raises(BadIdentity):
            read_identity(site, token)
    assert not Contact.objects.exists()


def test_a_nonsense_address_is_left_out(site):
    assert read_identity(site, signed(site, email="not an address")).email == ""


def test_the_token_may_name_an_audience_tier_and_take_it_back(site, tiers):
    token = signed(site, audience="premium")
    assert identified_session(site, token)[1].audience == tiers["premium"]
    assert identified_session(site, signed(site))[1].audience == tiers["premium"], "a token that does not say"
    for nothing in (None, ""):
        identified_session(site, token)
        assert identified_session(site, signed(site, audience=nothing))[1].audience is None


@pytest.mark.parametrize("unknown", ["gold", "Premium", 7, ["premium"], {"key": "premium"}, "x" * 5000, "pre\x00mium"])
def test_a_tier_that_does_not_exist_is_ignored_and_logged(site, tiers, caplog, unknown):
    identified_session(site, signed(site, audience="premium"))
    _, contact = identified_session(site, signed(site, audience=unknown))
    assert contact.audience == tiers["premium"], "as it was"
    assert "names the audience tier" in caplog.text
    assert len(caplog.text) < 400


def test_only_a_signed_claim_counts(site, other_site, tiers):
    with pytest.raises(BadIdentity):
        identified_session(site, signed(site, secret=other_site.identity_secret, audience="premium"))
    assert not Contact.objects.exists()


def test_a_session_token_is_read_back_and_a_changed_one_is_not():
    session = Session(3, "anon:x", 2)
    token = session.token()
    assert read_token(token) == session
    for bad in (token[:-1], "", None, 7, "x" * 2000, token.replace(token[3], "A" if token[3] != "A" else "B", 1)):
        with pytest.raises(BadToken):
            read_token(bad)


def test_a_session_token_expires(settings):
    token = Session(3, "anon:x").token()
    settings.SESSION_DAYS = 0
    with pytest.raises(BadToken):
        read_token(token)
