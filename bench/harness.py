"""The whole platform as real processes on throw-away servers, with the simulator as provider.

The same `Stack` and `Chat` as the end-to-end tests use.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")  # as in production, not as in tests


@contextmanager
def running_stack(
    *, webs: int, workers: int, environment: Mapping[str, str] | None = None, **settings: Any
) -> Iterator[Any]:
    """A `tests.stack.Stack`, ready, with the server as `postgres`; everything ends with the block.

    `environment` is added to that of its processes; `settings` are the simulator's.
    """
    os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "0123456789abcdef" * 3)
    from embedded.postgres import EmbeddedPostgres
    from embedded.valkey import EmbeddedValkey
    from simulator import process
    from tests.plugin import Servers
    from tests.stack import Stack

    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    folder.chmod(0o711)  # under root Postgres runs as another account, which must pass through
    try:
        with (
            EmbeddedPostgres(folder / "postgres", tests=True, settings=DURABLE) as postgres,
            EmbeddedValkey(folder / "valkey", keep=False) as valkey,
            process.start(**settings) as simulator,
            Stack(
                Servers(folder, postgres.owner_url, postgres.url, valkey.url, throw_away=True, template=""),
                simulator,
                webs=webs,
                workers=workers,
                **(environment or {}),
            ) as stack,
        ):
            stack.postgres = postgres  # type: ignore[attr-defined]
            yield stack
    finally:
        shutil.rmtree(folder, ignore_errors=True)
