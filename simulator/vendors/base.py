"""What the rest of the simulator asks of a vendor, and the plain values that pass between them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from math import ceil

from simulator.limits import Overrun, Quota
from simulator.settings import Settings


class Cause(StrEnum):
    """Why a request was refused; each vendor has its own words for it."""

    BODY = "body"
    KEY = "key"
    MODEL = "model"
    CONTEXT = "context"
    LIMIT = "limit"
    STATUS = "status"


class Refusal(Exception):
    """A request that gets an error. `detail` is the name of the model, or the message where the cause alone
    does not give one; `parameter` is the part of the body that is at fault."""

    def __init__(
        self,
        status: int,
        cause: Cause,
        detail: str = "",
        *,
        parameter: str | None = None,
        overrun: Overrun | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail or cause)
        self.status, self.cause, self.detail, self.parameter = status, cause, detail, parameter
        self.overrun, self.retry_after = overrun, retry_after


@dataclass(frozen=True, slots=True)
class Call:
    """A request, as far as the simulator heeds it. `characters` is the length of all its texts."""

    model: str
    question: str
    characters: int
    max_tokens: int | None = None
    stream: bool = False
    stream_usage: bool = True


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens. `input` is the whole prompt, what was read from and written to the cache included."""

    input: int
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a call. `complete` is False when max_tokens cut it; `usage` None leaves usage out."""

    number: int
    created: int
    tokens: list[str]
    complete: bool
    usage: Usage | None

    @property
    def text(self) -> str:
        return "".join(self.tokens)


@dataclass(frozen=True, slots=True)
class Parts:
    """An answer on the wire: what comes with the first chunk, the chunks, what follows the last."""

    prelude: bytes
    deltas: list[bytes]
    ending: bytes


def chunked(tokens: list[str], size: int) -> list[str]:
    """The tokens joined in chunks of `size` (the last may be smaller)."""
    if size == 1:
        return tokens
    return ["".join(tokens[start : start + size]) for start in range(0, len(tokens), size)]


@dataclass(frozen=True, slots=True)
class Reading:
    """The texts of a request's messages: their length, and the last one of the user."""

    characters: int
    question: str


class Vendor(ABC):
    """`output_charge` is when the real one charges output tokens (see the setting of that name),
    `cached_is_free` whether prompt tokens read from the cache count towards no limit, and `overloaded` the
    status with which it says that it is overloaded."""

    name: str
    output_charge: str
    cached_is_free: bool
    overloaded: int

    @abstractmethod
    def key(self, headers: Mapping[str, str]) -> str:
        """The API key that came with the request; empty when there is none."""

    @abstractmethod
    def read(self, headers: Mapping[str, str], body: dict[str, object]) -> Call:
        """The call in the body. Raises Refusal in the vendor's manner."""

    @abstractmethod
    def whole(self, call: Call, answer: Answer) -> dict[str, object]:
        """The body of an answer that is not streamed."""

    @abstractmethod
    def parts(self, call: Call, answer: Answer, chunk_tokens: int) -> Parts:
        """The events of a streamed answer."""

    @abstractmethod
    def error(self, refusal: Refusal, request_id: str) -> dict[str, object]:
        """The body of an error."""

    @abstractmethod
    def error_event(self) -> bytes:
        """An error in the middle of a stream."""

    @abstractmethod
    def models(self, settings: Settings) -> dict[str, object]:
        """The body of the list of models."""

    @abstractmethod
    def headers(self, request_id: str, quotas: list[Quota]) -> dict[str, str]:
        """The headers of every response."""

    def retry_headers(self, seconds: float, form: str) -> dict[str, str]:
        """retry-after in whole seconds or as an HTTP date (RFC 9110, 10.2.3), rounded up."""
        if form == "none":
            return {}
        if form == "date":
            at = datetime.now(UTC) + timedelta(seconds=seconds)
            at = at.replace(microsecond=0) + timedelta(seconds=1 if at.microsecond else 0)
            return {"retry-after": format_datetime(at, usegmt=True)}
        return {"retry-after": str(ceil(seconds))}


def read_messages(messages: object, *, roles: tuple[str, ...]) -> Reading:
    """Check the list of messages. Contents are strings or lists of blocks, of which the texts count."""
    if not isinstance(messages, list) or not messages:
        raise Refusal(400, Cause.BODY, "messages: must be a list of at least one message", parameter="messages")
    characters, question = 0, ""
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in roles:
            what = f"messages.{place}.role: must be one of {', '.join(roles)}"
            raise Refusal(400, Cause.BODY, what, parameter=f"messages.{place}.role")
        text = read_text(message.get("content"), f"messages.{place}.content")
        characters += len(text)
        question = text if message["role"] == "user" else question
    return Reading(characters, question)


def read_text(content: object, place: str) -> str:
    """The text of a content: a string, null, or the text blocks of a list, one under the other."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list) or not all(isinstance(block, dict) for block in content):
        raise Refusal(400, Cause.BODY, f"{place}: must be a text or a list of blocks", parameter=place)
    return "\n".join(block["text"] for block in content if isinstance(block.get("text"), str))


def read_model(body: dict[str, object]) -> str:
    """The name of the model, which every call must have."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Refusal(400, Cause.BODY, "model: must be the name of a model", parameter="model")
    return model


def read_count(body: dict[str, object], name: str) -> int | None:
    """A whole number of 1 or more in the body, or None when it is not there."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Refusal(400, Cause.BODY, f"{name}: must be a whole number of 1 or more", parameter=name)
    return value


def known_models(settings: Settings, own: tuple[str, ...], prefix: str, *, starts: bool) -> tuple[str, ...]:
    """The names for a vendor's list of models: of those that are set, the ones that start with its prefix
    (or do not); `own` when none are set."""
    if settings.models is None:
        return own
    return tuple(name for name in settings.models if name.startswith(prefix) is starts)
