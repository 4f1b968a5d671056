"""Who may read the metrics: whoever has the token; without one set, machines of our own networks that come directly."""

import hmac
import ipaddress
from collections.abc import Mapping

from django.conf import settings
from django.http.request import split_domain_port, validate_host

# A request that passed a proxy comes from the proxy's address, whoever sent it.
_PROXIED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
REFUSED = (
    "Metrics are shown to loopback and private addresses that come without a proxy, or for PARLEY_METRICS_TOKEN in "
    "`Authorization: Bearer …` where it is set.\n"
)


def may_read(peer: str, headers: Mapping[str, str]) -> bool:
    """`headers` finds them by lower-case names. The comparison takes as long for any wrong token of one length."""
    if settings.METRICS_TOKEN:
        given = headers.get("authorization", "")
        wanted = f"Bearer {settings.METRICS_TOKEN}"
        return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
    return _ours(peer) and _by_address(headers.get("host", "")) and not any(name in headers for name in _PROXIED)


def _by_address(host: str) -> bool:
    """Whether the machine was asked by its address: a name may be one that a stranger's page has made point at us."""
    name = split_domain_port(host)[0].strip("[]")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or validate_host(name, [each for each in settings.ALLOWED_HOSTS if each != "*"])
    return True


def _ours(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or (mapped or address).is_private
