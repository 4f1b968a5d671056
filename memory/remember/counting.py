"""What extraction kept and ignored, told to the statistics."""

from functools import partial

from django.db import transaction

from memory.remember.merging import Merged
from observability.statistics import add


def count(merged: Merged, site_id: int) -> None:
    """Count it for the contact's site, once this transaction is committed: what is rolled back was not remembered."""
    transaction.on_commit(partial(_count, merged, site_id))


def _count(merged: Merged, site_id: int) -> None:
    numbers = {
        "added": merged.added,
        "updated": merged.updated,
        "superseded": merged.superseded,
        "ignored": merged.ignored + merged.known,
    }
    for label, number in numbers.items():
        for _ in range(number):
            add("memories", label=label, site=site_id)
