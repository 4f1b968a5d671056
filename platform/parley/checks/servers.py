"""Checks that ask Postgres and Redis. They run with `check --database` and with `migrate`."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import redis
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.db import Error as DatabaseError
from django.db import connections

OLDEST_POSTGRES = 160000  # as server_version_num has it
OLDEST_REDIS = (7, 2)
SPARE_CONNECTIONS = 20  # for psql, backups, migrations, commands in other terminals

ABOUT_SERVER = """
SELECT current_setting('server_version_num')::int,
       EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector'),
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
       rolsuper OR rolbypassrls, rolname
FROM pg_roles WHERE rolname = current_user
"""


def check_postgres(databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """E006, E007, E009, W001, W004: what the default database's server is, and what our role may do there."""
    if "default" not in (databases or ()):
        return
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(ABOUT_SERVER)
            version, has_vectors, most, passes_policies, role = cursor.fetchone()
    except DatabaseError as error:
        yield _unreachable(error)
        return
    yield from _judge_version(version, has_vectors=has_vectors)
    yield from _judge_role(role, passes_policies=passes_policies)
    yield from _judge_pools(most)


def _unreachable(error: Exception) -> CheckMessage:
    password = str(connections["default"].settings_dict["PASSWORD"])
    said = str(error).strip().replace(password, "***") if password else str(error).strip()
    return Error(
        f"Postgres cannot be asked: {said}",
        hint="Start it, or correct DATABASE_URL. `make run` without DATABASE_URL brings its own Postgres.",
        id="parley.E009",
    )


def _judge_version(version: int, *, has_vectors: bool) -> Iterator[CheckMessage]:
    if version < OLDEST_POSTGRES:
        yield Error(f"Postgres {version // 10000} is too old.", hint="Use Postgres 16 or newer.", id="parley.E007")
    if not has_vectors:
        yield Error(
            "The Postgres server has no pgvector.",
            hint="Install the pgvector extension on the server (its package is usually called "
            "postgresql-NN-pgvector). `make run` without DATABASE_URL brings a Postgres that has it.",
            id="parley.E006",
        )


def _judge_role(role: str, *, passes_policies: bool) -> Iterator[CheckMessage]:
    if passes_policies:
        yield checks.Warning(
            f"The role {role} is a superuser or may bypass row-level security.",
            hint="Give DATABASE_URL a role that owns nothing, and DATABASE_OWNER_URL the one that owns the "
            f"tables: ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS, or make another.",
            id="parley.W001",
        )


def _judge_pools(most: int) -> Iterator[CheckMessage]:
    processes = settings.WORKERS + 1  # and the web server
    others = settings.WORKERS + SPARE_CONNECTIONS  # each worker's lease has a connection of its own
    wanted = processes * 2 * settings.POOL_SIZE + others
    if wanted > most:
        fitting = max((most - others) // (processes * 2), 1)
        yield checks.Warning(
            f"{processes} processes with two pools of {settings.POOL_SIZE} may ask for {wanted} connections, "
            f"and Postgres allows {most}.",
            hint=f"Set PARLEY_POOL_SIZE={fitting}, run fewer workers, or raise max_connections.",
            id="parley.W004",
        )


def check_redis(databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """W002, E008. Redis being away is a warning: messages are accepted without it, and migrations run."""
    if not databases:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3) as client:
            found = str(client.info("server").get("redis_version", "0"))
    except (redis.RedisError, OSError, ValueError) as error:
        yield _redis_away(error)
        return
    if tuple(int(part) for part in found.split(".")[:2]) < OLDEST_REDIS:
        yield Error(f"Redis {found} is too old.", hint="Use Redis 7.2 or newer, or Valkey.", id="parley.E008")


def _redis_away(error: Exception) -> CheckMessage:
    return checks.Warning(
        f"Redis cannot be asked ({type(error).__name__}): nothing is answered until it can.",
        hint="Start it, or correct REDIS_URL. `make run` without REDIS_URL brings its own Valkey.",
        id="parley.W002",
    )


CHECKS: tuple[Callable[..., Any], ...] = (check_postgres, check_redis)
