"""Which models a turn tries when there are more than it may: those that are down take no place from one that works."""

import pytest

from routing import breakers
from routing.decision import Decision
from routing.models import Model, Provider
from routing.ready import forget
from routing.route import models_for
from tests.routing.breakers.calls import REFUSED_KEY, fail, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ids(policy) -> list[int]:
    """Seven models, named by their order; what opens stays open."""
    policy(pause_ms=30_000, longest_ms=60_000)
    provider = Provider.objects.create(name="Main", vendor="openai", base_url="http://127.0.0.1:1/v1")
    forget()
    return [Model.objects.create(provider=provider, name=str(place), order=place).pk for place in range(7)]


async def down(*models: int) -> None:
    for model in models:
        await fail(1, REFUSED_KEY, model)


async def tried(process, *named: int) -> str:
    """The names of the models that a turn in a new process tries, where a rule names some or none."""
    return "".join(model.name for model in await process()(models_for(Decision(models=named), 0, 0)))


async def test_models_that_are_down_take_no_place_from_those_that_work(process, ids) -> None:
    assert await tried(process) == "012"
    await down(*ids[:3])
    assert await tried(process) == "012345", "these are passed over, which the turn's trace tells"
    await down(*ids[4:])
    assert await tried(process) == "0123", "the only one that works"
    await down(ids[3])
    assert await tried(process) == "012", "all are down: the turn waits for the best"


async def test_the_order_stays_as_it_was_decided_and_a_rules_models_are_no_more(process, ids) -> None:
    await down(ids[1], ids[5])
    assert await tried(process) == "0123"
    assert await tried(process, ids[5], ids[4], ids[1], ids[0]) == "5410"


async def test_of_models_that_wait_for_a_probe_only_the_best_is_tried_in_place_of_one_that_works(
    process, ids, policy
) -> None:
    policy(pause_ms=50)
    for model in ids[:5]:
        await fail(5, model=model)
        await until(breakers.State.HALF_OPEN, model)
    assert await tried(process) == "012356"


async def test_while_all_work_a_turn_asks_redis_once_for_the_choice_and_the_admission(
    process, ids, redis_clean
) -> None:
    async def turn() -> None:
        await breakers.allowed([model.id for model in await models_for(Decision(), 0, 0)])

    before = redis_clean.info("commandstats")["cmdstat_eval"]["calls"]
    await process()(turn())
    assert redis_clean.info("commandstats")["cmdstat_eval"]["calls"] - before == 3, "three looks in one round trip"
