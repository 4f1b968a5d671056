"""The one-command start, from a bare folder to a served page."""

import os
import sys
import time
import urllib.request
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial

import psutil
from django.conf import settings
from django.db import connections

from embedded.alone import alone
from embedded.announce import Welcome, note
from embedded.furnish import check, furnish
from embedded.port import require_port
from embedded.processes import wait_until
from embedded.servers import start_servers
from embedded.supervisor import Supervisor
from embedded.watch import Watch
from parley.state import REPOSITORY, state_dir

FIRST_PAGE = 20.0  # seconds that the workers wait for it
PATIENCE = 120.0  # seconds after which its absence is told


@dataclass(frozen=True)
class Wishes:
    """What the command line asked for."""

    port: int
    bind: str
    workers: int
    new_password: bool

    @property
    def address(self) -> str:
        """The web server's address for people on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.bind, self.bind)  # noqa: S104 - not a listener
        return f"http://{f'[{host}]' if ':' in host and '[' not in host else host}:{self.port}"


def start(wishes: Wishes) -> int:
    """Start everything and stay until it is asked to end; returns the exit code. Raises StartError."""
    with alone(state_dir()), ExitStack() as servers:
        require_port(wishes.bind, wishes.port)
        watch = start_servers(servers, wishes.workers)
        welcome = Welcome(wishes.address, furnish(new_password=wishes.new_password))
        servers.callback(welcome.reveal)  # whatever happens, nobody else knows it
        check()
        connections.close_all()
        return supervise(wishes, welcome, watch)


def supervise(wishes: Wishes, welcome: Welcome, watch: Watch) -> int:
    """Keep the processes of a running platform until they are asked to end; returns the exit code."""

    def when_started() -> None:
        wait_until(partial(serves, wishes.address), patience=FIRST_PAGE, pause=0.1)
        supervisor.open_gate()
        announce(wishes, welcome)
        watch.keep()

    environment = {**os.environ, "PORT": str(wishes.port), "PYTHONUNBUFFERED": "1"}
    manage = [sys.executable, str(REPOSITORY / "manage.py")]
    supervisor = Supervisor(when_started)
    web = ["serve", "--port", str(wishes.port), "--bind", wishes.bind]
    supervisor.keep("web", [*manage, *web], environment)
    # The first page comes first: on two cores all at once would keep it waiting for twice as long.
    for number in range(1, wishes.workers + 1):
        supervisor.keep(f"worker.{number}", [*manage, "work"], _of_worker(environment, number), behind_gate=True)
    supervisor.loop()
    return int(supervisor.returncode or 0)


def _of_worker(environment: dict[str, str], number: int) -> dict[str, str]:
    """Each worker's metrics have a port of their own, one after the other."""
    base = settings.METRICS_PORT
    return {**environment, "PARLEY_METRICS_PORT": str(base + number - 1)} if base else environment


def announce(wishes: Wishes, welcome: Welcome) -> None:
    """Wait for the first page, then say where everything is."""
    if wait_until(partial(serves, wishes.address), patience=PATIENCE, pause=0.1):
        welcome.ready(time.time() - psutil.Process().create_time())
    else:
        note(f"{wishes.address} has not answered for {PATIENCE:g} s; the lines of `web` above may say why.")


def serves(address: str) -> bool:
    """Whether the web server answers."""
    request = urllib.request.Request(f"{address}/healthz", headers={"Host": "localhost"})  # noqa: S310 - ours
    with suppress(OSError, ValueError), urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        return bool(answer.status == 200)
    return False
