"""A signed POST of JSON.

    X-Parley-Signature: v1=<hex of HMAC-SHA256(secret, timestamp + "." + body)>

The timestamp is signed with the body, so a receiver that refuses old ones cannot be fed a recorded message. Redirects
are not followed: a signed message goes where it was meant to. Private addresses are allowed, because receivers inside
one's own network are common and only those who may edit channels choose the address; of an answer nothing is kept but
its status, so that nothing can be read through us.
"""

import asyncio
import functools
import hashlib
import hmac
import json
import ssl
import time
from typing import Any

from observability.alerts.channels.errors import NotToldError
from observability.models import AlertChannel

SECONDS = 8.0  # for all of it: a receiver that hangs is cut off


async def send(channel: AlertChannel, number: str, payload: dict[str, Any]) -> int:
    """POST it; returns the status. `number` is the same each time that a message is tried. Raises NotToldError."""
    import httpx2

    secret = channel.secret
    if not secret:
        raise NotToldError("The stored secret cannot be read (SECRET_KEY changed?): enter it again.")
    body = json.dumps(payload).encode()
    try:
        trusted = await asyncio.to_thread(_trusted)
        made = headers(secret, body, number, payload["event"])
        async with (
            asyncio.timeout(SECONDS),
            httpx2.AsyncClient(follow_redirects=False, timeout=SECONDS, verify=trusted) as client,
            client.stream("POST", channel.url, content=body, headers=made) as response,
        ):
            status = response.status_code
    except (TimeoutError, httpx2.TimeoutException):
        raise NotToldError(f"No answer within {SECONDS:g} seconds.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise NotToldError(f"No connection: {type(error).__name__}") from None
    _check(status)
    return status


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Read once for each process: that takes tens of milliseconds, which a loop full of turns does not have."""
    import httpx2

    return httpx2.create_ssl_context()


def headers(secret: str, body: bytes, number: str, event: str, now: float | None = None) -> dict[str, str]:
    """What goes with the body."""
    timestamp = str(int(now if now is not None else time.time()))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Parley",
        "X-Parley-Event": event,
        "X-Parley-Delivery": number,
        "X-Parley-Timestamp": timestamp,
        "X-Parley-Signature": f"v1={signature(secret, timestamp, body)}",
    }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """In hexadecimal digits."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _check(status: int) -> None:
    if 300 <= status < 400:
        raise NotToldError(f"It answered {status}, which sends us elsewhere; that is not followed.", status)
    if not 200 <= status < 300:
        raise NotToldError(f"It answered {status}.", status)
