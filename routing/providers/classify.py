"""What a vendor's error means: pure functions from status, type, code and text to an ErrorKind.

Sources: the error pages of Anthropic's and OpenAI's API references; what vLLM, llama.cpp and Ollama send.
"""

from dataclasses import dataclass
from typing import Any

from routing.providers.errors import ErrorKind

_QUOTA_MARKS = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "billing_error",
        "insufficient_credits",
    }
)
_CONTEXT_MARKS = frozenset({"context_length_exceeded", "exceed_context_size_error", "request_too_large"})
_CONTEXT_PHRASES = (
    "maximum context length",
    "prompt is too long",
    "exceed context limit",
    "exceeds the available context",
    "context window",
    "request too large for",  # OpenAI's 429 for a prompt of more than a minute's tokens: waiting never helps
)
_KIND_BY_STATUS = {
    401: ErrorKind.AUTH,
    402: ErrorKind.QUOTA,
    403: ErrorKind.AUTH,
    404: ErrorKind.NOT_FOUND,
    408: ErrorKind.TIMEOUT,
    409: ErrorKind.SERVER,
    413: ErrorKind.CONTEXT_LENGTH,
    425: ErrorKind.SERVER,
    429: ErrorKind.RATE_LIMITED,
    503: ErrorKind.OVERLOADED,
    504: ErrorKind.TIMEOUT,
    529: ErrorKind.OVERLOADED,
}
_KIND_BY_MARK = {
    "authentication_error": ErrorKind.AUTH,
    "permission_error": ErrorKind.AUTH,
    "invalid_api_key": ErrorKind.AUTH,
    "not_found_error": ErrorKind.NOT_FOUND,
    "notfounderror": ErrorKind.NOT_FOUND,
    "model_not_found": ErrorKind.NOT_FOUND,
    "invalid_request_error": ErrorKind.BAD_REQUEST,
    "badrequesterror": ErrorKind.BAD_REQUEST,
    "rate_limit_error": ErrorKind.RATE_LIMITED,
    "rate_limit_exceeded": ErrorKind.RATE_LIMITED,
    "overloaded_error": ErrorKind.OVERLOADED,
    "unavailable_error": ErrorKind.OVERLOADED,
    "timeout_error": ErrorKind.TIMEOUT,
}


@dataclass(frozen=True)
class VendorError:
    """A vendor's own words for an error; empty strings and None where it said nothing."""

    message: str = ""
    type: str = ""
    code: str = ""
    status: int | None = None


def vendor_error(body: Any, status: int | None = None) -> VendorError:
    """Read an error out of any of the shapes in use.

    `{"error": {…}}` (both vendors), `{"error": "text"}` (Ollama), the same without a wrapper (vLLM), and
    `{"detail": …}` (FastAPI). A number as code (llama.cpp, gateways) stands in for a missing status.
    """
    inner = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(inner, dict):
        return VendorError(message=_text(inner), status=status)
    code = inner.get("code")
    if status is None and type(code) is int and 400 <= code < 600:
        status = code
    message = inner.get("message") or inner.get("detail")
    return VendorError(_text(message), _text(inner.get("type")), _text(code), status)


def kind_of(error: VendorError) -> ErrorKind:
    """Return the cause. An error in mid-stream without status and known type counts as the server's."""
    marks = (error.code.lower(), error.type.lower())  # the code is the narrower of the two
    text = error.message.lower()
    if _QUOTA_MARKS.intersection(marks) or "credit balance is too low" in text:
        return ErrorKind.QUOTA
    if error.status in {None, 400, 413, 422, 429} and (
        _CONTEXT_MARKS.intersection(marks) or any(phrase in text for phrase in _CONTEXT_PHRASES)
    ):
        return ErrorKind.CONTEXT_LENGTH
    if "model_not_found" in marks:
        return ErrorKind.NOT_FOUND
    if error.status is None:
        return next((_KIND_BY_MARK[mark] for mark in marks if mark in _KIND_BY_MARK), ErrorKind.SERVER)
    if "overloaded_error" in marks:
        return ErrorKind.OVERLOADED
    fallback = ErrorKind.SERVER if error.status >= 500 else ErrorKind.BAD_REQUEST
    return _KIND_BY_STATUS.get(error.status, fallback)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
