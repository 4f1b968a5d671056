"""What an action is, and the registry of its kinds: each is a class in a file of its own, decorated `@action`."""

from collections.abc import Sequence
from typing import ClassVar, Self, TypeVar

from routing.decision import Way
from routing.rules.fields import Field, Params


class Action:
    """What is done with a message that a rule takes. Subclasses are frozen dataclasses: plain values."""

    kind: ClassVar[Way]
    title: ClassVar[str]
    help: ClassVar[str] = ""
    place: ClassVar[int] = 100  # in the menu

    @classmethod
    def fields(cls) -> Sequence[Field]:
        """What a form asks for. May query the database for what there is to choose from."""
        raise NotImplementedError

    @classmethod
    def parse(cls, params: Params) -> Self:
        """From JSON. Raises ValidationError: of fields where one is at fault."""
        raise NotImplementedError

    def sentence(self) -> str:
        """What it does, for people."""
        raise NotImplementedError


T = TypeVar("T", bound=type[Action])
ACTIONS: dict[str, type[Action]] = {}  # by kind, in the order of the menu


def action(found: T) -> T:
    """Register a kind. Raises ValueError for a name that is taken."""
    if ACTIONS.setdefault(found.kind.value, found) is not found:
        raise ValueError(f"There are two actions of the kind {found.kind}.")
    in_order = sorted(ACTIONS.items(), key=lambda item: (item[1].place, item[1].title))
    ACTIONS.clear()
    ACTIONS.update(in_order)
    return found
