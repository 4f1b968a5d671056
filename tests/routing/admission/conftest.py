"""An empty Redis, a clock that the test turns, and the few steps that most tests take."""

from collections.abc import Iterator

import pytest
import redis as redis_client

from routing import admission
from routing.admission import Admitted, Dispatch, Need, Place, Tier, Waiting, tiers
from tests.routing.admission.clock import Clock

NEED = Need(1000, 400)


@pytest.fixture(autouse=True)
def _own_tiers(redis_clean: "redis_client.Redis") -> Iterator[None]:
    """No test sees the tiers that another one read."""
    tiers.forget()
    yield
    tiers.forget()


@pytest.fixture
def clock(redis_clean: "redis_client.Redis", monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Redis's clock for the scripts: it stands until the test turns it."""
    return Clock(redis_clean, monkeypatch)


@pytest.fixture(autouse=True)
def book(monkeypatch: pytest.MonkeyPatch) -> dict[str, Tier]:
    """The tiers that exist, by key: what a test puts here is in force, as if Postgres held it."""
    known: dict[str, Tier] = {}
    monkeypatch.setattr(tiers, "read", lambda: tiers.Book({}, {}, {}, known))
    monkeypatch.setattr(tiers, "FRESH_SECONDS", 0.0)
    return known


async def ask(
    tier: Tier, turn: int, since: float | None = None, need: Need = NEED, **more: object
) -> Admitted | Waiting:
    """Admit; a turn's number is its time unless the test says another."""
    return await admission.admit(tier, turn, need, since=float(turn) if since is None else since, **more)  # type: ignore[arg-type]


async def waits(tier: Tier, turn: int, since: float | None = None, need: Need = NEED, **more: object) -> Waiting:
    """Ask, and it must wait."""
    found = await ask(tier, turn, since, need, **more)
    assert isinstance(found, Waiting), f"turn {turn} was admitted"
    return found


async def goes(tier: Tier, turn: int, since: float | None = None, need: Need = NEED, **more: object) -> Admitted:
    """Ask, and it must go."""
    found = await ask(tier, turn, since, need, **more)
    assert isinstance(found, Admitted), f"turn {turn} waits: {found}"
    return found


async def dispatch(tier: Tier) -> Dispatch:
    """Let out of one tier's line what may go."""
    (found,) = await admission.dispatch([tier])
    return found


async def line(tier: Tier) -> list[Place]:
    """One tier's line."""
    (places,) = await admission.lines([tier])
    return places


async def in_line(tier: Tier) -> list[int]:
    """Who waits, in order. Places have no holes."""
    places = await line(tier)
    assert [place.place for place in places] == list(range(len(places)))
    return [place.turn for place in places]


async def level(tier: Tier, limit: str = "requests") -> float:
    """What a bucket holds."""
    (standing,) = await admission.standing([tier])
    found = standing.uses[limit].level
    assert found is not None
    return found
