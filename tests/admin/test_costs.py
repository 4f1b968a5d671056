"""Costs, budgets and savings in the admin: for those who may look, with nothing told as zero that is not known."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from conversations.admin.costs.sheet import harmless
from conversations.models import Conversation, Role, Turn, TurnState
from conversations.savings import Talk, read, report
from people.models import Contact, Site
from routing import budgets
from routing.models import Budget, Model, Provider, RoutingRule, Spend
from routing.pricing import Prices

COSTS, SAVINGS, BUDGETS = "/admin/routing/spend/", "/admin/routing/spend/savings/", "/admin/routing/budget/"
NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0)
LARGE = Prices(Decimal(10), Decimal(1), Decimal(100))
VALUES = {"period": "day", "amount": "10", "warn_percent": "80", "small_percent": "90", "stop_percent": "100"}


@pytest.fixture(autouse=True)
def _forget() -> None:
    budgets.forget()


@pytest.fixture
def spending(site: Site) -> RoutingRule:
    """A model with a price, one without, a cached answer, and background work."""
    rule = RoutingRule.objects.create(name="=HYPERLINK(1)")
    common = {"hour": HOUR, "site": site}
    Spend.objects.create(**common, model_name="large", answered_by="model", rule=rule, turns=4, cost=2, output_tokens=9)
    Spend.objects.create(**common, model_name="<b>new", answered_by="model", turns=3, unpriced=3)
    Spend.objects.create(**common, answered_by="cache", turns=3)
    Spend.objects.create(hour=HOUR, model_name="small", turns=1, cost=Decimal("0.5"))
    return rule


def text(browser: Client, address: str, **query: object) -> str:
    response = browser.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def test_costs_are_shown_by_model_rule_site_and_what_answered(ada: Client, spending, site: Site) -> None:
    found = ada.get(COSTS).context
    tables = {title: {line.name: (line.money, line.turns) for line in lines} for title, lines in found["tables"]}
    assert tables["By model"] == {
        "large": ("$2.00", 4),
        "small": ("$0.5", 1),
        "<b>new": ("not priced", 3),
        "No model": ("$0", 3),
    }
    assert tables["By rule"] == {"=HYPERLINK(1)": ("$2.00", 4), "No rule": ("$0.5", 7)}
    assert tables["By site"] == {str(site): ("$2.00", 10), "Background work": ("$0.5", 1)}
    assert tables["By what answered"]["A model"] == ("$2.00", 7)
    sums = dict(found["sums"])
    assert (sums["Spent"], sums["Turns that ended"], sums["Not priced"]) == ("$2.50", "10", "3")
    assert sums["A turn"] == "$0.2857", "of the seven whose cost is known"
    shown = text(ada, COSTS)
    assert "&lt;b&gt;new" in shown
    assert "<b>new" not in shown


def test_a_range_and_a_site_are_chosen_and_mistakes_explained(ada: Client, spending, other_site: Site) -> None:
    assert "No turn ended in this time" in text(ada, COSTS, site=other_site.pk)
    before = {"period": "range", "since": "2020-01-01", "until": "2020-01-31"}
    assert "1 January 2020 to 31 January 2020" in text(ada, COSTS, **before)
    for wrong, words in (
        ({"since": "2020-02-01"}, "is before the first"),
        ({"until": "yesterday"}, "Write a day like 2026-11-24."),
        ({"until": ""}, "Write both days"),
        ({"until": "2029-01-01"}, "At most 400 days"),
        ({"site": "999999"}, "There is no such site."),
    ):
        shown = text(ada, COSTS, **{**before, **wrong})
        assert words in shown
        assert next(iter(wrong.values())) in shown or "site" in wrong, "what was typed stays"
    assert text(ada, COSTS, period="today").count("<rect") == 24


def test_the_file_holds_no_formula(ada: Client, spending) -> None:
    response = ada.get(f"{COSTS}csv/")
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert len(lines) == 5
    assert any(",large,'=HYPERLINK(1),model,4,0," in line for line in lines)
    assert [harmless(value) for value in ("=1", " +1", "-1", "@a", "\t=1", "a-b", "")] == [
        "'=1",
        "' +1",
        "'-1",
        "'@a",
        "'\t=1",
        "a-b",
        "",
    ]


@pytest.mark.parametrize("address", [COSTS, SAVINGS, f"{COSTS}csv/", BUDGETS])
def test_only_who_may_sees_money(nobody: Client, address: str) -> None:
    assert nobody.get(address).status_code == 403


def test_an_analyst_sees_costs_but_sets_no_budget(ada: Client) -> None:
    assert ada.get(COSTS).status_code == 200
    assert ada.get(BUDGETS).status_code == 403
    assert ada.post(f"{BUDGETS}add/", VALUES).status_code == 403


def test_a_budget_shows_what_it_does_and_what_is_reached(olga: Client, spending, provider: Provider) -> None:
    assert olga.post(f"{BUDGETS}add/", {**VALUES, "amount": "2.75", "enabled": "on"}).status_code == 302
    shown = text(olga, BUDGETS)
    assert "$2.50 of $2.75 today (91 %): the admin warns; small models are asked first." in shown
    page = text(olga, f"{BUDGETS}{Budget.objects.get().pk}/change/")
    assert "From 100 % ($2.75) no paid model is asked: the articles answer." in page
    assert page.count("Reached.") == 2
    assert "3 answers came from models without a price" in page
    home = olga.get("/admin/").context["cards"]
    assert [(card.value, card.tone) for card in home if card.title == "Budget"] == [("91 %", "warn")]
    assert "All sites: $2.50 of $2.75 today" in text(olga, COSTS)


def test_without_a_budget_the_first_page_has_no_card_for_it(olga: Client, db) -> None:
    assert "Budget" not in [card.title for card in olga.get("/admin/").context["cards"]]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"amount": "0"}, "Write how many dollars may be spent."),
        ({"amount": "much"}, "Enter a number."),
        ({"warn_percent": "0"}, "At least 1 percent."),
        ({"stop_percent": "5000"}, "At most 1,000 percent."),
        ({"warn_percent": "95"}, "The thresholds go up"),
        ({"stop_percent": "85"}, "The thresholds go up"),
    ],
)
def test_a_budget_that_cannot_be_meant_is_refused_in_words(olga: Client, values: dict[str, str], words: str) -> None:
    shown = olga.post(f"{BUDGETS}add/", {**VALUES, **values}).content.decode()
    assert shown.count(words) == 1
    assert not Budget.objects.exists()


def test_two_budgets_for_the_same_are_refused(olga: Client, db) -> None:
    Budget.objects.create(period="day", amount=1)
    assert "There is such a budget already." in olga.post(f"{BUDGETS}add/", VALUES).content.decode()


def test_a_model_without_a_price_is_pointed_out_and_half_a_price_refused(olga: Client, model: Model) -> None:
    assert "No price" not in text(olga, "/admin/routing/model/")
    address = f"/admin/routing/model/{model.pk}/change/"
    values = {name: value for name, value in olga.get(address).context["adminform"].form.initial.items() if value}
    half = olga.post(address, {**values, "input_price": "", "cache_write_price": "1.25", "size": "small"})
    assert "half a price counts as none" in half.content.decode()
    assert olga.post(address, {**values, "input_price": "", "output_price": "", "size": "small"}).status_code == 302
    model.refresh_from_db()
    assert (model.input_price, model.output_price, model.size) == (None, None, "small")
    for page in ("/admin/routing/model/", BUDGETS, COSTS):
        assert "small (Vendor)" in text(olga, page)


def turn(talk: Conversation, minutes: float, kind: str, cost: str = "0", answer: str = "a" * 40, **values) -> None:
    """A question of 20 characters, asked so many minutes after the first, and its answer."""
    at = HOUR + timedelta(minutes=minutes)
    asked = talk.messages.create(role=Role.CONTACT, text="q" * 20)
    made = {"state": TurnState.ANSWERED, "answered_by": kind, "accepted_at": at, "finished_at": at, **values}
    row = Turn.objects.create(conversation=talk, message=asked, cost=cost, **made)
    talk.messages.create(role=Role.BOT, text=answer, turn=row)


def model_turn(talk: Conversation, minutes: float, cost: str, input_tokens: int, **values) -> None:
    counts = {"input_tokens": input_tokens, "cached_input_tokens": 0, "output_tokens": 10}
    turn(talk, minutes, "model", cost, model_name="small", **counts, **values)


@pytest.fixture
def talk(alice: Contact) -> Conversation:
    """Four turns: the first two by a small model, then a cached answer, then the articles.

    Four characters are a token, so a question is 5 and an answer 10; the system prompt with its passages takes 100.
    """
    talk = Conversation.objects.create(site=alice.site, contact=alice)
    model_turn(talk, 0, "0.0001", 105)
    model_turn(talk, 1, "0.0001", 105, route={"left_out": 60})  # the first question and answer were not sent again
    turn(talk, 2, "cache")
    turn(talk, 10, "articles")
    return talk


def test_savings_are_what_somebody_computes_by_hand(talk: Conversation) -> None:
    sample = read(HOUR - timedelta(hours=1), NOW + timedelta(days=1))
    found = report(sample.talks, LARGE, sample.sampled, sample.conversations)
    assert (found.calibration.characters_per_token, found.calibration.fixed_tokens) == (4, 100)
    million = 1_000_000
    as_sent = 2 * (105 * 10 + 10 * 100) / million
    assert found.routing == pytest.approx(as_sent - 0.0002)
    assert found.memory == pytest.approx(15 * 1 / million), "60 characters, a minute old: at the cached price"
    assert found.cache == pytest.approx((105 * 10 + 30 * 1 + 10 * 100) / million), "what was said before is cached"
    assert found.articles == pytest.approx(((105 + 45) * 10 + 10 * 100) / million), "after eight minutes nothing is"
    assert found.spent == pytest.approx(0.0002)
    assert found.baseline == pytest.approx(found.spent + found.cache + found.routing + found.memory + found.articles)
    assert (found.turns, found.error) == (4, 0)


def test_a_sample_is_counted_up_and_says_how_sure_it_is(alice: Contact) -> None:
    for number in range(40):
        talk = Conversation.objects.create(site=alice.site, contact=alice)
        model_turn(talk, 0, "0", 100 + 10 * (number % 4))
    whole, part = (read(HOUR - timedelta(hours=1), NOW + timedelta(days=1), most=most) for most in (100, 20))
    assert whole.sampled == 40
    assert 5 <= part.sampled < 40
    exact = report(whole.talks, LARGE, whole.sampled, whole.conversations)
    guess = report(part.talks, LARGE, part.sampled, part.conversations)
    assert guess.turns == exact.turns == 40
    assert 0 < guess.error < exact.saved
    assert abs(guess.saved - exact.saved) <= 2 * guess.error


def test_turns_without_a_price_are_left_out_of_savings_and_counted() -> None:
    found = report([Talk(1, "model", 3, unpriced=1, input_tokens=9, output_tokens=1)], LARGE, 1, 1)
    assert (found.turns, found.unpriced, found.baseline) == (0, 3, 0)


def test_the_savings_page_tells_figures_and_method(ada: Client, talk: Conversation, provider: Provider) -> None:
    provider.models.update(input_price=10, cached_input_price=1, output_price=100)
    Spend.objects.create(hour=HOUR, model_name="small", turns=1, cost=Decimal("0.001"))
    chosen = {"period": "range", "since": f"{HOUR:%Y-%m-%d}", "until": f"{NOW:%Y-%m-%d}"}
    shown = text(ada, SAVINGS, **chosen)
    for words in ("How this is computed", "4.00 characters a token", "Cached answers and rules", "Background work"):
        assert words in shown
    assert ada.get(SAVINGS, {"model": "77777"}).content.decode().count("There is no such model with prices.") == 1


def test_the_savings_page_says_what_is_missing(ada: Client, db) -> None:
    assert "No model has a price to compare with." in text(ada, SAVINGS)
