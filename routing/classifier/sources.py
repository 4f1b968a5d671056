"""What training and labelling ask of a higher app: visitors' messages, weak labels. Conversations registers both."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from routing.models import RoutingLabel


@dataclass(frozen=True)
class AskedMessage:
    """A visitor's message. `score`: the classifier's at that time, None where it was not scored."""

    id: int
    text: str
    site_id: int
    score: float | None = None


@dataclass(frozen=True)
class WeakLabel:
    """What a visitor's behaviour says of a message."""

    message_id: int
    text: str
    site_id: int
    source: RoutingLabel.Source
    value: RoutingLabel.Value = RoutingLabel.Value.COMPLEX


Recent = Callable[[int, Collection[int]], Sequence[AskedMessage]]
One = Callable[[int], AskedMessage | None]
Weak = Callable[[], Sequence[WeakLabel]]
_messages: list[tuple[Recent, One]] = []
_weak: list[Weak] = []


def register_messages(recent: Recent, one: One) -> None:
    """`recent(most, without)`: the newest messages of visitors whose ids are not in `without`; `one(id)`: one of them,
    or None. The last ones registered count."""
    _messages[:] = [(recent, one)]


def register_weak_labels(weak: Weak) -> None:
    """`weak()`: all weak labels that there are now. The last one registered counts."""
    _weak[:] = [weak]


def recent_messages(most: int, without: Collection[int] = ()) -> list[AskedMessage]:
    """The newest first; empty where nobody registered."""
    return list(_messages[0][0](most, without)) if _messages else []


def message(message_id: int) -> AskedMessage | None:
    """A visitor's message by its number."""
    return _messages[0][1](message_id) if _messages else None


def weak_labels() -> list[WeakLabel]:
    """All that there are."""
    return list(_weak[0]()) if _weak else []
