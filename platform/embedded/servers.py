"""Postgres and Redis for the one-command start: the embedded ones, or the ones that the environment names."""

import os
from contextlib import ExitStack
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connections

from embedded.announce import note, phase
from embedded.given import place, reach_postgres, reach_redis
from embedded.postgres import EmbeddedPostgres
from embedded.server import EmbeddedServer
from embedded.valkey import EmbeddedValkey
from embedded.watch import Watch
from parley.state import Addresses, clear_addresses, state_dir, write_addresses


def start_servers(servers: ExitStack, workers: int) -> Watch:
    """Start what is not given, until the stack closes; tell this process, its children and other commands.

    Returns the watch over those that were started; it is released when the stack closes.
    """
    settings.WORKERS = workers  # the checks count the connections of all
    started: list[EmbeddedServer] = []
    database_url, owner_url = _postgres(servers, started, workers)
    redis_url = _redis(servers, started)
    addresses = Addresses(database_url=database_url, owner_url=owner_url, redis_url=redis_url)
    write_addresses(addresses)
    servers.callback(clear_addresses)
    _use(addresses)
    watch = Watch(started)
    servers.callback(watch.release)
    return watch


def _postgres(servers: ExitStack, started: list[EmbeddedServer], workers: int) -> tuple[str, str]:
    given = os.environ.get("DATABASE_URL", "").strip()
    if given:
        owner = settings.DATABASE_OWNER_URL or given
        with phase("Postgres") as say:
            for url in dict.fromkeys((given, owner)):
                reach_postgres(url)
            say(f"DATABASE_URL, {place(given)}")
        return given, owner
    folder = state_dir()
    if os.geteuid() == 0:
        folder.chmod(0o711)  # Postgres' own account has to pass through; its files stay closed
    # Each process has two pools; the rest is for commands in other terminals.
    connections_wanted = (workers + 1) * 2 * settings.POOL_SIZE + workers + 40
    postgres = EmbeddedPostgres(folder / "postgres", max_connections=max(connections_wanted, 200))
    started.append(_start(servers, postgres))
    return postgres.url, postgres.owner_url


def _redis(servers: ExitStack, started: list[EmbeddedServer]) -> str:
    given = os.environ.get("REDIS_URL", "").strip()
    if given:
        with phase("Redis") as say:
            reach_redis(given)
            say(f"REDIS_URL, {place(given)}")
        return given
    valkey = EmbeddedValkey(state_dir() / "valkey")
    started.append(_start(servers, valkey))
    return valkey.url


def _start(servers: ExitStack, server: EmbeddedServer) -> EmbeddedServer:
    with phase(server.name) as say:
        servers.enter_context(server)
        servers.callback(note, f"Ending {server.name}.")
        say(f"started on port {server.port}")
    for remark in server.notes:
        note(remark)
    return server


def _use(addresses: Addresses) -> None:
    """Point this process, whose settings were read before the servers ran, and its children at them.

    This process works as the owner, without a pool: its threads would be in the way of forks.
    """
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = addresses.database_url, addresses.redis_url
    os.environ.pop("DATABASE_OWNER_URL", None)
    settings.DATABASE_URL, settings.REDIS_URL = addresses.database_url, addresses.redis_url
    for queue in settings.RQ_QUEUES.values():
        queue["URL"] = addresses.redis_url
    database: dict[str, Any] = connections.settings["default"]
    database["OPTIONS"].pop("pool", None)
    parts = urlsplit(addresses.owner_url)
    database.update(
        NAME=unquote(parts.path.strip("/")),
        USER=unquote(parts.username or ""),
        PASSWORD=unquote(parts.password or ""),
        HOST=parts.hostname or "",
        PORT=str(parts.port or ""),
    )
