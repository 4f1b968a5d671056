"""Our Redis scripts. Each is a .lua file beside this one, whose first lines say what goes in and comes out."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from redis import Redis

Recorded = list[tuple[Any, ...]]


@cache
def source(name: str) -> str:
    """The script's text, without its comments."""
    lines = (Path(__file__).parent / f"{name}.lua").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def run(connection: "Redis", name: str, keys: Sequence[str], arguments: Iterable[Any]) -> Any:
    """Run a script. Always by EVAL: with EVALSHA a Redis that was restarted would not know it."""
    return connection.eval(source(name), len(keys), *keys, *arguments)


def recorded(connection: "Redis", write: Callable[[Any], None]) -> Recorded:
    """The commands that `write` puts into a pipeline, not executed: for `guarded.lua`."""
    pipeline: Any = connection.pipeline()
    write(pipeline)
    return [words for words, _ in pipeline.command_stack]
