"""Where a request comes from, when proxies of our own stand between."""

import ipaddress
from collections.abc import Sequence

from django.conf import settings


def client_address(peer: str, forwarded: str) -> str:
    """The client's address: the peer's, or the one that the outermost of PARLEY_TRUSTED_PROXIES saw.

    `forwarded` is the X-Forwarded-For header; what stands left of the trusted entries is the client's own invention.
    """
    hops: Sequence[str] = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    found = hops[-trusted] if trusted and len(hops) >= trusted else peer
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return peer or "unknown"
