"""Web origins: what a browser sends in `Origin`, and who may embed a site's widget."""

from collections.abc import Iterable
from urllib.parse import urlsplit

ANY = "*"


def normal_origin(text: str) -> str | None:
    """The origin as browsers write it (RFC 6454, section 6.2), or None when `text` is not one."""
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def broken_origins(lines: Iterable[str]) -> list[str]:
    """Those lines that are neither an origin nor `*`."""
    return [line for line in lines if line != ANY and normal_origin(line) is None]


def origin_allowed(origin: str, *, own: str, allowed: Iterable[str]) -> bool:
    """Whether a page of `origin` may talk to us. `own` is the origin that this request was sent to.

    A missing origin (a program, not a browser) is allowed: it proves nothing and carries no cookie of ours.
    """
    if not origin:
        return True
    found = normal_origin(origin)
    listed = list(allowed)
    return found is not None and (found == normal_origin(own) or ANY in listed or found in map(normal_origin, listed))
