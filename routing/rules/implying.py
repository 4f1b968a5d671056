"""What follows from one condition for another, as far as that can be told without asking a message.

Every answer is careful: True is certain, False is "not, or nobody can tell". What single conditions know of each other
is `Condition.covers`, `excludes` and `meets`; the rest is propositional. Trees have at most 100 conditions, and a pair
of parts is looked at once.
"""

import functools

from routing.rules.conditions import Condition
from routing.rules.nodes import AllOf, AnyOf, Leaf, Node, Not


@functools.lru_cache(maxsize=50_000)
def implies(first: Node, then: Node) -> bool:
    """Whether `then` certainly holds whenever `first` does."""
    if isinstance(then, AllOf):
        return all(implies(first, each) for each in then.children)
    if isinstance(first, AnyOf):
        return all(implies(each, then) for each in first.children)
    if isinstance(then, AnyOf) and any(implies(first, each) for each in then.children):
        return True
    if isinstance(first, AllOf):
        return any(implies(each, then) for each in first.children) or _contradicts_itself(first)
    if isinstance(then, Not):
        return implies(then.child, first.child) if isinstance(first, Not) else excludes(first, then.child)
    return isinstance(first, Leaf) and isinstance(then, Leaf) and then.condition.covers(first.condition)


@functools.lru_cache(maxsize=50_000)
def excludes(one: Node, other: Node) -> bool:
    """Whether both certainly never hold at once."""
    for here, there in ((one, other), (other, one)):
        if isinstance(here, AnyOf):
            return all(excludes(each, there) for each in here.children)
    for here, there in ((one, other), (other, one)):
        if isinstance(here, AllOf) and any(excludes(each, there) for each in here.children):
            return True
        if isinstance(here, Not) and implies(there, here.child):
            return True
    return isinstance(one, Leaf) and isinstance(other, Leaf) and _leaves_exclude(one.condition, other.condition)


def never(node: Node) -> bool:
    """Whether it certainly holds for no message."""
    return excludes(node, node)


def always(node: Node) -> bool:
    """Whether it certainly holds for every message."""
    return implies(AllOf(()), node)


def meet(one: Node, other: Node) -> bool:
    """Whether there certainly are messages that meet both: plain lists of conditions that do not depend on another."""
    found = _plain(one), _plain(other)
    if found[0] is None or found[1] is None:
        return False
    ours, theirs = found[0], found[1]
    if any(len({type(each) for each in side}) < len(side) for side in (ours, theirs)):
        return False
    return len({type(each) for each in ours + theirs if each.of_text}) <= 1 and all(
        each.meets(there) for each in ours for there in theirs
    )


def _contradicts_itself(node: AllOf) -> bool:
    return any(excludes(each, there) for index, each in enumerate(node.children) for there in node.children[:index])


def _leaves_exclude(one: Condition, other: Condition) -> bool:
    return one.excludes(other) or other.excludes(one)


def _plain(node: Node) -> list[Condition] | None:
    """The conditions that must all hold; None where it is not that simple."""
    if isinstance(node, Leaf):
        return [node.condition]
    if isinstance(node, AnyOf) and len(node.children) == 1:
        return _plain(node.children[0])
    if not isinstance(node, AllOf):
        return None
    parts = [_plain(each) for each in node.children]
    return None if None in parts else [each for part in parts if part is not None for each in part]
