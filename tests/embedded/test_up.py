"""`manage.py up` as a whole: it starts, heals, ends and starts again with its data."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from django.contrib.auth.hashers import check_password

from embedded.processes import free_port, leftovers, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
PATIENCE = 200  # seconds; a busy machine may need half of it
PASSWORD = re.compile(r"Sign in +admin +(\S+) +\(shown only now\)")

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]


class Up:
    """One run of the command, and what it has said so far."""

    def __init__(self, folder, port, output):
        self.output, self.folder = output, folder
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", str(port), "--workers", "1"],
                cwd=REPOSITORY, env=environment(folder), stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def says(self, pattern, times=1):
        def said():
            return len(re.findall(pattern, self.output.read_text())) >= times or self.process.poll() is not None

        wait_until(said, patience=PATIENCE, pause=0.1)
        found = re.findall(pattern, self.output.read_text())
        assert len(found) >= times, f"{pattern!r} is not said {times} times in:\n{self.output.read_text()}"
        return found[-1]

    def processes(self):
        """Everything that runs on the folder."""
        ours = [process for process in psutil.process_iter() if state_dir_of(process) == str(self.folder)]
        servers = leftovers("postgres", self.folder / "postgres" / "data")
        return [*ours, *servers, *leftovers("valkey-server", self.folder / "valkey")]


def environment(folder):
    return {name: value for name, value in os.environ.items() if name not in GIVEN} | {"PARLEY_STATE_DIR": str(folder)}


def state_dir_of(process):
    try:
        return process.environ().get("PARLEY_STATE_DIR")
    except psutil.Error:
        return None


def manage(folder, *command, **variables):
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=REPOSITORY, env=environment(folder) | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip


def admin_has_password(folder, password):
    """Asked through the addresses that the start leaves for other commands."""
    url = json.loads((folder / "addresses.json").read_text())["database_url"]
    with psycopg.connect(url) as connection:
        query = "SELECT password FROM auth_user WHERE username = 'admin' AND is_superuser"
        return check_password(password, connection.execute(query).fetchone()[0])


@contextmanager
def up(folder, port, output):
    run = Up(folder, port, output)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()
        wait_until(lambda: not run.processes(), patience=30)
        for process in run.processes():
            process.kill()


def test_a_start_serves_heals_ends_and_starts_again_with_its_data(folder, tmp_path):
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    with up(folder, port, tmp_path / "first") as first:
        password = first.says(PASSWORD)
        assert urllib.request.urlopen(f"{address}/admin/login/", timeout=30).status == 200
        assert admin_has_password(folder, password)

        second = manage(folder, "up", "--port", str(free_port()))
        assert second.returncode == 1
        assert f"already running from this folder (process {first.process.pid})" in second.stderr
        renewed = re.search(r"new password: (\S+)", manage(folder, "up", "--new-password").stdout)[1]
        assert admin_has_password(folder, renewed)

        os.kill(int(first.says(r"worker\.1 started \(pid=(\d+)\)")), signal.SIGKILL)
        first.says(r"worker\.1 was ended by SIGKILL; starting it again")
        first.says(r"worker\.1 started", times=2)

        first.process.kill()
        first.process.wait()
        # The next start does not wait for what the killed one left: it copes.
        with up(folder, port, tmp_path / "again") as again:
            again.says("Parley is ready")
            assert not PASSWORD.search(again.output.read_text())
            assert admin_has_password(folder, renewed)
            again.process.send_signal(signal.SIGINT)
            assert again.process.wait(60) == 0
            assert wait_until(lambda: not again.processes(), patience=10), again.processes()
            assert not (folder / "addresses.json").exists()


def test_a_taken_port_and_servers_that_are_away_end_it_with_a_message_and_nothing_running(folder, taken_port):
    run = manage(folder, "up", "--port", str(taken_port))
    assert (run.returncode, run.stdout) == (1, "")
    assert re.search(rf"Port {taken_port} is taken \(by .*\)\. Choose another: make run PORT=\d+", run.stderr)

    away = f"postgresql://parley:s3cret@127.0.0.1:{taken_port}/parley"
    run = manage(folder, "up", "--port", str(free_port()), DATABASE_URL=away)
    assert run.returncode == 1
    assert f"Postgres at 127.0.0.1:{taken_port}/parley (DATABASE_URL) cannot be used" in run.stderr
    assert "Traceback" not in run.stderr
    assert "s3cret" not in run.stdout + run.stderr
    assert leftovers("valkey-server", folder / "valkey") == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://a:s3cret@b/c", "postgresql://user"),
        ("PORT", "abc", "PORT='abc' is not a whole number"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named_without_a_stack_trace(folder, name, value, said):
    run = manage(folder, "up", **{name: value})
    assert run.returncode == 1
    assert name in run.stderr
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert "s3cret" not in run.stderr
