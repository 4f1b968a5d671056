"""Prices, keys at rest, and which model answers."""

from decimal import Decimal

import pytest

from routing import demo
from routing.decision import Decision
from routing.discovery import find_models, is_no_chat
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


@pytest.mark.django_db(transaction=True)
def test_models_that_a_server_has_no_more_go_behind_all_others(settings, site, providers, simulator_process):
    settings.OPENAI_BASE_URL = simulator_process.openai_url
    for there in (["one", "three", "two"], ["four"]):
        simulator_process.set(models=there)
        assert find_models(providers["OpenAI"]) == there
    assert names(site)[0] == "four"
    assert not {"one", "two", "three"} & set(names(site))
    simulator_process.set(models=["three", "four"])
    find_models(providers["OpenAI"])
    assert set(names(site)) > {"three", "four"}


@pytest.mark.django_db(transaction=True)
def test_models_that_do_not_converse_are_found_switched_off_and_stay_as_an_administrator_leaves_them(
    settings, site, providers, simulator_process
):
    settings.OPENAI_BASE_URL = simulator_process.openai_url
    Provider.objects.exclude(name="OpenAI").delete()
    Model.objects.all().delete()
    simulator_process.set(models=["bge-m3", "llama-3", "nomic-embed-text"])
    find_models(providers["OpenAI"])
    assert names(site) == ["llama-3"]
    assert Model.objects.filter(enabled=False).count() == 2
    Model.objects.filter(name="bge-m3").update(enabled=True)
    settings.DEFAULT_MODEL = "clip-talks"
    find_models(providers["OpenAI"])
    assert set(names(site)) == {"clip-talks", "bge-m3", "llama-3"}


@pytest.mark.parametrize(
    "name",
    [
        "text-embedding-3-small", "nomic-embed-text:latest", "snowflake-arctic-embed2", "BAAI/bge-m3", "bge-large-en",
        "Qwen/Qwen3-Embedding-8B", "intfloat/multilingual-e5-large", "gte-large", "jina-reranker-v2", "whisper-1",
        "faster-whisper-large-v3", "gpt-4o-transcribe", "tts-1-hd", "gpt-4o-mini-tts", "dall-e-3", "gpt-image-1",
        "stable-diffusion-3", "openai/clip-vit-large-patch14", "omni-moderation-latest",
    ],
)  # fmt: skip
def test_names_of_models_that_do_not_converse_are_known(name):
    assert is_no_chat(name)


@pytest.mark.parametrize(
    "name",
    [
        "gpt-4o", "gpt-4o-mini", "chatgpt-4o-latest", "o3-mini", "llama3.2:3b", "qwen2.5-coder", "mistral-nemo",
        "phi-4", "google/gemma-3-27b-it", "deepseek-r1", "command-r-plus", "eclipse-7b", "claude-sonnet-4-5",
        "moonshot-v1-8k", "llava:13b", "smollm2-e5b", "watts-7b", "gpt-oss:20b",
    ],
)  # fmt: skip
def test_names_of_models_that_converse_are_left_alone(name):
    assert not is_no_chat(name)
