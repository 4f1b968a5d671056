"""From a spike down to the turns behind it. Observability knows no turns: who has them registers their list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlencode

from django.http import HttpRequest

from observability.statistics import Where


class Order(StrEnum):
    """Which turns are looked for: the slowest, those that failed, the dearest, or the newest."""

    SLOWEST = "slowest"
    FAILED = "failed"
    DEAREST = "dearest"
    NEWEST = "newest"


@dataclass(frozen=True)
class List:
    """Where the list is (`address()`; only for those with `permission`). It understands the names of `query`."""

    address: Callable[[], str]
    permission: str


_registered: list[List] = []


def register(address: Callable[[], str], permission: str) -> None:
    """Name the list of turns; the last one registered counts."""
    _registered[:] = [List(address, permission)]


def query(start: datetime, end: datetime, where: Where, order: Order) -> str:
    """`finished_at__gte`, `finished_at__lt` (ISO 8601, UTC), `site`, `model`, `rule`, `audience` (ids, repeated
    where several were chosen) and `order` (one of Order), as an address's query."""
    pairs: list[tuple[str, object]] = [
        ("finished_at__gte", f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
        ("finished_at__lt", f"{end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
    ]
    dimensions = (("site", where.sites), ("model", where.models), ("rule", where.rules), ("audience", where.audiences))
    pairs += [(name, each) for name, ids in dimensions for each in ids]
    return urlencode([*pairs, ("order", order.value)])


def link(request: HttpRequest, start: datetime, end: datetime, where: Where, order: Order) -> str:
    """The address of the turns that ended in this time; empty where there is no list, or this person may not see it."""
    for found in _registered:
        if request.user.has_perm(found.permission):
            return f"{found.address()}?{query(start, end, where, order)}"
    return ""
