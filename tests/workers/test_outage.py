"""A server that is away is told of once when it goes and once when it is back."""

import logging

import pytest

from parley.outage import LONGEST, SHORTEST, Outage

log = logging.getLogger("some.loop")


def test_an_outage_is_two_lines_however_often_it_is_met_and_waits_grow_to_a_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outage = Outage(log, "Sweeping", "Postgres")
    outage.worked()
    waits = [outage.failed(OSError("no\n route")) for _ in range(6)]
    assert (waits[0], waits[-1]) == (SHORTEST, LONGEST)
    assert waits == sorted(waits)
    outage.worked()
    outage.worked()
    assert caplog.messages == ["Sweeping waits for Postgres (OSError: no route)", "Sweeping: Postgres is back"]
    assert outage.failed(OSError()) == SHORTEST, "the next outage begins anew"
