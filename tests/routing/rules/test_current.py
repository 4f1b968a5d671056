"""The rules in force: a change is known soon, a broken rule is passed over, and deciding takes no time."""

import asyncio
import logging

import pytest

from parley.threads import in_database_thread
from routing import ready as ready_module
from routing.models import Model, Provider, RoutingRule
from routing.question import Question
from routing.rules import current, first_rule

TEXT = {"kind": "text", "text": "Hello"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def model():
    ready_module.forget()
    provider = Provider.objects.create(name="Ready", vendor="openai", base_url="http://127.0.0.1:9/v1")
    yield Model.objects.create(provider=provider, name="small-one")
    ready_module.forget()


def saved(name, position, condition=None, action=TEXT, **values):
    condition = {"all": []} if condition is None else condition
    return RoutingRule.objects.create(name=name, position=position, condition=condition, action=action, **values)


async def takes(question, name):
    """Wait until the rule of this name takes the question."""
    async with asyncio.timeout(10):
        while (match := await first_rule(question)) is None or match.name != name:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.02)
    return match


async def test_a_change_of_the_rules_is_in_force_within_seconds_without_a_read_for_each_turn(site, monkeypatch):
    reads = []

    async def counted():
        reads.append(1)
        return await read()

    read = current._read
    monkeypatch.setattr(current, "_read", counted)
    asked = Question("a refund", site.pk, "anonymous")
    assert await asyncio.gather(*(first_rule(asked) for _ in range(50))) == [None] * 50
    assert len(reads) == 1
    rule = await in_database_thread(saved, "first", 5)
    assert (await takes(asked, "first")).rule_id == rule.pk
    await in_database_thread(saved, "moved above", 1)
    await takes(asked, "moved above")
    assert len(reads) < 5


async def test_a_rule_that_cannot_be_read_or_asked_is_passed_over_and_warned_of_once(site, model, monkeypatch, caplog):
    monkeypatch.setattr(current, "FRESH_SECONDS", 0.0)
    asked = Question("a refund", site.pk, "anonymous", audience_id=1)
    usable = {"kind": "models", "models": [model.pk]}
    await in_database_thread(saved, "broken", 1, {"kind": "mood"})
    await in_database_thread(saved, "gone", 2, None, {"kind": "models", "models": [987654]})
    await in_database_thread(saved, "usable", 3, None, usable)
    with caplog.at_level(logging.WARNING, logger="routing.rules.current"):
        for _ in range(3):
            match = await first_rule(asked)
    assert (match.name, match.action.models) == ("usable", (model.pk,))
    assert [record.args[1] for record in caplog.records] == ["broken"]
    await Model.objects.filter(pk=model.pk).aupdate(enabled=False)
    ready_module.forget()
    assert await first_rule(asked) is None


async def test_a_rule_whose_models_are_closed_to_the_audience_is_passed_over_for_it(site, model, tiers):
    await model.audiences.aset([tiers["premium"]])
    ready_module.forget()
    await in_database_thread(saved, "premium's", 1, None, {"kind": "models", "models": [model.pk]})
    premium, anonymous = (
        Question("hello", site.pk, key, audience_id=tiers[key].pk) for key in ("premium", "anonymous")
    )
    await takes(premium, "premium's")
    assert await first_rule(anonymous) is None
