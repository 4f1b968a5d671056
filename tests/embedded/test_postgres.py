"""The embedded Postgres: roles, and data that survives whatever ends the server."""

import os
import signal
import stat

import psutil
import psycopg
import pytest

from embedded import account, processes
from embedded.errors import StartError
from embedded.postgres import EmbeddedPostgres

START = """
from pathlib import Path
from embedded.postgres import EmbeddedPostgres
postgres = EmbeddedPostgres(Path({folder!r}), tests=True)
postgres.start()
print(postgres._process.pid, flush=True)
"""


def write_the_first_row(postgres):
    with psycopg.connect(postgres.owner_url) as connection:
        connection.execute("DROP TABLE IF EXISTS note")
        connection.execute("CREATE TABLE note (id int GENERATED ALWAYS AS IDENTITY, place vector(3))")
    with psycopg.connect(postgres.url) as connection:
        connection.execute("INSERT INTO note (place) VALUES ('[1,2,3]')")


def rows(postgres):
    with psycopg.connect(postgres.url) as connection:
        return connection.execute("SELECT count(*) FROM note").fetchone()[0]


def gone(pid):
    return processes.wait_until(lambda: not psutil.pid_exists(pid), patience=10)


def test_the_application_reads_and_writes_what_the_owner_makes_and_nothing_more(kept):
    with EmbeddedPostgres(kept, tests=True) as postgres:
        write_the_first_row(postgres)
        assert rows(postgres) == 1
        with psycopg.connect(postgres.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DROP TABLE note")
        with psycopg.connect(postgres.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine ()")
        with psycopg.connect(postgres.url) as connection:
            rights = "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = 'parley'"
            assert connection.execute(rights).fetchone() == (False, False, False)


def test_a_database_that_the_owner_makes_has_vectors_and_the_same_rights(kept):
    with EmbeddedPostgres(kept, tests=True) as postgres:
        with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE another")
        with psycopg.connect(postgres.owner_url, dbname="another") as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            connection.execute("CREATE TABLE note (place vector(3))")
        with psycopg.connect(postgres.url, dbname="another") as connection:
            connection.execute("INSERT INTO note VALUES ('[1,2,3]')")


def test_the_owner_makes_databases_in_tests_only(folder):
    with (
        EmbeddedPostgres(folder / "pg") as postgres,
        psycopg.connect(postgres.owner_url, autocommit=True) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        owner.execute("CREATE DATABASE another")


def test_nobody_connects_without_the_password(kept):
    with EmbeddedPostgres(kept, tests=True) as postgres:
        for user in ("postgres", "parley_owner", "parley"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(host="127.0.0.1", port=postgres.port, user=user, dbname="parley")
        assert stat.S_IMODE((kept / "passwords.json").stat().st_mode) == 0o600


def test_data_outlives_a_stop_and_the_server_leaves_nothing_running(kept):
    with EmbeddedPostgres(kept, tests=True) as postgres:
        write_the_first_row(postgres)
    assert processes.leftovers("postgres", postgres.data) == []
    with EmbeddedPostgres(kept, tests=True) as postgres:
        assert rows(postgres) == 1


@pytest.mark.chaos
def test_data_outlives_the_kill_of_the_server_itself(folder):
    with EmbeddedPostgres(folder / "pg") as postgres:
        write_the_first_row(postgres)
        postgres._process.kill()
        postgres._process.wait()
        with EmbeddedPostgres(folder / "pg") as again:
            assert rows(again) == 1


@pytest.mark.chaos
def test_the_server_ends_with_a_supervisor_that_is_killed(kept, started):
    with started(START.format(folder=str(kept))) as supervisor:
        [server] = processes.leftovers("postgres", kept / "data")[:1]
        supervisor.kill()
        assert gone(server.pid)


@pytest.mark.chaos
def test_a_server_that_outlived_its_supervisor_is_ended_before_the_next_start(kept):
    orphan = EmbeddedPostgres(kept, tests=True)
    orphan.start()
    write_the_first_row(orphan)
    with EmbeddedPostgres(kept, tests=True) as postgres:
        assert not orphan.alive
        assert postgres.port != orphan.port
        assert rows(postgres) == 1


@pytest.mark.chaos
def test_a_stale_number_that_now_belongs_to_another_process_stops_nothing(kept):
    with EmbeddedPostgres(kept, tests=True) as postgres:
        write_the_first_row(postgres)
        lines = (postgres.data / "postmaster.pid").read_text().splitlines()
    (postgres.data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    with EmbeddedPostgres(kept, tests=True) as postgres:
        assert rows(postgres) == 1
    assert psutil.pid_exists(os.getppid())


@pytest.mark.chaos
def test_a_first_start_that_was_cut_short_is_done_again(folder):
    (folder / "pg" / "data.new").mkdir(parents=True)
    (folder / "pg" / "data.new" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(folder / "pg", tests=True) as postgres:
        write_the_first_row(postgres)


def test_a_taken_port_is_an_error_with_the_end_of_the_log(folder, taken_port):
    with pytest.raises(StartError, match="Address already in use"):
        EmbeddedPostgres(folder / "pg", tests=True, port=taken_port).start()
    assert processes.leftovers("postgres", folder / "pg" / "data") == []


def test_lost_passwords_and_foreign_data_are_errors_that_say_what_to_do(folder):
    (folder / "pg" / "data").mkdir(parents=True)
    with pytest.raises(StartError, match=r"passwords\.json is missing or damaged.*remove that folder"):
        EmbeddedPostgres(folder / "pg").start()
    (folder / "pg" / "passwords.json").write_text('{"postgres": "x", "parley": "x", "parley_owner": "x"}')
    with pytest.raises(StartError, match="is not a Postgres data folder"):
        EmbeddedPostgres(folder / "pg").start()
    (folder / "pg" / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartError, match=r"is of Postgres 16, and this Parley brings Postgres 18"):
        EmbeddedPostgres(folder / "pg").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the server another account")
def test_below_a_closed_folder_the_data_goes_to_an_open_place_and_is_found_again(folder, monkeypatch):
    monkeypatch.setattr(account, "OPEN_PLACE", folder / "open")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for _ in range(2):
        with EmbeddedPostgres(closed / "pg", tests=True) as postgres:
            assert postgres.data.is_relative_to(folder / "open")
            assert "cannot enter" in postgres.notes[0]
            with psycopg.connect(postgres.owner_url) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS note (place vector(3))")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the server another account")
def test_programs_that_the_account_cannot_reach_are_copied_and_run(folder, monkeypatch):
    monkeypatch.setattr(account, "OPEN_PLACE", folder / "open")
    monkeypatch.setattr(account.Account, "can_run", lambda self, program: False)
    with EmbeddedPostgres(folder / "pg", tests=True) as postgres:
        write_the_first_row(postgres)
        assert psutil.Process(postgres._process.pid).exe().startswith(str(folder / "open"))


def test_a_signal_to_stop_reaches_a_server_with_open_connections(kept):
    with EmbeddedPostgres(kept, tests=True) as postgres:
        connection = psycopg.connect(postgres.url)
        process = postgres._process
    assert process.returncode == 0
    assert postgres.stop_signal is signal.SIGINT
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
