"""Our Redis scripts. Each is a .lua file beside this one, whose first lines say what goes in and comes out."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import NoScriptError

Recorded = list[tuple[Any, ...]]


@cache
def source(name: str) -> str:
    """The script's text, without its comments."""
    lines = (Path(__file__).parent / f"{name}.lua").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


@cache
def digest(name: str) -> str:
    """What Redis knows the script by."""
    return sha1(source(name).encode()).hexdigest()  # noqa: S324 - Redis's choice, and no secret


def run(connection: "Redis", name: str, keys: Sequence[str], arguments: Iterable[Any]) -> Any:
    """Run a script by its digest, and by its text where Redis does not know it: it was restarted, or has forgotten."""
    words = [len(keys), *keys, *arguments]
    try:
        return connection.evalsha(digest(name), *words)
    except NoScriptError:  # nothing was run
        return connection.eval(source(name), *words)


def recorded(connection: "Redis", write: Callable[[Any], None]) -> Recorded:
    """The commands that `write` puts into a pipeline, not executed: for `guarded.lua`."""
    pipeline: Any = connection.pipeline()
    write(pipeline)
    return [words for words, _ in pipeline.command_stack]
