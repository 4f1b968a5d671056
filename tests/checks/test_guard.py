"""The suite's own ground: no connection leaves the machine, no key is in reach, loops close their pools."""

import os
import socket
import subprocess
import sys

import httpx
import pytest
from django.conf import settings

from parley import pools
from tests.guard import BlockedConnection, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "", None, b"127.0.0.1", "0.0.0.0", "/tmp/socket"])
def test_this_machine_may_be_reached(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["203.0.113.7", "api.anthropic.com", "10.0.0.1", "2001:db8::1", "localhost.example"])
def test_other_machines_may_not(host):
    assert not is_loopback(host)


def test_a_connection_to_another_machine_fails_with_the_reason():
    with pytest.raises(BlockedConnection, match="tried to reach"):
        socket.create_connection(("203.0.113.7", 443), timeout=1)


async def test_an_asynchronous_client_is_stopped_as_well():
    async with httpx.AsyncClient() as client:
        with pytest.raises(BlockedConnection, match="stay on this machine"):
            await client.get("https://api.anthropic.com/v1/models")


def test_child_processes_find_no_key_and_no_address_of_a_provider():
    lines = "import os; print([name for name in os.environ if name.startswith(('ANTHROPIC', 'OPENAI'))])"
    shown = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def test_the_settings_are_those_of_the_throw_away_servers():
    assert os.environ["REDIS_URL"] == settings.REDIS_URL
    assert settings.DATABASES["default"]["NAME"]
    assert not settings.ANTHROPIC_API_KEY
    assert not settings.OPENAI_API_KEY


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", [1, 2])  # twice: the second test has another loop, and must not meet the first's pool
async def test_asynchronous_connections_reach_the_test_database(time, visitor, redis_clean):
    async with (await pools.postgres()).connection() as connection:
        found = await (await connection.execute("SELECT key FROM people_contact")).fetchall()
    assert found == [("anon:visitor",)]
    assert await pools.redis().ping()
