"""Names for the groups of a figure: its labels in words, and sites, models, rules and audiences by their names."""

from typing import Literal

from observability.names import names
from observability.statistics.figures import FIGURES

WORDS = {
    "began": "Began",
    "gave_up": "Gave up",
    "cache": "Cached answer",
    "model": "Model",
    "rule": "Rule's text",
    "articles": "Articles",
    "handover": "Hand-over",
    "provider": "Provider",
    "context": "Context assembly",
    "internal": "Our own",
    "worker_lost": "Worker lost",
    "exact": "Exact words",
    "hit": "Same meaning",
    "miss": "None fitted",
    "memories": "Memories",
    "messages": "Earlier messages",
    "away": "Store away",
    "off": "Switched off",
    "confirmed": "Solved, confirmed by the contact",
    "assumed": "Solved, assumed after silence",
    "up": "Thumbs up",
    "down": "Thumbs down",
    "websocket": "WebSocket",
    "events": "Server-sent events",
}
Group = Literal["label", "model", "site", "rule", "audience"]
NOBODY = {"site": "No site", "model": "No model", "rule": "No rule", "audience": "No audience tier"}


def word(figure: str, by: Group, key: int | str | None) -> str:
    """What a group is called. Numbers without a name belong to something that was deleted."""
    if key == "others":
        return "All others"
    if by != "label":
        if key is None or key == 0:
            return NOBODY[by]
        return names(by).get(int(key), f"{by.capitalize()} {key}, deleted")
    if FIGURES[figure].open_label:
        return str(key or "Without a name")
    return WORDS.get(str(key), str(key).replace("_", " ").capitalize())
