"""Routing rules in the admin: made, refused with reasons, put in order, and tried before they are saved."""

import json
import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from redis import Redis

from conversations.models import Conversation, Escalation, Rating
from people.models import AudienceTier, Site
from routing.breaking.script import Word, say_now
from routing.cached import embed_questions, normalised
from routing.cached.keeping import keeper
from routing.models import CachedAnswer, Model, RoutingRule
from tests.admin.conftest import answered_turn

pytestmark = pytest.mark.django_db
LIST = "/admin/routing/routingrule/"
REFUND = {"all": [{"kind": "words", "words": ["refund"]}]}
SORRY = {"kind": "text", "text": "We are **sorry**."}


def rule(name: str, position: int, condition: object = REFUND, action: object = SORRY, **values: object) -> RoutingRule:
    return RoutingRule.objects.create(name=name, position=position, condition=condition, action=action, **values)


def sent(**values: object) -> dict[str, object]:
    """What the form sends."""
    form = {"name": "Refunds", "enabled": "on", "site": "", "condition": REFUND, "action": SORRY, "note": "", **values}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()}


def try_it(browser: Client, site: Site, text: str, **values: object) -> str:
    audience = AudienceTier.objects.order_by("pk").first()
    asked = {"try_text": text, "try_site": str(site.pk), "try_audience": audience.key if audience else ""}
    return browser.post(f"{LIST}try/", sent(**asked, **values)).content.decode()


def test_a_new_rule_goes_last_and_names_who_made_it(olga: Client, administrator: User) -> None:
    rule("First", 7)
    assert olga.post(f"{LIST}add/", sent()).status_code == 302
    made = RoutingRule.objects.get(name="Refunds")
    assert (made.position, made.condition, made.action, made.updated_by) == (8, REFUND, SORRY, administrator)


def test_a_copy_goes_beneath_the_rule_that_it_was_copied_from(olga: Client) -> None:
    first, _ = rule("First", 1), rule("Second", 2)
    olga.post(f"{LIST}{first.pk}/change/", sent(name="Copy", _saveasnew="1"))
    assert list(RoutingRule.objects.values_list("name", flat=True)) == ["First", "Copy", "Second"]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ('{"all": [', "No JSON: line 1, column 10"),
        ("[" * 40_000, "nested too deeply"),
        ('{"all": [{"kind": "words", "words": ["\\u0000"]}]}', "a character in it that cannot be stored"),
        ('{"all": [{"kind": "score", "least": NaN}]}', "NaN is no number"),
        ("x" * 50_001, "At most 50,000 characters"),
        ('{"kind": "moon"}', "There is no condition of the kind"),
        ('{"all": [{"kind": "words"}, {"not": {"kind": "pattern", "pattern": "a("}}]}', "A bracket ( is not closed."),
    ],
)
def test_a_condition_that_cannot_be_meant_is_explained_and_kept(olga: Client, condition: str, words: str) -> None:
    shown = olga.post(f"{LIST}add/", sent(condition=condition))
    page = unescape(shown.content.decode())
    assert words in page
    kept = re.search(r'<textarea name="condition".*?>\s*(.*?)</textarea>', page, re.DOTALL)[1]
    assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", condition)
    assert not RoutingRule.objects.exists()


def test_the_builder_is_told_which_part_is_wrong(olga: Client) -> None:
    faulty = {"all": [{"kind": "words", "words": ["a"]}, {"not": {"kind": "pattern", "pattern": "a("}}]}
    shown = olga.post(f"{LIST}add/", sent(condition=faulty, action={"kind": "models", "models": []}))
    errors = shown.context["rule_catalogue"]["errors"]
    assert errors["condition"] == {"all/1/not": {"pattern": "Not a pattern: missing ). A bracket ( is not closed."}}
    assert errors["action"] == {"": {"models": "Choose at least one model."}}


def test_dragging_saves_the_order_and_who_did_it(olga: Client, administrator: User) -> None:
    first, second = rule("First", 1), rule("Second", 2)
    form = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "1"}
    rows = ((first, 2, "on"), (second, 1, ""))
    for index, (row, position, enabled) in enumerate(rows):
        form |= {f"form-{index}-id": row.pk, f"form-{index}-position": position}
        form |= {f"form-{index}-enabled": "on"} if enabled else {}
    assert olga.post(LIST, form).status_code == 302
    assert list(RoutingRule.objects.values_list("name", "enabled")) == [("Second", False), ("First", True)]
    assert RoutingRule.objects.filter(updated_by=administrator).count() == 2


def test_the_list_counts_each_rules_week_in_few_queries(
    olga: Client, conversation: Conversation, django_assert_max_num_queries
) -> None:
    rules = [rule(f"<b>{number}</b>", number) for number in range(12)]
    turn = answered_turn(conversation.messages.create(role="contact", text="I want a refund"))
    type(turn).objects.filter(pk=turn.pk).update(rule=rules[3])
    Rating.objects.create(message=conversation.messages.create(role="bot", text="No", turn=turn), value=-1)
    Escalation.objects.update(created_at=turn.accepted_at)
    with django_assert_max_num_queries(16):
        page = olga.get(LIST)
    row = next(row for row in page.context["cl"].result_list if row.pk == rules[3].pk)
    assert (row.week.turns, row.week.cost, row.week.down, row.week.escalated) == (1, turn.cost, 1, 1)
    assert 4 < row.week.seconds < 6
    assert row.share == pytest.approx(1 / page.context["cl"].week.turns)
    assert "&lt;b&gt;3&lt;/b&gt;" in page.content.decode()
    assert "<b>3</b>" not in page.content.decode()


def test_trying_shows_who_takes_the_message_and_every_outcome(
    olga: Client, site: Site, tiers: dict[str, AudienceTier]
) -> None:
    rule("Always", 1, {"all": []}, enabled=False)
    rule("Parcels", 2, {"any": [{"kind": "words", "words": ["parcel"]}]})
    page = try_it(olga, site, "May I have a <i>refund</i>?")
    assert "Taken by" in page
    assert "<strong>Refunds</strong>" in page
    assert "the word “refund”" in page
    assert "no word of" in page
    assert "&lt;i&gt;refund&lt;/i&gt;" in page
    assert "Always" not in page
    assert "No rule takes it" in try_it(olga, site, "Do you sell lamps?")


def test_trying_names_the_model_and_about_its_price(
    olga: Client, site: Site, tiers: dict[str, AudienceTier], model: Model
) -> None:
    page = try_it(olga, site, "May I have a refund?", action={"kind": "models", "models": [model.pk]})
    assert "<dd>small</dd>" in page
    assert "about $0.0004" in page


def test_trying_names_a_model_that_is_down_and_prices_the_next(
    olga: Client, site: Site, tiers: dict[str, AudienceTier], model: Model, redis_clean: Redis
) -> None:
    spare = Model.objects.create(provider=model.provider, name="spare")
    say_now(redis_clean, [Word(model.pk, "failed", reason="overloaded", at_once=True)])
    page = try_it(
        olga, site, "May I?", action={"kind": "models", "models": [model.pk, spare.pk]}, condition={"all": []}
    )
    assert "<dd>small (down now), then spare</dd>" in page
    assert "spare has no price" in page


@pytest.mark.django_db(transaction=True)
def test_trying_shows_the_cached_answer_that_comes_before_any_rule_or_the_nearest(
    olga: Client, site: Site, tiers: dict[str, AudienceTier], redis_clean: object
) -> None:
    answer = CachedAnswer.objects.create(text="Within <b>30</b> days.", state=CachedAnswer.State.APPROVED)
    answer.questions.create(text="May I have a refund?", normalised=normalised("May I have a refund?"))
    embed_questions(answer.pk)
    keeper.forget()
    page = try_it(olga, site, "Hello, may I have a refund please?")
    assert "Answered before any rule is asked" in page
    assert f'href="/admin/routing/cachedanswer/{answer.pk}/change/">Within &lt;b&gt;30&lt;/b&gt; days.</a>' in page
    assert "“May I have a refund?” has the same words" in page
    assert "Without it: Taken by" in page
    page = try_it(olga, site, "Is a refund paid in lamps?")
    assert "Answered before any rule is asked" not in page
    assert re.search(r"none: “May I have a refund\?” is nearest \(0\.\d\d\), sure 0\.\d\d &lt; [01]\.\d\d: \w", page), (
        page
    )
    keeper.forget()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"try_text": " "}, "Write a message"),
        ({"try_text": "x" * 8001}, "At most"),
        ({"try_text": "hi", "try_site": "999999"}, "Choose the site"),
        ({"try_text": "hi", "condition": "{"}, "No JSON"),
        ({"try_text": "hi", "condition": {"kind": "pattern", "pattern": "("}}, "A bracket ( is not closed."),
    ],
)
def test_what_cannot_be_tried_is_explained(
    olga: Client, site: Site, tiers: dict[str, AudienceTier], values: dict[str, object], words: str
) -> None:
    page = olga.post(f"{LIST}try/", sent(**{"try_site": str(site.pk), "try_audience": "anonymous", **values}))
    assert words in page.content.decode().replace("A message has at most", "At most")


def test_only_those_who_may_see_rules_try_them(nobody: Client, max_: Client, site: Site) -> None:
    for browser in (nobody, max_):
        assert browser.get(LIST).status_code == 403
        assert browser.post(f"{LIST}try/", sent()).status_code == 403
        assert browser.post(f"{LIST}replay/", sent()).status_code == 403


def test_what_is_sent_needs_the_token_and_a_post(administrator: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(administrator)
    assert [browser.get(f"{LIST}{page}/").status_code for page in ("try", "replay")] == [405, 405]
    assert [browser.post(f"{LIST}{page}/", sent()).status_code for page in ("try", "replay")] == [403, 403]


def test_who_may_only_look_reads_words(agent: User) -> None:
    made = rule("Refunds", 1)
    agent.user_permissions.add(Permission.objects.get(codename="view_routingrule"))
    browser = Client()
    browser.force_login(agent)
    page = browser.get(f"{LIST}{made.pk}/change/").content.decode()
    assert "The message has any of: refund" in page
    assert '<textarea name="condition"' not in page
    assert browser.get(LIST).status_code == 200


def test_a_past_message_is_tried_by_its_number_or_link(olga: Client, site: Site, conversation: Conversation) -> None:
    turn = conversation.turns.order_by("pk").last()
    link = f"https://chat.example/admin/conversations/conversation/{conversation.pk}/change/#m5"
    for named in (str(turn.pk), f"turn {turn.pk}", link):
        assert "It has not come" in try_it(olga, site, "", try_past=named), named
    assert "There is no such turn" in try_it(olga, site, "", try_past="999999999")
    assert "Write the number of a turn" in try_it(olga, site, "", try_past="yesterday's")


def test_replaying_shows_what_would_change_and_who_may_not_read_sees_no_words(
    olga: Client, agent: User, conversation: Conversation, model: Model
) -> None:
    condition = {"all": [{"kind": "words", "words": ["script"]}]}
    page = unescape(olga.post(f"{LIST}replay/", sent(condition=condition)).content.decode())
    assert "1 would go elsewhere" in page
    assert "Otherwise: small, $0.00" in page
    assert "Refunds: a text, $0.00" in page
    assert "alert('parcel')" in page
    agent.user_permissions.add(Permission.objects.get(codename="view_routingrule"))
    browser = Client()
    browser.force_login(agent)
    page = browser.post(f"{LIST}replay/", sent(condition=condition)).content.decode()
    assert "1 would go elsewhere" in page
    assert "parcel" not in page


def test_the_list_warns_of_a_rule_that_nothing_reaches(olga: Client) -> None:
    rule("Everything", 1, {"all": []})
    rule("Refunds", 2)
    assert "Nothing reaches it: “Everything” comes before" in olga.get(LIST).content.decode()
