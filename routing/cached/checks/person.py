"""Whose it is: mine, yours, or somebody else's."""

from collections.abc import Sequence

from routing.cached.checks.words import Words, any_of

OTHERS = any_of(
    "his, her, their, someone else's, somebody else's, another user's, another person's, other people's, "
    "other users', my wife's, my husband's, my friend's, my son's, my daughter's, my mother's, my "
    "father's, my child's, my partner's, a friend's, someone's, somebody's, other users, another user, "
    "someone else, somebody else, for others, stop others"
)


def refusal(asked: Words, stored: Sequence[Words]) -> str:
    """About somebody else's, and no stored question is, or the other way round."""
    wanted = asked.has(OTHERS)
    if any(one.has(OTHERS) == wanted for one in stored):
        return ""
    return "about somebody else" if wanted else "every stored question is about somebody else"
