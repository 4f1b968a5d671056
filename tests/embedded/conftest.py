"""Folders that the account of an embedded Postgres may enter under root, and processes to kill."""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that everyone may pass through (pytest's own are closed to other accounts)."""
    path = Path(tempfile.mkdtemp(prefix="parley-test-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder."""
    with open_folder() as path:
        yield path


@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """A folder that the tests of a module share, one after another: making a database takes a second."""
    with open_folder() as path:
        yield path


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program holds (it does not answer, so nobody waits for an answer)."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def started() -> Callable[[str], object]:
    """Run lines of Python in a process of its own, which then waits; yields the process."""

    @contextmanager
    def run(lines: str) -> Iterator[subprocess.Popen[str]]:
        path = f"import sys; sys.path[:0] = [{str(REPOSITORY)!r}, {str(REPOSITORY / 'platform')!r}]\n"
        process = subprocess.Popen(
            [sys.executable, "-c", f"{path}{lines}\nprint('ready', flush=True)\nsys.stdin.read()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip() == "ready":
                    break
            yield process
        finally:
            process.kill()
            process.communicate()

    return run
