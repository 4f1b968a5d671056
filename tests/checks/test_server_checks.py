"""System checks that ask Postgres and Redis."""

import socket

import pytest
from django.core.checks import run_checks
from django.db import connections

from parley.checks import servers


def found(check):
    return {message.id: message for message in check(databases=["default"])}


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


@pytest.mark.django_db
def test_the_servers_of_the_suite_have_nothing_wrong():
    assert found(servers.check_postgres) == {}
    assert found(servers.check_redis) == {}


def test_servers_are_left_alone_unless_a_database_is_to_be_checked():
    assert list(servers.check_postgres()) == []
    assert list(servers.check_redis()) == []


@pytest.mark.django_db
def test_both_checks_run_with_those_of_the_database(settings):
    settings.POOL_SIZE = 90
    assert "parley.W004" in [message.id for message in run_checks(databases=["default"])]


@pytest.mark.django_db
def test_pools_that_ask_for_more_than_postgres_allows_are_a_warning_with_a_size_that_fits(settings):
    settings.POOL_SIZE, settings.WORKERS = 90, 2
    hint = found(servers.check_postgres)["parley.W004"].hint
    settings.POOL_SIZE = int(hint.partition("PARLEY_POOL_SIZE=")[2].partition(",")[0])
    assert found(servers.check_postgres) == {}


def test_a_postgres_that_is_away_is_an_error_without_its_password(monkeypatch, closed_port):
    away = {"HOST": "127.0.0.1", "PORT": str(closed_port), "PASSWORD": "hunter2", "OPTIONS": {}}
    other = connections["default"].copy()
    other.settings_dict = {**other.settings_dict, **away}
    monkeypatch.setattr(servers, "connections", {"default": other})

    def connect():  # pytest-django refuses the real one to a test that wants no database
        with other.wrap_database_errors:
            other.connect()

    monkeypatch.setattr(other, "ensure_connection", connect)
    message = found(servers.check_postgres)["parley.E009"]
    assert "DATABASE_URL" in message.hint
    assert "hunter2" not in str(message)


def test_an_old_postgres_and_one_without_vectors_are_errors():
    messages = {message.id: message for message in servers._judge_version(150004, has_vectors=False)}
    assert set(messages) == {"parley.E006", "parley.E007"}
    assert "Postgres 15" in messages["parley.E007"].msg


def test_a_role_that_passes_every_policy_is_a_warning_that_says_how_to_change_it():
    [message] = servers._judge_role("postgres", passes_policies=True)
    assert message.id == "parley.W001"
    assert "ALTER ROLE postgres NOSUPERUSER NOBYPASSRLS" in message.hint


@pytest.mark.parametrize("url", ["redis://:hunter2@127.0.0.1:{port}/0", "not an address"])
def test_a_redis_that_is_away_is_a_warning_without_its_password(settings, closed_port, url):
    settings.REDIS_URL = url.format(port=closed_port)
    message = found(servers.check_redis)["parley.W002"]
    assert "REDIS_URL" in message.hint
    assert "hunter2" not in str(message)


def test_an_old_redis_is_an_error(monkeypatch):
    monkeypatch.setattr(servers, "OLDEST_REDIS", (99, 0))
    assert "too old" in found(servers.check_redis)["parley.E008"].msg
