"""The parts of a condition's tree."""

from dataclasses import dataclass
from typing import Union

from routing.rules.conditions import Condition


@dataclass(frozen=True)
class Leaf:
    """One condition."""

    condition: Condition


@dataclass(frozen=True)
class AllOf:
    """Each holds; of none, always."""

    children: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one holds; of none, never."""

    children: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """It does not hold."""

    child: "Node"


Node = Union[Leaf, AllOf, AnyOf, Not]  # noqa: UP007 - names that come later
EVERY_MESSAGE = AllOf(())
