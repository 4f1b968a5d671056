"""What a condition is, and the registry of its kinds: each is a class in a file of its own, decorated `@condition`."""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from routing.question import Question
from routing.rules.fields import Field, Params


class Outcome(NamedTuple):
    """Whether it held, and in a few words what it saw."""

    held: bool
    detail: str


class Condition:
    """A question about a message. Subclasses are frozen dataclasses: equal ones ask the same.

    Their public fields are the parameters. `of_text`: it looks at the text or what follows from that, so that two of
    such kinds may depend on each other. `exact`: two of this kind of which none excludes the other can hold at once.
    `place` is its place in the menu.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str] = ""
    of_text: ClassVar[bool] = True
    exact: ClassVar[bool] = False
    place: ClassVar[int] = 100

    @classmethod
    def fields(cls) -> Sequence[Field]:
        """What a form asks for. May query the database for what there is to choose from."""
        raise NotImplementedError

    @classmethod
    def parse(cls, params: Params) -> Self:
        """From the JSON of a leaf. Raises ValidationError: of fields where one is at fault."""
        raise NotImplementedError

    def holds(self, question: Question) -> Outcome:
        """Ask it. Never blocks."""
        raise NotImplementedError

    def sentence(self) -> str:
        """What it asks, for people."""
        raise NotImplementedError

    def covers(self, other: "Condition") -> bool:
        """Whether this certainly holds whenever `other` does. False: it need not, or that cannot be told."""
        return self == other

    def excludes(self, other: "Condition") -> bool:
        """Whether this certainly fails whenever `other` holds. False: it need not, or that cannot be told."""
        del other
        return False

    def meets(self, other: "Condition") -> bool:
        """Whether there certainly is a message for which both hold. False: there is none, or that cannot be told."""
        if type(self) is not type(other):
            return not (self.of_text and other.of_text)
        return (self.exact and not self.excludes(other)) or self.covers(other) or other.covers(self)


T = TypeVar("T", bound=type[Condition])
CONDITIONS: dict[str, type[Condition]] = {}  # by kind, in the order of the menu


def condition(found: T) -> T:
    """Register a kind. Raises ValueError for a name that is taken."""
    if CONDITIONS.setdefault(found.kind, found) is not found:
        raise ValueError(f"There are two conditions of the kind {found.kind}.")
    in_order = sorted(CONDITIONS.items(), key=lambda item: (item[1].place, item[1].title))
    CONDITIONS.clear()
    CONDITIONS.update(in_order)
    return found


def listed(values: Sequence[Any], most: int = 4) -> str:
    """The first few, for people."""
    shown = ", ".join(map(str, values[:most]))
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"
