"""How every benchmark reports: a table on the screen, and JSON."""

import json
import os
import platform
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

Figures = dict[str, float]


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile of at least one value; `share` from 0 to 1."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def show(bench: str, figures: Figures) -> None:
    """Print the figures, one on each line; small ones, shares among them, with four decimals."""
    width = max(map(len, figures))
    print(f"\n{bench}")
    for name, value in figures.items():
        print(f"  {name:<{width}}  {value:>12,.{4 if abs(value) < 2 else 2}f}")


def write(path: Path, bench: str, figures: Figures) -> None:
    """Write `{"bench", "figures", "machine"}`."""
    path.write_text(json.dumps({"bench": bench, "figures": figures, "machine": machine()}, indent=2) + "\n")


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
