"""No test reaches beyond this machine: nothing is paid for, and nothing depends on somebody else's server."""

import ipaddress
import sys
from typing import Any

NAMES = {"", "localhost", "localhost.", "ip6-localhost"}
_EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}
_hooks: list[Any] = []


class BlockedConnection(RuntimeError):
    """A test tried to reach another machine."""


def install() -> None:
    """Let every connection and every look-up of a name beyond loopback fail, for the life of this process.

    An audit hook sees what any Python code does with sockets, whichever library does it (libpq and uvloop go
    past it). It cannot be taken away again, which suits a guard. Child processes are guarded by their
    environment: tests.plugin leaves no API key in it.
    """
    if not _hooks:
        _hooks.append(_watch)
        sys.addaudithook(_watch)


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    position = _EVENTS.get(event)
    if position is None:
        return
    target = arguments[position]
    host = target[0] if isinstance(target, tuple) else target if event != "socket.connect" else None
    if not is_loopback(host):
        raise BlockedConnection(
            f"A test tried to reach {host!r}. Tests stay on this machine: ask the `sim` fixture instead."
        )


def is_loopback(host: object) -> bool:
    """Whether a host, as sockets take it, is this machine. None and paths (of Unix sockets) are."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in NAMES or host.startswith(("/", "\0")):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
