"""A server that is killed while everything runs is there again, at the same address and with its data."""

import threading
from contextlib import contextmanager

import psycopg
import pytest
import redis

from embedded import processes
from embedded.postgres import EmbeddedPostgres
from embedded.valkey import EmbeddedValkey
from embedded.watch import Watch

pytestmark = pytest.mark.chaos


@contextmanager
def watched(server):
    watch = Watch([server])
    thread = threading.Thread(target=watch.keep)
    thread.start()
    yield
    watch.release()
    thread.join()


def kill(server):
    """Its process, gone for good."""
    process = server._process
    process.kill()
    process.wait()
    return process


def test_valkey_is_started_again_where_its_clients_look_for_it(folder, capsys):
    with EmbeddedValkey(folder) as valkey, redis.Redis.from_url(valkey.url) as client:
        client.set("kept", "yes")
        with watched(valkey):
            dead = kill(valkey)
            assert processes.wait_until(lambda: valkey._process is not dead and valkey.answers(), patience=60)
            assert client.get("kept") == b"yes"
    assert "Valkey was ended by SIGKILL; starting it again." in capsys.readouterr().out


def test_postgres_is_started_again_with_what_was_committed(folder):
    with EmbeddedPostgres(folder / "postgres") as postgres:
        url = postgres.owner_url
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        with watched(postgres):
            dead = kill(postgres)
            assert processes.wait_until(lambda: postgres._process is not dead and postgres.answers(), patience=60)
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT number FROM kept").fetchone() == (1,)


def test_a_server_that_is_asked_to_end_stays_so(folder):
    with EmbeddedValkey(folder, keep=False) as valkey:
        with watched(valkey):
            pass
        valkey.stop()
        assert not valkey.alive
