"""The embedded Valkey: private, and its data survives whatever ends the server."""

import stat

import psutil
import pytest
import redis

from embedded import processes
from embedded.errors import StartError
from embedded.valkey import EmbeddedValkey

START = """
from pathlib import Path
from embedded.valkey import EmbeddedValkey
valkey = EmbeddedValkey(Path({folder!r}))
valkey.start()
"""


def client(valkey):
    return redis.Redis.from_url(valkey.url)


def test_data_outlives_a_stop_and_the_server_leaves_nothing_running(folder):
    for expected in (1, 2):
        with EmbeddedValkey(folder / "with a space") as valkey, client(valkey) as connection:
            assert connection.incr("starts") == expected
        assert processes.leftovers("valkey-server", valkey.folder) == []


def test_nobody_connects_without_the_password_and_the_command_line_does_not_tell(folder):
    with EmbeddedValkey(folder, keep=False) as valkey:
        with redis.Redis(port=valkey.port, retry=None) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        password = valkey.url.split(":")[2].split("@")[0]
        assert not any(password in part for part in psutil.Process(valkey._process.pid).cmdline())
        assert stat.S_IMODE((folder / "valkey.conf").stat().st_mode) == 0o600


@pytest.mark.chaos
def test_data_outlives_the_kill_of_the_server_itself(folder):
    with EmbeddedValkey(folder) as valkey, client(valkey) as connection:
        connection.incr("starts")
        valkey._process.kill()
        valkey._process.wait()
        with EmbeddedValkey(folder) as again, client(again) as connection_again:
            assert connection_again.incr("starts") == 2


@pytest.mark.chaos
def test_the_server_ends_with_a_supervisor_that_is_killed(folder, started):
    with started(START.format(folder=str(folder))) as supervisor:
        [server] = processes.leftovers("valkey-server", folder)
        supervisor.kill()
        assert processes.wait_until(lambda: not psutil.pid_exists(server.pid), patience=10)


@pytest.mark.chaos
def test_a_server_that_outlived_its_supervisor_is_ended_before_the_next_start(folder):
    orphan = EmbeddedValkey(folder)
    orphan.start()
    with client(orphan) as connection:
        connection.incr("starts")
    with EmbeddedValkey(folder) as valkey, client(valkey) as connection:
        assert not orphan.alive
        assert connection.incr("starts") == 2


def test_a_taken_port_is_an_error_with_the_end_of_the_log(folder, taken_port):
    with pytest.raises(StartError, match="Address already in use"):
        EmbeddedValkey(folder, port=taken_port).start()
    assert processes.leftovers("valkey-server", folder) == []
