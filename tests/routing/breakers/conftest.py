"""Breakers on a clean Valkey, with times short enough to wait for, and processes' worth of views on them."""

import asyncio
import contextvars
import dataclasses
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from routing.breaking import known as views
from routing.breaking import script
from routing.breaking.policy import Policy

QUICK = Policy(run_ms=0, calm_ms=0, pause_ms=120, longest_ms=400, probe_ms=300, glance_ms=50, grace_ms=0)


@pytest.fixture(autouse=True)
def _clean(redis_clean: object) -> None:
    """Breakers of other tests are gone."""


@pytest.fixture(autouse=True)
def policy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Tenths of seconds instead of seconds; call it to change one of them."""

    def change(**values: Any) -> None:
        new = dataclasses.replace(script.POLICY, **values)
        monkeypatch.setattr(script, "POLICY", new)
        monkeypatch.setattr(views, "POLICY", new)

    change(**dataclasses.asdict(QUICK))
    return change


class Process:
    """Calls as another worker process would make them: with a view of its own on the breakers."""

    def __init__(self) -> None:
        self._view = views.Known()
        self._context = contextvars.copy_context()

    async def __call__(self, work: Coroutine[Any, Any, Any]) -> Any:
        self._context.run(VIEW.set, self._view)
        return await asyncio.get_running_loop().create_task(work, context=self._context)

    def turn(self) -> "Process":
        """Another turn in the same process: the same view, a context of its own."""
        other = Process()
        other._view = self._view
        return other


VIEW: contextvars.ContextVar[views.Known | None] = contextvars.ContextVar("view", default=None)


@pytest.fixture(autouse=True)
def _views(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each Process have its own view; the test itself has this loop's."""
    of_loop = views.known
    for place in ("routing.breakers.known", "routing.route.known"):
        monkeypatch.setattr(place, lambda: VIEW.get() or of_loop())


@pytest.fixture
def process() -> type[Process]:
    return Process
