"""The web server's port: whether it is free, and which one is."""

import errno
import socket

from embedded.errors import StartError
from embedded.processes import holder


def require_port(bind: str, port: int) -> None:
    """Raises StartError when the web server could not listen there, with the way out."""
    try:
        _listen(bind, port)
    except PermissionError:
        raise _instead(f"Port {port} needs more rights than you have.", 8000) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise StartError(f"{bind!r} is not an address of this machine: {error.strerror}.") from None
        other = next((n for n in range(port + 1, min(port + 100, 65536)) if _free(bind, n)), 8000)
        raise _instead(f"Port {port} is taken (by {holder(port)}).", other) from None


def _listen(bind: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((bind, port))


def _free(bind: str, port: int) -> bool:
    try:
        _listen(bind, port)
    except OSError:
        return False
    return True


def _instead(problem: str, port: int) -> StartError:
    return StartError(f"{problem} Choose another: make run PORT={port}")
