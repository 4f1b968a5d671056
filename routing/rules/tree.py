"""A condition's tree: read from JSON, asked with short cut, or traced with every condition's outcome."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from routing.question import Question
from routing.rules.conditions import CONDITIONS
from routing.rules.nodes import AllOf, AnyOf, Leaf, Node, Not
from routing.rules.problems import PartsError, Problems, by_field

DEEPEST = 8  # groups in groups
MOST_CONDITIONS = 100
SHAPE = 'This must be {"all": […]}, {"any": […]}, {"not": …} or {"kind": …}.'


class Asked(NamedTuple):
    """Whether a tree held, and what decided it."""

    held: bool
    why: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """One part and how it came out. `kind`: "all", "any", "not", or that of a condition; `path` as in PartsError."""

    path: str
    kind: str
    sentence: str
    held: bool
    detail: str = ""
    children: tuple["Trace", ...] = ()


def parse(tree: Any) -> Node:
    """The tree of RoutingRule.condition. Raises PartsError, which names every fault."""
    reading = _Reading()
    node = reading.node(tree, "", 0)
    if reading.conditions > MOST_CONDITIONS:
        reading.fault(
            "", f"At most {MOST_CONDITIONS} conditions; these are {reading.conditions}. Make two rules of them."
        )
    if reading.problems or node is None:
        raise PartsError(reading.problems)
    return node


@dataclass
class _Reading:
    problems: Problems = field(default_factory=dict)
    conditions: int = 0

    def fault(self, path: str, words: str) -> Node | None:
        """Note what is wrong with a part. Gives None, the part that it is not."""
        self.problems.setdefault(path, {})[""] = words
        return None

    def node(self, tree: Any, path: str, depth: int) -> Node | None:
        """None where something is wrong with it."""
        if not isinstance(tree, dict):
            return self.fault(path, SHAPE)
        if depth > DEEPEST:
            return self.fault(path, f"Groups are nested more than {DEEPEST} deep. Take it out of one.")
        if "kind" in tree:
            return self.leaf(tree, path)
        if len(tree) != 1 or (key := next(iter(tree))) not in ("all", "any", "not"):
            return self.fault(path, SHAPE)
        inner = f"{path}/{key}" if path else key
        if key == "not":
            child = self.node(tree[key], inner, depth + 1)
            return None if child is None else Not(child)
        return self.group(AllOf if key == "all" else AnyOf, tree[key], (path, inner), depth)

    def group(self, kind: type[AllOf] | type[AnyOf], trees: Any, paths: tuple[str, str], depth: int) -> Node | None:
        """All of its faulty parts are noted."""
        if not isinstance(trees, list):
            return self.fault(paths[0], SHAPE)
        if len(trees) > MOST_CONDITIONS:
            return self.fault(paths[0], f"At most {MOST_CONDITIONS} parts in a group; these are {len(trees)}.")
        parts = [self.node(each, f"{paths[1]}/{index}", depth + 1) for index, each in enumerate(trees)]
        fine = tuple(each for each in parts if each is not None)
        return kind(fine) if len(fine) == len(parts) else None

    def leaf(self, tree: dict[str, Any], path: str) -> Node | None:
        """A condition."""
        self.conditions += 1
        kind = CONDITIONS.get(tree["kind"]) if isinstance(tree["kind"], str) else None
        if kind is None:
            known = ", ".join(CONDITIONS)
            return self.fault(path, f"There is no condition of the kind {tree['kind']!r}: choose one of {known}.")
        try:
            return Leaf(kind.parse(tree))
        except ValidationError as error:
            self.problems[path] = by_field(error)
            return None


def ask(node: Node, question: Question) -> Asked:
    """Whether the tree holds; stops as soon as that is decided."""
    if isinstance(node, Leaf):
        held, detail = node.condition.holds(question)
        return Asked(held, (detail,))
    if isinstance(node, Not):
        held, why = ask(node.child, question)
        return Asked(not held, tuple(f"not: {each}" for each in why))
    return _ask_group(node, question)


def _ask_group(node: AllOf | AnyOf, question: Question) -> Asked:
    decisive = isinstance(node, AnyOf)
    seen: list[str] = []
    for child in node.children:
        asked = ask(child, question)
        if asked.held is decisive:
            return asked
        seen += asked.why
    return Asked(not decisive, tuple(seen))


def trace(node: Node, question: Question, path: str = "") -> Trace:
    """Every part's outcome, decisive or not."""
    if isinstance(node, Leaf):
        held, detail = node.condition.holds(question)
        return Trace(path, node.condition.kind, node.condition.sentence(), held, detail)
    if isinstance(node, Not):
        child = trace(node.child, question, _join(path, "not"))
        return Trace(path, "not", "not", not child.held, "", (child,))
    key = "all" if isinstance(node, AllOf) else "any"
    children = tuple(trace(each, question, _join(path, key, index)) for index, each in enumerate(node.children))
    outcomes = [child.held for child in children]
    held = all(outcomes) if key == "all" else any(outcomes)
    return Trace(path, key, f"{key} of these" if children else _empty(key), held, "", children)


def sentence(node: Node) -> str:
    """The tree for people, on one line."""
    if isinstance(node, Leaf):
        return node.condition.sentence()
    if isinstance(node, Not):
        return f"not ({sentence(node.child)})"
    if not node.children:
        return _empty("all" if isinstance(node, AllOf) else "any")
    joint = " and " if isinstance(node, AllOf) else " or "
    parts = [sentence(each) if isinstance(each, Leaf) else f"({sentence(each)})" for each in node.children]
    return joint.join(parts) if len(parts) > 1 else sentence(node.children[0])


def _empty(key: str) -> str:
    return "every message" if key == "all" else "no message"


def _join(path: str, *steps: object) -> str:
    return "/".join(str(step) for step in (path, *steps) if step != "")
