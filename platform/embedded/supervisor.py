"""Run the platform's processes beside each other with honcho, and start again whichever ends.

honcho runs each command under a small process of its own (a fork of ours) that relays its output. That is
where `Kept` lives: it starts the command again, and ends it when the lifeline closes. The lifeline is a pipe
whose writing end only the supervisor holds: it closes when the supervisor asks for the end, and just as well
when the supervisor is killed.
"""

import multiprocessing
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.synchronize import Event
from types import FrameType
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Popen, Process

from embedded.processes import dies_with_parent

GRACE = 10.0  # seconds from SIGTERM to SIGKILL
STEADY = 15.0  # seconds; a process that lived so long did not "end at once"
LAST_WORDS = 2.0  # seconds for a keeper's last messages
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a process is started again


def pause_before_restart(lived: float, pause: float) -> float:
    """Seconds to wait after a life of `lived` seconds when the last wait was `pause`: doubled, to a limit."""
    return FIRST_PAUSE if lived >= STEADY or not pause else min(pause * 2, LONGEST_PAUSE)


def ending(returncode: int) -> str:
    """How a process ended, in words."""
    if returncode < 0:
        return f"was ended by {signal.Signals(-returncode).name}"
    return f"ended with exit code {returncode}"


class Kept(Process):
    """A command that is started again whenever it ends, until the lifeline closes."""

    def __init__(
        self, cmd: str, *, lifeline: tuple[Connection, Connection], gate: Event | None = None, **options: Any
    ) -> None:
        super().__init__(cmd, **options)
        self._lifeline, self._writing_end = lifeline
        self.gate = gate  # not started before it opens

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        """Keep the command running. honcho calls this in a process of its own."""
        del ignore_signals  # the terminal's Ctrl-C reaches us too, and the supervisor decides what it means
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # SIG_IGN would be inherited by the command
        self._writing_end.close()
        self._events, self._over = events, threading.Event()
        threading.Thread(target=self._end_with_lifeline, daemon=True).start()
        self._await_gate()
        pause = 0.0
        while not self._over.is_set():
            lived = self._live()
            if not self._over.is_set():
                pause = pause_before_restart(lived, pause)
                self._tell(f"{ending(self._child.returncode)}; starting it again in {pause:g} s")
                self._over.wait(pause)
        self._send_message({"returncode": 0}, type="stop")
        self._leave(events)

    @staticmethod
    def _leave(events: Any) -> None:
        """End once our last messages are sent. Nobody reads them when the supervisor was killed, and nobody can
        send any when another keeper was killed in the middle of one: then a normal exit would wait for ever.
        """
        events.close()
        sending = threading.Thread(target=events.join_thread, daemon=True)
        sending.start()
        sending.join(LAST_WORDS)
        os._exit(0)

    def _await_gate(self) -> None:
        while self.gate is not None and not self._over.is_set() and not self.gate.wait(0.1):
            pass

    def _live(self) -> float:
        """One life of the command, its output relayed; returns its length in seconds."""
        began = time.monotonic()
        # This thread lives as long as we do, and the command asks to end with the thread that started it.
        preparation = dies_with_parent(signal.SIGTERM)
        self._child = Popen(self.cmd, env=self.env, cwd=self.cwd, preexec_fn=preparation)
        self._send_message({"pid": self._child.pid}, type="start")
        if self._over.is_set():
            self._signal(signal.SIGTERM)
        relay = threading.Thread(target=self._relay, args=[self._child.stdout], daemon=True)
        relay.start()
        self._child.wait()
        self._signal(signal.SIGKILL)  # what it started and left behind would hold its output and its work
        relay.join(2)
        return time.monotonic() - began

    def _relay(self, output: Any) -> None:
        for line in iter(output.readline, b""):
            self._send_message(line)
        output.close()

    def _end_with_lifeline(self) -> None:
        self._lifeline.poll(None)  # nothing is ever sent: it returns when the other end closes
        self._over.set()
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while self._child is not None and self._child.returncode is None and time.monotonic() < deadline:
            time.sleep(0.05)
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, number)

    def _tell(self, text: str) -> None:
        self._send_message(f"{self.name} {text}\n")


class Supervisor(Manager):
    """Runs commands until SIGINT or SIGTERM; a second one does not wait for them.

    `when_started` runs in a thread of its own once every command was started, those apart that wait for
    `open_gate()`.
    """

    def __init__(self, when_started: Callable[[], None]) -> None:
        if sys.platform == "linux":
            multiprocessing.set_start_method("fork", force=True)  # newer Pythons prefer a slower one
        super().__init__(Printer(sys.stdout, time_format=""))  # the lines carry their times themselves
        self._lifeline = multiprocessing.Pipe(duplex=False)
        self._gate = multiprocessing.Event()
        self._process_ctor = partial(Kept, lifeline=self._lifeline)
        self._when_started = when_started

    def keep(self, name: str, command: Sequence[str], env: Mapping[str, str], *, behind_gate: bool = False) -> None:
        """Add a command to run, at once or once the gate opens."""
        kept = self.add_process(name, f"exec {shlex.join(command)}", env=dict(env))
        kept.gate = self._gate if behind_gate else None

    def open_gate(self) -> None:
        """Start the commands that wait."""
        self._gate.set()

    def terminate(self) -> None:
        """Ask every command to end; after GRACE seconds it is killed."""
        self._terminating = True
        self._lifeline[1].close()

    def kill(self) -> None:
        """Nothing: honcho calls it 5 s after the first command ended, and the keepers see to it."""

    def _start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):  # in place of honcho's, which it has set just now
            signal.signal(number, self._asked_to_end)
        super()._start()
        # Only now: a fork beside a running thread may inherit a lock that nobody will ever release.
        for task in (self._when_started, self._watch_keepers):
            threading.Thread(target=task, daemon=True).start()

    def _all_started(self) -> bool:
        """Whether each command was started, or ended before it was: honcho would wait for it for ever."""
        return all("pid" in process or "returncode" in process for process in self._processes.values())

    def _watch_keepers(self) -> None:
        """honcho waits for each keeper's last message for ever: end the wait when one is killed, or its message
        cannot come through.
        """
        keepers = {process["process"].sentinel: name for name, process in self._processes.items()}
        while keepers:
            for sentinel in wait(list(keepers)):
                process = self._processes[keepers.pop(sentinel)]
                process["process"].join(1)  # its pipes close a moment before its exit code is known
                killed = bool(process["process"].exitcode)
                time.sleep(0 if killed else LAST_WORDS)  # what it sent is still being read
                if "returncode" not in process:
                    process["returncode"] = self.returncode = int(killed)

    def _asked_to_end(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._terminating:
            self._end_at_once()
        self.returncode = 0  # asked for is not a failure
        self._system_print(f"{signal.Signals(number).name}: ending every process. Once more forces it.\n")
        self.terminate()

    def _end_at_once(self) -> None:
        if self._all_started():
            self._killall(force=True)
        for process in self._processes.values():
            process["process"].kill()
        raise KeyboardInterrupt
