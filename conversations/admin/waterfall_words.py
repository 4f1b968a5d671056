"""The words of a waterfall."""

_TITLES = {
    "claim": "Taken by a worker",
    "prepare": "Preparing",
    "exact": "Cached answer, same words",
    "embed": "Embedding",
    "lookup": "Cached answer, same meaning",
    "embed for memory": "Embedding for memory",
    "retrieve": "Knowledge search",
    "recall": "Memory",
    "decide": "Routing",
    "assemble": "Putting the prompt together",
    "admit": "Admission",
    "stream": "Model",
    "extract": "Answer from the articles",
    "finish": "Storing the answer",
    "remember": "Copy for memory",
    "first_token": "first words",
    "fell_over": "left for another model",
    "parked": "parked",
    "retry": "tried again",
}
_STATES = {
    "answered": "answered",
    "failed": "failed",
    "parked": "waits in line",
    "cancelled": "stopped by the visitor",
    "lost": "taken over by another attempt",
    "again": "back in the queue",
    "interrupted": "interrupted, back in the queue",
}
_WAITED = {"": "Waited for a worker", "parked": "Waited for a rate tier"}


def title(name: str) -> str:
    """Of a step or a moment in one."""
    return _TITLES.get(name, name.replace("_", " "))


def state_words(state: str) -> str:
    """What an attempt came to."""
    return _STATES.get(state, state.replace("_", " "))


def waited_for(state: str) -> str:
    """What a turn waited for after an attempt that ended as `state`; "" before the first."""
    return _WAITED.get(state, "Waited for the next attempt")


def written(seconds: float) -> str:
    """A length of time in three figures: 0.4 ms, 12 ms, 1.25 s, 75.3 s, 12 min."""
    if seconds < 0.00005:
        return "0"
    if seconds < 0.0995:
        return f"{1000 * seconds:.1f} ms" if seconds < 0.00995 else f"{1000 * seconds:.0f} ms"
    if seconds < 600:
        return f"{seconds:.2f} s" if seconds < 9.95 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"
