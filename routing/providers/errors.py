"""What can go wrong with a provider, and what is worth doing about it."""

import enum

from routing.providers.limits import VendorLimits


class ErrorKind(enum.StrEnum):
    """The causes that callers tell apart; RETRYABLE and PERMANENT say what follows from each."""

    AUTH = "auth"
    NOT_FOUND = "not_found"
    BAD_REQUEST = "bad_request"
    CONTEXT_LENGTH = "context_length"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER = "server"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    STALLED = "stalled"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    QUOTA = "quota"


RETRYABLE = frozenset(
    {
        ErrorKind.RATE_LIMITED,
        ErrorKind.OVERLOADED,
        ErrorKind.SERVER,
        ErrorKind.CONNECTION,
        ErrorKind.TIMEOUT,
        ErrorKind.STALLED,
        ErrorKind.TRUNCATED,
        ErrorKind.MALFORMED,
    }
)
PERMANENT = frozenset(
    {ErrorKind.AUTH, ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST, ErrorKind.CONTEXT_LENGTH},
)


class ProviderError(Exception):
    """A provider did not give a whole answer. `str()` says what to do and is safe to show to administrators.

    kind         the cause
    retryable    the same request may succeed within seconds or minutes
    permanent    the same request will fail until somebody changes the settings or the request.
                 QUOTA is neither: it passes, but only when the account is paid or its month begins
    retry_after  seconds to wait as the vendor asks, from 0 to 3600; None when it said nothing
    status       the HTTP status, None when there was none
    limits       what the headers of a refusal tell of the account's limits; None when they tell nothing
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        limits: VendorLimits | None = None,
    ) -> None:
        super().__init__(kind, message)
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.status = status
        self.limits = limits

    def __str__(self) -> str:
        return self.message

    @property
    def retryable(self) -> bool:
        return self.kind in RETRYABLE

    @property
    def permanent(self) -> bool:
        return self.kind in PERMANENT
