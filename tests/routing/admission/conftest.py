"""A tier for each test, an empty Redis, and the few steps that most tests take."""

from collections.abc import Iterator

import pytest
import redis as redis_client

from routing import admission
from routing.admission import Need, Tier, tiers

NEED = Need(1000, 400)


@pytest.fixture(autouse=True)
def _own_tiers(redis_clean: "redis_client.Redis", monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the tiers that another one read; `TIERS` stand in the book without a database."""
    tiers.forget()
    yield
    tiers.forget()


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> dict[str, Tier]:
    """The tiers that exist, by key: what a test puts here is in force, as if Postgres held it."""
    known: dict[str, Tier] = {}
    monkeypatch.setattr(tiers, "read", lambda: tiers.Book({}, {}, {}, known))
    monkeypatch.setattr(tiers, "FRESH_SECONDS", 0.0)
    return known


async def ask(tier: Tier, turn: int, since: float | None = None, need: Need = NEED, **more: object) -> object:
    """Admit; a turn's number is its time unless the test says another."""
    return await admission.admit(tier, turn, need, since=float(turn) if since is None else since, **more)  # type: ignore[arg-type]
