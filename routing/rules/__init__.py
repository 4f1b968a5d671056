"""Routing rules: conditions and actions, the tree that joins them, which rule takes a message, and what is wrong.

`first_rule(question)` decides a turn by the rules in force; `first_of(rules, question)` by rules that were given.
"""

from routing.rules.current import first_rule
from routing.rules.rule import Match, Rule, first_of

__all__ = ["Match", "Rule", "first_of", "first_rule"]
