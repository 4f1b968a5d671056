"""What the builder offers: every registered condition and action, with its inputs."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from routing.rules.actions import ACTIONS
from routing.rules.conditions import CONDITIONS


def catalogue() -> dict[str, list[dict[str, Any]]]:
    """As JSON for routing/static/routing/rules/form.js. Queries what there is to choose from."""
    return {"conditions": _described(CONDITIONS.values()), "actions": _described(ACTIONS.values())}


def _described(kinds: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {"kind": kind.kind, "title": kind.title, "help": kind.help, "fields": [asdict(each) for each in kind.fields()]}
        for kind in kinds
    ]
