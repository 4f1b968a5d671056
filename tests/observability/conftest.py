"""What tests of observability share."""

from math import inf

import pytest

from tests.observability.logs_cast import fresh


@pytest.fixture
def hold(db, redis_clean, monkeypatch):
    """Call it to say for how many seconds conversations are held; at first for half an hour."""
    from observability.logs import current

    def use(seconds=1800.0, **changes):
        given = current.Current(**{"hold": seconds, "soon": 0.0, **changes})
        monkeypatch.setattr(current, "_known", (inf, given))

    fresh(monkeypatch)
    use()
    return use
