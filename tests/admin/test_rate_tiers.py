"""Rate tiers and the traffic page: bad numbers are explained, and what is shown is what Redis holds now."""

import re

import pytest
import redis as redis_client
from django.conf import settings
from django.test import Client

from routing.admission import Need, Tier, admit, refused, tiers
from routing.admission.bell import BELL
from routing.models import Model, Provider, RateTier

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_clean")]
LIMITS = ("requests_per_minute", "input_tokens_per_minute", "output_tokens_per_minute", "tokens_per_minute")
LIST, DATA = "/admin/routing/ratetier/", "/admin/routing/ratetier/traffic/data/"


@pytest.fixture(autouse=True)
def _forget() -> None:
    tiers.forget()


def save(browser: Client, provider: Provider, row: RateTier | None = None, **values: object) -> str:
    """Send the form; the page that follows."""
    form = {"provider": provider.pk, "burst_seconds": 2, "reserve": "expected", "late_seconds": 60, **values}
    address = f"{LIST}{row.pk}/change/" if row else f"{LIST}add/"
    return browser.post(address, form, follow=True).content.decode()


def spike(tier: Tier, turns: int) -> None:
    from asgiref.sync import async_to_sync

    from parley import pools

    async def go() -> None:
        async with pools.resources():
            for turn in range(1, turns + 1):
                await admit(tier, turn, Need(1000, 400), since=float(turn))

    async_to_sync(go)()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0", "At least 1 a minute. To stop using a model, switch it off; empty means no limit."),
        ("-40", "At least 1 a minute."),
        ("1000000001", "No provider allows more than 1,000,000,000 a minute."),
        ("1" + "0" * 40, "No provider allows more than 1,000,000,000 a minute."),
        ("fifty", "Enter a whole number."),
        ("1.5", "Enter a whole number."),
    ],
)
def test_a_bad_limit_is_explained_once_beside_each_field(
    olga: Client, provider: Provider, number: str, words: str
) -> None:
    page = save(olga, provider, **dict.fromkeys(LIMITS, number))
    assert page.count(words) == len(LIMITS)
    for name in LIMITS:
        assert page.count(f'id="id_{name}_error"') == 1
    assert "Ensure this value" not in page
    assert not RateTier.objects.exists()


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("concurrency", "0", "At least 1 at once."),
        ("concurrency", "100001", "At most 100,000 at once."),
        ("burst_seconds", "0", "At least 0.1 seconds."),
        ("burst_seconds", "61", "At most 60 seconds"),
        ("burst_seconds", "nan", "Enter a number."),
        ("fall_over_seconds", "-1", "Not before now: 0 or more."),
        ("late_seconds", "0", "At least 1 second."),
        ("late_seconds", "1e9", "At most a day (86,400)."),
    ],
)
def test_other_bad_numbers_are_explained(olga: Client, provider: Provider, name: str, number: str, words: str) -> None:
    page = save(olga, provider, **{"requests_per_minute": 5, name: number})
    assert words in page
    assert "Ensure this value" not in page
    assert not RateTier.objects.exists()


def test_a_model_of_another_provider_is_refused(olga: Client, provider: Provider) -> None:
    other = Provider.objects.create(name="Other", vendor="anthropic")
    model = other.models.create(name="theirs")
    assert "theirs is not a model of this provider. Choose one that is." in save(olga, provider, model=model.pk)


def test_a_second_tier_for_the_same_is_refused(olga: Client, provider: Provider, model: Model) -> None:
    save(olga, provider, requests_per_minute=5)
    assert "There is a rate tier for this already." in save(olga, provider, requests_per_minute=6)
    save(olga, provider, model=model.pk, requests_per_minute=6)
    assert RateTier.objects.count() == 2


def test_part_of_the_tokens_cannot_be_more_than_all(olga: Client, provider: Provider) -> None:
    page = save(olga, provider, tokens_per_minute=1000, input_tokens_per_minute=2000)
    assert "More than input and output together may be (1,000)." in page


def test_a_tier_without_limits_is_saved_and_says_so(olga: Client, provider: Provider) -> None:
    assert "This tier limits nothing" in save(olga, provider)
    row = RateTier.objects.get()
    assert "This tier limits nothing" in olga.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "no limits" in olga.get(LIST).content.decode()


def test_saving_rings_for_the_line(
    olga: Client, provider: Provider, redis_clean: "redis_client.Redis", django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        save(olga, provider, requests_per_minute=5)
    assert redis_clean.zrange(BELL, 0, -1) == [f"t{RateTier.objects.get().pk}".encode()]


def test_the_list_and_the_traffic_page_show_a_spike(olga: Client, provider: Provider, model: Model) -> None:
    row = RateTier.objects.create(provider=provider, requests_per_minute=120, concurrency=50)
    spike(tiers.tier_of(row), 30)
    page = olga.get(LIST).content.decode()
    assert "Requests: 4 of 120" in page
    assert "4 of 50" in page
    (line,) = olga.get(DATA).json()["tiers"]
    assert (line["waiting"], line["running"], line["concurrency"]) == (26, 4, 50)
    (use,) = line["uses"]
    assert (use["label"], use["used"], use["limit"], use["percent"]) == ("Requests", 4, 120, 3)
    assert 8 < line["empty_in"] <= 13
    assert line["link"] == f"{LIST}{row.pk}/change/"
    assert line["breakers"] == [{"model": "small", "words": "no trouble", "closed": True, "seconds": 0.0, "reason": ""}]
    assert olga.get("/admin/routing/ratetier/traffic/").status_code == 200
    assert f"?only=t{row.pk}" in olga.get(f"{LIST}{row.pk}/change/").content.decode()


def test_a_model_without_a_tier_is_shown_with_a_link_to_add_one(olga: Client, provider: Provider, model: Model) -> None:
    (line,) = olga.get(DATA).json()["tiers"]
    assert (line["key"], line["uses"]) == (f"m{model.pk}", [])
    page = olga.get(line["link"]).content.decode()
    assert f'value="{model.pk}" selected' in page


def test_refusals_of_the_vendor_are_told(olga: Client, provider: Provider, model: Model) -> None:
    from asgiref.sync import async_to_sync

    from parley import pools

    row = RateTier.objects.create(provider=provider, model=model, requests_per_minute=120)
    tier = tiers.tier_of(row)

    async def go() -> None:
        async with pools.resources():
            await admit(tier, 1, Need(10, 10), since=1.0)
            await refused(tier, 1, 90)

    async_to_sync(go)()
    (line,) = olga.get(DATA).json()["tiers"]
    blocked, slowed, refusals = line["troubles"]
    assert re.fullmatch(r"the provider refused \(429\): nobody goes for [89]\d s", blocked)
    assert re.fullmatch(r"slowed to [89]\d% after refusals, recovering", slowed)
    assert refusals == "refused 1 × in the last hour"
    assert "the provider refused (429)" in olga.get(LIST).content.decode()


def test_one_tier_alone_can_be_asked_for(olga: Client, provider: Provider, model: Model) -> None:
    row = RateTier.objects.create(provider=provider, requests_per_minute=120)
    provider.models.create(name="another")
    assert [line["key"] for line in olga.get(f"{DATA}?only=t{row.pk}").json()["tiers"]] == [f"t{row.pk}"]
    assert olga.get(f"{DATA}?only=t0").json() == {"tiers": []}


def test_everything_opens_while_redis_is_away(
    olga: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = RateTier.objects.create(provider=provider, requests_per_minute=120)
    away = {name: {**queue, "URL": "redis://127.0.0.1:1/0"} for name, queue in settings.RQ_QUEUES.items()}
    monkeypatch.setattr("django_rq.settings.QUEUES", away)
    monkeypatch.setattr("django_rq.connection_utils.QUEUES", away, raising=False)
    assert "unknown: Redis does not answer" in olga.get(LIST).content.decode()
    answer = olga.get(DATA)
    assert (answer.status_code, "Redis does not answer" in answer.json()["message"]) == (503, True)
    save(olga, provider, row, requests_per_minute=99)
    assert RateTier.objects.get().requests_per_minute == 99


def test_only_those_who_may_see_tiers_see_the_traffic(
    max_: Client, ada: Client, nobody: Client, client: Client
) -> None:
    for browser in (max_, ada, nobody):
        assert [browser.get(address).status_code for address in (LIST, DATA, DATA[:-5])] == [403] * 3
    assert client.get(DATA).status_code == 302


def test_the_side_bar_leads_there(olga: Client, nobody: Client) -> None:
    assert "/admin/routing/ratetier/traffic/" in olga.get("/admin/").content.decode()
    assert "/admin/routing/ratetier/traffic/" not in nobody.get("/admin/").content.decode()
