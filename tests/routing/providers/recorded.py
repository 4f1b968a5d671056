"""Recorded streams and what our translation makes of them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jiter

from routing.providers.sse import EventSplitter
from routing.providers.types import StreamEvent, TextDelta
from routing.providers.wire import StreamState

RECORDINGS = Path(__file__).parent / "recordings"

Translate = Callable[[Any, StreamState], Iterable[StreamEvent]]


def recording(name: str) -> bytes:
    return (RECORDINGS / f"{name}.sse").read_bytes()


def payloads(name: str) -> list[Any]:
    """Return a recording's chunks, parsed, without OpenAI's closing [DONE]."""
    return [jiter.from_json(data) for data in EventSplitter().feed(recording(name)) if data != b"[DONE]"]


def replay(name: str, translate: Translate) -> tuple[str, StreamState]:
    """Return the text of a recording and the state at its end."""
    state = StreamState()
    events = [event for payload in payloads(name) for event in translate(payload, state)]
    return "".join(event.text for event in events if isinstance(event, TextDelta)), state
