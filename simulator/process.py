"""The simulator as a process of its own, for code that is not asynchronous or is being measured."""

import json
import subprocess
import sys
from pathlib import Path
from select import select
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from simulator.settings import SettingsError

_ROOT = Path(__file__).resolve().parent.parent
_direct = build_opener(ProxyHandler({}))  # a proxy in the environment must not be asked for loopback


class Handle:
    """A running simulator. `stop` ends it; as a context manager it ends with the block."""

    def __init__(self, process: subprocess.Popen[bytes], addresses: dict[str, str]) -> None:
        self.process = process
        self.anthropic_url = addresses["anthropic"]
        self.openai_url = addresses["openai"]
        self.control_url = addresses["control"]

    def settings(self) -> dict[str, Any]:
        """The settings in force."""
        return dict(self._call("GET", "settings"))

    def set(self, **settings: object) -> None:
        """Change settings. Raises SettingsError."""
        self._call("POST", "settings", settings)

    def fault(self, kind: str, **parts: object) -> None:
        """Queue a fault. Raises SettingsError."""
        self._call("POST", "faults", {"kind": kind, **parts})

    def reset(self) -> None:
        """Forget counts, faults and levels, and go back to the settings of the start."""
        self._call("POST", "reset")

    def stats(self, requests: int | None = None, *, bodies: bool = True) -> dict[str, Any]:
        """The counts, with the last `requests` requests (all that are kept if None)."""
        last = "" if requests is None else f"&requests={requests}"
        return dict(self._call("GET", f"stats?bodies={int(bodies)}{last}"))

    def stop(self) -> None:
        """End the process, by force if it is not gone after 5 seconds. Harmless when it has ended."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.control_url}/{path}", data, method=method)  # noqa: S310 - http to loopback
        try:
            with _direct.open(request, timeout=30) as response:
                return json.load(response)
        except HTTPError as error:
            with error:
                raise SettingsError(json.load(error)["error"]) from None


def start(*, host: str = "127.0.0.1", port: int = 0, wait: float = 60.0, **settings: object) -> Handle:
    """Start a simulator and return when its port is open. It ends with this process, however that ends.
    Raises RuntimeError with what it said when it does not start, or does not within `wait` seconds."""
    options = [f"--{name.replace('_', '-')}={json.dumps(value)}" for name, value in settings.items()]
    command = [sys.executable, "-m", "simulator", "--until-input-ends", f"--host={host}", f"--port={port}"]
    with TemporaryFile() as errors:  # not a pipe, which would stop the process when nobody empties it
        process = subprocess.Popen(
            command + options, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        return Handle(process, _read_addresses(process, errors, wait))


def _read_addresses(process: subprocess.Popen[bytes], errors: IO[bytes], wait: float) -> dict[str, str]:
    assert process.stdout is not None
    ready, _, _ = select([process.stdout], [], [], wait)
    line = process.stdout.readline() if ready else b""
    if line:
        return dict(json.loads(line))
    process.kill()
    process.communicate()
    errors.seek(0)
    said = errors.read().decode(errors="replace").strip()
    raise RuntimeError(f"The simulator did not start: {said or f'it was not ready after {wait:g} seconds'}")
