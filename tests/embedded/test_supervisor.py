"""The supervisor: what ends is started again, and everything ends with it."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from embedded.processes import wait_until
from embedded.supervisor import FIRST_PAUSE, LONGEST_PAUSE, STEADY, ending, pause_before_restart

REPOSITORY = Path(__file__).resolve().parents[2]
WAIT = "import time, os; print('at work', os.getpid(), flush=True); time.sleep(600)"
POLITE = f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: (print('good bye'), sys.exit(0))); {WAIT}"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}"
BROKEN = "import sys; print('no luck'); sys.exit(7)"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WAIT!r}]); {WAIT}"
SUPERVISE = """
import os, sys
sys.path[:0] = [{repository!r}, {platform!r}]
from embedded.supervisor import Supervisor
supervisor = Supervisor(when_started=lambda: print("all started", flush=True))
for name, code in {commands!r}.items():
    supervisor.keep(name, [sys.executable, "-c", code], os.environ)
supervisor.loop()
print("returned", supervisor.returncode, flush=True)
"""


def runs(pid):
    """Whether the process is more than a number that init has not taken back yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Supervised:
    """A supervisor in a process of its own, and what it has said so far."""

    def __init__(self, commands, output):
        code = SUPERVISE.format(repository=str(REPOSITORY), platform=str(REPOSITORY / "platform"), commands=commands)
        self.output = output
        with output.open("w") as file:
            self.process = subprocess.Popen([sys.executable, "-u", "-c", code], stdout=file, stderr=subprocess.STDOUT)

    @property
    def said(self):
        return self.output.read_text()

    def says(self, pattern, times=1):
        found = wait_until(lambda: len(re.findall(pattern, self.said)) >= times, patience=20)
        assert found, f"{pattern!r} is not said {times} times in:\n{self.said}"

    def workers(self):
        return [int(pid) for pid in re.findall(r"at work (\d+)", self.said)]

    def all_gone(self):
        return not any(runs(pid) for pid in self.workers())


@pytest.fixture
def supervised(tmp_path):
    running = []

    @contextmanager
    def run(**commands):
        running.append(Supervised(commands, tmp_path / "output"))
        yield running[-1]

    yield run
    for one in running:
        one.process.kill()  # its processes end with it, as a test below proves
        one.process.wait()
        assert wait_until(one.all_gone, patience=15)


def test_what_is_killed_is_started_again_and_the_rest_is_left_alone(supervised):
    with supervised(web=WAIT, worker=WAIT) as run:
        run.says("at work", 2)
        [first] = re.findall(r"worker +\| at work (\d+)", run.said)
        os.kill(int(first), signal.SIGKILL)
        run.says("worker was ended by SIGKILL; starting it again in 0.5 s")
        run.says(r"worker +\| at work", 2)
        assert len(re.findall(r"web +\| at work", run.said)) == 1


def test_what_ends_at_once_is_started_after_longer_and_longer_pauses(supervised):
    with supervised(web=BROKEN) as run:
        run.says("web ended with exit code 7; starting it again in 0.5 s")
        run.says("starting it again in 1 s")
        run.says("no luck", 3)


def test_pauses_double_up_to_a_limit_and_a_steady_life_forgives():
    pauses = [0.0]
    for _ in range(8):
        pauses.append(pause_before_restart(0.1, pauses[-1]))
    assert pauses[1:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    assert pause_before_restart(STEADY, LONGEST_PAUSE) == FIRST_PAUSE


def test_an_ending_is_told_in_words():
    assert ending(3) == "ended with exit code 3"
    assert ending(-9) == "was ended by SIGKILL"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_every_process_end_in_its_own_way(supervised, number):
    with supervised(web=POLITE, worker=WAIT) as run:
        run.says("at work", 2)
        run.says("all started")
        run.process.send_signal(number)
        run.says("good bye")
        run.says("returned 0")
        assert run.process.wait(5) == 0
        assert run.all_gone()


def test_a_second_signal_does_not_wait_for_a_stubborn_process(supervised):
    with supervised(web=STUBBORN) as run:
        run.says("at work")
        run.process.send_signal(signal.SIGINT)
        run.says("Once more forces it")
        run.process.send_signal(signal.SIGINT)
        run.process.wait(5)
        assert wait_until(run.all_gone, patience=5)


@pytest.mark.chaos
def test_everything_ends_with_a_supervisor_that_is_killed(supervised):
    with supervised(web=WAIT, worker=POLITE) as run:
        run.says("at work", 2)
        run.process.kill()
        assert wait_until(run.all_gone, patience=10)


@pytest.mark.chaos
def test_everything_ends_when_the_supervisor_and_its_forks_are_all_killed(supervised):
    with supervised(web=WAIT, worker=POLITE) as run:
        run.says("at work", 2)
        forks = psutil.Process(run.process.pid).children()
        for process in (run.process, *forks):
            process.kill()
        assert wait_until(run.all_gone, patience=10)


@pytest.mark.chaos
def test_a_killed_fork_ends_everything_instead_of_hanging(supervised):
    with supervised(web=WAIT, worker=WAIT) as run:
        run.says("at work", 2)
        run.says("all started")
        psutil.Process(run.process.pid).children()[0].kill()
        run.says("returned 1")
        assert wait_until(run.all_gone, patience=5)


@pytest.mark.chaos
def test_what_a_killed_process_had_started_ends_before_it_is_started_again(supervised):
    with supervised(worker=PARENT) as run:
        run.says("at work", 2)
        [parent] = re.findall(r"started \(pid=(\d+)\)", run.said)
        before = run.workers()
        os.kill(int(parent), signal.SIGKILL)
        run.says("at work", 4)
        assert not any(runs(pid) for pid in before)
