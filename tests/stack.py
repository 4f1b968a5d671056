"""The whole platform as real processes: web servers and workers, on data of their own.

    with Stack(servers, simulator) as stack:
        chat = Chat(stack.web[0].url)

Its database is not the one of `django_db`, which tests empty while the stack runs: look into it with
`stack.rows("SELECT …")`. Tests keep out of each other's way by opening sessions of their own.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from embedded.processes import dies_with_parent, free_port, last_lines, wait_until
from embedded.server import EmbeddedServer
from embedded.valkey import EmbeddedValkey
from simulator import process
from tests.plugin import REPOSITORY, Servers

PATIENCE = 120.0  # seconds; a worker alone may take 60 on a busy machine


class Program:
    """One process of the platform, its output kept in a file."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name, self._arguments, self._environment = name, arguments, environment
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(REPOSITORY / "manage.py"), *self._arguments],
                env=self._environment, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 - when pytest is killed
            )  # fmt: skip

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """kill -9, its whole group: nothing that it could do on the way out is done."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """SIGSTOP for the block: to everyone else it looks dead, but it wakes up again."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end, and insist after 10 seconds."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


class Web(Program):
    """A web server process. `url` is its root, without a slash at the end."""

    def __init__(self, name: str, environment: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        super().__init__(name, ["serve", "--port", str(self.port)], environment, folder)
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def ready(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
            return answer.status == 200
        return False


class Stack:
    """Web servers and workers, ready on entering, gone on leaving."""

    def __init__(
        self, servers: Servers, simulator: process.Handle, *, webs: int = 2, workers: int = 2, **more: str
    ) -> None:
        self._servers, self.simulator = servers, simulator
        self._exits = ExitStack()
        name = f"stack_{uuid.uuid4().hex[:8]}"
        self.folder = servers.folder / name
        self.database, self.owner_url = name, _with_path(servers.owner_url, name)
        self.valkey = EmbeddedValkey(self.folder / "valkey")
        self._counts, self._more = (webs, workers), more
        self.web: list[Web] = []
        self.workers: list[Program] = []

    @property
    def programs(self) -> list[Program]:
        return [*self.web, *self.workers]

    def environment(self) -> dict[str, str]:
        """What a process of this stack, or a command beside it, is started with."""
        return {
            **os.environ,
            "DATABASE_URL": _with_path(self._servers.application_url, self.database),
            "REDIS_URL": self.valkey.url,
            "PARLEY_STATE_DIR": str(self.folder),
            "PARLEY_LEASE_SECONDS": "3",
            "PARLEY_ADDRESS_MESSAGES_PER_MINUTE": "10000",
            "PARLEY_ADDRESS_SESSIONS_PER_MINUTE": "10000",
            "PARLEY_STALL_SECONDS": "5",
            "PYTHONUNBUFFERED": "1",
            **self._more,
        }

    def __enter__(self) -> Self:
        self.folder.mkdir(mode=0o711)
        try:
            self._start()
        except BaseException:
            self._exits.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def _start(self) -> None:
        with psycopg.connect(self._servers.owner_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self.database} TEMPLATE {self._servers.template or 'template1'}")
        self._exits.callback(self._drop_database)
        self._exits.enter_context(self.valkey)
        self._seed()
        environment = self.environment()
        webs, workers = self._counts
        self.web = [Web(f"web{number}", environment, self.folder) for number in range(webs)]
        self.workers = [Program(f"worker{number}", ["work"], environment, self.folder) for number in range(workers)]
        self._exits.callback(self.rest)
        self.require_ready()

    def rest(self) -> None:
        """End the processes; `require_ready` starts them again."""
        for program in self.programs:  # all at once, and then one after another
            if program.process is not None and program.alive:
                program.process.terminate()
        for program in self.programs:
            program.stop()

    def _seed(self) -> None:
        subprocess.run(
            [sys.executable, "-m", "tests.seed", self.simulator.anthropic_url, self.simulator.openai_url],
            env={**self.environment(), "DATABASE_URL": self.owner_url, "PYTHONPATH": "platform"},
            cwd=REPOSITORY, check=True,
        )  # fmt: skip

    def _drop_database(self) -> None:
        with psycopg.connect(self._servers.owner_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {self.database} WITH (FORCE)")

    def require_ready(self) -> None:
        """Start again whatever has ended, and wait until every web server answers."""
        for program in self.programs:
            if not program.alive:
                program.start()
        self._require_workers()
        for web in self.web:
            if (
                not wait_until(lambda web=web: web.ready or not web.alive, patience=PATIENCE, pause=0.1)
                or not web.alive
            ):
                raise AssertionError(f"{web.name} did not start.\n{self.logs()}")

    def _require_workers(self) -> None:
        """Wait until RQ knows every worker: it imports the SDKs and loads the embedder first."""
        wanted = {worker.process.pid for worker in self.workers if worker.process}
        with redis.Redis.from_url(self.valkey.url, decode_responses=True) as client:

            def known() -> bool:
                return wanted <= {int(client.hget(key, "pid") or 0) for key in client.smembers("rq:workers")}

            if not wait_until(known, patience=PATIENCE, pause=0.1):
                raise AssertionError(f"A worker did not start.\n{self.logs()}")

    def mend_models(self) -> None:
        """Close every circuit breaker, as saving the models in the admin does."""
        from routing.breaking.script import Word, say_now

        words = [Word(model, "reset") for (model,) in self.rows("SELECT id FROM routing_model")]
        with redis.Redis.from_url(self.valkey.url) as client:
            say_now(client, words)

    def logs(self) -> str:
        """The ends of the processes' logs, to be shown beside a failure."""
        return "\n".join(f"--- {program.name}\n{last_lines(program.log, 15)}" for program in self.programs)

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the query returns, asked as the owner of the database."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def wait_for_row(self, query: str, *parameters: object, patience: float = 20) -> tuple[Any, ...]:
        """The first row that the query returns, asked until there is one."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if rows := self.rows(query, *parameters):
                return rows[0]
            time.sleep(0.05)
        raise AssertionError(f"No row in {patience:g} s: {query} {parameters}\n{self.logs()}")

    @contextmanager
    def without_valkey(self) -> Iterator[Callable[[], None]]:
        """Kill the Valkey; the yielded function, or leaving, brings it back on its port with its data."""
        with crashed(self.valkey) as revive:
            yield revive

    @contextmanager
    def frozen_valkey(self, seconds: float = 3) -> Iterator[None]:
        """SIGSTOP the Valkey for at least `seconds` from the beginning of the block: connections open, no answers."""
        assert self.valkey._process is not None
        began = time.monotonic()
        self.valkey._process.send_signal(signal.SIGSTOP)
        try:
            yield
            time.sleep(max(began + seconds - time.monotonic(), 0))
        finally:
            self.valkey._process.send_signal(signal.SIGCONT)


@contextmanager
def crashed(server: EmbeddedServer) -> Iterator[Callable[[], None]]:
    """kill -9 of a server and all its processes; the yielded function, or leaving, starts it on its port and data."""

    def revive() -> None:
        if not server.alive:
            server.start_again()

    assert server._process is not None
    os.killpg(server._process.pid, signal.SIGKILL)
    server._process.wait(10)
    try:
        yield revive
    finally:
        revive()


def _with_path(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
