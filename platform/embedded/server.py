"""What the embedded servers share: one child process on a loopback port, started, awaited and stopped."""

import signal
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from embedded import processes
from embedded.errors import StartError


class EmbeddedServer(ABC):
    """A server process of ours on `folder`, for the life of a `with` block or from start() to stop()."""

    name: str  # for people
    stop_signal: signal.Signals  # ends it with its data complete
    patience: float = 120.0  # seconds to wait for it: after a crash it repairs its data first

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port or 0
        self.notes: list[str] = []  # for people: what was done otherwise than usual
        self._wanted_port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """How the application reaches it, password included: never show it."""

    @property
    @abstractmethod
    def log(self) -> Path:
        """Where the server writes what it does."""

    @abstractmethod
    def prepare(self) -> None:
        """Stop what an earlier run left in the folder, and make what the server needs."""

    @abstractmethod
    def command(self) -> list[str | Path]:
        """The command line for `self.port`. No passwords in it: everyone can read a command line."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server takes orders now."""

    def furnish(self) -> None:  # noqa: B027 - not every server has something to make
        """Make what has to be made through the running server."""

    def options(self) -> dict[str, Any]:
        """More options for subprocess.Popen."""
        return {}

    @property
    def alive(self) -> bool:
        """Whether the process that we started runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int:
        """How it ended, negative for a signal; 0 when it did not start at all."""
        return (self._process.poll() or 0) if self._process else 0

    def start(self) -> None:
        """Prepare and start, ready for use on return. Raises StartError with the end of the server's log."""
        self.prepare()
        try:
            self._launch_until_ready()
            self.furnish()
        except BaseException:
            self.stop()
            raise

    def start_again(self) -> None:
        """After it ended by itself: at the address that its clients know. Raises StartError."""
        self._wanted_port = self.port
        self.start()

    def _launch_until_ready(self) -> None:
        for _ in range(1 if self._wanted_port else 3):  # another may take a free port before the server does
            self.port = self._wanted_port or processes.free_port()
            self._launch()
            if self.wait_ready():
                return
            self.stop()
        log = processes.last_lines(self.log)
        raise StartError(f"{self.name} did not start. The end of {self.log}:\n{log}")

    def wait_ready(self) -> bool:
        """Wait until it answers; False when it ended instead, or let us wait for `patience` seconds."""

        def settled() -> bool:
            return not self.alive or self.answers()

        return processes.wait_until(settled, patience=self.patience) and self.alive

    def stop(self) -> None:
        """End it, its data complete. Nothing happens when it does not run."""
        if self._process is not None:
            processes.end(self._process, gently=self.stop_signal)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        command = self.command()
        self.log.touch(mode=0o600)  # it may quote what people wrote
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop it after its clients
                preexec_fn=processes.dies_with_parent(self.stop_signal),  # noqa: PLW1509 - only calls prctl
                **self.options(),
            )
