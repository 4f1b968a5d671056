"""What the numbers of sites, models, rules and audiences are called: apps above this one register who knows.

register("site", lambda: dict(Site.objects.values_list("id", "name")))   # in the app's `ready`
name("site", 3)   # "Demo Shop", or "site 3" when its row is gone
"""

import time
from collections.abc import Callable, Mapping
from typing import Literal

Kind = Literal["site", "model", "rule", "audience"]
Resolver = Callable[[], Mapping[int, str]]
KEPT_SECONDS = 10.0  # a new name shows that much later

_resolvers: dict[str, Resolver] = {}
_kept: dict[str, tuple[float, dict[int, str]]] = {}


def register(kind: Kind, resolver: Resolver) -> None:
    """`resolver` gives the names of all rows of this kind, by number."""
    _resolvers[kind] = resolver
    _kept.pop(kind, None)


def names(kind: Kind) -> dict[int, str]:
    """All names of a kind by number, in order of name; empty where nobody registered. For synchronous code."""
    until, found = _kept.get(kind, (0.0, {}))
    if until < time.monotonic():
        known = _resolvers[kind]() if kind in _resolvers else {}
        found = dict(sorted(known.items(), key=lambda item: item[1].lower()))
        _kept[kind] = (time.monotonic() + KEPT_SECONDS, found)
    return found


def name(kind: Kind, number: int | None) -> str:
    """What a number of a statistic is called: "none" for none, its kind and number where its row is gone."""
    if not number:
        return "none"
    return names(kind).get(number) or f"{kind} {number}"


def forget() -> None:
    """Ask anew: for tests, and after a change that must show at once."""
    _kept.clear()
