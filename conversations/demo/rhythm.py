"""When people write: few at night, most before noon and after work, less at weekends, a little more each week."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS = (
    14, 9, 6, 5, 5, 8, 18, 38, 62, 84, 95, 98, 88, 86, 90, 92, 88, 84, 80, 82, 76, 60, 40, 24,
)  # fmt: skip
WEEKDAYS = (1.08, 1.1, 1.05, 1.02, 0.98, 0.72, 0.68)  # from Monday
GROWTH = 0.006  # a day
SECONDS = 86400


def expected(turns: float, day: int, days: int) -> float:
    """Of the day that began at `day` (seconds since 1970, UTC), when `turns` are usual; `days` from the end."""
    weekday = (day // SECONDS + 3) % 7  # 1970 began with a Thursday
    return turns * WEEKDAYS[weekday] * (1 - GROWTH) ** days


def moments(random: np.random.Generator, day: int, count: int) -> "NDArray[Any]":
    """So many moments of a day, in order, after the hours' rhythm."""
    hours = np.interp(np.arange(0, 24, 0.25), np.arange(0.5, 24.5), HOURS, period=24)
    quarter = random.choice(len(hours), count, p=hours / hours.sum())
    return np.sort(day + (quarter + random.random(count)) * 900)


def load(at: "NDArray[Any]") -> "NDArray[Any]":
    """How busy it is, 1 in the busiest hour."""
    shape: NDArray[Any] = np.interp(at % SECONDS / 3600, np.arange(0.5, 24.5), HOURS, period=24) / max(HOURS)
    return shape
