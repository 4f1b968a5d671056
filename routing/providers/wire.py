"""What the vendor modules have in common: the state of one stream, and the shape of a vendor's protocol."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from routing.providers.classify import VendorError
from routing.providers.types import ChatRequest, FinishReason, StreamEvent, TextDelta, Usage


class VendorFault(Exception):
    """The vendor reports an error inside a stream that began well."""

    def __init__(self, error: VendorError) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class StreamState:
    """What is known of one answer so far. The vendor's translation writes it, the stream's reader reads it.

    started   the model has begun to write (text, or reasoning that we do not show)
    progress  grows with each chunk that shows the model at work; a keep-alive ping leaves it
    reason    set as soon as all the text has come
    refused   OpenAI's model answers in its refusal field
    closed    the vendor's own last word has come: message_stop, [DONE]
    """

    started: bool = False
    progress: int = 0
    reason: FinishReason | None = None
    refused: bool = False
    closed: bool = False
    input_tokens: int | None = None
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int | None = None

    def usage(self) -> Usage | None:
        """Return the usage, or None when the vendor left out input or output: half a count misleads."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return Usage(self.input_tokens, self.cached_input_tokens, self.output_tokens, self.cache_write_tokens)


@dataclass(frozen=True)
class Dialect:
    """How one server wants OpenAI's protocol. Compatible servers know fewer fields; some refuse others."""

    limit_field: str = "max_tokens"
    ask_usage: bool = True


@dataclass(frozen=True)
class Protocol:
    """One vendor's protocol. Paths are relative to the SDK client's base URL.

    Translate turns one parsed chunk into events, noting in the state what the chunk tells; it raises
    VendorFault for a reported error, and KeyError, TypeError or AttributeError for a chunk of a wrong shape.
    Gentler returns another dialect to try after a refusal, or None.
    """

    chat_path: str
    models_path: str
    models_query: Mapping[str, object]
    body: Callable[[ChatRequest, Dialect], dict[str, Any]]
    translate: Callable[[Any, StreamState], Iterable[StreamEvent]]
    gentler: Callable[[Dialect, VendorError], Dialect | None]


def text_delta(text: str) -> tuple[TextDelta, ...]:
    """Return the delta as zero or one events."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return (TextDelta(text),) if text else ()


def count(usage: Mapping[str, Any], name: str) -> int | None:
    """Return a token count, or None when the field is missing, null or no count."""
    value = usage.get(name)
    return value if type(value) is int and value >= 0 else None
