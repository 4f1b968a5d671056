"""Alive, ready, and what the log says of it."""

import asyncio
import json
import logging
import time
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.test import AsyncClient, override_settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from parley import log_context, pools
from parley.background import settled
from parley.log_json import JsonFormatter
from parley.pools import postgres

pytestmark = pytest.mark.django_db(transaction=True)


async def ready(headers=None):
    began = time.monotonic()
    response = await AsyncClient().get("/readyz", headers=headers or {"host": "10.2.3.4:8000"})
    assert time.monotonic() - began < 5  # a second is the limit; the rest is a busy machine's
    return response.status_code, json.loads(response.content)


@pytest.fixture
def lone_redis(settings):
    """A database of the run's Redis that no worker of another test writes to."""
    settings.REDIS_URL = urlunsplit(urlsplit(settings.REDIS_URL)._replace(path="/15"))
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client
        client.flushdb()


async def test_ready_names_each_dependency_and_tells_strangers_nothing_else(lone_redis):
    status, body = await ready()
    status, body = await ready()  # the first reads the migrations from the disk, which may take longer than the limit
    assert (status, body["ready"]) == (200, True)
    assert {name: check["state"] for name, check in body["checks"].items()} == {
        "postgres": "ok", "migrations": "ok", "redis": "ok", "workers": "none seen",
    }  # fmt: skip
    lone_redis.sadd("rq:workers", "rq:worker:w")
    lone_redis.hset("rq:worker:w", "last_heartbeat", time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime()))
    assert (await ready())[1]["checks"]["workers"]["state"] == "ok"


async def test_without_redis_it_is_not_ready_and_says_so_at_once():
    with override_settings(REDIS_URL="redis://:secret-word@127.0.0.1:1/0"):
        status, body = await ready()
    assert (status, body["checks"]["redis"]["ok"], body["checks"]["postgres"]["ok"]) == (503, False, True)
    assert "secret-word" not in json.dumps(body)


class Relay:
    """Between us and Postgres. Frozen, it takes connections and gives nothing, as a server does that was stopped."""

    def __init__(self, host, port):
        self.host, self.port, self.flows = host, port, asyncio.Event()
        self.flows.set()
        self.tasks = set()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.joined, "127.0.0.1")
        return self.server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_):
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def joined(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        there, back = await asyncio.open_connection(self.host, self.port)
        try:
            await asyncio.gather(self.passed(reader, back), self.passed(there, writer))
        finally:
            writer.close()
            back.close()

    async def passed(self, reader, writer):
        while given := await reader.read(65536):
            await self.flows.wait()
            writer.write(given)
        writer.close()


async def test_while_postgres_hangs_it_says_so_within_its_limit(lone_redis, monkeypatch):
    await ready()  # what is read once from the disk
    await pools.close()
    dsn = pools.postgres_dsn()
    given = conninfo_to_dict(dsn)
    relay = Relay(given["host"], int(given["port"]))
    async with relay as port:
        monkeypatch.setattr(pools, "postgres_dsn", lambda: make_conninfo(dsn, host="127.0.0.1", port=port))
        assert (await ready())[1]["checks"]["postgres"]["state"] == "ok"
        relay.flows.clear()
        for _ in range(3):
            status, body = await ready()
            states = [body["checks"][name]["state"] for name in ("postgres", "migrations", "redis")]
            assert (status, states) == (503, ["no answer in time", "no answer in time", "ok"])
            assert max(check["ms"] for check in body["checks"].values()) < 3000, (
                "ten seconds, when it waited for psycopg"
            )
        relay.flows.set()
        await settled()
        assert (await ready())[0] == 200
        await pools.close()


async def test_a_migration_that_was_not_applied_is_missed():
    pool = await postgres()
    async with pool.connection() as connection:
        gone = "DELETE FROM django_migrations WHERE app = 'people' AND name LIKE '0001%' RETURNING app, name, applied"
        row = await (await connection.execute(gone)).fetchone()
    try:
        status, body = await ready()
    finally:
        async with pool.connection() as connection:
            await connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", row)
    assert (status, body["ready"]) == (503, False)
    assert body["checks"]["migrations"]["state"] == "1 to apply: run `manage.py migrate`"


def test_a_line_of_json_carries_what_is_bound_and_no_secrets():
    record = logging.makeLogRecord({"name": "x", "levelno": 40, "levelname": "ERROR", "msg": "to %s", "tokens": 3})
    record.args = ("https://u:pass-word@host/ with sk-ant-api03-abcdefghijk and Bearer abcdefghijklm",)
    try:
        raise ValueError("line\nbreak")  # noqa: TRY301
    except ValueError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    with log_context.bound(turn=7, conversation="c"):
        line = JsonFormatter().format(record)
    assert "\n" not in line
    found = json.loads(line)
    assert (found["turn"], found["conversation"], found["tokens"], found["level"]) == (7, "c", 3, "ERROR")
    assert "ValueError: line\nbreak" in found["exception"]
    assert found["message"] == "to https://u:…@host/ with sk-ant-… and Bearer …"
