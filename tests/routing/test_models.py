"""Prices, keys at rest, and which model answers."""

from decimal import Decimal

import pytest

from routing import demo
from routing.decision import Decision
from routing.models import Model, Provider, SiteModel
from routing.ready import ready_now
from routing.route import choose
from routing.secrets import decrypt, encrypt

pytestmark = pytest.mark.django_db


@pytest.fixture
def providers():
    demo.load_providers()
    return {provider.name: provider for provider in Provider.objects.all()}


def names(site):
    return [model.name for model in choose(Decision(), ready_now(), site.pk, 0)]


def test_the_price_counts_cached_input_apart():
    model = Model(name="m", input_price=Decimal(3), cached_input_price=Decimal("0.3"), output_price=Decimal(15))
    assert model.cost(1_000_000, 400_000, 100_000) == Decimal("1.8") + Decimal("0.12") + Decimal("1.5")
    assert model.cost(10, 20, 0) == Decimal("0.000006"), "more cached than there was is not negative"


def test_a_key_is_encrypted_at_rest_and_unreadable_under_another_secret(settings, providers):
    provider = providers["OpenAI"]
    provider.api_key = "sk-very-secret"
    provider.save()
    stored = Provider.objects.values().get(pk=provider.pk)
    assert "sk-very-secret" not in str(stored)
    assert Provider.objects.get(pk=provider.pk).api_key == "sk-very-secret"
    settings.SECRET_KEY = "another" * 8
    assert Provider.objects.get(pk=provider.pk).api_key == ""


def test_what_is_encrypted_twice_looks_different():
    assert encrypt("x") != encrypt("x")
    assert decrypt("") == decrypt("nonsense") == ""


def test_without_a_key_no_model_answers(site, providers):
    assert names(site) == []


def test_a_key_in_the_environment_makes_the_vendors_models_ready(settings, site, providers):
    settings.ANTHROPIC_API_KEY = "sk"
    assert names(site) == ["claude-haiku-4-5", "claude-sonnet-4-5"]


def test_a_compatible_server_needs_no_key(settings, site, providers):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:11434/v1"
    assert names(site)[0] == "gpt-4o-mini"


def test_the_sites_own_model_is_first_and_the_preferred_one_where_there_is_none(settings, site, other_site, providers):
    settings.OPENAI_API_KEY, settings.DEFAULT_MODEL = "sk", "gpt-4o"
    SiteModel.objects.create(site=site, model=Model.objects.get(name="gpt-4o-mini"))
    assert names(site) == ["gpt-4o-mini", "gpt-4o"]
    assert names(other_site) == ["gpt-4o", "gpt-4o-mini"]


def test_what_an_administrator_switched_off_does_not_answer(settings, site, providers):
    settings.OPENAI_API_KEY = settings.ANTHROPIC_API_KEY = "sk"
    Model.objects.filter(name="claude-haiku-4-5").update(enabled=False)
    Provider.objects.filter(name="OpenAI").update(enabled=False)
    assert names(site) == ["claude-sonnet-4-5"]


def test_demo_rows_are_made_once_and_not_brought_back(providers):
    Provider.objects.filter(name="OpenAI").delete()
    demo.load_providers()
    assert Provider.objects.count() == 1
