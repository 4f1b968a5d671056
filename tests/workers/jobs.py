"""Jobs for the worker's tests. What they did is told by lines in a file: it is there while Redis is not."""

import asyncio
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from rq import get_current_job

running, together = set(), asyncio.Event()


def mark(path, word):
    """Append one line; so short a write is atomic."""
    with Path(path).open("a") as file:
        file.write(f"{word} {os.getpid()}\n")


async def nap(path, name, seconds):
    """Sleep, and say when it begins and ends."""
    mark(path, f"begin {name}")
    await asyncio.sleep(seconds)
    mark(path, f"end {name}")
    return name


async def crowd(many, patience):
    """How many of these run at once: each goes on until so many do, or for as many seconds."""
    running.add(me := object())
    if len(running) >= many:
        together.set()
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await together.wait()
    seen = len(running)
    running.remove(me)
    return seen


async def fail_at_first(path, failures):
    """Raise so many times, then end well."""
    mark(path, "try")
    if len(Path(path).read_text().splitlines()) <= failures:  # noqa: ASYNC240
        raise ValueError("not yet")
    return "at last"


async def who_am_i():
    """The current job's id, before and after others had their turn."""
    before = get_current_job().id
    await asyncio.sleep(0.05)
    return [before, get_current_job().id]


def in_a_thread(seconds=0.0):
    """A job that is not a coroutine: which thread it has, and its job's id."""
    time.sleep(seconds)
    return [threading.current_thread() is threading.main_thread(), get_current_job().id]


async def unserializable():
    """A result that JSON cannot hold."""
    return {1, 2}


async def exit_process():
    """What must not end the worker."""
    raise SystemExit(3)


async def kill_worker():
    """A poisoned job: whoever runs it dies."""
    os.kill(os.getpid(), 9)


async def answer(value):
    """What it was given."""
    return value


def noted(job, connection, *rest):
    """A callback."""
    connection.rpush(f"noted:{job.id}", "success" if len(rest) == 1 else "failure")
