"""Spikes in simulated time: the tier is used to the full, in order, and a vendor with the same rate refuses nothing."""

import random
from itertools import pairwise

import pytest

from routing.admission import Tier
from simulator.limits import INPUT, OUTPUT, REQUESTS, TOTAL
from tests.routing.admission.clock import Clock
from tests.routing.admission.simulation import Asked, Spike


def varied(rng: random.Random) -> Asked:
    return Asked(input=rng.randint(300, 1500), output=rng.randint(20, 400), seconds=rng.uniform(1, 8))


@pytest.mark.parametrize(
    ("binding", "tier"),
    [
        (REQUESTS, Tier("t1", requests=100, input_tokens=10**9)),
        (INPUT, Tier("t1", requests=6000, input_tokens=60_000, cached_is_free=True)),
        (TOTAL, Tier("t1", requests=600, tokens=120_000, reserve_most=True)),
    ],
)
async def test_a_tier_is_used_to_the_full_and_the_vendor_refuses_nothing(
    clock: Clock, binding: str, tier: Tier
) -> None:
    spike = Spike(tier, clock, varied, turns=110, arrive_over=20, reserved_by_vendor=tier.reserve_most)
    await spike.run()
    assert spike.share(binding) >= 0.98
    check(spike)


async def test_output_that_is_known_only_afterwards_fills_the_tier_too(clock: Clock) -> None:
    spike = Spike(Tier("t1", output_tokens=15_000), clock, varied, turns=110, arrive_over=20, seconds=60)
    await spike.run()
    assert spike.charged_between(15, 60)[OUTPUT] / (15_000 / 60 * 45) >= 0.96  # the last answers are not yet complete
    check(spike)


async def test_the_concurrency_is_kept_and_used(clock: Clock) -> None:
    spike = Spike(Tier("t1", concurrency=6), clock, varied, turns=90, arrive_over=1)
    await spike.run()
    assert spike.most_running == 6
    assert len(spike.admitted) >= 0.9 * 6 * 60 / 4.5  # jobs need a moment to begin
    check(spike)


async def test_the_tier_changed_in_mid_spike_is_kept_as_well(clock: Clock) -> None:
    spike = Spike(Tier("t1", requests=60), clock, varied, turns=100, arrive_over=1, seconds=40)
    spike.changes = {20.0: Tier("t1", requests=120)}
    await spike.run()
    assert len(spike.admitted) >= 0.98 * (20 + 40)
    check(spike)


def check(spike: Spike) -> None:
    assert spike.refusals == 0
    assert all(spike.since[one] <= spike.since[other] for one, other in pairwise(spike.let_out))
    assert len(set(spike.admitted)) == len(spike.admitted)
