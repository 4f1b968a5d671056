"""What the vendors' errors mean."""

import pickle

import pytest

from routing.providers import ErrorKind, ProviderError
from routing.providers.classify import VendorError, kind_of, vendor_error
from routing.providers.errors import PERMANENT, RETRYABLE


def anthropic(kind: str, message: str = "…") -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def openai(message: str = "…", type_: str | None = None, code: str | None = None) -> dict[str, object]:
    return {"error": {"message": message, "type": type_, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, anthropic("authentication_error"), ErrorKind.AUTH),
        (403, anthropic("permission_error"), ErrorKind.AUTH),
        (404, anthropic("not_found_error", "model: claude-9"), ErrorKind.NOT_FOUND),
        (400, anthropic("invalid_request_error", "max_tokens: must be at least 1"), ErrorKind.BAD_REQUEST),
        (
            400,
            anthropic("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
            ErrorKind.CONTEXT_LENGTH,
        ),
        (
            400,
            anthropic("invalid_request_error", "input length and `max_tokens` exceed context limit: 1 + 2 > 2"),
            ErrorKind.CONTEXT_LENGTH,
        ),
        (
            400,
            anthropic("invalid_request_error", "Your credit balance is too low to access"),
            ErrorKind.QUOTA,
        ),
        (402, anthropic("billing_error"), ErrorKind.QUOTA),
        (413, anthropic("request_too_large"), ErrorKind.CONTEXT_LENGTH),
        (429, anthropic("rate_limit_error"), ErrorKind.RATE_LIMITED),
        (500, anthropic("api_error"), ErrorKind.SERVER),
        (504, anthropic("timeout_error"), ErrorKind.TIMEOUT),
        (529, anthropic("overloaded_error"), ErrorKind.OVERLOADED),
        (None, anthropic("overloaded_error"), ErrorKind.OVERLOADED),
        (None, anthropic("api_error"), ErrorKind.SERVER),
        (401, openai("Incorrect API key", "invalid_request_error", "invalid_api_key"), ErrorKind.AUTH),
        (404, openai("The model `x` does not exist", None, "model_not_found"), ErrorKind.NOT_FOUND),
        (403, openai("No access to model `x`", None, "model_not_found"), ErrorKind.NOT_FOUND),
        (400, openai("…", "invalid_request_error", "context_length_exceeded"), ErrorKind.CONTEXT_LENGTH),
        (429, openai("Rate limit reached", "requests", "rate_limit_exceeded"), ErrorKind.RATE_LIMITED),
        (429, openai("You exceeded your quota", "insufficient_quota", "insufficient_quota"), ErrorKind.QUOTA),
        (
            429,
            openai("Request too large for gpt-4o", "tokens", "rate_limit_exceeded"),
            ErrorKind.CONTEXT_LENGTH,
        ),
        (500, openai("The server had an error", "server_error"), ErrorKind.SERVER),
        (503, openai("The engine is currently overloaded"), ErrorKind.OVERLOADED),
        (None, openai("…", "server_error"), ErrorKind.SERVER),
        (None, openai("…", "invalid_request_error", "invalid_api_key"), ErrorKind.AUTH),
        (
            404,
            {"object": "error", "message": "The model `x` does not exist.", "code": 404},
            ErrorKind.NOT_FOUND,
        ),
        (None, {"error": {"code": 503, "message": "Loading model"}}, ErrorKind.OVERLOADED),
        (400, {"error": {"code": 400, "type": "exceed_context_size_error"}}, ErrorKind.CONTEXT_LENGTH),
        (None, {"error": "llama runner process has terminated"}, ErrorKind.SERVER),
        (422, {"detail": [{"loc": ["body", "model"], "msg": "field required"}]}, ErrorKind.BAD_REQUEST),
        (502, None, ErrorKind.SERVER),
        (520, "<html>", ErrorKind.SERVER),
        (418, None, ErrorKind.BAD_REQUEST),
    ],
)
def test_status_and_body_give_the_cause(status: int | None, body: object, kind: ErrorKind) -> None:
    assert kind_of(vendor_error(body, status)) is kind


def test_a_number_as_code_stands_in_for_the_status() -> None:
    assert vendor_error({"error": {"code": 503, "message": "m"}}) == VendorError("m", "", "503", 503)


def test_every_kind_but_quota_is_either_retryable_or_permanent() -> None:
    assert not RETRYABLE & PERMANENT
    assert set(ErrorKind) - RETRYABLE - PERMANENT == {ErrorKind.QUOTA}


def test_an_error_survives_pickling_and_reads_as_its_message() -> None:
    error = pickle.loads(pickle.dumps(ProviderError(ErrorKind.OVERLOADED, "Busy.", retry_after=3.0, status=529)))
    assert (str(error), error.kind, error.retry_after, error.status) == (
        "Busy.",
        ErrorKind.OVERLOADED,
        3.0,
        529,
    )
    assert error.retryable
    assert not error.permanent
