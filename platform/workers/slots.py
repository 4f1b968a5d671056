"""Who gets the slots: the first queue first, but the later ones never starve.

With C slots and more than one queue, R = max(1, C/10) of them are kept for the later queues: the first queue never
runs more than C - R at once. While jobs wait in the first queue, the later queues together run at most half of C;
otherwise at most C - R, so that something is free when the first queue's next job comes. The later queues take turns in
being asked first. With a single slot, the later queues are asked first at every tenth claim.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quotas:
    """How many jobs may be taken now from the first queue, and from the later ones together."""

    first: int
    later_while_first_waits: int
    later: int


def quotas(concurrency: int, first_running: int, later_running: int, queues: int) -> Quotas:
    """The quotas when so many jobs of the first queue and of the later ones run."""
    free = max(concurrency - first_running - later_running, 0)
    reserve = max(1, concurrency // 10) if queues > 1 else 0
    most = max(concurrency - reserve, 1)

    def within(limit: int, running: int) -> int:
        return max(min(limit - running, free), 0)

    half = max(concurrency // 2, 1)
    return Quotas(within(most, first_running), within(min(half, most), later_running), within(most, later_running))


def order(queues: int, concurrency: int, claims: int) -> list[int]:
    """The queues' numbers in the order in which the `claims`-th claim asks them."""
    later = list(range(1, queues))
    if not later:
        return [0]
    start = claims % len(later)
    later = later[start:] + later[:start]
    return [*later, 0] if concurrency == 1 and claims % 10 == 9 else [0, *later]
