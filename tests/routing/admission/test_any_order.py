"""Whatever happens in whatever order: nobody is lost, nobody overtakes, nothing is reserved for nobody."""

import random

import pytest
import redis as redis_client

from routing import admission
from routing.admission import Admitted, Need, Tier, scripts
from tests.routing.admission.clock import Clock
from tests.routing.admission.conftest import ask, dispatch, in_line

TIER = Tier("t1", requests=600, input_tokens=400_000, output_tokens=60_000, concurrency=7, burst_seconds=2)


class World:
    """What a perfect bookkeeper would know."""

    def __init__(self, rng: random.Random, clock: Clock) -> None:
        self.rng, self.clock, self.next = rng, clock, 1
        self.waiting: dict[int, float] = {}
        self.granted: dict[int, float] = {}
        self.running: set[int] = set()
        self.sinces: dict[int, float] = {}

    async def arrive(self) -> None:
        turn, since = self.next, self.clock.now - self.rng.uniform(0, 20)
        self.next += 1
        need = Need(self.rng.randint(1, 3000), self.rng.randint(1, 900))
        first = all((since, turn) < (other, number) for number, other in self.waiting.items())
        found = await ask(TIER, turn, since, need)
        if isinstance(found, Admitted):
            assert first
            self.running.add(turn)
        else:
            self.waiting[turn] = since

    async def dispatch(self) -> None:
        lost = {turn for turn, at in self.granted.items() if at <= self.clock.now - 15}
        found = await dispatch(TIER)
        for turn in lost:
            self.waiting[turn] = self.sinces[turn]
            del self.granted[turn]
        in_order = sorted(self.waiting, key=lambda turn: (self.waiting[turn], turn))
        assert found.granted == in_order[: len(found.granted)]
        for turn in found.granted:
            del self.waiting[turn]
            self.granted[turn] = self.clock.now

    async def use_a_grant(self) -> None:
        if self.granted:
            turn = self.rng.choice(list(self.granted))
            found = await ask(TIER, turn, 0.0)
            if isinstance(found, Admitted):
                self.running.add(turn)
            else:
                self.waiting[turn] = self.sinces[turn]
            del self.granted[turn]

    async def end_one(self) -> None:
        if self.running:
            turn = self.rng.choice(list(self.running))
            self.running.discard(turn)
            how = self.rng.random()
            if how < 0.6:
                usage = (self.rng.randint(1, 3000), 0, self.rng.randint(1, 900))
                await admission.settle(TIER, turn, usage=usage, seconds=self.rng.uniform(0, 9))
            elif how < 0.8:
                await admission.abandon(TIER, turn)
            else:
                await admission.refused(TIER, turn, self.rng.choice([None, 0.2, 2.0]))

    async def cancel_one(self) -> None:
        if someone := [*self.waiting, *self.granted]:
            turn = self.rng.choice(someone)
            await admission.leave("t1", turn)
            self.waiting.pop(turn, None)
            self.granted.pop(turn, None)

    async def pass_time(self) -> None:
        self.clock.go(self.rng.choice([0.01, 0.3, 1.0, 4.0]))
        await admission.running().beat()


@pytest.mark.parametrize("seed", range(2))
async def test_the_books_agree_after_every_step(
    clock: Clock, book: dict[str, Tier], redis_clean: "redis_client.Redis", seed: int
) -> None:
    book["t1"] = TIER
    world = World(random.Random(seed), clock)
    steps = [world.arrive] * 4 + [world.dispatch] * 3 + [world.use_a_grant] * 3 + [world.end_one] * 2
    steps += [world.cancel_one, world.pass_time, world.pass_time]
    for _ in range(150):
        await world.rng.choice(steps)()
        world.sinces.update(world.waiting)
        assert await in_line(TIER) == sorted(world.waiting, key=lambda turn: (world.waiting[turn], turn))
        (standing,) = await admission.standing([TIER])
        assert (standing.granted, standing.running) == (len(world.granted), len(world.running))
        assert len(world.granted) + len(world.running) <= 7
    held = {int(turn) for turn in redis_clean.hkeys(scripts.keys("t1")[6])}
    assert held == set(world.granted) | world.running
    await work_off(world)
    assert not redis_clean.exists(*scripts.keys("t1")[1:])  # nothing is kept of anybody


async def work_off(world: World) -> None:
    for _ in range(3000):
        if not (world.waiting or world.granted or world.running):
            return
        for turn in list(world.running):
            world.running.discard(turn)
            await admission.settle(TIER, turn, usage=(100, 0, 20), seconds=1)
        world.clock.go(1)
        await world.dispatch()
        world.sinces.update(world.waiting)
        while world.granted:
            await world.use_a_grant()
    raise AssertionError("the line was not worked off")
