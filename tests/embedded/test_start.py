"""The parts of the one-command start: its lock, its port, servers that are given, the administrator."""

import os
import signal
import socket

import pytest
from django.contrib.auth import authenticate, get_user_model

from embedded.alone import AlreadyRunning, alone
from embedded.errors import StartError
from embedded.furnish import make_administrator
from embedded.given import place, reach_postgres, reach_redis
from embedded.port import require_port

HOLD = """
import os
from pathlib import Path
from embedded.alone import alone
held = alone(Path({folder!r}))
held.__enter__()
if os.fork() == 0:
    import time; time.sleep({outlives}); os._exit(0)
"""


def test_a_second_start_in_one_folder_hears_of_the_first_and_how_to_stop_it(tmp_path, started):
    with (
        started(HOLD.format(folder=str(tmp_path), outlives=0)) as first,
        pytest.raises(AlreadyRunning, match=rf"already running.*kill {first.pid}"),
        alone(tmp_path),
    ):
        pass
    with alone(tmp_path):
        pass


@pytest.mark.chaos
def test_a_start_waits_for_the_forks_of_one_that_was_killed(tmp_path, started):
    with started(HOLD.format(folder=str(tmp_path), outlives=1)) as first:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        with alone(tmp_path):
            pass


def test_a_taken_port_is_named_with_its_holder_and_a_free_one():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = rf"Port {port} is taken \(by .*process {os.getpid()}\)\. Choose another: make run PORT=\d+"
        with pytest.raises(StartError, match=message):
            require_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_an_error():
    with pytest.raises(StartError, match=r"'192\.0\.2\.1' is not an address of this machine"):
        require_port("192.0.2.1", 8000)


@pytest.mark.parametrize(
    ("reach", "url"),
    [
        (reach_postgres, "postgresql://parley:s3cret@127.0.0.1:{port}/parley"),
        (reach_postgres, "postgresql://parley:s3cret%zz@127.0.0.1:{port}/parley"),
        (reach_redis, "redis://:s3cret@127.0.0.1:{port}/0"),
        (reach_redis, "http://:s3cret@127.0.0.1:{port}/0"),
    ],
)
def test_a_given_server_that_is_away_is_named_without_its_password(taken_port, reach, url):
    with pytest.raises(StartError) as caught:
        reach(url.format(port=taken_port))
    assert f"127.0.0.1:{taken_port}" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "unset it" in str(caught.value)


def test_a_wrong_password_is_not_repeated():
    url = os.environ["DATABASE_URL"]
    wrong = url.replace(url.split(":")[2].split("@")[0], "s3cret")
    with pytest.raises(StartError) as caught:
        reach_postgres(wrong)
    assert place(url) in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.django_db
def test_the_first_start_makes_an_administrator_and_later_ones_leave_it_alone():
    password = make_administrator(new_password=False)
    user = authenticate(username="admin", password=password)
    assert user.is_superuser
    assert user.is_staff
    assert password not in user.password
    assert make_administrator(new_password=False) is None


@pytest.mark.django_db
def test_a_new_password_replaces_the_old_one_and_opens_a_closed_account():
    old = make_administrator(new_password=False)
    get_user_model().objects.update(is_active=False, is_staff=False)
    new = make_administrator(new_password=True)
    assert authenticate(username="admin", password=old) is None
    assert authenticate(username="admin", password=new).is_staff
    assert get_user_model().objects.count() == 1
