"""What each routing rule's turns came to, for the list of rules: routing, below us, must not know of turns."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from routing.admin.rules.figures import DAYS, Figures, Week, register

SQL = Path(__file__).with_suffix(".sql").read_text()


def counted() -> Week:
    """The turns that ended in the last DAYS days: one query."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"since": timezone.now() - timedelta(days=DAYS)})
        rows = cursor.fetchall()
    by_rule = {rule: _figures(rest) for rule, cached, *rest in rows if rule is not None and not cached}
    free = {cached: _figures(rest) for rule, cached, *rest in rows if rule is None}
    return Week(by_rule, free.get(False, Figures()), free.get(True, Figures()))


def _figures(row: list[Any]) -> Figures:
    turns, cost, seconds, down, escalated = row
    return Figures(turns, cost, seconds, down, escalated)


register(counted)
