"""What is recalled, within the budget of a prompt."""

from collections.abc import Iterable, Sequence

from memory.recall.found import Found, Recalled, RecalledMemory, RecalledMessage
from parley.tokens import tokens

FENCE = 65  # tokens around the entries (memory.recall.prompt)
LINE = 6  # of an entry's date and speaker
LEAST = 30  # tokens left over that are worth looking for something shorter
KEPT = 120  # tokens that messages, which are longer, leave to memories


def pack(found: Iterable[Found], *, most: int, budget: int) -> Recalled:
    """The best of the found, at most so many of them and within so many tokens; what does not fit is passed over,
    and what says the same in the same words as a better one is left out.
    """
    best = sorted(found, key=lambda one: -one.score)
    chosen: list[Found] = []
    said: set[str] = set()
    left = budget - FENCE
    kept = min(KEPT, sum(cost_of(one) for one in best if isinstance(one, RecalledMemory)))
    for one in best:
        if len(chosen) >= most or left < LEAST:
            break
        cost, words = cost_of(one), " ".join(one.text.casefold().split())
        is_memory = isinstance(one, RecalledMemory)
        if words not in said and cost <= (left if is_memory else left - kept):
            chosen.append(one)
            said.add(words)
            left -= cost
            kept = max(kept - cost, 0) if is_memory else kept
    return _recalled(chosen, spent=budget - left)


def cost_of(one: Found) -> int:
    """Tokens of its line in the prompt."""
    return tokens(one.text) + LINE


def _recalled(chosen: Sequence[Found], *, spent: int) -> Recalled:
    memories = [one for one in chosen if isinstance(one, RecalledMemory)]
    messages = [one for one in chosen if isinstance(one, RecalledMessage)]
    note = {"recalled": [_note(one) for one in chosen], "tokens": spent}
    return Recalled(memories, messages, note)


def _note(one: Found) -> dict[str, object]:
    """For the turn's record: what it was and why; the text stays with the memory, so that erasing it is enough."""
    where = {"memory": one.id} if isinstance(one, RecalledMemory) else {"message": one.message}
    cosine = None if one.cosine is None else round(one.cosine, 3)
    return {**where, "score": round(one.score, 3), "lexical": round(one.lexical, 3), "cosine": cosine}
