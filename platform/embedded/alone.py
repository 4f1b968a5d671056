"""One start for each state folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from embedded.errors import StartError
from embedded.processes import wait_until

PATIENCE = 20.0  # seconds for the processes of a killed start to end


class AlreadyRunning(StartError):
    """Another start holds the folder."""

    def __init__(self, pid: int) -> None:
        super().__init__(
            f"Parley is already running from this folder (process {pid}). Stop it with Ctrl-C in its "
            f"terminal or with `kill {pid}`; or give a second one its own PARLEY_STATE_DIR and PORT."
        )


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder for this process. Raises AlreadyRunning.

    The lock is shared with the processes that we fork. When only they are left of a start that was killed,
    they are about to end, and we wait for that.
    """
    descriptor = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    def taken() -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    if not taken():
        pid = _number(descriptor)
        if psutil.pid_exists(pid) or not wait_until(taken, patience=PATIENCE, pause=0.1):
            raise AlreadyRunning(pid)


def _number(descriptor: int) -> int:
    content = os.pread(descriptor, 20, 0)
    return int(content) if content.isdigit() else 0
