"""Providers and models: keys go in and never come out, and bad values are refused where they are typed."""

from decimal import Decimal

import pytest
from django.test import Client

from routing.models import Model, Provider
from simulator import process
from tests.admin.conftest import KEY

INLINE = {"models-TOTAL_FORMS": "0", "models-INITIAL_FORMS": "0"}


def save(browser: Client, provider: Provider, **values: str) -> str:
    """Send the provider's form; the answer is the page that follows."""
    form = {
        "name": provider.name,
        "vendor": provider.vendor,
        "enabled": "on",
        "base_url": provider.base_url,
        "batch_items": "100",
        "batch_seconds": "300",
        **INLINE,
        **values,
    }
    return browser.post(f"/admin/routing/provider/{provider.pk}/change/", form, follow=True).content.decode()


def pages(browser: Client, provider: Provider) -> str:
    addresses = (
        "/admin/routing/provider/",
        f"/admin/routing/provider/{provider.pk}/change/",
        f"/admin/routing/provider/{provider.pk}/history/",
    )
    return "".join(browser.get(address).content.decode() for address in addresses)


def test_a_key_is_never_rendered(olga: Client, provider: Provider) -> None:
    shown = pages(olga, provider)
    assert KEY not in shown
    assert provider.encrypted_key not in shown
    assert 'placeholder="stored"' in shown
    assert KEY not in save(olga, provider, name="", new_key=KEY)


def test_a_new_key_replaces_the_stored_one_and_an_empty_field_keeps_it(olga: Client, provider: Provider) -> None:
    save(olga, provider, name="Renamed")
    provider.refresh_from_db()
    assert (provider.name, provider.api_key) == ("Renamed", KEY)
    save(olga, provider, new_key="sk-another")
    provider.refresh_from_db()
    assert provider.api_key == "sk-another"
    save(olga, provider, clear_key="on")
    provider.refresh_from_db()
    assert provider.api_key == ""


def test_the_page_says_where_the_key_comes_from(olga: Client, provider: Provider, settings) -> None:
    provider.api_key = ""
    provider.save()
    assert 'placeholder="none"' in pages(olga, provider)
    settings.OPENAI_API_KEY = "sk-from-the-shell"
    shown = pages(olga, provider)
    assert "from the environment: OPENAI_API_KEY" in shown
    assert "sk-from-the-shell" not in shown
    provider.encrypted_key = "written under another SECRET_KEY"
    provider.save()
    assert "unreadable since SECRET_KEY changed" in pages(olga, provider)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/",
        "javascript:alert(1)",
        "//host",
        "http://",
        "host:80",
        "http://a b/",
        "http://u:p@host/",
        "http://host/?q=1",
        "http://host:99999/",
        "http://[/",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(olga: Client, provider: Provider, url: str) -> None:
    shown = save(olga, provider, base_url=url, new_key="k")
    assert "Write an address" in shown or "Take the user" in shown or "Take away what follows" in shown
    provider.refresh_from_db()
    assert provider.base_url == ""


@pytest.mark.parametrize("url", ["http://ollama:11434/v1", "https://llm.example.com", "http://127.0.0.1:8080/v1/"])
def test_addresses_inside_a_network_are_taken(olga: Client, provider: Provider, url: str) -> None:
    save(olga, provider, base_url=url, new_key="k")
    provider.refresh_from_db()
    assert provider.base_url == url.rstrip("/")


def test_a_stored_key_does_not_follow_to_another_address(olga: Client, provider: Provider) -> None:
    assert "enter the key for the new one" in save(olga, provider, base_url="http://elsewhere.example")
    provider.refresh_from_db()
    assert provider.base_url == ""


def test_a_key_with_a_line_break_or_a_space_is_refused(olga: Client, provider: Provider) -> None:
    assert "Copy it again" in save(olga, provider, new_key="sk one")
    assert "Copy it again" in save(olga, provider, new_key="sk-schlüssel")


def check(browser: Client, provider: Provider) -> str:
    return browser.post(f"/admin/routing/provider/{provider.pk}/check/", follow=True).content.decode()


def test_check_lists_what_the_provider_offers(
    olga: Client, provider: Provider, simulator_process: process.Handle
) -> None:
    Provider.objects.filter(pk=provider.pk).update(base_url=simulator_process.openai_url)
    shown = check(olga, provider)
    assert "Vendor answers and offers" in shown
    assert "It does not list small" in shown
    provider.refresh_from_db()
    assert provider.last_success_at is not None
    assert provider.last_error == ""


def test_check_says_exactly_what_is_wrong(olga: Client, provider: Provider) -> None:
    Provider.objects.filter(pk=provider.pk).update(base_url="http://127.0.0.1:1/v1")
    shown = check(olga, provider)
    assert "127.0.0.1:1" in shown
    assert "Traceback" not in shown
    provider.refresh_from_db()
    assert provider.last_error_at is not None
    assert "Error" in olga.get("/admin/routing/provider/").content.decode()


def test_check_without_a_key_names_the_way_out(olga: Client, provider: Provider) -> None:
    Provider.objects.filter(pk=provider.pk).update(encrypted_key="")
    assert "set OPENAI_API_KEY" in check(olga, provider)


def test_the_selected_providers_are_checked(olga: Client, provider: Provider) -> None:
    Provider.objects.filter(pk=provider.pk).update(encrypted_key="")
    form = {"action": "check_selected", "_selected_action": [provider.pk]}
    assert "there is no key" in olga.post("/admin/routing/provider/", form, follow=True).content.decode()


def list_form(model: Model, **values: str) -> dict[str, str]:
    row = {
        "id": str(model.pk),
        "enabled": "on",
        "order": "5",
        "input_price": "1",
        "cached_input_price": "0.1",
        "output_price": "2",
        **values,
    }
    return {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "_save": "Save",
        **{f"form-0-{k}": v for k, v in row.items()},
    }


def test_prices_are_changed_in_the_list(olga: Client, model: Model) -> None:
    olga.post("/admin/routing/model/", list_form(model, input_price="0.25"))
    model.refresh_from_db()
    assert (model.input_price, model.order) == (Decimal("0.25"), 5)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"input_price": "-1"}, "greater than or equal to 0"),
        ({"input_price": "20000"}, "no model costs so much"),
        ({"cached_input_price": "3"}, "never costs more than fresh input"),
        ({"order": "-4"}, "greater than or equal to 0"),
        ({"output_price": "cheap"}, "Enter a number"),
    ],
)
def test_silly_values_in_the_list_are_refused(olga: Client, model: Model, values: dict[str, str], words: str) -> None:
    response = olga.post("/admin/routing/model/", list_form(model, **values), follow=True)
    assert words in str(response.context["cl"].formset.errors)
    assert words in response.content.decode()
    before = model.order
    model.refresh_from_db()
    assert model.order == before


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"context_window": "5"}, "greater than or equal to 1000"),
        ({"max_output_tokens": "128000"}, "Must be smaller than the context window"),
        ({"temperature": "9"}, "No provider takes more than 2"),
        ({"context_window": "999999999"}, "No model reads so many tokens"),
    ],
)
def test_silly_limits_are_refused_on_the_page(olga: Client, model: Model, values: dict[str, str], words: str) -> None:
    form = {
        "provider": str(model.provider_id),
        "name": "small",
        "enabled": "on",
        "order": "1",
        "context_window": "128000",
        "max_output_tokens": "1024",
        "input_price": "1",
        "cached_input_price": "0",
        "output_price": "1",
        **values,
    }
    assert words in olga.post(f"/admin/routing/model/{model.pk}/change/", form).content.decode()
