"""Every failure of a provider as a ProviderError whose message says what to do.

Nothing of an exception's own text is passed on unseen: those of HTTP libraries may quote headers, and with
them the key. A vendor's words are shortened, and the key is cut out of them.
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from routing.providers.classify import VendorError, kind_of
from routing.providers.errors import ErrorKind, ProviderError
from routing.providers.limits import limits_in
from routing.providers.types import ProviderConfig, Vendor
from routing.providers.waits import retry_after

LONGEST_DETAIL = 300
"""Characters that we show of a vendor's own message."""

VENDOR_ADDRESSES = {Vendor.ANTHROPIC: "https://api.anthropic.com", Vendor.OPENAI: "https://api.openai.com/v1"}
_VENDOR_NAMES = {Vendor.ANTHROPIC: "Anthropic", Vendor.OPENAI: "OpenAI"}


def address_of(config: ProviderConfig) -> str:
    """Return the base URL for people to read: no user, password or query in it."""
    parts = urlsplit(config.base_url or VENDOR_ADDRESSES[config.vendor])
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def place(config: ProviderConfig) -> str:
    """Say where the provider is, for the inside of a sentence."""
    return _VENDOR_NAMES[config.vendor] if config.base_url is None else f"the server at {address_of(config)}"


def who(config: ProviderConfig) -> str:
    """Say where the provider is and what the administrator called it."""
    return f"{place(config)} ({which(config)})" if config.name else place(config)


def which(config: ProviderConfig) -> str:
    """Name the provider inside a sentence."""
    return f"provider '{config.name}'" if config.name else "this provider"


def from_refusal(
    config: ProviderConfig,
    error: VendorError,
    *,
    headers: Mapping[str, str] | None = None,
    model: str = "",
) -> ProviderError:
    """Return the error for what the vendor reports, by an HTTP status or inside a stream."""
    kind = kind_of(error)
    wait = retry_after(headers) if headers is not None else None
    limits = limits_in(headers) if headers is not None else None
    message = _advice(config, kind, error, model).format(
        place=place(config),
        who=who(config),
        which=which(config),
        model=model,
        status=f" ({error.status})" if error.status else "",
        said=_quoted(config, error.message),
    )
    return ProviderError(kind, _sentence(message), retry_after=wait, status=error.status, limits=limits)


_ADVICE = {
    ErrorKind.AUTH: "{place} refused the API key{status}. Check the API key of {which}.",
    ErrorKind.QUOTA: "the account at {who} has no credit left{status}{said}. Add credit or raise its limit.",
    ErrorKind.CONTEXT_LENGTH: "the request is too long for model '{model}' at {who}{status}{said}.",
    ErrorKind.RATE_LIMITED: (
        "{place} limits how often we may ask{status}{said}. "
        "Set the limits of the rate tier of {which} to those of the account."
    ),
    ErrorKind.OVERLOADED: "{who} is overloaded{status}{said}. This passes by itself.",
    ErrorKind.BAD_REQUEST: (
        "{place} rejected the request to model '{model}'{status}{said}. Check the settings of {which} and its model."
    ),
}
_FORBIDDEN = "{place} does not permit this{status}{said}. Check what the API key of {which} may do."
_NO_MODEL = "model '{model}' does not exist at {who}{status}. Check its name, and that the key may use it."
_NO_ADDRESS = "{place} does not know the address that we asked{status}{said}. Check the base URL of {which}, "
_FAILED = "{who} failed{status}{said}. Try again; if it stays, look at the provider's status page or log."


def _advice(config: ProviderConfig, kind: ErrorKind, error: VendorError, model: str) -> str:
    """Choose the sentence for a refusal, its blanks still open."""
    if kind is ErrorKind.AUTH and error.status == 403:
        return _FORBIDDEN
    if kind is ErrorKind.NOT_FOUND and model and "model" in error.message.lower():
        return _NO_MODEL
    if kind is ErrorKind.NOT_FOUND:
        ending = "without /v1 at its end." if config.vendor is Vendor.ANTHROPIC else "which usually ends in /v1."
        return _NO_ADDRESS + ending
    return _ADVICE.get(kind, _FAILED)


def redirected(config: ProviderConfig, status: int, target: str) -> ProviderError:
    """The server sends us elsewhere. We do not follow, as the key would go along."""
    host = urlsplit(target).netloc.rpartition("@")[2]
    there = f"to {host}" if host else "to another address"
    message = f"{place(config)} redirects {there} ({status}). Check the base URL of {which(config)}."
    return ProviderError(ErrorKind.BAD_REQUEST, _sentence(message), status=status)


def from_transport(config: ProviderConfig, cause: BaseException) -> ProviderError:
    """Return the error for a connection that could not be made or that broke."""
    chain = list(_chain(cause))
    if _timed_out(chain):
        message = f"{who(config)} could not be reached in time. Check the network."
        return ProviderError(ErrorKind.TIMEOUT, _sentence(message))
    message = f"{place(config)}: {_transport_reason(chain)}. Check the base URL of {which(config)} and the network."
    return ProviderError(ErrorKind.CONNECTION, _sentence(message))


def _timed_out(chain: list[BaseException]) -> bool:
    """Tell a timeout by its origin: on the way up, OpenAI's SDK calls broken connections timeouts as well."""
    import aiohttp

    origins = [link for link in chain if isinstance(link, aiohttp.ClientError | OSError)]
    if origins:
        return any(isinstance(origin, TimeoutError) for origin in origins)
    return any("Timeout" in type(link).__name__ for link in chain)


def _transport_reason(chain: list[BaseException]) -> str:
    """Say what happened in our own words: the exceptions' texts may hold headers."""
    if any(isinstance(link, ssl.SSLError | ssl.CertificateError) for link in chain):
        return "no secure connection, as its certificate or its protocol does not pass"
    names = {type(link).__name__ for link in chain}
    if names & {"gaierror", "ClientConnectorDNSError"}:
        return "its name does not resolve"
    if any(isinstance(link, ConnectionRefusedError) for link in chain):
        return "nothing listens there"
    if names & {"ConnectError", "ClientConnectorError"} and "ServerDisconnectedError" not in names:
        return "no connection could be made"
    return "the connection broke off"


def _chain(cause: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what led to it, each link once."""
    seen: set[int] = set()
    link: BaseException | None = cause
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def no_first_token(config: ProviderConfig) -> ProviderError:
    return ProviderError(
        ErrorKind.TIMEOUT,
        _sentence(f"{place(config)} began no answer within {config.first_token_timeout:g} s. ")
        + f"If it is always slow, raise the first-token timeout of {which(config)}.",
    )


def stalled(config: ProviderConfig) -> ProviderError:
    message = f"{who(config)} sent nothing for {config.stall_timeout:g} s in the middle of an answer."
    return ProviderError(ErrorKind.STALLED, _sentence(message))


def truncated(config: ProviderConfig) -> ProviderError:
    message = f"{who(config)} ended an answer without saying that it was complete."
    return ProviderError(ErrorKind.TRUNCATED, _sentence(message))


def malformed(config: ProviderConfig, what: str) -> ProviderError:
    message = f"{place(config)} sent {what}. If it stays, check that the base URL of {which(config)} is right."
    return ProviderError(ErrorKind.MALFORMED, _sentence(message))


def unusable(config: ProviderConfig, kind: ErrorKind, what: str) -> ProviderError:
    """The settings cannot work: nothing was asked."""
    return ProviderError(kind, _sentence(f"{which(config)} {what}"))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _quoted(config: ProviderConfig, text: str) -> str:
    """Return the vendor's words as ': "…"', on one line, shortened, and without the key."""
    key = config.api_key.strip()
    if len(key) >= 6:  # a shorter one is no secret, but may be a word of the message
        text = text.replace(key, "[API key]")
    text = re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip(" .")
    if len(text) > LONGEST_DETAIL:
        text = text[:LONGEST_DETAIL].rstrip() + "…"
    return f': "{text}"' if text else ""
