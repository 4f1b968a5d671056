"""Audience tiers in the admin: bad numbers are refused in words, what is needed stays, contacts are found by tier."""

import pytest
from django.test import Client

from people.models import AudienceTier, Contact
from routing.models import Model

LIST = "/admin/people/audiencetier/"
VALUES = {
    "name": "Gold",
    "key": "gold",
    "messages_per_minute": "90",
    "turns_at_once": "20",
    "tokens_per_day": "",
    "head_start_seconds": "10",
    "Model_audiences-TOTAL_FORMS": "0",
    "Model_audiences-INITIAL_FORMS": "0",
}


def page(tier: AudienceTier, action: str) -> str:
    return f"{LIST}{tier.pk}/{action}/"


def test_a_tier_can_be_added(olga: Client, tiers) -> None:
    assert olga.post(f"{LIST}add/", VALUES).status_code == 302
    gold = AudienceTier.objects.get(key="gold")
    assert (gold.messages_per_minute, gold.tokens_per_day, gold.head_start_seconds) == (90, None, 10)
    assert "no limit" in olga.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("messages_per_minute", "0", "At least 1 message a minute."),
        ("messages_per_minute", "-5", "At least 1 message a minute."),
        ("messages_per_minute", "99999999999", "At most 100,000 messages a minute."),
        ("messages_per_minute", "", "This field is required."),
        ("turns_at_once", "0", "At least 1 at once."),
        ("turns_at_once", "many", "Enter a whole number."),
        ("tokens_per_day", "0", "Empty: no limit."),
        ("tokens_per_day", "99999999999", "Empty: no limit."),
        ("head_start_seconds", "3601", "At most an hour (3,600)."),
        ("key", "two words", "Enter a valid"),
        ("key", "premium", "already exists"),
    ],
)
def test_a_value_that_cannot_work_is_refused_in_words(olga: Client, tiers, field: str, value: str, words: str) -> None:
    errors = olga.post(f"{LIST}add/", {**VALUES, field: value}).context["adminform"].errors[field]
    assert words in " ".join(errors)
    assert not AudienceTier.objects.filter(name="Gold").exists()


@pytest.mark.parametrize("key", ["anonymous", "identified"])
def test_a_built_in_tier_cannot_be_deleted_and_says_why(olga: Client, tiers, key: str) -> None:
    shown = olga.post(page(tiers[key], "delete"), {"post": "yes"}, follow=True)
    assert "always there" in shown.content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [tiers[key].pk, tiers["premium"].pk], "post": "yes"}
    assert "always there" in olga.post(LIST, chosen).content.decode()
    assert AudienceTier.objects.count() == len(tiers)


def test_the_key_of_a_built_in_tier_stays(olga: Client, tiers) -> None:
    olga.post(page(tiers["anonymous"], "change"), {**VALUES, "name": "Strangers", "key": "strangers"})
    tier = AudienceTier.objects.get(name="Strangers")
    assert (tier.key, tier.messages_per_minute) == ("anonymous", 90)


def test_a_model_is_kept_for_a_tier_on_its_own_page_or_on_the_tiers(olga: Client, tiers, model: Model) -> None:
    address = f"/admin/routing/model/{model.pk}/change/"
    shown = olga.get(address).context["adminform"].form
    values = {name: value for name, value in shown.initial.items() if value is not None}
    assert olga.post(address, {**values, "audiences": [tiers["premium"].pk]}).status_code == 302
    assert list(model.audiences.all()) == [tiers["premium"]]
    assert "small (Vendor)" in olga.get(page(tiers["premium"], "change")).content.decode()
    kept = {"Model_audiences-TOTAL_FORMS": "1", "Model_audiences-0-model": model.pk}
    assert olga.post(f"{LIST}add/", {**VALUES, **kept}).status_code == 302
    assert {tier.key for tier in model.audiences.all()} == {"premium", "gold"}


def test_a_tier_that_a_model_is_kept_for_cannot_be_deleted(olga: Client, tiers, model: Model) -> None:
    model.audiences.add(tiers["premium"])
    shown = olga.post(page(tiers["premium"], "delete"), {"post": "yes"}, follow=True).content.decode()
    assert "Premium is named by small (Vendor)" in shown
    assert AudienceTier.objects.filter(key="premium").exists()
    model.audiences.clear()
    assert olga.post(page(tiers["premium"], "delete"), {"post": "yes"}).status_code == 302


def test_the_contacts_of_a_deleted_tier_are_in_that_of_their_kind_again(olga: Client, tiers, alice: Contact) -> None:
    Contact.objects.update(audience=tiers["premium"])
    assert "Alice" in found(olga, "premium")
    assert olga.post(page(tiers["premium"], "delete"), {"post": "yes"}).status_code == 302
    assert "Alice" in found(olga, "identified")


def test_a_contact_is_put_into_a_tier_on_its_page_and_found_by_it(
    olga: Client, tiers, alice: Contact, visitor: Contact
) -> None:
    assert "Alice" in found(olga, "identified")
    assert "Alice" not in found(olga, "anonymous")
    assert str(visitor) in found(olga, "anonymous")
    values = {"name": "Alice", "email": "alice@shop.example", "audience": tiers["premium"].pk}
    assert olga.post(f"/admin/people/contact/{alice.pk}/change/", values).status_code == 302
    alice.refresh_from_db()
    assert alice.audience == tiers["premium"]
    assert "Alice" in found(olga, "premium")
    assert "Alice" not in found(olga, "identified")


def found(browser: Client, audience: str) -> list[str]:
    """The contacts that the list shows for a tier."""
    shown = browser.get("/admin/people/contact/", {"audience": audience})
    return [str(contact) for contact in shown.context["cl"].result_list]


def test_only_who_may_sees_and_changes_tiers(max_: Client, ada: Client, tiers) -> None:
    for browser in (max_, ada):
        assert browser.get(LIST).status_code == 403
        assert browser.post(page(tiers["anonymous"], "delete")).status_code == 403
        assert browser.post(f"{LIST}add/", VALUES).status_code == 403
