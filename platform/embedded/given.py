"""Postgres and Redis servers that the environment names: whether we can use them, and if not, why."""

from urllib.parse import unquote, urlsplit

import psycopg
import redis

from embedded.errors import StartError

OLDEST_POSTGRES = 160000  # as server_version_num has it


def reach_postgres(url: str) -> None:
    """Raises StartError when we cannot use it; the message shows where it is, and never the password."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute(
                "SELECT current_setting('server_version_num')::int, "
                "EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector')"
            ).fetchone()
    except psycopg.Error as error:
        raise StartError(
            f"Postgres at {place(url)} (DATABASE_URL) cannot be used: {_without_secret(url, error)}\n"
            "Start it or correct DATABASE_URL; or unset it, and Parley brings its own Postgres."
        ) from None
    number, vectors = row or (0, False)
    if number < OLDEST_POSTGRES or not vectors:
        lacking = "pgvector is not installed there" if number >= OLDEST_POSTGRES else "it is older than 16"
        raise StartError(f"Postgres at {place(url)} (DATABASE_URL) cannot be used: {lacking}.")


def reach_redis(url: str) -> None:
    """Raises StartError when we cannot use it; the message shows where it is, and never the password."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise StartError(
            f"Redis at {place(url)} (REDIS_URL) cannot be used: {_without_secret(url, error)}\n"
            "Start it or correct REDIS_URL; or unset it, and Parley brings its own Valkey."
        ) from None


def place(url: str) -> str:
    """The URL's host, port and name: what may be shown."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def _without_secret(url: str, error: Exception) -> str:
    text, password = str(error).strip(), urlsplit(url).password
    return text.replace(password, "***").replace(unquote(password), "***") if password else text
