"""Processor time and memory of groups of processes, from /proc: a process and all that descend from it."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
Spent = dict[str, float]
LOOP = 300_000


def spent(groups: Mapping[str, list[int]]) -> Spent:
    """CPU milliseconds of each group until now, children that have ended and were waited for included."""
    children = _children()
    return {
        name: sum(_cpu_ms(pid) for root in roots for pid in _family(root, children)) for name, roots in groups.items()
    }


def machine_ms() -> float:
    """CPU milliseconds that the whole machine has been busy until now."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) * TICK_MS


def loop_ms() -> float:
    """CPU milliseconds of a fixed piece of work: how fast a core is now. Neighbours may double it, as all figures."""
    before, total = time.process_time(), 0
    for number in range(LOOP):
        total += number * number
    return 1000 * (time.process_time() - before)


def rss_mib(pid: int) -> float:
    """Resident memory of one process in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def _cpu_ms(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) * TICK_MS  # utime, stime, cutime, cstime
    return 0.0


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            pid = int(entry.name)
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            found.setdefault(parent, []).append(pid)
    return found


def _family(root: int, children: Mapping[int, list[int]]) -> list[int]:
    found = [root]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found
