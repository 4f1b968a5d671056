"""The whole platform as real processes on throw-away servers, with the simulator as provider.

The same `Stack` and `Chat` as the end-to-end tests use.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def running_stack(*, webs: int, workers: int, **settings: Any) -> Iterator[Any]:
    """A `tests.stack.Stack`, ready; everything ends with the block. `settings` are the simulator's."""
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
            EmbeddedPostgres(folder / "postgres", tests=True) as postgres,
            EmbeddedValkey(folder / "valkey", keep=False) as valkey,
            process.start(**settings) as simulator,
            Stack(
                Servers(folder, postgres.owner_url, postgres.url, valkey.url, throw_away=True),
                simulator,
                webs=webs,
                workers=workers,
            ) as stack,
        ):
            yield stack
    finally:
        shutil.rmtree(folder, ignore_errors=True)
