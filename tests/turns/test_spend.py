"""Spend: whatever ended is counted once, in its hour, however often and late it is counted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from conversations import spend
from conversations.models import Conversation, Role, Turn, TurnState
from routing.models import BatchItem, Provider, RoutingRule, Spend, SpendMinute

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def talk(visitor) -> Conversation:
    return Conversation.objects.create(site=visitor.site, contact=visitor)


def ended(talk: Conversation, at: datetime, cost: str | None = "0.01", **values) -> Turn:
    """A turn that ended then."""
    asked = talk.messages.create(role=Role.CONTACT, text="Where is it?")
    made = {"state": TurnState.ANSWERED, "model_name": "large", "answered_by": "model", "input_tokens": 100, **values}
    cost_of = None if cost is None else Decimal(cost)
    return Turn.objects.create(conversation=talk, message=asked, finished_at=at, cost=cost_of, output_tokens=10, **made)


async def rows() -> list[tuple]:
    """(hours before this one, model, what answered, turns, cost)."""
    found = Spend.objects.order_by("hour", "model_name", "answered_by")
    return [
        (int((HOUR - row.hour).total_seconds() // 3600), row.model_name, row.answered_by, row.turns, str(row.cost))
        async for row in found
    ]


async def test_counting_again_changes_nothing(talk) -> None:
    @wrapped
    def some() -> None:
        ended(talk, NOW)
        ended(talk, NOW)
        ended(talk, NOW, "0", model_name="", answered_by="cache", state=TurnState.ANSWERED)
        ended(talk, NOW, "0", model_name="", answered_by="", state=TurnState.FAILED)

    await some()
    for _ in range(3):
        await spend.roll_up()
        assert await rows() == [
            (0, "", "", 1, "0E-8"),
            (0, "", "cache", 1, "0E-8"),
            (0, "large", "model", 2, "0.02000000"),
        ]


async def test_a_turn_counts_in_the_hour_in_which_it_ended(talk) -> None:
    await wrapped(ended)(talk, HOUR - timedelta(microseconds=1), "1")
    await wrapped(ended)(talk, HOUR, "2")
    await spend.roll_up()
    assert await rows() == [(1, "large", "model", 1, "1.00000000"), (0, "large", "model", 1, "2.00000000")]


async def test_after_hours_without_counting_everything_is_there(talk) -> None:
    await wrapped(ended)(talk, HOUR - timedelta(hours=5, minutes=-10))
    await _counted_when_it_was(HOUR - timedelta(hours=5, minutes=-10))
    for hours in (4, 3, 2, 1):
        await wrapped(ended)(talk, HOUR - timedelta(hours=hours, minutes=-59))
    await wrapped(ended)(talk, HOUR - timedelta(hours=5, minutes=-11))
    await spend.roll_up()
    assert [(row[0], row[3]) for row in await rows()] == [(5, 2), (4, 1), (3, 1), (2, 1), (1, 1)]
    await spend.roll_up()
    assert [(row[0], row[3]) for row in await rows()] == [(5, 2), (4, 1), (3, 1), (2, 1), (1, 1)]
    kept = [minute async for minute in SpendMinute.objects.values_list("minute", flat=True)]
    assert min(kept) >= HOUR - timedelta(hours=2), "the minutes of hours that are over are forgotten"


async def _counted_when_it_was(then: datetime) -> None:
    """As the leader of that time left it."""
    from parley.pools import postgres

    async with (await postgres()).connection() as connection:
        minute = then.replace(second=0, microsecond=0)
        await spend._count(
            connection, minute - timedelta(minutes=5), spend._never(), keep=minute - timedelta(minutes=5)
        )


async def test_what_vanishes_at_once_is_taken_back_and_what_vanishes_later_was_spent(talk) -> None:
    early, late = [await wrapped(ended)(talk, NOW - timedelta(minutes=minutes)) for minutes in (20, 1)]
    await spend.roll_up()
    await early.adelete()
    await late.adelete()
    await spend.roll_up()
    total = await Spend.objects.aaggregate(turns=Sum("turns"), cost=Sum("cost"))
    assert (total["turns"], total["cost"]) == (1, Decimal("0.01"))


async def test_an_old_installation_is_counted_the_first_time_and_is_left_alone_afterwards(talk) -> None:
    old = HOUR - timedelta(days=3)
    await wrapped(ended)(talk, old, answered_by="", model_name="articles")
    turn = await wrapped(ended)(talk, old, answered_by="")
    await spend.roll_up()
    assert [row[1:3] for row in await rows()] == [("", "articles"), ("large", "model")]
    await turn.adelete()
    await spend.backfill(10)
    await spend.roll_up()
    assert len(await rows()) == 2


async def test_background_requests_and_unknown_prices_are_counted_apart(talk) -> None:
    @wrapped
    def some() -> None:
        provider = Provider.objects.create(name="Vendor", vendor="openai")
        priced = provider.models.create(name="cheap", input_price=1, output_price=1)
        unpriced = provider.models.create(name="unsaid")
        done = {"purpose": "memory", "wanted_by": NOW, "state": "done", "finished_at": NOW, "output_tokens": 5}
        BatchItem.objects.create(key="1", model=priced, cost=Decimal("0.5"), **done)
        BatchItem.objects.create(key="2", model=unpriced, **done)
        ended(talk, NOW, None, model_name="unsaid")

    await some()
    await spend.roll_up()
    found = {
        (row.site_id is None, row.model_name, row.answered_by): (row.turns, row.unpriced, row.cost)
        async for row in Spend.objects.all()
    }
    assert found == {
        (True, "cheap", ""): (1, 0, Decimal("0.5")),
        (True, "unsaid", ""): (1, 1, 0),
        (False, "unsaid", "model"): (1, 1, 0),
    }


async def test_a_rule_that_is_deleted_keeps_what_it_spent(talk) -> None:
    rule = await RoutingRule.objects.acreate(name="Orders", action={})
    number, early = rule.pk, NOW - timedelta(minutes=30)
    await wrapped(ended)(talk, early, rule=rule)
    await wrapped(ended)(talk, early)
    await wrapped(ended)(talk, NOW)
    await spend.roll_up()
    await rule.adelete()
    await spend.roll_up()
    assert {row.rule_id async for row in Spend.objects.all()} == {number, None}


def wrapped(function):
    """In a thread of its own, as asynchronous code asks the ORM."""
    from asgiref.sync import sync_to_async

    return sync_to_async(function)
