"""What the numbers of cells stand for, as this process read them: arrays by number, to choose and to group by."""

import threading
from typing import TYPE_CHECKING, Any, LiteralString

from django.db import connection

if TYPE_CHECKING:
    from numpy.typing import NDArray

SINCE: LiteralString = """
    SELECT id, label, site, model, rule, audience FROM observability_cell WHERE id > %s ORDER BY id
"""
KINDS = ("site", "model", "rule", "audience")
UNKNOWN = -1  # a number that the table does not have (its row was removed)

_lock = threading.Lock()
_labels: list[str] = [""]
_label_numbers: dict[str, int] = {"": 0}
_arrays: dict[str, "NDArray[Any]"] = {}


def known(highest: int) -> tuple[dict[str, "NDArray[Any]"], list[str]]:
    """Arrays "label", "site", "model", "rule", "audience" that reach `highest`, and what the labels' numbers mean."""
    with _lock:
        if not _arrays or len(_arrays["label"]) <= highest:
            _read(highest)
        return dict(_arrays), _labels


def label_number(label: str) -> int:
    """UNKNOWN for one that nothing was added under."""
    return _label_numbers.get(label, UNKNOWN)


def _read(highest: int) -> None:
    import numpy as np

    have = len(_arrays["label"]) if _arrays else 0
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [have - 1])
        rows = cursor.fetchall()
    length = max([highest, *(row[0] for row in rows)]) + 1
    for place, kind in enumerate(("label", *KINDS), 1):
        grown = np.full(length, UNKNOWN, dtype=np.int64)
        if have:
            grown[:have] = _arrays[kind]
        for row in rows:
            grown[row[0]] = _label(row[1]) if kind == "label" else row[place]
        _arrays[kind] = grown


def _label(text: str) -> int:
    if text not in _label_numbers:
        _label_numbers[text] = len(_labels)
        _labels.append(text)
    return _label_numbers[text]
