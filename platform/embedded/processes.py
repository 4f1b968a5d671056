"""What the embedded servers ask of the system: processes that end with us, leftovers, free ports."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

PR_SET_PDEATHSIG = 1  # prctl(2): the signal that this process gets when the thread that started it ends
LOG_LIMIT = 10_000_000  # bytes


def dies_with_parent(number: int) -> Callable[[], None]:
    """A `preexec_fn` that makes the new process get signal `number` when its parent dies, even by kill -9.

    Linux only; elsewhere it does nothing, and the next start finds and stops what was left.
    """
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    parent = os.getpid()

    def ask() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:  # it died before we asked
                os.kill(os.getpid(), signal.SIGKILL)

    return ask


def free_port() -> int:
    """A loopback port that was free a moment ago. Another process may take it: be ready to ask again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def leftover(pid: int, name: str, folder: Path) -> psutil.Process | None:
    """The live process `pid` if it is a server called `name` that works in `folder`, else None.

    A process number alone proves nothing: numbers are given out again, and small ones in every container.
    """
    try:
        process = psutil.Process(pid)
        ours = process.name() == name and Path(process.cwd()) == folder.resolve()
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, ValueError, OSError):
        return None


def leftovers(name: str, folder: Path) -> list[psutil.Process]:
    """Every live process called `name` that works in `folder`."""
    return [found for pid in psutil.pids() if (found := leftover(pid, name, folder)) is not None]


def end(process: psutil.Process | subprocess.Popen[bytes], *, gently: int, patience: float = 15.0) -> None:
    """End the process: signal `gently` first, and SIGKILL after `patience` seconds."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(gently)
        with suppress(psutil.TimeoutExpired, subprocess.TimeoutExpired):
            process.wait(patience)
            return
        process.kill()
        process.wait(5)


def holder(port: int) -> str:
    """Who listens on the port, for people: "python, process 4711", or "another program" when it is hidden."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()}, process {connection.pid}"
    except psutil.Error:
        pass  # other people's processes are not shown to everyone
    return "another program"


def wait_until(ready: Callable[[], bool], *, patience: float, pause: float = 0.02) -> bool:
    """Ask `ready` again and again; whether it agreed within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def renew(log: Path) -> None:
    """Let a log that has grown long start anew."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.unlink()


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a server's log, for an error message."""
    with suppress(OSError):
        return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-count:])
    return f"    ({log} cannot be read)"
