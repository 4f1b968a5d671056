"""Start an embedded server again that ended by itself: the system may have ended it for its memory."""

import threading
from collections.abc import Sequence

from embedded.announce import note
from embedded.errors import StartError
from embedded.server import EmbeddedServer
from embedded.supervisor import ending

LOOK = 0.5  # seconds between two looks
PAUSE = 10.0  # seconds before it is tried again when it did not start


class Watch:
    """Keeps an eye on servers that run, from `keep` until `release`."""

    def __init__(self, servers: Sequence[EmbeddedServer]) -> None:
        self._servers = servers
        self._released = threading.Event()
        self._starting = threading.Lock()

    def keep(self) -> None:
        """Start again whichever ends. Returns after `release`; what was started here ends with the calling thread."""
        pause = LOOK
        while not self._released.wait(pause):
            running = [server.alive or self._start(server) for server in self._servers]
            pause = LOOK if all(running) else PAUSE

    def release(self) -> None:
        """From now on a server that ends was asked to."""
        with self._starting:
            self._released.set()

    def _start(self, server: EmbeddedServer) -> bool:
        with self._starting:
            if self._released.is_set():
                return True
            note(f"{server.name} {ending(server.exit_code)}; starting it again.")
            try:
                server.start_again()
            except StartError as error:
                note(f"{error}\n  Trying again in {PAUSE:g} s.")
                return False
            note(f"{server.name} runs again.")
            return True
