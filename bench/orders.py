"""A helper process of a benchmark: it takes orders as JSON lines on standard input, and answers each with one line."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bench.harness import ROOT

Order = dict[str, Any]
LONGEST_LINE = 2**26  # bytes


class Helper:
    """The measuring side: `python -m MODULE`, which may import the platform; `environment` is added to ours."""

    def __init__(self, module: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}"} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def begin(self, **order: Any) -> None:
        """Give an order."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def result(self) -> Any:
        """What came of the oldest order without one. Raises RuntimeError when the process has ended."""
        assert self.process.stdout
        if not (line := self.process.stdout.readline()):
            raise RuntimeError("A helper of the benchmark ended; what it said is above.")
        return json.loads(line)

    def ask(self, **order: Any) -> Any:
        """Both."""
        self.begin(**order)
        return self.result()

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()


async def serve(carry_out: Callable[[Order], Awaitable[Order]]) -> None:
    """The helper's side: carry out orders until standard input ends."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        sys.stdout.write(json.dumps(await carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()
