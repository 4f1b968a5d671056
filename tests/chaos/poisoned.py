"""Two workers whose answers are real poison: a question that says so ends the process in the middle of its answer.

`python -m tests.chaos.poisoned` keeps the two going, as a supervisor does, and prints a line for each death.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

POISON = "Poison"


async def answer(turn: Any, _plan: Any) -> Any:
    """Half a second of thought, or the end of the process as a fault in a library would end it."""
    from conversations.turns.finish import Answer

    if turn.text == POISON:
        await asyncio.sleep(0.2)  # others have begun beside it
        os._exit(139)
    await asyncio.sleep(0.5)
    return Answer("Done")


def main() -> None:
    """Import once and fork: a worker that died is replaced within moments. No models are loaded; none is asked."""
    from conversations.management.commands import work
    from conversations.turns import run

    run.answer = answer
    work._warm_up = lambda: None
    for _ in range(2):
        start()
    while True:
        os.wait()
        print("A worker died", flush=True)
        start()


def start() -> None:
    """Fork a worker."""
    from django.core.management import call_command

    from embedded.processes import dies_with_parent

    end_with_parent = dies_with_parent(signal.SIGKILL)
    if os.fork() == 0:
        end_with_parent()
        call_command("work", concurrency=50)
        os._exit(0)


if __name__ == "__main__":
    import django

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parley.settings")
    django.setup()
    main()
